#pragma once

#include "core/base/result.h"
#include "core/evaluation/retrieval_metrics.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace flukeprint::evaluation {

/// One held-out query of the calibration set.
struct CalibrationQuery
{
    std::vector<float> distances; ///< of its nearest individuals, ascending; the true one among them unless isNew
    /// Position of the true individual in `distances`; distances.size() if it lies further away than all of them.
    std::size_t truePosition = 0;
    bool isNew = false; ///< its individual is not in the gallery; truePosition is ignored
    std::size_t individualsRanked = 0; ///< of the whole gallery, >= distances.size()
};

struct CalibrationOptions
{
    std::size_t minimumQueries = 30; ///< fewer known queries, and the result says isCalibrated() == false
    /// Below this number of real new queries, each known query is also shown with its true individual taken away.
    std::size_t minimumNewQueries = 30;
    /// Share of new whales among the queries that are expected in use; none: the share among the calibration queries
    /// where there are enough real new ones, else 0.3.
    std::optional<double> newPrior;
    std::size_t cohort = 50; ///< how many of the nearest individuals are looked at one by one
};

/// Probabilities of one query. candidates.size() == distances.size(); sum(candidates) + newIndividual <= 1, the rest
/// belonging to individuals further away. No value is ever 0 or 1.
struct CalibratedAnswer
{
    std::vector<double> candidates; ///< descending
    double newIndividual = 0;
};

/// The fitted numbers of ScoreCalibration.
struct CalibrationParameters
{
    double offset = 0;
    double slope = 1; ///< per squared distance, > 0
    double relative = 0; ///< 0: distances count as they are .. 1: relative to the query's crowd; a little beyond either
    double crowd = 1; ///< mean crowd of the calibration queries, > 0
    double crowdQuantile = 1; ///< (0, 1]: at which share of their gallery it was measured
    double crowdGrowth = 0; ///< 0..1: exponent by which the crowd's squared distance grows with that share
    double tail = 0; ///< >= 0: weight of those beyond the cohort
    double lapse = 0.3; ///< 0.005..0.3: share of photos that distances say nothing about
};

/// Turns the distances of a query's individuals into probabilities that can be read as frequencies.
///
/// Model (Bayes over "it is individual i" and "it is none of the N in the gallery"):
///     P(i)   ~ (1 - prior) / N * exp(logRatio(d_i)),      P(new) ~ prior
///     logRatio(d) = offset - slope * d^2 * (crowd / c)^relative        (log of genuine over impostor likelihood)
/// over the nearest `cohort` individuals; those further away weigh together as much as tail * cohort individuals (never
/// more than there are) at the distance of the last. c is the mean squared distance of the cohort without its nearest
/// fifth: a blurred photo is close to everybody, and c says so; c is brought to the same share of the gallery by
/// (crowdQuantile / its own)^crowdGrowth. Then p = (1 - lapse) * p + lapse * prior distribution, so that nothing is
/// ever certain. N enters openly, so that probabilities stay honest as a catalogue grows (tested over a factor of 16).
/// Offset, slope, relative, tail and lapse minimise the penalised negative log-likelihood of what is shown (each of the
/// first five candidates, "another one", "new") on held-out queries. A value type; const functions are thread-safe.
class ScoreCalibration
{
public:
    ScoreCalibration() = default; ///< not calibrated

    /// Never fails: with too few queries the result is not calibrated. Deterministic. Well under a second for 2,000
    /// queries.
    [[nodiscard]] static ScoreCalibration fit(std::span<const CalibrationQuery> queries,
                                              const CalibrationOptions &options = {});

    /// Flat form for model metadata; an uncalibrated one is {"calibrated": 0}. Errors of reading: InvalidArgument (a
    /// key is missing or out of range); an empty map is "not calibrated".
    [[nodiscard]] std::map<std::string, double> toMap() const;
    static Result<ScoreCalibration> fromMap(const std::map<std::string, double> &map);

    [[nodiscard]] bool isCalibrated() const { return m_calibrated; }
    [[nodiscard]] double newPrior() const { return m_newPrior; }
    [[nodiscard]] const CalibrationParameters &parameters() const { return m_parameters; }
    /// How many of a query's nearest individuals `apply` wants to see (more do no harm, fewer make it less exact).
    [[nodiscard]] std::size_t wantedDistances() const { return m_cohort; }
    [[nodiscard]] std::size_t queriesUsed() const { return m_queriesUsed; } ///< real ones, known and new

    /// `distances` ascending, of the nearest individuals; `individualsRanked` is the number in the whole gallery (at
    /// least distances.size() is assumed). `newPrior` in (0, 1) replaces the stored one. None when not calibrated. With
    /// no individual at all, "new" gets everything but the lapse: nothing is certain even then.
    [[nodiscard]] std::optional<CalibratedAnswer> apply(std::span<const float> distances, std::size_t individualsRanked,
                                                        std::optional<double> newPrior = {}) const;

private:
    bool m_calibrated = false;
    CalibrationParameters m_parameters;
    double m_newPrior = 0.3;
    std::size_t m_cohort = 50;
    std::size_t m_queriesUsed = 0;
};

/// Calibration queries from rankings: known ones (isScored) and, with `asNew`, all of them as whales that are not in
/// the gallery. Unscored rankings are left out unless asNew.
[[nodiscard]] std::vector<CalibrationQuery> calibrationQueries(std::span<const QueryRanking> rankings, bool asNew);

/// Share of new whales among unlabelled queries by expectation maximisation (Saerens et al., Neural Computation 2002),
/// starting from the stored prior; for a season's queue. None when not calibrated or without queries.
[[nodiscard]] std::optional<double> estimateNewPrior(const ScoreCalibration &calibration,
                                                     std::span<const CalibrationQuery> queries);

} // namespace flukeprint::evaluation
