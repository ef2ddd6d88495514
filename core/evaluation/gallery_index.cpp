#include "core/evaluation/gallery_index.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>

namespace flukeprint::evaluation {

GalleryIndex::GalleryIndex(std::span<const PhotoLabel> labels, bool unidentifiedAreIndividuals)
{
    for (std::size_t row = 0; row < labels.size(); ++row) {
        const std::int32_t name = labels[row].individual;
        const bool isIdentified = name >= 0;
        if (!isIdentified && !unidentifiedAreIndividuals)
            continue;
        const auto next = static_cast<std::uint32_t>(names.size());
        const bool isNew = !isIdentified || denseOf.try_emplace(name, next).second;
        rows.push_back(row);
        individualOfRow.push_back(isNew ? next : denseOf.at(name));
        if (isNew)
            names.push_back(isIdentified ? name : noIndividual);
    }
}

std::uint32_t GalleryIndex::dense(std::int32_t individual) const
{
    const auto found = denseOf.find(individual);
    return found == denseOf.end() ? none : found->second;
}

QueryRanking rankIndividuals(std::int32_t individual, const GalleryIndex &index, std::span<const float> distances,
                             std::span<const std::uint32_t> rows, std::size_t keepNearest)
{
    QueryRanking ranking;
    ranking.individual = individual;
    ranking.ownDistance = std::numeric_limits<float>::infinity();
    std::vector<std::uint32_t> order;
    order.reserve(distances.size());
    for (std::uint32_t i = 0; i < distances.size(); ++i) {
        if (std::isfinite(distances[i]))
            order.push_back(i);
    }
    ranking.individualsRanked = order.size();

    const std::uint32_t own = index.dense(individual);
    if (own != GalleryIndex::none && std::isfinite(distances[own])) {
        ranking.ownDistance = distances[own];
        // Counts itself too, which is the 1 of "1 + the number of others at a distance <= its own".
        ranking.rank = static_cast<std::size_t>(
            std::count_if(order.begin(), order.end(), [&](std::uint32_t i) { return distances[i] <= distances[own]; }));
    }

    const auto key = [&](std::uint32_t i) { return std::tuple(distances[i], i == own, rows[i]); };
    const std::size_t kept = std::min(keepNearest, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                      [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
    ranking.nearest.reserve(kept);
    for (std::size_t i = 0; i < kept; ++i)
        ranking.nearest.push_back({index.names[order[i]], distances[order[i]], rows[order[i]]});
    return ranking;
}

Result<void> checkPhotoSet(const PhotoSet &photos, const char *name)
{
    if (photos.labels.empty() && photos.vectors.empty())
        return {};
    if (photos.dimension == 0 || photos.vectors.size() != photos.count() * photos.dimension)
        return Error(ErrorCode::InvalidArgument,
                     {name, std::to_string(photos.vectors.size()),
                      std::to_string(photos.count()) + " x " + std::to_string(photos.dimension)});
    for (std::size_t i = 0; i < photos.vectors.size(); ++i) {
        if (!std::isfinite(photos.vectors[i]))
            return Error(ErrorCode::InvalidArgument,
                         {name, "row " + std::to_string(i / photos.dimension), "finite numbers"});
    }
    return {};
}

} // namespace flukeprint::evaluation
