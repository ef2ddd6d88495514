#pragma once

#include "core/evaluation/retrieval_metrics.h"

#include <cstdint>
#include <limits>
#include <span>
#include <unordered_map>
#include <vector>

/// Internal to this room.
namespace flukeprint::evaluation {

/// The ranked gallery rows with individuals numbered densely: an unidentified row is left out or an individual of its
/// own.
struct GalleryIndex
{
    std::vector<std::size_t> rows; ///< positions in the gallery that take part
    std::vector<std::uint32_t> individualOfRow; ///< dense, parallel to `rows`
    std::vector<std::int32_t> names; ///< of each dense individual; noIndividual for an unidentified one
    std::unordered_map<std::int32_t, std::uint32_t> denseOf;

    GalleryIndex(std::span<const PhotoLabel> labels, bool unidentifiedAreIndividuals);

    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    /// Dense number of an individual; `none` if it has no photo in the gallery or is noIndividual.
    [[nodiscard]] std::uint32_t dense(std::int32_t individual) const;
};

/// Ranks a query from its distance to every dense individual (infinity: no eligible photo) and the gallery row that
/// gave it.
[[nodiscard]] QueryRanking rankIndividuals(std::int32_t individual, const GalleryIndex &index,
                                           std::span<const float> distances, std::span<const std::uint32_t> rows,
                                           std::size_t keepNearest);

/// InvalidArgument unless the matrix fits the labels and every value is finite.
[[nodiscard]] Result<void> checkPhotoSet(const PhotoSet &photos, const char *name);

} // namespace flukeprint::evaluation
