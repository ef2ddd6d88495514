#pragma once

#include "core/evaluation/photo_set.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace flukeprint::evaluation {

/// What a photo may be used for in one training run; the same meanings as protocol::SampleRole, in the same order.
enum class SplitRole { Train, Negative, Validation, NewCalibration };

struct SplitItem
{
    std::int32_t individual = noIndividual;
    std::int64_t group = noGroup; ///< near-duplicate group; <= 0: none
    std::int64_t encounter =
        0; ///< <= 0: none. Photos that share a group or an encounter, also through others, stay together
};

struct SplitOptions
{
    double validationShare = 0.2; ///< of the individuals that could give a group; 0..0.5, clamped
    std::size_t maximumValidationPhotos = 1000;
    /// Where that share is fewer, as in a catalogue of few individuals, more are set aside until there are this many (30 are the
    /// fewest that probabilities are calibrated on), but only of individuals that keep >= 2 training photos, and no more than
    /// a fifth of all identified photos. 0: the share alone.
    std::size_t leastValidationPhotos = 50;
    /// Share of the unidentified photos that are never trained on. Give 0 where unidentified means "not looked at yet"
    /// rather than "not in the catalogue".
    double newCalibrationShare = 0.15;
    std::size_t maximumNewCalibration = 300;
    std::uint64_t seed = 1;
};

struct Split
{
    std::vector<SplitRole> roles; ///< one per item, in the order given
    /// One per item: > 0, equal for photos that must stay together (groups and encounters joined). Use as
    /// SnapshotItem::group.
    std::vector<std::int64_t> groups;
    std::size_t validationPhotos = 0;
    std::size_t validationIndividuals = 0;
    std::size_t newCalibrationPhotos = 0;
};

/// Sets aside, for a share of the individuals that were photographed in >= 2 groups, one whole group as validation
/// queries. A group moves only if every individual in it keeps a training photo elsewhere, so singletons stay in Train;
/// a group never stands on both sides. Unidentified photos are Negative, or NewCalibration (also those in a group that
/// moved). As long as one group can move, at least one does; a catalogue without any gets no validation photo and says
/// so by the counts. Deterministic by seed and order.
[[nodiscard]] Split splitForTraining(std::span<const SplitItem> items, const SplitOptions &options = {});

} // namespace flukeprint::evaluation
