#include "core/learning/training/metric_objective.h"

#include "core/learning/networks/upload.h"
#include "core/learning/sampling/tuple_sampler.h"

#include <torch/torch.h>

namespace flukeprint::learning {

namespace {

std::vector<std::int64_t> onHost(const torch::Tensor &labels)
{
    const torch::Tensor own = labels.to(torch::kCPU).contiguous();
    return {own.data_ptr<std::int64_t>(), own.data_ptr<std::int64_t>() + own.numel()};
}

/// Each row's every `step`-th one from `first` on, as indices.
torch::Tensor every(std::int64_t rows, std::int64_t first, std::int64_t step)
{
    return torch::arange(first, rows, step, torch::kLong);
}

} // namespace

MetricObjective::MetricObjective(const protocol::RunConfig &config, std::int64_t dimension)
    : m_kind(kindOf(config))
    , m_normalised(config.booleanOr("l2_normalised", true))
    , m_options(tripletOptions(config))
    , m_miner(batchMinerNamed(config.textOr("miner", "")))
    , m_margin(config.realOr("margin", 1))
{
    if (m_kind == Kind::LearnedPairs)
        m_pairHead = PairHead(dimension);
}

MetricObjective::Kind MetricObjective::kindOf(const protocol::RunConfig &config)
{
    const std::string loss = config.text("loss");
    if (loss == "contrastive")
        return Kind::Contrastive;
    if (loss == "learned")
        return Kind::LearnedPairs;
    const std::string miner = config.textOr("miner", "tuples");
    if (miner == "random")
        return Kind::RandomTriplets;
    return miner == "tuples" ? Kind::Triplets : Kind::MinedTriplets;
}

Objective::Tensors MetricObjective::parameters()
{
    Tensors tensors;
    if (m_pairHead) {
        for (const auto &item : m_pairHead->named_parameters())
            tensors.emplace_back("pair_head." + item.key(), item.value());
    }
    return tensors;
}

void MetricObjective::to(torch::Device device)
{
    if (m_pairHead)
        m_pairHead->to(device);
}

torch::Tensor MetricObjective::embeddings(const Features &features) const
{
    namespace functional = torch::nn::functional;
    return m_normalised ? functional::normalize(features.neck, functional::NormalizeFuncOptions().dim(1)) : features.neck;
}

Objective::Value MetricObjective::ofTriplets(const torch::Tensor &rows, const torch::Tensor &triplets) const
{
    const torch::Tensor index = uploaded(triplets, rows.device());
    const TripletResult result = tripletLoss(rows.index_select(0, index.select(1, 0)), rows.index_select(0, index.select(1, 1)),
                                             rows.index_select(0, index.select(1, 2)), m_options);
    return {result.loss, result.activeShare, {}};
}

Objective::Value MetricObjective::ofPairs(const torch::Tensor &a, const torch::Tensor &b, const torch::Tensor &same)
{
    if (m_kind == Kind::LearnedPairs) {
        const PairResult result = pairHeadLoss(m_pairHead->forward(a, b), same);
        return {result.loss, result.activeShare, {}};
    }
    const PairResult result = contrastiveLoss(a, b, same, m_margin);
    return {result.loss, result.activeShare, {}};
}

Objective::Value MetricObjective::ofLabels(const torch::Tensor &rows, const torch::Tensor &labels, Random &random) const
{
    if (m_kind == Kind::RandomTriplets) {
        const auto drawn = randomTripletsOf(onHost(labels), random);
        std::vector<std::int64_t> flat;
        for (const auto &triplet : drawn)
            flat.insert(flat.end(), triplet.begin(), triplet.end());
        return ofTriplets(rows, torch::tensor(flat, torch::kLong).view({-1, 3}));
    }
    const TripletResult result = minedTriplets(m_miner, rows, labels, m_options);
    return {result.loss, result.activeShare, {}};
}

Objective::Value MetricObjective::evaluate(const Features &features, const torch::Tensor &labels, std::int64_t, Random &random)
{
    const torch::Tensor rows = embeddings(features);
    const std::int64_t count = rows.size(0);
    if (m_kind == Kind::Triplets)
        return ofTriplets(rows, torch::arange(count, torch::kLong).view({-1, 3}));
    if (m_kind != Kind::Contrastive && m_kind != Kind::LearnedPairs)
        return ofLabels(rows, labels, random);
    const torch::Tensor first = every(count, 0, 2);
    const torch::Tensor second = every(count, 1, 2);
    return ofPairs(rows.index_select(0, uploaded(first, rows.device())), rows.index_select(0, uploaded(second, rows.device())),
                   uploaded(labels.index_select(0, first) == labels.index_select(0, second), rows.device()));
}

Objective::Value MetricObjective::evaluatePairs(const Features &features, const torch::Tensor &labels)
{
    const torch::Tensor rows = embeddings(features);
    const torch::Tensor first = every(rows.size(0), 0, 2);
    const torch::Tensor second = every(rows.size(0), 1, 2);
    // The first photo of the next pair is the stranger; two pairs of one individual in a row give none.
    const torch::Tensor stranger = first.roll(1);
    const torch::Tensor differs = labels.index_select(0, first) != labels.index_select(0, stranger);
    const torch::Tensor kept = differs.nonzero().squeeze(1);
    const torch::Tensor anchors = first.index_select(0, kept);
    const torch::Tensor positives = second.index_select(0, kept);
    const torch::Tensor negatives = stranger.index_select(0, kept);
    if (m_kind != Kind::Contrastive && m_kind != Kind::LearnedPairs)
        return ofTriplets(rows, torch::stack({anchors, positives, negatives}, 1));
    const torch::Tensor a = rows.index_select(0, uploaded(torch::cat({anchors, anchors}), rows.device()));
    const torch::Tensor b = rows.index_select(0, uploaded(torch::cat({positives, negatives}), rows.device()));
    const torch::Tensor yes = torch::ones({kept.size(0)}, torch::TensorOptions(torch::kBool).device(rows.device()));
    return ofPairs(a, b, torch::cat({yes, yes.logical_not()}));
}

} // namespace flukeprint::learning
