#include "core/learning/networks/trunks.h"

#include <array>
#include <string>

namespace flukeprint::learning {

namespace {

SamePaddedConv convolution(std::int64_t input, std::int64_t output, std::int64_t kernel, std::int64_t stride = 1)
{
    return SamePaddedConv(torch::nn::Conv2dOptions(input, output, kernel).stride(stride));
}

/// Norm, convolution, ReLU.
class NormConvReluImpl : public torch::nn::Module
{
public:
    NormConvReluImpl(std::int64_t input, std::int64_t output, std::int64_t kernel, double epsilon)
        : m_norm(register_module("norm", Norm(input, epsilon)))
        , m_conv(register_module("conv", convolution(input, output, kernel)))
    {
    }

    torch::Tensor forward(const torch::Tensor &input) { return m_conv->forward(m_norm->forward(input)).relu_(); }
    [[nodiscard]] NormImpl *norm() { return m_norm.get(); }

private:
    Norm m_norm;
    SamePaddedConv m_conv;
};
TORCH_MODULE(NormConvRelu);

/// 1x1, 3x3 and 1x1 convolutions with a norm before each; what is added to their result is the normed input.
class SubBlockImpl : public torch::nn::Module
{
public:
    SubBlockImpl(std::int64_t channels, std::int64_t width, double epsilon)
    {
        const std::array<std::array<std::int64_t, 3>, 3> shapes{
            {{channels, width, 1}, {width, width, 3}, {width, channels, 1}}};
        for (std::size_t i = 0; i < shapes.size(); ++i) {
            const auto &[input, output, kernel] = shapes[i];
            const std::string number = std::to_string(i + 1);
            m_norms.push_back(register_module("norm" + number, Norm(input, epsilon)));
            m_convs.push_back(register_module("conv" + number, convolution(input, output, kernel)));
        }
    }

    torch::Tensor forward(const torch::Tensor &input)
    {
        const torch::Tensor normed = m_norms[0]->forward(input);
        torch::Tensor x = m_convs[0]->forward(normed).relu_();
        x = m_convs[1]->forward(m_norms[1]->forward(x)).relu_();
        x = m_convs[2]->forward(m_norms[2]->forward(x));
        return x.add_(normed).relu_();
    }
    void appendNorms(std::vector<NormImpl *> &norms)
    {
        for (Norm &norm : m_norms)
            norms.push_back(norm.get());
    }

private:
    std::vector<Norm> m_norms;
    std::vector<SamePaddedConv> m_convs;
};
TORCH_MODULE(SubBlock);

struct BlockShape
{
    std::int64_t channels;
    std::int64_t width; ///< inside its sub-blocks
};
constexpr std::array<BlockShape, 4> blockShapes{{{128, 64}, {256, 64}, {384, 96}, {512, 128}}};
constexpr std::int64_t stemChannels = 64;
constexpr int subBlocks = 4;

class BranchSiamese : public Trunk
{
public:
    explicit BranchSiamese(const NetworkOptions &options)
    {
        const double epsilon = options.normEpsilon;
        auto stem = register_module("stem", std::make_shared<torch::nn::Module>("stem"));
        m_stem = stem->register_module("conv", convolution(inputChannelsOf(options), stemChannels, 9, 2));
        auto first = register_module("block1", std::make_shared<torch::nn::Module>("block1"));
        for (const char *name : {"0", "1"})
            m_first.push_back(first->register_module(name, NormConvRelu(stemChannels, stemChannels, 3, epsilon)));
        std::int64_t channels = stemChannels;
        for (std::size_t i = 0; i < blockShapes.size(); ++i)
            channels = addBlock("block" + std::to_string(i + 2), channels, blockShapes[i], epsilon);
    }

    torch::Tensor forward(torch::Tensor images) override
    {
        torch::Tensor x = torch::max_pool2d(m_stem->forward(images).relu_(), 2, 2);
        for (NormConvRelu &step : m_first)
            x = step->forward(x);
        for (Block &block : m_blocks) {
            x = block.widen->forward(torch::max_pool2d(x, 2, 2));
            for (SubBlock &part : block.parts)
                x = part->forward(x);
        }
        return x;
    }
    [[nodiscard]] std::int64_t channels() const override { return blockShapes.back().channels; }
    /// None: every norm stands before a convolution that pads with zeros, or before a sum, and behind a ReLU.
    [[nodiscard]] std::vector<std::pair<torch::nn::Conv2dImpl *, NormImpl *>> convolutionNormPairs() override
    {
        return {};
    }
    [[nodiscard]] std::vector<NormImpl *> norms() override
    {
        std::vector<NormImpl *> all;
        for (NormConvRelu &step : m_first)
            all.push_back(step->norm());
        for (Block &block : m_blocks) {
            all.push_back(block.widen->norm());
            for (SubBlock &part : block.parts)
                part->appendNorms(all);
        }
        return all;
    }

private:
    struct Block
    {
        NormConvRelu widen{nullptr};
        std::vector<SubBlock> parts;
    };

    std::int64_t addBlock(const std::string &name, std::int64_t input, const BlockShape &shape, double epsilon)
    {
        auto folder = register_module(name, std::make_shared<torch::nn::Module>(name));
        Block block;
        block.widen = folder->register_module("widen", NormConvRelu(input, shape.channels, 1, epsilon));
        for (int i = 0; i < subBlocks; ++i)
            block.parts.push_back(
                folder->register_module(std::to_string(i), SubBlock(shape.channels, shape.width, epsilon)));
        m_blocks.push_back(std::move(block));
        return shape.channels;
    }

    SamePaddedConv m_stem{nullptr};
    std::vector<NormConvRelu> m_first;
    std::vector<Block> m_blocks;
};

} // namespace

std::shared_ptr<Trunk> makeBranchSiamese(const NetworkOptions &options)
{
    return std::make_shared<BranchSiamese>(options);
}

} // namespace flukeprint::learning
