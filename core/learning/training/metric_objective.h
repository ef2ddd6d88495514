#pragma once

#include "core/learning/losses/pair_losses.h"
#include "core/learning/training/objective.h"
#include "core/learning/training/triplet_choice.h"

namespace flukeprint::learning {

/// Losses of distances between embeddings, for the presets beside the default. The setting `miner` says where triplets come from:
/// "random" (one for each photo of the batch), "batch_all", "batch_hard", "semi_hard", or "tuples" (the batch lists them); `sampler`
/// "pairs" with `loss` "contrastive" or "learned" compares pairs.
class MetricObjective : public Objective
{
public:
    /// `dimension`: length of the embeddings.
    MetricObjective(const protocol::RunConfig &config, std::int64_t dimension);

    Value evaluate(const Features &features, const torch::Tensor &labels, std::int64_t identified, Random &random) override;
    Value evaluatePairs(const Features &features, const torch::Tensor &labels) override;
    [[nodiscard]] Tensors parameters() override;
    /// A learned pair head does. Galleries are searched by distance all the same: see pairFigures for what that costs.
    [[nodiscard]] bool belongsToModel() const override { return m_kind == Kind::LearnedPairs; }
    void to(torch::Device device) override;

private:
    enum class Kind { RandomTriplets, MinedTriplets, Triplets, Contrastive, LearnedPairs };

    [[nodiscard]] static Kind kindOf(const protocol::RunConfig &config);
    [[nodiscard]] torch::Tensor embeddings(const Features &features) const;
    [[nodiscard]] Value ofTriplets(const torch::Tensor &rows, const torch::Tensor &triplets) const;
    [[nodiscard]] Value ofPairs(const torch::Tensor &a, const torch::Tensor &b, const torch::Tensor &same);
    [[nodiscard]] Value ofLabels(const torch::Tensor &rows, const torch::Tensor &labels, Random &random) const;

    Kind m_kind;
    bool m_normalised;
    TripletOptions m_options;
    BatchMiner m_miner;
    double m_margin;
    PairHead m_pairHead{nullptr};
};

} // namespace flukeprint::learning
