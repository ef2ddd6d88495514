#include "core/learning/networks/trunks.h"

#include <string>

namespace flukeprint::learning {

namespace {

using Pairs = std::vector<std::pair<torch::nn::Conv2dImpl *, NormImpl *>>;

struct ConvShape
{
    std::string name;
    std::int64_t output;
    std::int64_t height = 1; ///< of the kernel
    std::int64_t width = 1;
    std::int64_t stride = 1;
    bool padded = true; ///< keeps the map's size at stride 1
};

/// Convolution, norm, ReLU.
class ConvNormReluImpl : public torch::nn::Module
{
public:
    ConvNormReluImpl(std::int64_t input, const ConvShape &shape, double epsilon)
    {
        torch::nn::Conv2dOptions options(input, shape.output, {shape.height, shape.width});
        options.stride(shape.stride).bias(false);
        if (shape.padded)
            options.padding({(shape.height - 1) / 2, (shape.width - 1) / 2});
        m_conv = register_module("conv", torch::nn::Conv2d(options));
        m_norm = register_module("bn", Norm(shape.output, epsilon));
    }

    torch::Tensor forward(const torch::Tensor &input) { return m_norm->forward(m_conv->forward(input)).relu_(); }
    void appendPair(Pairs &pairs) { pairs.emplace_back(m_conv.get(), m_norm.get()); }

private:
    torch::nn::Conv2d m_conv{nullptr};
    Norm m_norm{nullptr};
};
TORCH_MODULE(ConvNormRelu);

enum class PoolFirst { No, Average, Maximum };

/// A chain of convolutions behind an optional 3x3 pool; its end may be split between two convolutions side by side.
struct BranchShape
{
    std::vector<ConvShape> chain;
    std::vector<ConvShape> split;
    PoolFirst pool = PoolFirst::No;
};

/// Branches over one input whose outputs are concatenated.
class MixedImpl : public torch::nn::Module
{
public:
    MixedImpl(std::int64_t input, const std::vector<BranchShape> &branches, double epsilon)
    {
        for (const BranchShape &shape : branches) {
            Branch branch;
            branch.pool = shape.pool;
            std::int64_t channels = input;
            for (const ConvShape &conv : shape.chain) {
                branch.chain.push_back(register_module(conv.name, ConvNormRelu(channels, conv, epsilon)));
                channels = conv.output;
            }
            std::int64_t output = shape.split.empty() ? channels : 0;
            for (const ConvShape &conv : shape.split) {
                branch.split.push_back(register_module(conv.name, ConvNormRelu(channels, conv, epsilon)));
                output += conv.output;
            }
            m_channels += output;
            m_branches.push_back(std::move(branch));
        }
    }

    torch::Tensor forward(const torch::Tensor &input)
    {
        std::vector<torch::Tensor> outputs;
        for (Branch &branch : m_branches) {
            torch::Tensor x = input;
            if (branch.pool == PoolFirst::Average)
                x = torch::avg_pool2d(x, 3, 1, 1);
            else if (branch.pool == PoolFirst::Maximum)
                x = torch::max_pool2d(x, 3, 2);
            for (ConvNormRelu &conv : branch.chain)
                x = conv->forward(x);
            for (ConvNormRelu &conv : branch.split)
                outputs.push_back(conv->forward(x));
            if (branch.split.empty())
                outputs.push_back(x);
        }
        return torch::cat(outputs, 1);
    }
    [[nodiscard]] std::int64_t channels() const { return m_channels; }
    void appendPairs(Pairs &pairs)
    {
        for (Branch &branch : m_branches) {
            for (ConvNormRelu &conv : branch.chain)
                conv->appendPair(pairs);
            for (ConvNormRelu &conv : branch.split)
                conv->appendPair(pairs);
        }
    }

private:
    struct Branch
    {
        PoolFirst pool = PoolFirst::No;
        std::vector<ConvNormRelu> chain;
        std::vector<ConvNormRelu> split;
    };
    std::int64_t m_channels = 0;
    std::vector<Branch> m_branches;
};
TORCH_MODULE(Mixed);

using Branches = std::vector<BranchShape>;

/// Grid kept, kernels of 5x5 and two of 3x3.
Branches kernels5x5(std::int64_t poolChannels)
{
    return {{{{"branch1x1", 64}}, {}},
            {{{"branch5x5_1", 48}, {"branch5x5_2", 64, 5, 5}}, {}},
            {{{"branch3x3dbl_1", 64}, {"branch3x3dbl_2", 96, 3, 3}, {"branch3x3dbl_3", 96, 3, 3}}, {}},
            {{{"branch_pool", poolChannels}}, {}, PoolFirst::Average}};
}

/// Grid halved after the 35x35 part.
Branches firstReduction()
{
    return {{{{"branch3x3", 384, 3, 3, 2, false}}, {}},
            {{{"branch3x3dbl_1", 64}, {"branch3x3dbl_2", 96, 3, 3}, {"branch3x3dbl_3", 96, 3, 3, 2, false}}, {}},
            {{}, {}, PoolFirst::Maximum}};
}

/// Grid kept, 7x7 kernels taken apart into 1x7 and 7x1.
Branches kernels7x7(std::int64_t width)
{
    return {{{{"branch1x1", 192}}, {}},
            {{{"branch7x7_1", width}, {"branch7x7_2", width, 1, 7}, {"branch7x7_3", 192, 7, 1}}, {}},
            {{{"branch7x7dbl_1", width},
              {"branch7x7dbl_2", width, 7, 1},
              {"branch7x7dbl_3", width, 1, 7},
              {"branch7x7dbl_4", width, 7, 1},
              {"branch7x7dbl_5", 192, 1, 7}},
             {}},
            {{{"branch_pool", 192}}, {}, PoolFirst::Average}};
}

/// Grid halved after the 17x17 part.
Branches secondReduction()
{
    return {{{{"branch3x3_1", 192}, {"branch3x3_2", 320, 3, 3, 2, false}}, {}},
            {{{"branch7x7x3_1", 192},
              {"branch7x7x3_2", 192, 1, 7},
              {"branch7x7x3_3", 192, 7, 1},
              {"branch7x7x3_4", 192, 3, 3, 2, false}},
             {}},
            {{}, {}, PoolFirst::Maximum}};
}

/// Grid kept, ends split between 1x3 and 3x1.
Branches splitEnds()
{
    return {{{{"branch1x1", 320}}, {}},
            {{{"branch3x3_1", 384}}, {{"branch3x3_2a", 384, 1, 3}, {"branch3x3_2b", 384, 3, 1}}},
            {{{"branch3x3dbl_1", 448}, {"branch3x3dbl_2", 384, 3, 3}},
             {{"branch3x3dbl_3a", 384, 1, 3}, {"branch3x3dbl_3b", 384, 3, 1}}},
            {{{"branch_pool", 192}}, {}, PoolFirst::Average}};
}

std::vector<std::pair<std::string, Branches>> mixedBlocks()
{
    return {{"Mixed_5b", kernels5x5(32)},   {"Mixed_5c", kernels5x5(64)},  {"Mixed_5d", kernels5x5(64)},
            {"Mixed_6a", firstReduction()}, {"Mixed_6b", kernels7x7(128)}, {"Mixed_6c", kernels7x7(160)},
            {"Mixed_6d", kernels7x7(160)},  {"Mixed_6e", kernels7x7(192)}, {"Mixed_7a", secondReduction()},
            {"Mixed_7b", splitEnds()},      {"Mixed_7c", splitEnds()}};
}

class InceptionV3 : public Trunk
{
public:
    explicit InceptionV3(const NetworkOptions &options)
    {
        const std::vector<ConvShape> stem{{"Conv2d_1a_3x3", 32, 3, 3, 2, false},
                                          {"Conv2d_2a_3x3", 32, 3, 3, 1, false},
                                          {"Conv2d_2b_3x3", 64, 3, 3},
                                          {"Conv2d_3b_1x1", 80},
                                          {"Conv2d_4a_3x3", 192, 3, 3, 1, false}};
        m_channels = inputChannelsOf(options);
        for (const ConvShape &shape : stem) {
            m_stem.push_back(register_module(shape.name, ConvNormRelu(m_channels, shape, options.normEpsilon)));
            m_channels = shape.output;
        }
        for (const auto &[name, branches] : mixedBlocks()) {
            m_blocks.push_back(register_module(name, Mixed(m_channels, branches, options.normEpsilon)));
            m_channels = m_blocks.back()->channels();
        }
    }

    torch::Tensor forward(torch::Tensor images) override
    {
        constexpr std::size_t firstPooled = 3; // a max pool before this convolution, and one after the stem
        torch::Tensor x = std::move(images);
        for (std::size_t i = 0; i < m_stem.size(); ++i)
            x = m_stem[i]->forward(i == firstPooled ? torch::max_pool2d(x, 3, 2) : x);
        x = torch::max_pool2d(x, 3, 2);
        for (Mixed &block : m_blocks)
            x = block->forward(x);
        return x;
    }
    [[nodiscard]] std::int64_t channels() const override { return m_channels; }
    [[nodiscard]] Pairs convolutionNormPairs() override
    {
        Pairs pairs;
        for (ConvNormRelu &conv : m_stem)
            conv->appendPair(pairs);
        for (Mixed &block : m_blocks)
            block->appendPairs(pairs);
        return pairs;
    }

private:
    std::int64_t m_channels = 0;
    std::vector<ConvNormRelu> m_stem;
    std::vector<Mixed> m_blocks;
};

} // namespace

std::shared_ptr<Trunk> makeInceptionV3(const NetworkOptions &options)
{
    return std::make_shared<InceptionV3>(options);
}

} // namespace flukeprint::learning
