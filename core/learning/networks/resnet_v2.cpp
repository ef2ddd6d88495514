#include "core/learning/networks/trunks.h"

#include <array>
#include <string>

namespace flukeprint::learning {

namespace {

const std::string prefix = "resnet_v2_101_";

bool isFolded(const NormImpl &norm) { return norm.epsilon == 0 && !norm.isObserving(); }

/// A convolution whose bias is the shift of the norm behind it; without a norm, its own.
struct Convolution
{
    torch::Tensor weight;
    torch::Tensor bias;
    std::shared_ptr<NormImpl> norm;

    [[nodiscard]] torch::Tensor forward(const torch::Tensor &input, std::int64_t stride = 1) const
    {
        const std::int64_t padding = (weight.size(2) - 1) / 2;
        if (!norm || isFolded(*norm))
            return torch::conv2d(input, weight, bias, stride, padding);
        return norm->forward(torch::conv2d(input, weight, {}, stride, padding));
    }
};

torch::Tensor activated(NormImpl &norm, const torch::Tensor &input)
{
    if (!isFolded(norm))
        return norm.forward(input).relu_();
    return torch::addcmul(norm.bias.view({1, -1, 1, 1}), input, norm.weight.view({1, -1, 1, 1})).relu_();
}

struct Unit
{
    std::shared_ptr<NormImpl> before; ///< of the pre-activation
    std::array<Convolution, 3> convs; ///< 1x1, 3x3, 1x1; norms behind the first two
    Convolution shortcut; ///< undefined tensors: the input itself, subsampled
    std::int64_t stride = 1;

    [[nodiscard]] torch::Tensor forward(const torch::Tensor &input) const
    {
        const torch::Tensor active = activated(*before, input);
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

/// TF-slim's names have no dots: all tensors stand side by side in this one module, and its norms are no submodules. Published weights have
/// their norms folded: scale and shift alone. Norms that were put back have statistics, and a scale behind a convolution, as further tensors.
class ResNetV2 : public Trunk
{
public:
    explicit ResNetV2(const NetworkOptions &options)
        : m_epsilon(options.normEpsilon)
    {
        m_stem = addConvolution(prefix + "conv1", {stemChannels, inputChannelsOf(options), 7, 7});
        m_channels = stemChannels;
        for (std::size_t block = 0; block < blockShapes.size(); ++block) {
            for (int unit = 1; unit <= blockShapes[block].units; ++unit)
                addUnit(unitName(block, unit), blockShapes[block], unit);
        }
        m_last = addPreactivation(unitName(blockShapes.size(), 1));
        if (m_epsilon > 0)
            registerNorms();
    }

    torch::Tensor forward(torch::Tensor images) override
    {
        torch::Tensor x = samePaddedMaxPool(m_stem.forward(images, 2), 3, 2);
        for (const Unit &unit : m_units)
            x = unit.forward(x);
        return activated(*m_last, x);
    }
    void train(bool on = true) override
    {
        Trunk::train(on);
        for (const NamedNorm &item : m_norms)
            item.norm->train(on && m_epsilon > 0); // folded ones have no statistics to follow
    }
    void setNormEpsilon(double epsilon) override
    {
        Trunk::setNormEpsilon(epsilon);
        if (m_epsilon == 0 && epsilon > 0)
            registerNorms();
        m_epsilon = epsilon;
        train(is_training());
    }
    [[nodiscard]] std::int64_t channels() const override { return m_channels; }
    /// None that evaluation could fold: a pre-activation's norm has no convolution before it.
    [[nodiscard]] std::vector<std::pair<torch::nn::Conv2dImpl *, NormImpl *>> convolutionNormPairs() override
    {
        return {};
    }
    [[nodiscard]] std::vector<NormImpl *> norms() override
    {
        std::vector<NormImpl *> all;
        for (const NamedNorm &item : m_norms)
            all.push_back(item.norm.get());
        return all;
    }

private:
    struct NamedNorm
    {
        std::string name;
        std::shared_ptr<NormImpl> norm;
        bool ownScale = false; ///< its scale is no tensor of the published file
    };

    static std::string unitName(std::size_t block, int unit)
    {
        return prefix + "block" + std::to_string(block + 1) + "_unit_" + std::to_string(unit) + "_bottleneck_v2_";
    }
    Convolution addConvolution(const std::string &name, at::IntArrayRef shape)
    {
        return {register_parameter(name + "_weights", torch::zeros(shape)),
                register_parameter(name + "_Conv2D_bias", torch::zeros({shape[0]})), nullptr};
    }
    Convolution addNormedConvolution(const std::string &name, at::IntArrayRef shape)
    {
        Convolution convolution = addConvolution(name, shape);
        convolution.norm = std::make_shared<NormImpl>(shape[0], m_epsilon);
        convolution.norm->bias = convolution.bias;
        m_norms.push_back({name + "_norm", convolution.norm, true});
        return convolution;
    }
    std::shared_ptr<NormImpl> addPreactivation(const std::string &name)
    {
        auto norm = std::make_shared<NormImpl>(m_channels, m_epsilon);
        norm->weight = register_parameter(name + "preact_FusedBatchNorm_mul_0_param", norm->weight);
        norm->bias = register_parameter(name + "preact_FusedBatchNorm_add_param", norm->bias);
        m_norms.push_back({name + "preact_norm", norm, false});
        return norm;
    }
    void registerNorms()
    {
        for (const NamedNorm &item : m_norms) {
            if (item.ownScale)
                register_parameter(item.name + "_weight", item.norm->weight);
            register_buffer(item.name + "_running_mean", item.norm->runningMean);
            register_buffer(item.name + "_running_var", item.norm->runningVariance);
        }
    }
    void addUnit(const std::string &name, const BlockShape &shape, int number)
    {
        const std::int64_t output = shape.width * expansion;
        Unit unit;
        unit.before = addPreactivation(name);
        unit.convs = {addNormedConvolution(name + "conv1", {shape.width, m_channels, 1, 1}),
                      addNormedConvolution(name + "conv2", {shape.width, shape.width, 3, 3}),
                      addConvolution(name + "conv3", {output, shape.width, 1, 1})};
        if (number == 1)
            unit.shortcut = addConvolution(name + "shortcut", {output, m_channels, 1, 1});
        unit.stride = number == shape.units ? 2 : 1;
        m_units.push_back(std::move(unit));
        m_channels = output;
    }

    double m_epsilon;
    Convolution m_stem;
    std::vector<Unit> m_units;
    std::shared_ptr<NormImpl> m_last;
    std::vector<NamedNorm> m_norms; ///< in the order of the forward pass
    std::int64_t m_channels = 0;
};

} // namespace

std::shared_ptr<Trunk> makeResNet101V2C4(const NetworkOptions &options)
{
    return std::make_shared<ResNetV2>(options);
}

} // namespace flukeprint::learning
