#include "core/evaluation/calibration.h"

#include "core/evaluation/calibration_model.h"

#include <algorithm>
#include <cmath>

namespace flukeprint::evaluation {

namespace {

constexpr double fallbackNewPrior = 0.3;
constexpr double smallestCrowd = 1e-9; // a gallery of copies of the query
constexpr double largestCrowdFactor = 2.0; // further than any catalogue seen: no extrapolation beyond

/// What squared distances are multiplied with for this query.
double crowdFactor(const CalibrationParameters &parameters, const CalibrationEvidence &evidence)
{
    const double comparable =
        evidence.crowd * std::pow(parameters.crowdQuantile / evidence.crowdQuantile, parameters.crowdGrowth);
    return std::pow(std::clamp(parameters.crowd / comparable, 1 / largestCrowdFactor, largestCrowdFactor),
                    parameters.relative);
}

double clampPrior(double prior)
{
    return std::clamp(prior, 0.001, 0.999);
}

/// The same whale as if it were not in the gallery.
CalibrationQuery withoutTrueIndividual(CalibrationQuery query)
{
    if (query.truePosition < query.distances.size())
        query.distances.erase(query.distances.begin() + static_cast<std::ptrdiff_t>(query.truePosition));
    query.isNew = true;
    query.individualsRanked -= query.individualsRanked > 0 ? 1 : 0;
    return query;
}

} // namespace

CalibrationEvidence evidenceOf(std::span<const float> distances, std::size_t individualsRanked, std::size_t cohort)
{
    CalibrationEvidence evidence;
    evidence.individuals = std::max(individualsRanked, distances.size());
    evidence.squaredDistances.reserve(distances.size());
    for (const float distance : distances)
        evidence.squaredDistances.push_back(double{distance} * double{distance});
    const std::size_t used = std::min(cohort, distances.size());
    const std::size_t skipped = used / 5;
    double sum = 0;
    for (std::size_t i = skipped; i < used; ++i)
        sum += evidence.squaredDistances[i];
    if (used > 0) {
        evidence.crowd = std::max(sum / static_cast<double>(used - skipped), smallestCrowd);
        const double meanRank = static_cast<double>(skipped + 1 + used) / 2;
        evidence.crowdQuantile = meanRank / static_cast<double>(evidence.individuals);
    }
    return evidence;
}

CalibratedAnswer posterior(const CalibrationParameters &parameters, const CalibrationEvidence &evidence, double prior,
                           std::size_t cohort)
{
    CalibratedAnswer answer;
    const std::size_t listed = evidence.squaredDistances.size();
    if (listed == 0) {
        answer.newIndividual = 1.0 - parameters.lapse;
        return answer;
    }
    const auto individuals = static_cast<double>(evidence.individuals);
    const double logEach = std::log((1.0 - prior) / individuals);
    const std::size_t used = std::min(cohort, listed);
    // Relative to the largest term, so that nothing overflows.
    const double first = parameters.offset + logEach;
    const double slope = parameters.slope * crowdFactor(parameters, evidence);
    const double largest = std::max(std::log(prior), first - slope * evidence.squaredDistances.front());
    const auto weight = [&](std::size_t i) { return std::exp(first - slope * evidence.squaredDistances[i] - largest); };
    const double newWeight = std::exp(std::log(prior) - largest);
    const auto beyond = static_cast<double>(evidence.individuals - used);
    const double tail = std::min(beyond, parameters.tail * static_cast<double>(used));
    double total = newWeight + tail * weight(used - 1);
    answer.candidates.reserve(listed);
    for (std::size_t i = 0; i < listed; ++i) {
        // Those beyond the cohort share what the tail was given.
        answer.candidates.push_back(i < used ? weight(i) : weight(i) * tail / beyond);
        total += i < used ? answer.candidates.back() : 0.0;
    }
    const double floor = parameters.lapse * (1.0 - prior) / individuals;
    for (double &candidate : answer.candidates)
        candidate = (1.0 - parameters.lapse) * candidate / total + floor;
    answer.newIndividual = (1.0 - parameters.lapse) * newWeight / total + parameters.lapse * prior;
    return answer;
}

ScoreCalibration ScoreCalibration::fit(std::span<const CalibrationQuery> queries, const CalibrationOptions &options)
{
    ScoreCalibration calibration;
    std::vector<CalibrationQuery> used;
    std::size_t newQueries = 0;
    for (const CalibrationQuery &query : queries) {
        if (query.distances.empty())
            continue;
        used.push_back(query);
        newQueries += query.isNew ? 1 : 0;
    }
    calibration.m_queriesUsed = used.size();
    calibration.m_cohort = std::max<std::size_t>(options.cohort, 1);
    const std::size_t known = used.size() - newQueries;
    if (known < std::max<std::size_t>(options.minimumQueries, 1))
        return calibration;

    const bool hasEnoughNew = newQueries > 0 && newQueries >= options.minimumNewQueries;
    calibration.m_newPrior = fallbackNewPrior;
    if (hasEnoughNew)
        calibration.m_newPrior = static_cast<double>(newQueries) / static_cast<double>(used.size());
    if (options.newPrior)
        calibration.m_newPrior = *options.newPrior;
    calibration.m_newPrior = clampPrior(calibration.m_newPrior);

    for (std::size_t i = 0, real = used.size(); !hasEnoughNew && i < real; ++i) {
        if (used[i].isNew || used[i].individualsRanked < 2)
            continue;
        CalibrationQuery synthetic = withoutTrueIndividual(used[i]);
        if (synthetic.distances.empty())
            continue;
        used.push_back(std::move(synthetic));
        ++newQueries;
    }
    const double share = clampPrior(static_cast<double>(newQueries) / static_cast<double>(used.size()));
    calibration.m_parameters = fitParameters(used, share, calibration.m_cohort);
    calibration.m_calibrated = true;
    return calibration;
}

std::optional<CalibratedAnswer> ScoreCalibration::apply(std::span<const float> distances, std::size_t individualsRanked,
                                                        std::optional<double> newPrior) const
{
    if (!m_calibrated)
        return std::nullopt;
    return posterior(m_parameters, evidenceOf(distances, individualsRanked, m_cohort),
                     clampPrior(newPrior.value_or(m_newPrior)), m_cohort);
}

std::vector<CalibrationQuery> calibrationQueries(std::span<const QueryRanking> rankings, bool asNew)
{
    std::vector<CalibrationQuery> queries;
    for (const QueryRanking &ranking : rankings) {
        if (!asNew && !ranking.isScored())
            continue;
        CalibrationQuery query;
        query.individualsRanked = ranking.individualsRanked;
        query.truePosition = ranking.nearest.size();
        for (std::size_t i = 0; i < ranking.nearest.size(); ++i) {
            query.distances.push_back(ranking.nearest[i].distance);
            if (ranking.isScored() && ranking.nearest[i].individual == ranking.individual)
                query.truePosition = i;
        }
        if (asNew && ranking.isScored())
            query = withoutTrueIndividual(std::move(query));
        query.isNew = asNew;
        queries.push_back(std::move(query));
    }
    return queries;
}

std::optional<double> estimateNewPrior(const ScoreCalibration &calibration, std::span<const CalibrationQuery> queries)
{
    if (!calibration.isCalibrated() || queries.empty())
        return std::nullopt;
    // One pseudo-query at the stored prior keeps a short queue from running to 0 or 1.
    double prior = calibration.newPrior();
    for (int round = 0; round < 100; ++round) {
        double sum = calibration.newPrior();
        for (const CalibrationQuery &query : queries)
            sum += calibration.apply(query.distances, query.individualsRanked, prior)->newIndividual;
        const double next = sum / static_cast<double>(queries.size() + 1);
        if (std::abs(next - prior) < 1e-6)
            return next;
        prior = next;
    }
    return prior;
}

} // namespace flukeprint::evaluation
