#pragma once

#include "core/learning/losses/arcface.h"
#include "core/learning/training/objective.h"
#include "core/learning/training/triplet_choice.h"

namespace flukeprint::learning {

/// The preset `flukeprint`'s loss: the photos of a batch compared with each other (supervised contrastive, or triplets) on the normalised
/// neck or the normalised feature before it; where they weigh, ArcFace on the neck, and unidentified photos kept away from its classes.
class ComparisonObjective : public Objective
{
public:
    ComparisonObjective(const protocol::RunConfig &config, const std::vector<std::int64_t> &counts);

    Value evaluate(const Features &features, const torch::Tensor &labels, std::int64_t identified, Random &random) override;
    Value evaluatePairs(const Features &features, const torch::Tensor &labels) override;
    [[nodiscard]] Tensors parameters() override;
    void to(torch::Device device) override;
    void imprint(const std::vector<std::int64_t> &labels, const torch::Tensor &embeddings) override;

private:
    [[nodiscard]] TripletResult compared(const Features &features, const torch::Tensor &labels) const;

    double m_arcFaceWeight;
    double m_comparisonWeight;
    double m_negativeWeight;
    bool m_onNeck;
    double m_temperature; ///< 0: triplets
    BatchMiner m_miner;
    TripletOptions m_triplet;
    ArcFace m_arcFace{nullptr}; ///< none where neither of its losses weighs
};

} // namespace flukeprint::learning
