#include "core/learning/losses/arcface.h"

#include "core/learning/networks/upload.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace flukeprint::learning {

namespace functional = torch::nn::functional;

torch::Tensor subCentreCosines(const torch::Tensor &embeddings, const torch::Tensor &centres, std::int64_t subCentres)
{
    const auto rows = functional::NormalizeFuncOptions().dim(1);
    const torch::Tensor cosines = functional::normalize(embeddings, rows).mm(functional::normalize(centres, rows).t());
    if (subCentres == 1)
        return cosines;
    // Slices instead of max over a last dimension of two, which LibTorch walks element by element.
    const torch::Tensor grouped = cosines.view({cosines.size(0), -1, subCentres});
    torch::Tensor best = grouped.select(2, 0);
    for (std::int64_t centre = 1; centre < subCentres; ++centre)
        best = torch::maximum(best, grouped.select(2, centre));
    return best;
}

torch::Tensor arcFaceLogits(const torch::Tensor &cosines, const torch::Tensor &labels, const torch::Tensor &margins,
                            double scale)
{
    const torch::Tensor column = labels.unsqueeze(1);
    // The arc's slope is infinite at cosine 1, where rounding would turn it into NaN.
    const double edge = cosines.scalar_type() == torch::kDouble ? 1 - 1e-12 : 1 - 1e-6;
    const torch::Tensor own = cosines.gather(1, column).clamp(-edge, edge);
    const torch::Tensor margin = margins.to(cosines.options()).unsqueeze(1);
    const torch::Tensor sine = (1 - own.square()).sqrt();
    const torch::Tensor shifted = own * margin.cos() - sine * margin.sin();
    const torch::Tensor beyond = own - margin * margin.sin();
    const torch::Tensor withMargin = torch::where(own > -margin.cos(), shifted, beyond);
    return cosines.scatter(1, column, withMargin) * scale;
}

torch::Tensor dynamicMargins(const std::vector<std::int64_t> &counts, double minimum, double maximum)
{
    torch::Tensor margins = torch::full({static_cast<std::int64_t>(counts.size())}, (minimum + maximum) / 2, torch::kDouble);
    if (counts.empty())
        return margins;
    const auto [fewest, most] = std::minmax_element(counts.begin(), counts.end());
    if (*fewest == *most)
        return margins;
    const auto weight = [](std::int64_t count) { return std::pow(static_cast<double>(count), -0.25); };
    const double slope = (maximum - minimum) / (weight(*fewest) - weight(*most));
    double *values = margins.data_ptr<double>();
    for (std::size_t i = 0; i < counts.size(); ++i)
        values[i] = minimum + slope * (weight(counts[i]) - weight(*most));
    return margins;
}

ArcFaceImpl::ArcFaceImpl(const std::vector<std::int64_t> &counts, const ArcFaceOptions &options)
    : margins(dynamicMargins(counts, options.marginMinimum, options.marginMaximum).to(torch::kFloat))
    , m_options(options)
{
    const auto rows = static_cast<std::int64_t>(counts.size()) * options.subCentres;
    const double deviation = startNorm / std::sqrt(static_cast<double>(options.dimension));
    centres = register_parameter("centres", torch::randn({rows, options.dimension}) * deviation);
}

torch::Tensor ArcFaceImpl::cosines(const torch::Tensor &embeddings)
{
    return subCentreCosines(embeddings, centres, m_options.subCentres);
}

torch::Tensor ArcFaceImpl::loss(const torch::Tensor &cosines, const torch::Tensor &labels)
{
    const torch::Tensor logits = arcFaceLogits(cosines, labels, uploaded(margins, cosines.device()).index_select(0, labels),
                                               m_options.scale);
    return functional::cross_entropy(logits, labels);
}

torch::Tensor focalNegativeLoss(const torch::Tensor &cosines, const FocalNegativeOptions &options)
{
    if (cosines.size(0) == 0)
        return cosines.sum() * 0;
    const torch::Tensor score = (cosines - options.threshold) * options.scale;
    // log(1 - sigmoid(x)) = -softplus(x), which does not underflow for large x.
    const torch::Tensor focal = torch::sigmoid(score).pow(options.gamma) * torch::softplus(score);
    return focal.sum(1).mean();
}

} // namespace flukeprint::learning
