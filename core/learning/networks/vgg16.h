#pragma once

#include "core/learning/networks/network.h"

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

namespace flukeprint::learning {

/// VGG-16 as a part of larger networks; see `makeVgg16`.
class Vgg16 : public Trunk
{
public:
    Vgg16(const NetworkOptions &options, std::int64_t denseWidth);

    torch::Tensor forward(torch::Tensor images) override;
    [[nodiscard]] std::int64_t channels() const override { return m_denseWidth; }
    [[nodiscard]] std::vector<std::pair<torch::nn::Conv2dImpl *, NormImpl *>> convolutionNormPairs() override
    {
        return {};
    }

protected:
    /// Photos to the ReLU after fc2, [N, denseWidth].
    torch::Tensor vector(torch::Tensor images);

private:
    std::int64_t m_denseWidth;
    double m_dropout;
    std::vector<torch::nn::Conv2d> m_convs;
    torch::nn::Linear m_fc1{nullptr};
    torch::nn::Linear m_fc2{nullptr};
};

} // namespace flukeprint::learning
