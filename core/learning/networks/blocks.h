#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

/// Building blocks that the networks share.
namespace flukeprint::learning {

/// Batch norm over [N, C, h, w] with torchvision's tensors, whose input can be observed, and that steps aside once it
/// has been folded into the convolution before it. Not derived from BatchNorm2d: Debian's library hides what a derived
/// class needs.
class NormImpl : public torch::nn::Module
{
public:
    NormImpl(std::int64_t channels, double normEpsilon);
    torch::Tensor forward(const torch::Tensor &input);

    /// What evaluation multiplies by: weight / sqrt(running_var + epsilon), double precision.
    [[nodiscard]] torch::Tensor scale() const;

    /// From now on the inputs' sums are kept (double precision); `observedMean` and `observedVariance` (biased) per
    /// channel.
    void startObserving();
    void stopObserving();
    [[nodiscard]] bool isObserving() const { return m_observing; }
    [[nodiscard]] torch::Tensor observedMean() const;
    [[nodiscard]] torch::Tensor observedVariance() const;

    /// Evaluation only: passes its input through.
    void setFolded(bool folded) { m_folded = folded; }

    torch::Tensor weight;
    torch::Tensor bias;
    torch::Tensor runningMean;
    torch::Tensor runningVariance;
    double epsilon;

private:
    void observe(const torch::Tensor &input);

    torch::Tensor m_batches; ///< num_batches_tracked: kept for other readers of our files
    bool m_observing = false;
    bool m_folded = false;
    std::int64_t m_count = 0; ///< observed values a channel
    torch::Tensor m_sum;
    torch::Tensor m_squareSum;
};
TORCH_MODULE(Norm);

/// A convolution with TensorFlow's SAME padding: total padding max((ceil(n / stride) - 1) * stride + kernel - n, 0),
/// the odd pixel at the bottom and right.
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

/// Square pooling with TensorFlow's SAME padding, which never counts: neither as a maximum nor in a mean. Kernel at
/// least as wide as the stride. [N, C, h, w] to [N, C, ceil(h / stride), ceil(w / stride)].
[[nodiscard]] torch::Tensor samePaddedMaxPool(const torch::Tensor &input, std::int64_t kernel, std::int64_t stride);
[[nodiscard]] torch::Tensor samePaddedAveragePool(const torch::Tensor &input, std::int64_t kernel, std::int64_t stride);

} // namespace flukeprint::learning
