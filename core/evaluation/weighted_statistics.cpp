#include "core/evaluation/weighted_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace flukeprint::evaluation {

namespace {

constexpr double notAvailable = std::numeric_limits<double>::quiet_NaN();

} // namespace

WeightedAuroc::WeightedAuroc(std::span<const double> positives, std::span<const double> negatives)
{
    m_items.reserve(positives.size() + negatives.size());
    for (std::size_t i = 0; i < positives.size(); ++i)
        m_items.push_back({positives[i], i, true});
    for (std::size_t i = 0; i < negatives.size(); ++i)
        m_items.push_back({negatives[i], positives.size() + i, false});
    std::stable_sort(m_items.begin(), m_items.end(), [](const Item &a, const Item &b) { return a.score < b.score; });
}

double WeightedAuroc::operator()(std::span<const std::uint32_t> multiplicity) const
{
    double wins = 0;
    double positives = 0;
    double negatives = 0;
    for (std::size_t first = 0; first < m_items.size();) {
        double tiedPositives = 0;
        double tiedNegatives = 0;
        std::size_t end = first;
        for (; end < m_items.size() && m_items[end].score == m_items[first].score; ++end)
            (m_items[end].isPositive ? tiedPositives : tiedNegatives) += multiplicity[m_items[end].index];
        wins += tiedPositives * (negatives + tiedNegatives / 2);
        positives += tiedPositives;
        negatives += tiedNegatives;
        first = end;
    }
    return positives > 0 && negatives > 0 ? wins / (positives * negatives) : notAvailable;
}

WeightedCalibrationError::WeightedCalibrationError(std::span<const double> probability,
                                                   std::span<const std::uint8_t> correct, int bins)
    : m_bins(static_cast<std::uint64_t>(std::max(bins, 1)))
{
    m_items.reserve(probability.size());
    for (std::size_t i = 0; i < probability.size(); ++i)
        m_items.push_back({probability[i], correct[i] ? 1.0 : 0.0, i});
    std::stable_sort(m_items.begin(), m_items.end(),
                     [](const Item &a, const Item &b) { return a.probability < b.probability; });
}

double WeightedCalibrationError::operator()(std::span<const std::uint32_t> multiplicity) const
{
    std::uint64_t total = 0;
    for (const Item &item : m_items)
        total += multiplicity[item.index];
    if (total == 0)
        return notAvailable;

    double error = 0;
    double gap = 0; // of the bin being filled: sum of probability - correct
    std::uint64_t placed = 0;
    std::uint64_t bin = 0;
    for (const Item &item : m_items) {
        std::uint64_t left = multiplicity[item.index];
        while (left > 0) {
            const std::uint64_t end = (bin + 1) * total / m_bins;
            const std::uint64_t here = std::min(left, end - placed);
            gap += static_cast<double>(here) * (item.probability - item.correct);
            placed += here;
            left -= here;
            if (placed == end) {
                error += std::abs(gap);
                gap = 0;
                ++bin;
            }
        }
    }
    return error / static_cast<double>(total);
}

} // namespace flukeprint::evaluation
