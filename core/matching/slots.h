#pragma once

#include "core/matching/gallery_state.h"
#include "core/matching/identify.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

/// From cosines per photo to candidates per individual. Internal to this room.
namespace flukeprint::matching {

inline constexpr std::uint32_t noRow = std::numeric_limits<std::uint32_t>::max();

/// The most similar eligible photo of every individual slot.
struct BestOfSlots
{
    explicit BestOfSlots(std::size_t slots)
        : cosine(slots, -2.0F) // below every cosine
        , row(slots, noRow)
    {
    }
    std::vector<float> cosine;
    std::vector<std::uint32_t> row;
    // Only where means are ranked:
    std::vector<double> cosineSum; ///< over the slot's eligible photos
    std::vector<std::uint32_t> leftOut; ///< rows that are not eligible
};

/// Takes the cosines of gallery rows firstRow, firstRow + 1, ... into account.
void takeBest(const GalleryState &state, const IdentifyQuery &query, std::span<const float> cosines,
              std::size_t firstRow, BestOfSlots &best);

[[nodiscard]] Identification identificationFrom(const GalleryState &state, const BestOfSlots &best,
                                                const evaluation::ScoreCalibration &calibration,
                                                const IdentifyOptions &options);

} // namespace flukeprint::matching
