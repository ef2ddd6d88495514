#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <span>

namespace flukeprint::catalogue {

class Catalogue;
class Database;

/// What an embedding was or is to be computed from.
struct EmbeddingKey
{
    AnnotationId annotation;
    int boxRevision = 1;
    friend bool operator==(const EmbeddingKey &, const EmbeddingKey &) = default;
};

/// Embeddings of one model; parallel arrays of `count()` entries in the order of annotation ids. `vectors` is
/// row-major, count() rows of `dimension` floats.
struct EmbeddingSet
{
    ModelId model;
    int dimension = 0;
    std::vector<AnnotationId> annotations;
    std::vector<PhotoId> photos;
    std::vector<IndividualId> individuals; ///< invalid: not identified
    std::vector<IdentityState> states;
    std::vector<EncounterId> encounters; ///< invalid: none
    std::vector<std::int64_t> duplicateGroups; ///< 0: none
    std::vector<float> vectors;
    std::vector<AnnotationId> unusable; ///< left out: of another length, not finite, or all zero

    [[nodiscard]] std::size_t count() const { return annotations.size(); }
    [[nodiscard]] std::span<const float> row(std::size_t index) const
    {
        const auto length = static_cast<std::size_t>(dimension);
        return std::span(vectors).subspan(index * length, length);
    }
};

enum class EmbeddingScope {
    All, ///< unusable ones too
    Usable, ///< all but unusable ones
    Identified, ///< a gallery
};

/// Embeddings per model and annotation. Thread-affine like its catalogue, which must outlive it. Errors everywhere:
/// NotFound (model), DatabaseFailed, DiskFull, CatalogueReadOnly.
class EmbeddingStore
{
public:
    explicit EmbeddingStore(Catalogue &catalogue);

    /// Stores or replaces keys.size() rows in one transaction. `vectors` holds keys.size() * model dimension floats,
    /// row-major. Annotations that are gone by now are left out. Returns how many were stored. Errors:
    /// ModelIncompatible (wrong size), InvalidArgument (a value that is not finite).
    Result<std::int64_t> put(ModelId model, std::span<const EmbeddingKey> keys, std::span<const float> vectors);
    /// nullopt: none at the annotation's current box revision, or one that is unusable.
    Result<std::optional<std::vector<float>>> find(ModelId model, AnnotationId annotation);
    /// All embeddings at their annotations' current box revision but unusable ones. Errors: Cancelled.
    Result<EmbeddingSet> load(ModelId model, EmbeddingScope scope, std::stop_token stop = {});
    /// Annotations without an embedding of this model at their current box revision, usable ones only, in the order of
    /// ids.
    Result<std::vector<EmbeddingKey>> missing(ModelId model);
    /// Drops what is unusable, so that it counts as missing. Returns the file names of the photos concerned. Errors: Cancelled.
    Result<QStringList> dropUnusable(ModelId model, std::stop_token stop = {});
    struct Coverage
    {
        std::int64_t embedded = 0;
        std::int64_t usable = 0;
    };
    Result<Coverage> coverage(ModelId model);
    /// Drops all of a model (it was deleted, or is to be computed anew). Returns how many.
    Result<std::int64_t> removeAll(ModelId model);

private:
    Database &m_database;
};

} // namespace flukeprint::catalogue
