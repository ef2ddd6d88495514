#include "core/learning/losses/distance.h"

#include <torch/torch.h>

#include <limits>

namespace flukeprint::learning {

namespace {

constexpr double smallest = std::numeric_limits<float>::min();

/// Square roots where `squared` exceeds `floor`; elsewhere 0 without the root's infinite slope.
torch::Tensor rootAbove(const torch::Tensor &squared, const torch::Tensor &floor)
{
    const torch::Tensor usable = squared > floor;
    return torch::where(usable, squared, torch::ones_like(squared)).sqrt() * usable;
}

/// Rows of length 1; those of length 0 stay as they are and pass no gradient.
torch::Tensor unitRows(const torch::Tensor &rows)
{
    const torch::Tensor squared = rows.square().sum(1, true);
    const torch::Tensor usable = squared > smallest;
    return rows * usable / torch::where(usable, squared, torch::ones_like(squared)).sqrt();
}

} // namespace

torch::Tensor pairwiseDistances(const torch::Tensor &a, const torch::Tensor &b, Distance distance)
{
    if (distance == Distance::Cosine)
        return 1 - unitRows(a).mm(unitRows(b).t());
    const torch::Tensor squaredA = a.square().sum(1, true);
    const torch::Tensor squaredB = b.square().sum(1, true);
    const torch::Tensor squared = squaredA + squaredB.t() - 2 * a.mm(b.t());
    torch::Tensor floor;
    {
        const torch::NoGradGuard noGradient;
        // The expanded form cancels: what lies below its own rounding error is noise, not distance.
        const double resolution = a.scalar_type() == torch::kDouble ? 1e-12 : 1e-6;
        floor = torch::maximum(squaredA, squaredB.t()) * resolution + smallest;
    }
    return distance == Distance::SquaredEuclidean ? squared * (squared > floor) : rootAbove(squared, floor);
}

torch::Tensor rowDistances(const torch::Tensor &a, const torch::Tensor &b, Distance distance)
{
    if (distance == Distance::Cosine)
        return 1 - (unitRows(a) * unitRows(b)).sum(1);
    const torch::Tensor squared = (a - b).square().sum(1);
    return distance == Distance::SquaredEuclidean ? squared
                                                  : rootAbove(squared, torch::full({}, smallest, squared.options()));
}

} // namespace flukeprint::learning
