#include "core/learning/losses/pair_losses.h"

#include <torch/torch.h>

namespace flukeprint::learning {

namespace {

constexpr std::int64_t comparisons = 4;

} // namespace

PairResult contrastiveLoss(const torch::Tensor &a, const torch::Tensor &b, const torch::Tensor &same, double margin)
{
    const torch::Tensor distances = rowDistances(a, b);
    const torch::Tensor cost =
        torch::where(same, rowDistances(a, b, Distance::SquaredEuclidean), torch::relu(margin - distances).square())
        / 2;
    if (a.size(0) == 0)
        return {a.sum() * 0, torch::zeros({}, a.options())};
    return {cost.mean(), (cost.detach() > 0).to(cost.scalar_type()).mean()};
}

PairHeadImpl::PairHeadImpl(std::int64_t dimension, std::int64_t hidden)
    : m_mix(register_module("mix", torch::nn::Linear(comparisons, hidden)))
    , m_score(register_module("score", torch::nn::Linear(hidden, 1)))
    , m_weights(register_module("weights", torch::nn::Linear(dimension, 1)))
{
}

torch::Tensor PairHeadImpl::forward(const torch::Tensor &a, const torch::Tensor &b)
{
    const torch::Tensor difference = a - b;
    const torch::Tensor compared = torch::stack({a * b, a + b, difference.abs(), difference.square()}, 2);
    return m_weights(m_score(torch::relu(m_mix(compared))).squeeze(2)).squeeze(1);
}

PairResult pairHeadLoss(const torch::Tensor &logits, const torch::Tensor &same)
{
    if (logits.size(0) == 0)
        return {logits.sum() * 0, torch::zeros({}, logits.options())};
    const torch::Tensor wrong = (logits.detach() > 0) != same;
    return {torch::binary_cross_entropy_with_logits(logits, same.to(logits.scalar_type())),
            wrong.to(logits.scalar_type()).mean()};
}

} // namespace flukeprint::learning
