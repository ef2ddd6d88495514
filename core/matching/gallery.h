#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/evaluation/retrieval_metrics.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace flukeprint::matching {

struct GalleryEntry
{
    AnnotationId annotation;
    IndividualId individual;
    std::int64_t group = 0; ///< near-duplicate group or encounter; <= 0: shares it with nobody
};

/// One identified photo that a search found.
struct GalleryHit
{
    GalleryEntry entry;
    float distance = 0; ///< Euclidean between L2-normalised embeddings, 0..2
};

struct GalleryState;

/// The identified embeddings of one model, searched exactly (Faiss flat, inner product). Embeddings of different models
/// are never compared: one gallery, one model. Thread-safe: any number of readers at once; a writer waits for them. A
/// change costs microseconds, so that confirming a candidate in review never rebuilds: a removed row is replaced by the
/// last one. With MeanOfPhotos, an individual's distance is that to the mean of its eligible photos (normalised each, the
/// mean not again).
class Gallery
{
public:
    using Distance = evaluation::IndividualDistance;

    /// `dimension` > 0 of the model called `model` (for messages).
    Gallery(std::string model, std::size_t dimension, Distance distance = Distance::NearestPhoto);
    Gallery(Gallery &&) noexcept;
    Gallery &operator=(Gallery &&) noexcept;
    ~Gallery();

    /// From contiguous rows: entries.size() x dimension floats, normalised here, so that a vector of any length > 0
    /// will do. Of an annotation that stands twice the last one counts. Errors: ModelIncompatible (size of `vectors`),
    /// InvalidArgument (a value is not finite, a zero vector, an invalid id); args of the latter name the annotation.
    static Result<Gallery> build(std::string model, std::size_t dimension, std::span<const GalleryEntry> entries,
                                 std::span<const float> vectors, Distance distance = Distance::NearestPhoto);

    /// Adds an annotation, or replaces what it had. Errors as build; the gallery stays as it was.
    Result<void> put(const GalleryEntry &entry, std::span<const float> vector);
    /// Another individual or group for an annotation. Errors: NotFound, InvalidArgument.
    Result<void> relabel(AnnotationId annotation, IndividualId individual);
    Result<void> setGroup(AnnotationId annotation, std::int64_t group);
    /// Merges two individuals: all photos of `from` become `to`'s. Returns how many.
    std::size_t relabelAll(IndividualId from, IndividualId to);
    /// False if it was not there.
    bool remove(AnnotationId annotation);
    void clear();

    [[nodiscard]] const std::string &model() const;
    [[nodiscard]] std::size_t dimension() const;
    [[nodiscard]] std::size_t count() const;
    [[nodiscard]] std::size_t individualCount() const;
    [[nodiscard]] std::size_t photosOf(IndividualId individual) const;
    [[nodiscard]] bool contains(AnnotationId annotation) const;
    [[nodiscard]] std::optional<GalleryEntry> entry(AnnotationId annotation) const;
    /// A copy of the normalised embedding; empty if it is not there.
    [[nodiscard]] std::vector<float> vectorOf(AnnotationId annotation) const;

private:
    friend class GalleryReader;
    std::unique_ptr<GalleryState> m_state;
};

} // namespace flukeprint::matching
