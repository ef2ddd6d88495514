#include "core/evaluation/retrieval_metrics.h"

#include "core/base/random.h"
#include "core/evaluation/weighted_statistics.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace flukeprint::evaluation {

float QueryRanking::nearestDistance() const
{
    return nearest.empty() ? std::numeric_limits<float>::infinity() : nearest.front().distance;
}

RetrievalScores retrievalScores(std::span<const QueryRanking> rankings)
{
    RetrievalScores scores;
    scores.queries = rankings.size();
    for (const QueryRanking &ranking : rankings) {
        if (!ranking.isScored())
            continue;
        ++scores.scored;
        scores.top1 += ranking.rank == 1 ? 1 : 0;
        scores.top5 += ranking.rank <= 5 ? 1 : 0;
        scores.map5 += precisionAt5(ranking.rank);
    }
    if (scores.scored > 0) {
        const auto count = static_cast<double>(scores.scored);
        scores.top1 /= count;
        scores.top5 /= count;
        scores.map5 /= count;
    }
    return scores;
}

RetrievalFigures retrievalFigures(std::span<const QueryRanking> rankings, const BootstrapOptions &options)
{
    std::vector<std::int64_t> individuals;
    std::vector<double> top1;
    std::vector<double> top5;
    std::vector<double> precision;
    for (const QueryRanking &ranking : rankings) {
        if (!ranking.isScored())
            continue;
        individuals.push_back(ranking.individual);
        top1.push_back(ranking.rank == 1 ? 1 : 0);
        top5.push_back(ranking.rank <= 5 ? 1 : 0);
        precision.push_back(precisionAt5(ranking.rank));
    }
    return {.top1 = bootstrapMean(top1, individuals, options),
            .top5 = bootstrapMean(top5, individuals, options),
            .map5 = bootstrapMean(precision, individuals, options),
            .scored = individuals.size(),
            .queries = rankings.size()};
}

double areaUnderRoc(std::span<const double> positives, std::span<const double> negatives)
{
    const WeightedAuroc auroc(positives, negatives);
    const std::vector<std::uint32_t> once(positives.size() + negatives.size(), 1);
    return auroc(once);
}

double expectedCalibrationError(std::span<const double> probability, std::span<const std::uint8_t> correct, int bins)
{
    const WeightedCalibrationError error(probability, correct, bins);
    const std::vector<std::uint32_t> once(probability.size(), 1);
    return error(once);
}

Estimate calibrationErrorByChance(std::span<const double> probability, int bins, int draws, std::uint64_t seed)
{
    Estimate estimate;
    estimate.count = probability.size();
    if (probability.empty() || draws < 1)
        return estimate;
    Random random(seed, "calibration_by_chance");
    std::vector<std::uint8_t> correct(probability.size());
    std::vector<double> errors;
    for (int draw = 0; draw < draws; ++draw) {
        for (std::size_t i = 0; i < correct.size(); ++i)
            correct[i] = random.uniform() < probability[i] ? 1 : 0;
        errors.push_back(expectedCalibrationError(probability, correct, bins));
    }
    std::sort(errors.begin(), errors.end());
    estimate.value = std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
    estimate.low = quantile(errors, 0.025);
    estimate.high = quantile(errors, 0.975);
    return estimate;
}

} // namespace flukeprint::evaluation
