#pragma once

#include "core/matching/gallery.h"

#include <faiss/IndexFlat.h>

#include <cstdint>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace flukeprint::matching {

/// What a Gallery holds. Internal to this room: Faiss is seen here and in the .cpp files only.
struct GalleryState
{
    GalleryState(std::string modelName, std::size_t dimensionCount, Gallery::Distance distance)
        : model(std::move(modelName))
        , dimension(dimensionCount)
        , ranksMeans(distance == Gallery::Distance::MeanOfPhotos)
        , index(static_cast<faiss::Index::idx_t>(dimensionCount))
    {
    }

    mutable std::shared_mutex mutex; ///< guards all below
    std::string model;
    std::size_t dimension;
    bool ranksMeans; ///< else the nearest photo of an individual counts
    faiss::IndexFlatIP index; ///< row i belongs to entries[i]
    std::vector<GalleryEntry> entries;
    std::unordered_map<AnnotationId, std::size_t> rowOf;
    /// Dense number of an individual, for arrays in the search; never reused, so that rows keep theirs.
    std::unordered_map<IndividualId, std::uint32_t> slotOf;
    std::vector<std::uint32_t> slotOfRow;
    std::vector<std::size_t> photosInSlot;
    std::vector<IndividualId> individualOfSlot;
    std::vector<double> sumOfSlot; ///< of its photos' vectors, slots x dimension; empty unless ranksMeans
    std::size_t individuals = 0; ///< slots with a photo

    [[nodiscard]] float *row(std::size_t number) { return index.get_xb() + number * dimension; }
    [[nodiscard]] const float *row(std::size_t number) const { return index.get_xb() + number * dimension; }
    std::uint32_t slot(IndividualId individual);
    void assign(std::size_t number, IndividualId individual);
    void unassign(std::size_t number);
    /// Adds `sign` times a row to its slot's sum.
    void addToSum(std::size_t number, double sign);
    void append(const GalleryEntry &entry, const float *normalised);
    void put(const GalleryEntry &entry, const float *normalised);
};

/// A locked look at a gallery, for the search.
class GalleryReader
{
public:
    explicit GalleryReader(const Gallery &gallery)
        : m_state(*gallery.m_state)
        , m_lock(m_state.mutex)
    {
    }
    const GalleryState *operator->() const { return &m_state; }
    const GalleryState &operator*() const { return m_state; }

private:
    const GalleryState &m_state;
    std::shared_lock<std::shared_mutex> m_lock;
};

/// Writes the vector with length 1 to `out` (vector.size() floats). Errors: InvalidArgument with `name` (not finite, or
/// length 0).
Result<void> normaliseInto(std::span<const float> vector, const std::string &name, float *out);

} // namespace flukeprint::matching
