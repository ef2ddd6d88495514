#include "core/learning/training/objective.h"

#include "core/learning/losses/triplet.h"

#include <torch/torch.h>

namespace flukeprint::learning {

namespace {

/// Distances on the unit sphere end at 2; see TripletForm::sharpness.
constexpr double tripletSharpness = 10;

ArcFaceOptions arcFaceOptions(const protocol::RunConfig &config)
{
    return {config.integer("dimension"), config.integer("sub_centres"), config.real("arcface_scale"),
            config.real("arcface_margin_min"), config.real("arcface_margin_max")};
}

} // namespace

Objective::Objective(const protocol::RunConfig &config, const std::vector<std::int64_t> &counts)
    : m_arcFaceWeight(config.real("arcface_weight"))
    , m_tripletWeight(config.real("triplet_weight"))
    , m_negativeWeight(config.real("negative_weight"))
    , m_arcFace(counts, arcFaceOptions(config))
{
}

Objective::Value Objective::evaluate(const Features &features, const torch::Tensor &labels, std::int64_t identified)
{
    namespace functional = torch::nn::functional;
    const torch::Tensor embeddings = functional::normalize(features.feature, functional::NormalizeFuncOptions().dim(1));
    const TripletResult triplet = batchHardTriplet(embeddings, labels,
                                                   {Distance::Euclidean, TripletForm::softMargin(tripletSharpness)});
    torch::Tensor loss = triplet.loss * m_tripletWeight;
    const std::int64_t unidentified = labels.size(0) - identified;
    if (m_arcFaceWeight > 0 || (m_negativeWeight > 0 && unidentified > 0)) {
        const torch::Tensor cosines = m_arcFace->cosines(features.neck);
        if (identified > 0)
            loss = loss + m_arcFace->loss(cosines.narrow(0, 0, identified), labels.narrow(0, 0, identified)) * m_arcFaceWeight;
        if (m_negativeWeight > 0 && unidentified > 0)
            loss = loss + focalNegativeLoss(cosines.narrow(0, identified, unidentified)) * m_negativeWeight;
    }
    return {loss, triplet.activeShare};
}

} // namespace flukeprint::learning
