#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/evaluation/calibration.h"
#include "core/matching/gallery.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace flukeprint::matching {

struct IdentifyQuery
{
    std::span<const float> vector; ///< gallery.dimension() floats; normalised here
    AnnotationId annotation; ///< itself, left out of its own candidates; none for a photo outside the catalogue
    std::int64_t group = 0; ///< photos of the same group are no candidates; <= 0: none
};

struct IdentifyOptions
{
    std::size_t top = 5; ///< candidates wanted, one per individual
    int threads = 1; ///< a call may use; 0: all cores
    std::optional<double> newPrior; ///< expected share of new whales in (0, 1); none: the calibration's own
};

/// A gallery individual for a query.
struct Candidate
{
    IndividualId individual;
    float distance = 0; ///< of its nearest eligible photo, or to the mean of these where the gallery ranks means; 0..2
    std::optional<double> probability; ///< in (0, 1); none when the model is not calibrated
    AnnotationId bestMatch; ///< its nearest eligible photo
    std::size_t photosOfIndividual = 0; ///< in the gallery, eligible or not
};

struct Identification
{
    /// Ascending by distance, then by individual; at most `top`, fewer where the gallery has no more.
    std::vector<Candidate> candidates;
    std::optional<double> newProbability; ///< that it is none of the gallery's individuals
    bool calibrated = false;
    std::size_t individualsRanked = 0; ///< with an eligible photo
};

/// Ranks the gallery's individuals for one query, exactly: every photo is compared, so the ranking never runs out of
/// individuals however many photos one of them has. `calibration` may be uncalibrated. An empty gallery gives no
/// candidate and no probability. Thread-safe. Errors: ModelIncompatible (another dimension), InvalidArgument (not
/// finite, zero vector, top 0).
Result<Identification> identify(const Gallery &gallery, const IdentifyQuery &query,
                                const evaluation::ScoreCalibration &calibration, const IdentifyOptions &options = {});

/// The same for many queries (a review queue), searched together, several times quicker than one by one; distances
/// agree to float rounding. Each query sees the gallery at one moment; writers get in between blocks. All or nothing:
/// the error names the first query that cannot be used.
Result<std::vector<Identification>> identifyAll(const Gallery &gallery, std::span<const IdentifyQuery> queries,
                                                const evaluation::ScoreCalibration &calibration,
                                                const IdentifyOptions &options = {});

} // namespace flukeprint::matching
