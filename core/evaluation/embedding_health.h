#pragma once

#include "core/base/result.h"
#include "core/evaluation/photo_set.h"

#include <cstddef>
#include <limits>

namespace flukeprint::evaluation {

/// How embeddings lie: whether individuals hold together, whether the space is used, whether all of it has fallen together. A figure without
/// the photos it needs is NaN. Pairs that are not each other's match (isEligible) count neither as positive nor as negative.
struct EmbeddingHealth
{
    static constexpr double none = std::numeric_limits<double>::quiet_NaN();

    /// Mean over photos with another one of their individual of the largest distance to such a one; Euclidean, embeddings as they are.
    double hardestPositive = none;
    /// Mean over identified photos of the smallest distance to a photo of another individual.
    double hardestNegative = none;
    /// Share of all triplets (anchor, positive, negative) whose positive is not nearer than the negative: what a loss can still pull at.
    double activeTriplets = none;
    /// Mean squared distance between photos of one individual, each embedding brought to length 1: 0 the best, 2 that of chance (Wang and
    /// Isola, ICML 2020, alpha = 2).
    double alignment = none;
    /// log of the mean of exp(-2 d^2) over all pairs of photos, each embedding brought to length 1: 0 the worst, -4 and below well spread
    /// (same paper, t = 2).
    double uniformity = none;
    /// Total variance over the mean squared length: 0 all photos alike, 1 spread around the origin.
    double spread = none;
    /// exp of the entropy of the covariance's eigenvalues as shares of their sum: in how many directions the photos differ (Roy and Vetterli,
    /// EUSIPCO 2007, of the covariance).
    double effectiveRank = none;
    double topShare = none; ///< of the largest eigenvalue

    std::size_t dimension = 0;
};

/// Cost: photos^2 * dimension + photos^3; meant for a sample of some hundred photos. Fewer than two photos leave every figure NaN.
/// Errors: InvalidArgument as rankQueries (sizes that do not fit, values that are not finite).
Result<EmbeddingHealth> embeddingHealth(const PhotoSet &photos);

} // namespace flukeprint::evaluation
