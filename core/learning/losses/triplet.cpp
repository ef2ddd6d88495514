#include "core/learning/losses/triplet.h"

#include <torch/torch.h>

#include <limits>

namespace flukeprint::learning {

namespace {

/// Squared: below it the square root's slope would blow rounding up into a gradient of its own.
constexpr double smallestSquaredRatio = 1e-12;

} // namespace

torch::Tensor pairwiseDistances(const torch::Tensor &a, const torch::Tensor &b)
{
    const torch::Tensor squaredA = a.square().sum(1, true);
    const torch::Tensor squaredB = b.square().sum(1, true);
    const torch::Tensor squared = squaredA + squaredB.t() - 2 * a.mm(b.t());
    torch::Tensor floor;
    {
        const torch::NoGradGuard noGradient;
        // The expanded form cancels: what lies below its own rounding error is noise, not distance.
        const double resolution = a.scalar_type() == torch::kDouble ? smallestSquaredRatio : 1e-6;
        floor = torch::maximum(squaredA, squaredB.t()) * resolution + std::numeric_limits<float>::min();
    }
    const torch::Tensor usable = squared > floor;
    return torch::where(usable, squared, torch::ones_like(squared)).sqrt() * usable;
}

BatchHardResult batchHardTriplet(const torch::Tensor &embeddings, const torch::Tensor &labels,
                                 const BatchHardOptions &options)
{
    const torch::Tensor distances = pairwiseDistances(embeddings, embeddings);
    const torch::Tensor same = labels.unsqueeze(1) == labels.unsqueeze(0);
    const torch::Tensor identified = (labels >= 0).unsqueeze(1);
    const torch::Tensor self = torch::eye(labels.size(0), same.options());
    const torch::Tensor positives = same & identified & ~self;
    const torch::Tensor negatives = ~same & identified;
    const torch::Tensor anchors = (positives.any(1) & negatives.any(1)).nonzero().squeeze(1);
    if (anchors.numel() == 0) {
        const torch::Tensor none = torch::zeros({0}, embeddings.options());
        return {embeddings.sum() * 0, none, none, torch::zeros({}, embeddings.options())};
    }
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const torch::Tensor farthest = std::get<0>(distances.masked_fill(~positives, -infinity).index_select(0, anchors).max(1));
    const torch::Tensor nearest = std::get<0>(distances.masked_fill(~negatives, infinity).index_select(0, anchors).min(1));
    const torch::Tensor gap = farthest - nearest;
    const torch::Tensor loss = torch::softplus(gap * options.sharpness).mean() / options.sharpness;
    return {loss, farthest.detach(), nearest.detach(), (gap.detach() >= 0).to(embeddings.scalar_type()).mean()};
}

} // namespace flukeprint::learning
