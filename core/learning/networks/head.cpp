#include "core/learning/networks/compat.h"
#include "core/learning/networks/joint_norm.h"
#include "core/learning/networks/network.h"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

namespace flukeprint::learning {

namespace {

constexpr double smallestActivation = 1e-6; // of GeM: keeps x^p and its gradient away from 0
constexpr double startPower = 3.0;

torch::nn::Sequential denseLayers(std::int64_t channels, const NetworkOptions &options)
{
    torch::nn::Sequential layers;
    if (options.dropout > 0)
        layers->push_back(torch::nn::Dropout(options.dropout));
    for (const std::int64_t width : options.hidden) {
        layers->push_back(torch::nn::Linear(channels, width));
        layers->push_back(torch::nn::ReLU());
        channels = width;
    }
    if (options.dimension > 0)
        layers->push_back(
            torch::nn::Linear(torch::nn::LinearOptions(channels, options.dimension).bias(options.linearBias)));
    if (options.activation == OutputActivation::Sigmoid)
        layers->push_back(torch::nn::Sigmoid());
    return layers;
}

bool isReducedPrecision(const torch::Tensor &tensor)
{
    return tensor.scalar_type() == torch::kBFloat16 || tensor.scalar_type() == torch::kHalf;
}

} // namespace

HeadImpl::HeadImpl(std::int64_t channels, const NetworkOptions &options)
    : m_options(options)
{
    if (options.pooling == Pooling::GeneralisedMean) {
        auto pooling = register_module("pool", std::make_shared<torch::nn::Module>("pool"));
        m_power = pooling->register_parameter("p", torch::full({1}, startPower));
    }
    m_dense = denseLayers(channels, options);
    if (!m_dense->is_empty())
        register_module("dense", m_dense);
    if (!options.bnNeck)
        return;
    m_neck = register_module("neck", torch::nn::BatchNorm1d(options.dimension > 0 ? options.dimension : channels));
    m_neck->bias.set_requires_grad(false);
}

torch::Tensor HeadImpl::pool(const torch::Tensor &reduced) const
{
    const torch::Tensor map = isReducedPrecision(reduced) ? reduced.to(torch::kFloat32) : reduced;
    switch (m_options.pooling) {
    case Pooling::GeneralisedMean:
        return map.clamp_min(smallestActivation).pow(m_power).mean({2, 3}).pow(1.0 / m_power);
    case Pooling::Max:
        return map.amax({2, 3});
    case Pooling::Average:
        break;
    }
    return map.mean({2, 3});
}

Features HeadImpl::forward(torch::Tensor map)
{
    const AutocastScope fullPrecision(map.device().type(), false);
    Features features = forwardPooled(pool(map));
    features.map = std::move(map);
    return features;
}

Features HeadImpl::forwardPooled(torch::Tensor pooled)
{
    const AutocastScope fullPrecision(pooled.device().type(), false);
    Features features;
    features.pooled = std::move(pooled);
    features.feature = m_dense->is_empty() ? features.pooled : m_dense->forward(features.pooled);
    if (const JointForward *joint = JointForward::current())
        features.feature = joint->joined(features.feature);
    features.neck = m_neck ? m_neck->forward(features.feature) : features.feature;
    return features;
}

} // namespace flukeprint::learning
