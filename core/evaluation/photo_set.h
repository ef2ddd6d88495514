#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace flukeprint::evaluation {

/// Identity of an unidentified photo.
inline constexpr std::int32_t noIndividual = -1;
/// Group of a photo that shares it with nobody. Every value <= 0 means this; tables that number groups from 0 add 1.
inline constexpr std::int64_t noGroup = 0;

struct PhotoLabel
{
    std::int64_t photo = 0; ///< equal positive numbers in query and gallery are the same photo; <= 0: never the same
    std::int32_t individual = noIndividual; ///< any numbering >= 0, the same in query and gallery
    /// Near-duplicate group or encounter: photos that share it are never each other's match.
    std::int64_t group = noGroup;
};

/// Embeddings with their labels. Does not own `vectors`: row-major, labels.size() rows of `dimension` floats, finite.
/// Distances are Euclidean; rows are L2-normalised unless a preset says otherwise, which nothing here relies on.
struct PhotoSet
{
    std::span<const float> vectors;
    std::size_t dimension = 0;
    std::vector<PhotoLabel> labels;

    [[nodiscard]] std::size_t count() const { return labels.size(); }
    [[nodiscard]] std::span<const float> row(std::size_t index) const
    {
        return vectors.subspan(index * dimension, dimension);
    }
};

/// A gallery photo is not eligible for a query if it is the query or shares its group.
[[nodiscard]] constexpr bool isEligible(const PhotoLabel &query, const PhotoLabel &gallery)
{
    const bool samePhoto = query.photo > 0 && query.photo == gallery.photo;
    const bool sameGroup = query.group > 0 && query.group == gallery.group;
    return !samePhoto && !sameGroup;
}

} // namespace flukeprint::evaluation
