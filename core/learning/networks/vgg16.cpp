#include "core/learning/networks/vgg16.h"

#include "core/learning/networks/trunks.h"

#include <array>

namespace flukeprint::learning {

namespace {

constexpr std::array<std::int64_t, 13> widths{64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512};
constexpr std::int64_t pooledSide = 7;

/// A max pool of 2x2 stands behind these convolutions.
constexpr bool endsBlock(std::size_t convolution)
{
    return convolution == 1 || convolution == 3 || convolution == 6 || convolution == 9 || convolution == 12;
}

} // namespace

Vgg16::Vgg16(const NetworkOptions &options, std::int64_t denseWidth)
    : m_denseWidth(denseWidth)
    , m_dropout(options.trunkDropout)
{
    auto features = register_module("features", std::make_shared<torch::nn::Module>("features"));
    std::int64_t channels = inputChannelsOf(options);
    int number = 0; // torchvision counts ReLUs and pools too
    for (std::size_t i = 0; i < widths.size(); ++i) {
        torch::nn::Conv2d convolution(torch::nn::Conv2dOptions(channels, widths[i], 3).padding(1));
        m_convs.push_back(features->register_module(std::to_string(number), std::move(convolution)));
        number += endsBlock(i) ? 3 : 2;
        channels = widths[i];
    }
    auto classifier = register_module("classifier", std::make_shared<torch::nn::Module>("classifier"));
    const std::int64_t values = channels * pooledSide * pooledSide;
    m_fc1 = classifier->register_module("0", torch::nn::Linear(values, denseWidth));
    m_fc2 = classifier->register_module("3", torch::nn::Linear(denseWidth, denseWidth));
}

torch::Tensor Vgg16::vector(torch::Tensor images)
{
    torch::Tensor x = std::move(images);
    for (std::size_t i = 0; i < m_convs.size(); ++i) {
        x = m_convs[i]->forward(x).relu_();
        if (endsBlock(i))
            x = torch::max_pool2d(x, 2, 2);
    }
    x = torch::adaptive_avg_pool2d(x, {pooledSide, pooledSide}).flatten(1);
    x = torch::dropout(m_fc1->forward(x).relu_(), m_dropout, is_training());
    return torch::dropout(m_fc2->forward(x).relu_(), m_dropout, is_training());
}

torch::Tensor Vgg16::forward(torch::Tensor images)
{
    return vector(std::move(images)).unsqueeze(-1).unsqueeze(-1);
}

std::shared_ptr<Trunk> makeVgg16(const NetworkOptions &options, std::int64_t denseWidth)
{
    return std::make_shared<Vgg16>(options, denseWidth);
}

} // namespace flukeprint::learning
