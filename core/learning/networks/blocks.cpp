#include "core/learning/networks/blocks.h"

#include "core/learning/networks/joint_norm.h"

#include <torch/nn/functional/padding.h>

#include <algorithm>

namespace flukeprint::learning {

NormImpl::NormImpl(std::int64_t channels, double normEpsilon)
    : epsilon(normEpsilon)
{
    weight = register_parameter("weight", torch::ones({channels}));
    bias = register_parameter("bias", torch::zeros({channels}));
    runningMean = register_buffer("running_mean", torch::zeros({channels}));
    runningVariance = register_buffer("running_var", torch::ones({channels}));
    m_batches = register_buffer("num_batches_tracked", torch::zeros({}, torch::kInt64));
}

torch::Tensor NormImpl::forward(const torch::Tensor &input)
{
    constexpr double momentum = 0.1;
    if (m_folded)
        return input;
    if (m_observing)
        observe(input);
    if (is_training())
        m_batches.add_(1);
    if (const JointForward *joint = JointForward::current(); joint != nullptr && is_training())
        return jointBatchNorm(input, weight, bias, runningMean, runningVariance, momentum, epsilon, joint->addUp());
    return torch::batch_norm(input, weight, bias, runningMean, runningVariance, is_training(), momentum, epsilon,
                             at::globalContext().userEnabledCuDNN());
}

torch::Tensor NormImpl::scale() const
{
    return weight.to(torch::kFloat64) / (runningVariance.to(torch::kFloat64) + epsilon).sqrt();
}

void NormImpl::startObserving()
{
    m_sum = torch::zeros({weight.size(0)}, runningMean.options().dtype(torch::kFloat64));
    m_squareSum = m_sum.clone();
    m_count = 0;
    m_observing = true;
}

void NormImpl::stopObserving()
{
    m_observing = false;
    m_sum = torch::Tensor();
    m_squareSum = torch::Tensor();
}

void NormImpl::observe(const torch::Tensor &input)
{
    const torch::NoGradGuard noGradients;
    const torch::Tensor values = input.detach().to(torch::kFloat64);
    m_sum += values.sum({0, 2, 3});
    m_squareSum += values.square().sum({0, 2, 3});
    m_count += input.numel() / weight.size(0);
}

torch::Tensor NormImpl::observedMean() const
{
    return m_sum / static_cast<double>(m_count);
}

torch::Tensor NormImpl::observedVariance() const
{
    return (m_squareSum / static_cast<double>(m_count) - observedMean().square()).clamp_min(0);
}

namespace {

std::int64_t samePadding(std::int64_t size, std::int64_t kernel, std::int64_t stride)
{
    return std::max<std::int64_t>(((size + stride - 1) / stride - 1) * stride + kernel - size, 0);
}

} // namespace

torch::Tensor SamePaddedConvImpl::forward(const torch::Tensor &input)
{
    const auto &kernel = *options.kernel_size();
    const auto &stride = *options.stride();
    const std::int64_t vertical = samePadding(input.size(2), kernel[0], stride[0]);
    const std::int64_t horizontal = samePadding(input.size(3), kernel[1], stride[1]);
    // Symmetric padding is left to the convolution, which needs no copy of its input for it.
    if (vertical % 2 == 0 && horizontal % 2 == 0)
        return torch::conv2d(input, weight, bias, stride, {vertical / 2, horizontal / 2}, at::IntArrayRef{1, 1},
                             options.groups());
    const torch::Tensor padded = torch::constant_pad_nd(
        input, {horizontal / 2, horizontal - horizontal / 2, vertical / 2, vertical - vertical / 2}, 0);
    return torch::conv2d(padded, weight, bias, stride, at::IntArrayRef{0, 0}, at::IntArrayRef{1, 1}, options.groups());
}

torch::Tensor samePaddedMaxPool(const torch::Tensor &input, std::int64_t kernel, std::int64_t stride)
{
    const std::int64_t top = samePadding(input.size(2), kernel, stride) / 2;
    const std::int64_t left = samePadding(input.size(3), kernel, stride) / 2;
    // Rounding the number of windows up lets the last ones reach over the edge: the odd pixel without a padded copy.
    return torch::max_pool2d(input, kernel, stride, {top, left}, 1, true);
}

torch::Tensor samePaddedAveragePool(const torch::Tensor &input, std::int64_t kernel, std::int64_t stride)
{
    const std::int64_t top = samePadding(input.size(2), kernel, stride) / 2;
    const std::int64_t left = samePadding(input.size(3), kernel, stride) / 2;
    return torch::avg_pool2d(input, kernel, stride, {top, left}, true, false);
}

} // namespace flukeprint::learning
