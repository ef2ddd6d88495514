#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

/// Building blocks that the networks share.
namespace flukeprint::learning {

/// Batch norm whose input can be observed, and that steps aside once it has been folded into the convolution before it.
class NormImpl : public torch::nn::BatchNorm2dImpl
{
public:
    explicit NormImpl(std::int64_t channels, double epsilon);
    torch::Tensor forward(const torch::Tensor &input);

    /// From now on the inputs' sums are kept (double precision); `observedMean` and `observedVariance` (biased) per channel.
    void startObserving();
    void stopObserving();
    [[nodiscard]] std::int64_t observedCount() const { return m_count; }
    [[nodiscard]] torch::Tensor observedMean() const;
    [[nodiscard]] torch::Tensor observedVariance() const;

    /// Evaluation only: passes its input through.
    void setFolded(bool folded) { m_folded = folded; }
    [[nodiscard]] bool isFolded() const { return m_folded; }

private:
    void observe(const torch::Tensor &input);

    bool m_observing = false;
    bool m_folded = false;
    std::int64_t m_count = 0; ///< values a channel
    torch::Tensor m_sum;
    torch::Tensor m_squareSum;
};
TORCH_MODULE(Norm);

/// A convolution with TensorFlow's SAME padding: total padding max((ceil(n / stride) - 1) * stride + kernel - n, 0), the odd pixel
/// at the bottom and right.
class SamePaddedConvImpl : public torch::nn::Conv2dImpl
{
public:
    explicit SamePaddedConvImpl(torch::nn::Conv2dOptions options)
        : torch::nn::Conv2dImpl(std::move(options))
    {
    }
    torch::Tensor forward(const torch::Tensor &input);
};
TORCH_MODULE(SamePaddedConv);

class Relu6Impl : public torch::nn::Module
{
public:
    torch::Tensor forward(torch::Tensor input) { return input.clamp_(0, 6); }
};
TORCH_MODULE(Relu6);

} // namespace flukeprint::learning
