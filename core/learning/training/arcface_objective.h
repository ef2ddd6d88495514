#pragma once

#include "core/learning/losses/arcface.h"
#include "core/learning/training/objective.h"

namespace flukeprint::learning {

/// The preset `flukeprint`'s loss: ArcFace on the neck, batch-hard triplet on the normalised feature before it, unidentified photos kept away
/// from every class.
class ArcFaceObjective : public Objective
{
public:
    ArcFaceObjective(const protocol::RunConfig &config, const std::vector<std::int64_t> &counts);

    Value evaluate(const Features &features, const torch::Tensor &labels, std::int64_t identified, Random &random) override;
    Value evaluatePairs(const Features &features, const torch::Tensor &labels) override;
    [[nodiscard]] Tensors parameters() override { return {{"centres", m_arcFace->centres}}; }
    void to(torch::Device device) override { m_arcFace->to(device); }
    void imprint(const std::vector<std::int64_t> &labels, const torch::Tensor &embeddings) override;

private:
    double m_arcFaceWeight;
    double m_tripletWeight;
    double m_negativeWeight;
    ArcFace m_arcFace;
};

} // namespace flukeprint::learning
