#include "core/evaluation/bootstrap.h"

#include "core/base/random.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <vector>

namespace flukeprint::evaluation {

namespace {

/// For each item the dense number of its cluster, in order of first appearance.
struct Clusters
{
    std::vector<std::uint32_t> ofItem;
    std::uint32_t count = 0;

    explicit Clusters(std::span<const std::int64_t> cluster)
    {
        std::unordered_map<std::int64_t, std::uint32_t> dense;
        ofItem.reserve(cluster.size());
        for (const std::int64_t name : cluster) {
            const bool isNew = name < 0 || dense.try_emplace(name, count).second;
            ofItem.push_back(isNew ? count : dense.at(name));
            count += isNew ? 1 : 0;
        }
    }
};

void setInterval(Estimate &estimate, std::vector<double> &values, double confidence)
{
    if (values.empty())
        return;
    std::sort(values.begin(), values.end());
    const double tail = (1.0 - std::clamp(confidence, 0.0, 1.0)) / 2.0;
    estimate.low = quantile(values, tail);
    estimate.high = quantile(values, 1.0 - tail);
}

} // namespace

double quantile(std::span<const double> sorted, double q)
{
    const double position = q * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Estimate bootstrap(std::span<const std::int64_t> cluster, const WeightedStatistic &statistic,
                   const BootstrapOptions &options)
{
    Estimate estimate;
    estimate.count = cluster.size();
    if (cluster.empty())
        return estimate;
    std::vector<std::uint32_t> multiplicity(cluster.size(), 1);
    estimate.value = statistic(multiplicity);

    const Clusters clusters(cluster);
    std::vector<std::uint32_t> drawn(clusters.count);
    std::vector<double> values;
    Random random(options.seed, "bootstrap");
    for (int resample = 0; resample < options.resamples; ++resample) {
        std::fill(drawn.begin(), drawn.end(), 0U);
        for (std::uint32_t draw = 0; draw < clusters.count; ++draw)
            ++drawn[random.below(clusters.count)];
        for (std::size_t i = 0; i < multiplicity.size(); ++i)
            multiplicity[i] = drawn[clusters.ofItem[i]];
        const double value = statistic(multiplicity);
        if (std::isfinite(value))
            values.push_back(value);
    }
    setInterval(estimate, values, options.confidence);
    return estimate;
}

Estimate bootstrapMean(std::span<const double> values, std::span<const std::int64_t> cluster,
                       const BootstrapOptions &options)
{
    const auto mean = [values](std::span<const std::uint32_t> multiplicity) {
        double sum = 0;
        double weight = 0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            sum += multiplicity[i] * values[i];
            weight += multiplicity[i];
        }
        return sum / weight;
    };
    return bootstrap(cluster, mean, options);
}

} // namespace flukeprint::evaluation
