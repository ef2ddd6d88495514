#include "core/learning/networks/trunks.h"

#include <array>
#include <string>

namespace flukeprint::learning {

namespace {

const std::string prefix = "resnet_v2_101_";

struct Convolution
{
    torch::Tensor weight;
    torch::Tensor bias;

    [[nodiscard]] torch::Tensor forward(const torch::Tensor &input, std::int64_t stride = 1) const
    {
        return torch::conv2d(input, weight, bias, stride, (weight.size(2) - 1) / 2);
    }
};

/// What a batch norm does once its statistics are fixed, then ReLU.
struct Preactivation
{
    torch::Tensor scale;
    torch::Tensor shift;

    [[nodiscard]] torch::Tensor forward(const torch::Tensor &input) const
    {
        return torch::addcmul(shift.view({1, -1, 1, 1}), input, scale.view({1, -1, 1, 1})).relu_();
    }
};

struct Unit
{
    Preactivation before;
    std::array<Convolution, 3> convs; ///< 1x1, 3x3, 1x1
    Convolution shortcut; ///< undefined tensors: the input itself, subsampled
    std::int64_t stride = 1;

    [[nodiscard]] torch::Tensor forward(const torch::Tensor &input) const
    {
        const torch::Tensor active = before.forward(input);
        torch::Tensor x = convs[0].forward(active).relu_();
        x = convs[1].forward(x, stride).relu_();
        x = convs[2].forward(x);
        if (shortcut.weight.defined())
            return x.add_(shortcut.forward(active, stride));
        return x.add_(stride == 1 ? input : torch::max_pool2d(input, 1, stride));
    }
};

struct BlockShape
{
    int units;
    std::int64_t width;
};
constexpr std::array<BlockShape, 3> blockShapes{{{3, 64}, {4, 128}, {23, 256}}};
constexpr std::int64_t expansion = 4;
constexpr std::int64_t stemChannels = 64;

/// TF-slim's names have no dots: all tensors stand side by side in this one module.
class ResNetV2 : public Trunk
{
public:
    explicit ResNetV2(const NetworkOptions &options)
    {
        m_stem = addConvolution(prefix + "conv1", {stemChannels, inputChannelsOf(options), 7, 7});
        m_channels = stemChannels;
        for (std::size_t block = 0; block < blockShapes.size(); ++block) {
            for (int unit = 1; unit <= blockShapes[block].units; ++unit)
                addUnit(unitName(block, unit), blockShapes[block], unit);
        }
        m_last = addPreactivation(unitName(blockShapes.size(), 1));
    }

    torch::Tensor forward(torch::Tensor images) override
    {
        torch::Tensor x = samePaddedMaxPool(m_stem.forward(images, 2), 3, 2);
        for (const Unit &unit : m_units)
            x = unit.forward(x);
        return m_last.forward(x);
    }
    [[nodiscard]] std::int64_t channels() const override { return m_channels; }
    /// None: these weights come with their norms folded, into biases and into scales and shifts.
    [[nodiscard]] std::vector<std::pair<torch::nn::Conv2dImpl *, NormImpl *>> convolutionNormPairs() override
    {
        return {};
    }

private:
    static std::string unitName(std::size_t block, int unit)
    {
        return prefix + "block" + std::to_string(block + 1) + "_unit_" + std::to_string(unit) + "_bottleneck_v2_";
    }
    Convolution addConvolution(const std::string &name, at::IntArrayRef shape)
    {
        return {register_parameter(name + "_weights", torch::zeros(shape)),
                register_parameter(name + "_Conv2D_bias", torch::zeros({shape[0]}))};
    }
    Preactivation addPreactivation(const std::string &name)
    {
        return {register_parameter(name + "preact_FusedBatchNorm_mul_0_param", torch::ones({m_channels})),
                register_parameter(name + "preact_FusedBatchNorm_add_param", torch::zeros({m_channels}))};
    }
    void addUnit(const std::string &name, const BlockShape &shape, int number)
    {
        const std::int64_t output = shape.width * expansion;
        Unit unit;
        unit.before = addPreactivation(name);
        unit.convs = {addConvolution(name + "conv1", {shape.width, m_channels, 1, 1}),
                      addConvolution(name + "conv2", {shape.width, shape.width, 3, 3}),
                      addConvolution(name + "conv3", {output, shape.width, 1, 1})};
        if (number == 1)
            unit.shortcut = addConvolution(name + "shortcut", {output, m_channels, 1, 1});
        unit.stride = number == shape.units ? 2 : 1;
        m_units.push_back(std::move(unit));
        m_channels = output;
    }

    Convolution m_stem;
    std::vector<Unit> m_units;
    Preactivation m_last;
    std::int64_t m_channels = 0;
};

} // namespace

std::shared_ptr<Trunk> makeResNet101V2C4(const NetworkOptions &options)
{
    return std::make_shared<ResNetV2>(options);
}

} // namespace flukeprint::learning
