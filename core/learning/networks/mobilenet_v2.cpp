#include "core/learning/networks/relu6.h"
#include "core/learning/networks/trunks.h"

#include <torch/nn/modules/container/modulelist.h>

#include <array>

namespace flukeprint::learning {

namespace {

/// Convolution, norm and, where asked, ReLU6; registered as "0" and "1".
class ConvNormImpl : public torch::nn::Module
{
public:
    struct Shape
    {
        std::int64_t input;
        std::int64_t output;
        std::int64_t kernel = 1;
        std::int64_t stride = 1;
        std::int64_t groups = 1;
    };

    ConvNormImpl(const Shape &shape, const NetworkOptions &options)
        : m_same(options.tensorflowPadding)
    {
        const std::int64_t padding = m_same ? 0 : (shape.kernel - 1) / 2;
        m_conv = register_module("0",
                                 SamePaddedConv(torch::nn::Conv2dOptions(shape.input, shape.output, shape.kernel)
                                                    .stride(shape.stride)
                                                    .padding(padding)
                                                    .groups(shape.groups)
                                                    .bias(false)));
        m_norm = register_module("1", Norm(shape.output, options.normEpsilon));
    }

    torch::Tensor forward(const torch::Tensor &input)
    {
        const torch::Tensor output =
            m_same ? m_conv->forward(input) : static_cast<torch::nn::Conv2dImpl &>(*m_conv).forward(input);
        return relu6_(m_norm->forward(output));
    }
    std::pair<torch::nn::Conv2dImpl *, NormImpl *> pair() { return {m_conv.get(), m_norm.get()}; }

private:
    bool m_same;
    SamePaddedConv m_conv{nullptr};
    Norm m_norm{nullptr};
};
TORCH_MODULE(ConvNorm);

/// Expansion (left out at factor 1), depthwise convolution, linear projection; the input is added where shapes allow.
class InvertedResidualImpl : public torch::nn::Module
{
public:
    InvertedResidualImpl(std::int64_t input, std::int64_t output, std::int64_t stride, std::int64_t expansion,
                         const NetworkOptions &options)
        : m_residual(stride == 1 && input == output)
    {
        const std::int64_t width = input * expansion;
        auto steps = register_module("conv", torch::nn::ModuleList());
        if (expansion != 1)
            m_steps.emplace_back(ConvNormImpl::Shape{input, width}, options);
        m_steps.emplace_back(ConvNormImpl::Shape{width, width, 3, stride, width}, options);
        for (const ConvNorm &step : m_steps)
            steps->push_back(step);
        m_project = torch::nn::Conv2d(torch::nn::Conv2dOptions(width, output, 1).bias(false));
        m_norm = Norm(output, options.normEpsilon);
        steps->push_back(m_project);
        steps->push_back(m_norm);
    }

    torch::Tensor forward(const torch::Tensor &input)
    {
        torch::Tensor x = input;
        for (ConvNorm &step : m_steps)
            x = step->forward(x);
        x = m_norm->forward(m_project->forward(x));
        return m_residual ? x.add_(input) : x;
    }
    void appendPairs(std::vector<std::pair<torch::nn::Conv2dImpl *, NormImpl *>> &pairs)
    {
        for (ConvNorm &step : m_steps)
            pairs.push_back(step->pair());
        pairs.emplace_back(m_project.get(), m_norm.get());
    }

private:
    bool m_residual;
    std::vector<ConvNorm> m_steps;
    torch::nn::Conv2d m_project{nullptr};
    Norm m_norm{nullptr};
};
TORCH_MODULE(InvertedResidual);

struct Stage
{
    std::int64_t expansion;
    std::int64_t channels;
    int repeats;
    std::int64_t stride;
};
constexpr std::array<Stage, 7> stages{
    {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}}};
constexpr std::int64_t stemChannels = 32;
constexpr std::int64_t lastChannels = 1280;
constexpr std::int64_t fineChannelCount = 96; // of the last block at stride 16
constexpr std::size_t blocksToStride16 = 13;
constexpr std::size_t allBlocks = 17;

class MobileNetV2 : public TwoScaleTrunk
{
public:
    /// With fewer than all blocks the last 1x1 convolution is left out.
    MobileNetV2(const NetworkOptions &options, std::size_t blockCount)
    {
        auto features = register_module("features", torch::nn::ModuleList());
        m_stem = ConvNorm(ConvNormImpl::Shape{inputChannelsOf(options), stemChannels, 3, 2}, options);
        features->push_back(m_stem);
        std::int64_t channels = stemChannels;
        for (const Stage &stage : stages) {
            for (int i = 0; i < stage.repeats && m_blocks.size() < blockCount; ++i) {
                m_blocks.emplace_back(channels, stage.channels, i == 0 ? stage.stride : 1, stage.expansion, options);
                features->push_back(m_blocks.back());
                channels = stage.channels;
            }
        }
        m_channels = channels;
        if (blockCount < allBlocks)
            return;
        m_channels = lastChannels;
        m_last = ConvNorm(ConvNormImpl::Shape{channels, lastChannels}, options);
        features->push_back(m_last);
    }

    torch::Tensor forward(torch::Tensor images) override { return forwardBoth(images).coarse; }
    Maps forwardBoth(torch::Tensor images) override
    {
        torch::Tensor x = m_stem->forward(images);
        torch::Tensor fine;
        for (std::size_t i = 0; i < m_blocks.size(); ++i) {
            x = m_blocks[i]->forward(x);
            if (i + 1 == blocksToStride16)
                fine = x;
        }
        return {fine, m_last.is_empty() ? x : m_last->forward(x)};
    }
    [[nodiscard]] std::int64_t channels() const override { return m_channels; }
    [[nodiscard]] std::int64_t fineChannels() const override { return fineChannelCount; }
    [[nodiscard]] std::vector<std::pair<torch::nn::Conv2dImpl *, NormImpl *>> convolutionNormPairs() override
    {
        std::vector<std::pair<torch::nn::Conv2dImpl *, NormImpl *>> pairs{m_stem->pair()};
        for (InvertedResidual &block : m_blocks)
            block->appendPairs(pairs);
        if (!m_last.is_empty())
            pairs.push_back(m_last->pair());
        return pairs;
    }

private:
    ConvNorm m_stem{nullptr};
    std::vector<InvertedResidual> m_blocks;
    ConvNorm m_last{nullptr};
    std::int64_t m_channels = 0;
};

} // namespace

std::shared_ptr<Trunk> makeMobileNetV2(const NetworkOptions &options)
{
    return std::make_shared<MobileNetV2>(options, allBlocks);
}

std::shared_ptr<TwoScaleTrunk> makeMobileNetV2TwoScales(const NetworkOptions &options)
{
    return std::make_shared<MobileNetV2>(options, blocksToStride16 + 1);
}

} // namespace flukeprint::learning
