#include "core/learning/training/comparison_objective.h"

#include "core/learning/networks/upload.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace flukeprint::learning {

namespace {

ArcFaceOptions arcFaceOptions(const protocol::RunConfig &config)
{
    return {config.integer("dimension"), config.integer("sub_centres"), config.real("arcface_scale"),
            config.real("arcface_margin_min"), config.real("arcface_margin_max")};
}

} // namespace

ComparisonObjective::ComparisonObjective(const protocol::RunConfig &config, const std::vector<std::int64_t> &counts)
    : m_arcFaceWeight(config.real("arcface_weight"))
    , m_comparisonWeight(config.real("triplet_weight"))
    , m_negativeWeight(config.real("negative_weight"))
    , m_onNeck(config.text("compared_layer") == "neck")
    , m_temperature(config.text("batch_loss") == "triplet" ? 0 : config.real("temperature"))
    , m_miner(batchMinerNamed(config.textOr("miner", "batch_hard")))
    , m_triplet(tripletOptions(config))
{
    if (m_arcFaceWeight > 0 || m_negativeWeight > 0)
        m_arcFace = ArcFace(counts, arcFaceOptions(config));
}

Objective::Tensors ComparisonObjective::parameters()
{
    return m_arcFace ? Tensors{{"centres", m_arcFace->centres}} : Tensors{};
}

void ComparisonObjective::to(torch::Device device)
{
    if (m_arcFace)
        m_arcFace->to(device);
}

TripletResult ComparisonObjective::compared(const Features &features, const torch::Tensor &labels) const
{
    const torch::Tensor rows = torch::nn::functional::normalize(m_onNeck ? features.neck : features.feature,
                                                                torch::nn::functional::NormalizeFuncOptions().dim(1));
    return m_temperature > 0 ? supervisedContrastive(rows, labels, m_temperature) : minedTriplets(m_miner, rows, labels, m_triplet);
}

Objective::Value ComparisonObjective::evaluate(const Features &features, const torch::Tensor &labels, std::int64_t identified, Random &)
{
    const TripletResult comparison = compared(features, labels);
    Value value{comparison.loss * m_comparisonWeight, comparison.activeShare, {}};
    const std::int64_t unidentified = labels.size(0) - identified;
    if (m_arcFaceWeight > 0 || (m_negativeWeight > 0 && unidentified > 0)) {
        const torch::Tensor cosines = m_arcFace->cosines(features.neck);
        if (identified > 0)
            value.loss = value.loss
                + m_arcFace->loss(cosines.narrow(0, 0, identified), uploaded(labels.narrow(0, 0, identified), cosines.device()))
                    * m_arcFaceWeight;
        if (m_negativeWeight > 0 && unidentified > 0)
            value.unidentifiedLoss = focalNegativeLoss(cosines.narrow(0, identified, unidentified)) * m_negativeWeight;
    }
    return value;
}

Objective::Value ComparisonObjective::evaluatePairs(const Features &features, const torch::Tensor &labels)
{
    Random unused(0);
    return evaluate(features, labels, labels.size(0), unused);
}

void ComparisonObjective::imprint(const std::vector<std::int64_t> &labels, const torch::Tensor &embeddings)
{
    namespace functional = torch::nn::functional;
    if (!m_arcFace)
        return;
    const torch::NoGradGuard noGradient;
    const std::int64_t classes = m_arcFace->margins.size(0);
    const std::int64_t dimension = m_arcFace->centres.size(1);
    const std::int64_t subCentres = m_arcFace->centres.size(0) / classes;
    const torch::Tensor classOfRow = torch::tensor(labels, torch::kLong);
    torch::Tensor sums = torch::zeros({classes, dimension});
    for (std::int64_t side = 0; side < std::min<std::int64_t>(2, embeddings.size(1) / dimension); ++side) {
        const std::int64_t firstClass = side * (classes / 2);
        if (side == 0 || firstClass > classOfRow.max().item<std::int64_t>())
            sums.index_add_(0, classOfRow + firstClass, embeddings.narrow(1, side * dimension, dimension));
    }
    const torch::Tensor found = sums.square().sum(1) > 0;
    const torch::Tensor means = functional::normalize(sums, functional::NormalizeFuncOptions().dim(1));
    torch::Tensor centres = means.unsqueeze(1).repeat({1, subCentres, 1});
    // The first stands on the mean, the others around it: equal ones would never part.
    const double spread = 0.5 / std::sqrt(static_cast<double>(dimension));
    centres.narrow(1, 1, subCentres - 1).add_(torch::randn({classes, subCentres - 1, dimension}), spread);
    const torch::Tensor rows = found.repeat_interleave(subCentres).unsqueeze(1).to(m_arcFace->centres.device());
    const torch::Tensor imprinted = (centres.view({-1, dimension}) * ArcFaceImpl::startNorm).to(m_arcFace->centres.device());
    m_arcFace->centres.copy_(torch::where(rows, imprinted, m_arcFace->centres));
}

} // namespace flukeprint::learning
