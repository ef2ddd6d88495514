#include "core/learning/networks/trunks.h"

#include <torch/nn/modules/container/modulelist.h>

#include <array>
#include <optional>

namespace flukeprint::learning {

namespace {

using Pairs = std::vector<std::pair<torch::nn::Conv2dImpl *, NormImpl *>>;

torch::nn::Conv2d convolution(std::int64_t input, std::int64_t output, std::int64_t kernel, std::int64_t stride)
{
    return torch::nn::Conv2d(
        torch::nn::Conv2dOptions(input, output, kernel).stride(stride).padding((kernel - 1) / 2).bias(false));
}

/// Two 3x3 convolutions, or 1x1, 3x3, 1x1 with a width of four times as many output channels ("bottleneck").
class ResidualBlockImpl : public torch::nn::Module
{
public:
    ResidualBlockImpl(std::int64_t input, std::int64_t width, std::int64_t stride, bool bottleneck, double epsilon)
    {
        const std::int64_t output = bottleneck ? width * 4 : width;
        if (bottleneck) {
            add(convolution(input, width, 1, 1), width, epsilon);
            add(convolution(width, width, 3, stride), width, epsilon);
            add(convolution(width, output, 1, 1), output, epsilon);
        } else {
            add(convolution(input, width, 3, stride), width, epsilon);
            add(convolution(width, width, 3, 1), width, epsilon);
        }
        if (stride == 1 && input == output)
            return;
        auto downsample = register_module("downsample", torch::nn::ModuleList());
        m_shortcut = convolution(input, output, 1, stride);
        m_shortcutNorm = Norm(output, epsilon);
        downsample->push_back(m_shortcut);
        downsample->push_back(m_shortcutNorm);
    }

    torch::Tensor forward(const torch::Tensor &input)
    {
        torch::Tensor x = input;
        for (std::size_t i = 0; i < m_convs.size(); ++i) {
            x = m_norms[i]->forward(m_convs[i]->forward(x));
            if (i + 1 < m_convs.size())
                x = x.relu_();
        }
        const torch::Tensor shortcut = m_shortcut ? m_shortcutNorm->forward(m_shortcut->forward(input)) : input;
        return x.add_(shortcut).relu_();
    }
    void appendPairs(Pairs &pairs)
    {
        for (std::size_t i = 0; i < m_convs.size(); ++i)
            pairs.emplace_back(m_convs[i].get(), m_norms[i].get());
        if (m_shortcut)
            pairs.emplace_back(m_shortcut.get(), m_shortcutNorm.get());
    }

private:
    void add(torch::nn::Conv2d conv, std::int64_t channels, double epsilon)
    {
        const std::string number = std::to_string(m_convs.size() + 1);
        m_convs.push_back(register_module("conv" + number, std::move(conv)));
        m_norms.push_back(register_module("bn" + number, Norm(channels, epsilon)));
    }

    std::vector<torch::nn::Conv2d> m_convs;
    std::vector<Norm> m_norms;
    torch::nn::Conv2d m_shortcut{nullptr};
    Norm m_shortcutNorm{nullptr};
};
TORCH_MODULE(ResidualBlock);

struct Layout
{
    std::array<int, 4> blocks;
    bool bottleneck;
};

Layout layoutOf(int depth)
{
    if (depth == 101)
        return {{3, 4, 23, 3}, true};
    if (depth == 50)
        return {{3, 4, 6, 3}, true};
    return {{2, 2, 2, 2}, false};
}

class ResNet : public Trunk
{
public:
    ResNet(const Layout &layout, const NetworkOptions &options)
    {
        const double epsilon = options.normEpsilon;
        m_stem = register_module(
            "conv1",
            torch::nn::Conv2d(
                torch::nn::Conv2dOptions(inputChannelsOf(options), 64, 7).stride(2).padding(3).bias(false)));
        m_stemNorm = register_module("bn1", Norm(64, epsilon));
        m_channels = 64;
        for (std::size_t stage = 0; stage < layout.blocks.size(); ++stage) {
            auto layer = register_module("layer" + std::to_string(stage + 1), torch::nn::ModuleList());
            const std::int64_t width = std::int64_t{64} << stage;
            for (int i = 0; i < layout.blocks[stage]; ++i) {
                m_blocks.emplace_back(m_channels, width, i == 0 && stage > 0 ? 2 : 1, layout.bottleneck, epsilon);
                layer->push_back(m_blocks.back());
                m_channels = layout.bottleneck ? width * 4 : width;
            }
        }
    }

    torch::Tensor forward(torch::Tensor images) override
    {
        torch::Tensor x = m_stemNorm->forward(m_stem->forward(images)).relu_();
        x = torch::max_pool2d(x, 3, 2, 1);
        for (ResidualBlock &block : m_blocks)
            x = block->forward(x);
        return x;
    }
    [[nodiscard]] std::int64_t channels() const override { return m_channels; }
    [[nodiscard]] Pairs convolutionNormPairs() override
    {
        Pairs pairs{{m_stem.get(), m_stemNorm.get()}};
        for (ResidualBlock &block : m_blocks)
            block->appendPairs(pairs);
        return pairs;
    }

private:
    std::int64_t m_channels = 0;
    torch::nn::Conv2d m_stem{nullptr};
    Norm m_stemNorm{nullptr};
    std::vector<ResidualBlock> m_blocks;
};

} // namespace

std::shared_ptr<Trunk> makeResNet(int depth, const NetworkOptions &options)
{
    return std::make_shared<ResNet>(layoutOf(depth), options);
}

} // namespace flukeprint::learning
