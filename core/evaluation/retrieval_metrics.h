#pragma once

#include "core/base/result.h"
#include "core/evaluation/bootstrap.h"
#include "core/evaluation/estimate.h"
#include "core/evaluation/photo_set.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace flukeprint::evaluation {

/// How far a query is from an individual.
enum class IndividualDistance {
    NearestPhoto, ///< the smallest distance to one of its eligible photos
    MeanOfPhotos, ///< the distance to the mean of its eligible photos (not normalised again)
};

struct RankingOptions
{
    IndividualDistance distance = IndividualDistance::NearestPhoto;
    /// Unidentified gallery photos each stand as an individual of their own (the distractors of the disjoint protocol);
    /// false leaves them out.
    bool unidentifiedAreIndividuals = false;
    std::size_t keepNearest = 64; ///< length of QueryRanking::nearest
    unsigned threads = 0; ///< 0: all cores
};

struct RankedIndividual
{
    std::int32_t individual = noIndividual; ///< noIndividual: an unidentified gallery photo standing for itself
    float distance = 0;
    std::size_t galleryRow = 0; ///< its nearest eligible photo
};

/// What one query found.
struct QueryRanking
{
    std::int32_t individual = noIndividual; ///< its true identity
    /// 1 + the number of other individuals at a distance <= its own: a tie counts against us. 0: not scored, because
    /// the query is unidentified or its individual has no eligible photo.
    std::size_t rank = 0;
    float ownDistance = 0; ///< to the true individual; infinity where not scored
    std::size_t individualsRanked = 0; ///< number of individuals with an eligible photo
    /// The nearest individuals, ascending by distance; among equal distances the true individual comes last, then by
    /// gallery row.
    std::vector<RankedIndividual> nearest;

    [[nodiscard]] bool isScored() const { return rank > 0; }
    /// Distance of the nearest individual; infinity without any.
    [[nodiscard]] float nearestDistance() const;
};

/// Ranks every query's individuals, exactly, by brute force in blocks over threads. Memory beyond the input stays near
/// 64 MiB a thread and the result. Deterministic on one machine whatever the number of threads. Errors: InvalidArgument
/// (dimensions differ or are 0, a matrix's size does not fit its labels, a value is not finite), Cancelled.
Result<std::vector<QueryRanking>> rankQueries(const PhotoSet &queries, const PhotoSet &gallery,
                                              const RankingOptions &options = {}, std::stop_token stop = {});

/// The same from a row-major matrix of distances, queries.size() x gallery.size(), NearestPhoto only.
/// Errors: InvalidArgument (the size does not fit, a distance is NaN, MeanOfPhotos asked for).
Result<std::vector<QueryRanking>> rankFromDistances(std::span<const float> distances,
                                                    std::span<const PhotoLabel> queries,
                                                    std::span<const PhotoLabel> gallery,
                                                    const RankingOptions &options = {});

/// 1/rank where 1 <= rank <= 5, else 0.
[[nodiscard]] constexpr double precisionAt5(std::size_t rank)
{
    return rank >= 1 && rank <= 5 ? 1.0 / static_cast<double>(rank) : 0.0;
}

/// Point values over the scored queries; all 0 with `scored` 0.
struct RetrievalScores
{
    double top1 = 0;
    double top5 = 0;
    double map5 = 0;
    std::size_t scored = 0;
    std::size_t queries = 0; ///< scored or not
};
[[nodiscard]] RetrievalScores retrievalScores(std::span<const QueryRanking> rankings);

/// The same with intervals (resampled by individual).
struct RetrievalFigures
{
    Estimate top1;
    Estimate top5;
    Estimate map5;
    std::size_t scored = 0;
    std::size_t queries = 0;
};
[[nodiscard]] RetrievalFigures retrievalFigures(std::span<const QueryRanking> rankings,
                                                const BootstrapOptions &options = {});

/// P(score of a positive > score of a negative), ties 1/2; NaN when one side is empty. O(n log n).
[[nodiscard]] double areaUnderRoc(std::span<const double> positives, std::span<const double> negatives);

/// Expected calibration error: sum over bins of (share of samples) * |mean probability - share correct|, bins of equal
/// count (sizes differ by at most one) over the samples sorted by probability. NaN for no sample. `probability` in
/// 0..1; `correct` of the same length, 0 or 1. Naeini et al., AAAI 2015.
[[nodiscard]] double expectedCalibrationError(std::span<const double> probability,
                                              std::span<const std::uint8_t> correct, int bins = 15);

/// The expected calibration error that these probabilities would show if they were exactly right, since the bins are small: the mean over
/// `draws` samples in which each is correct with its own probability, and the middle 95% of them. Deterministic by `seed`.
[[nodiscard]] Estimate calibrationErrorByChance(std::span<const double> probability, int bins = 15, int draws = 1000, std::uint64_t seed = 1);

} // namespace flukeprint::evaluation
