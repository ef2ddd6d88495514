#pragma once

#include "core/base/result.h"
#include "core/evaluation/photo_set.h"

#include <cstddef>
#include <limits>
#include <vector>

namespace flukeprint::evaluation {

/// How tight and how far apart individuals lie; unidentified photos are left out. Distances are Euclidean between the
/// embeddings as they are; centroids are plain means.
struct ClusterStatistics
{
    /// Mean over individuals with >= 2 photos of the mean distance of their embeddings to their centroid; NaN without
    /// any.
    double radius = std::numeric_limits<double>::quiet_NaN();
    /// Mean over individuals of the distance from their centroid to the nearest other centroid; NaN with fewer than 2.
    double separation = std::numeric_limits<double>::quiet_NaN();
    std::size_t individuals = 0;
    std::size_t individualsWithPairs = 0; ///< with >= 2 photos
    std::vector<double> radii; ///< of each individual with >= 2 photos
    std::vector<double> separations; ///< of each individual
};

/// Errors: InvalidArgument as rankQueries. `threads` 0: all cores.
Result<ClusterStatistics> clusterStatistics(const PhotoSet &photos, unsigned threads = 0);

} // namespace flukeprint::evaluation
