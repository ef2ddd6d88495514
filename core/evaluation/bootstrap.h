#pragma once

#include "core/evaluation/estimate.h"

#include <cstdint>
#include <functional>
#include <span>

namespace flukeprint::evaluation {

struct BootstrapOptions
{
    int resamples = 1000; ///< 0: no interval
    double confidence = 0.95;
    std::uint64_t seed = 1;
};

/// Linear-interpolated quantile, `q` in 0..1, of ascending values, at least one.
[[nodiscard]] double quantile(std::span<const double> sorted, double q);

/// Value of a figure when item i stands `multiplicity[i]` times in the sample; NaN where such a sample has none.
using WeightedStatistic = std::function<double(std::span<const std::uint32_t> multiplicity)>;

/// Percentile bootstrap (Efron and Tibshirani, 1993, ch. 13) that draws clusters, not items: photos of one individual
/// are not independent. `cluster[i]` >= 0 names the cluster of item i (any numbering); an item with a negative cluster
/// is a cluster of its own, as each unidentified photo is. Bounds are linear-interpolated percentiles of the finite
/// resampled values. Deterministic: the same input and seed give the same bounds on every platform.
[[nodiscard]] Estimate bootstrap(std::span<const std::int64_t> cluster, const WeightedStatistic &statistic,
                                 const BootstrapOptions &options = {});

/// The same for the mean of `values` (one per item), which is what most figures are.
[[nodiscard]] Estimate bootstrapMean(std::span<const double> values, std::span<const std::int64_t> cluster,
                                     const BootstrapOptions &options = {});

} // namespace flukeprint::evaluation
