#include "core/evaluation/protocols.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace flukeprint::evaluation {

namespace {

constexpr double alwaysFirst = -std::numeric_limits<double>::infinity();
constexpr std::size_t shown = 5;

struct ScoredQueries
{
    std::vector<const QueryRanking *> rankings;
    std::vector<std::uint8_t> isNew;
    std::vector<std::int64_t> clusters;
};

ScoredQueries scoredQueries(std::span<const QueryRanking> known, std::span<const QueryRanking> unknown)
{
    ScoredQueries queries;
    const auto add = [&](const QueryRanking &ranking, bool isNew) {
        queries.rankings.push_back(&ranking);
        queries.isNew.push_back(isNew ? 1 : 0);
        queries.clusters.push_back(isNew ? std::int64_t{noIndividual} : ranking.individual);
    };
    for (const QueryRanking &ranking : known) {
        if (ranking.isScored())
            add(ranking, false);
    }
    for (const QueryRanking &ranking : unknown)
        add(ranking, true);
    return queries;
}

/// By how much the sum of scores changes once t passes a distance.
std::map<double, double> stepsOf(const ScoredQueries &queries)
{
    std::map<double, double> steps;
    for (std::size_t i = 0; i < queries.rankings.size(); ++i) {
        const QueryRanking &ranking = *queries.rankings[i];
        if (!queries.isNew[i]) {
            steps[double{ranking.ownDistance}] += precisionAt5(ranking.rank) - precisionAt5(ranking.rank + 1);
            continue;
        }
        for (std::size_t k = 0; k < std::min(shown, ranking.nearest.size()); ++k)
            steps[double{ranking.nearest[k].distance}] += precisionAt5(k + 2) - precisionAt5(k + 1);
    }
    return steps;
}

double middleOf(double low, double high)
{
    if (std::isinf(low))
        return std::isinf(high) ? 0.0 : (high > 0 ? high / 2 : high - 1.0);
    return std::isinf(high) ? low + 1.0 : low + (high - low) / 2;
}

} // namespace

double kaggleScore(const QueryRanking &ranking, bool isNew, double t)
{
    if (!isNew)
        return precisionAt5(ranking.rank + (t <= double{ranking.ownDistance} ? 1 : 0));
    std::size_t before = 0;
    while (before < ranking.nearest.size() && double{ranking.nearest[before].distance} <= t)
        ++before;
    return precisionAt5(before + 1);
}

NewThreshold chooseNewThreshold(std::span<const QueryRanking> known, std::span<const QueryRanking> unknown)
{
    const ScoredQueries queries = scoredQueries(known, unknown);
    NewThreshold best;
    if (queries.rankings.empty())
        return best;
    double sum = 0;
    for (std::size_t i = 0; i < queries.rankings.size(); ++i)
        sum += kaggleScore(*queries.rankings[i], queries.isNew[i], alwaysFirst);

    const std::map<double, double> steps = stepsOf(queries);
    double bestSum = -1;
    double bestWidth = 0;
    double low = alwaysFirst;
    const auto consider = [&](double high) {
        const double width = high - low;
        // Sums that differ only by rounding are the same score.
        if (sum < bestSum - 1e-9 || (sum < bestSum + 1e-9 && width <= bestWidth))
            return;
        bestSum = sum;
        bestWidth = width;
        best.threshold = middleOf(low, high);
    };
    for (const auto &[distance, change] : steps) {
        consider(distance);
        sum += change;
        low = distance;
    }
    consider(std::numeric_limits<double>::infinity());
    best.score = bestSum / static_cast<double>(queries.rankings.size());
    return best;
}

KaggleFigures kaggleFigures(std::span<const QueryRanking> known, std::span<const QueryRanking> unknown,
                            const NewThreshold &threshold, const BootstrapOptions &options)
{
    const ScoredQueries queries = scoredQueries(known, unknown);
    std::vector<double> chosen;
    std::vector<double> first;
    std::vector<double> alone;
    for (std::size_t i = 0; i < queries.rankings.size(); ++i) {
        const QueryRanking &ranking = *queries.rankings[i];
        chosen.push_back(kaggleScore(ranking, queries.isNew[i], threshold.threshold));
        first.push_back(kaggleScore(ranking, queries.isNew[i], alwaysFirst));
        alone.push_back(queries.isNew[i] ? 1.0 : 0.0);
    }
    return {.map5 = bootstrapMean(chosen, queries.clusters, options),
            .newAlwaysFirst = bootstrapMean(first, queries.clusters, options),
            .newAlone = bootstrapMean(alone, queries.clusters, options),
            .threshold = threshold.threshold,
            .selectionMap5 = threshold.score,
            .queries = queries.rankings.size()};
}

} // namespace flukeprint::evaluation
