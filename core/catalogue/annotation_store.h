#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <span>

namespace flukeprint::catalogue {

class Catalogue;
class Database;

/// Annotations: boxes, points and grades. Identities change through DecisionLog alone. Thread-affine like its
/// catalogue, which must outlive it. Errors everywhere: DatabaseFailed, DiskFull, CatalogueReadOnly.
class AnnotationStore
{
public:
    explicit AnnotationStore(Catalogue &catalogue);

    /// Ignores `id`, `state` and `individual`: a new annotation is unidentified. Errors: NotFound (photo),
    /// InvalidArgument (box).
    Result<AnnotationId> add(const Annotation &annotation);
    /// Errors: NotFound.
    Result<Annotation> get(AnnotationId id);
    /// In the order asked for; ids that do not exist are left out.
    Result<std::vector<Annotation>> getMany(std::span<const AnnotationId> ids);
    Result<std::vector<Annotation>> ofPhoto(PhotoId photo);
    Result<std::int64_t> count();
    /// Photos and annotations of each state: what status lines show.
    struct Counts
    {
        std::int64_t photos = 0;
        std::int64_t annotations = 0;
        std::int64_t unidentified = 0;
        std::int64_t proposed = 0;
        std::int64_t identified = 0;
        std::int64_t unusable = 0;
        std::int64_t individuals = 0; ///< not retired
        std::int64_t encounters = 0;
    };
    Result<Counts> counts();

    /// Changes the box, raises the revision and drops stored candidates (they were another crop's); returns the new
    /// revision. An unchanged box only takes the new source and keeps its revision. Errors: NotFound, InvalidArgument.
    Result<int> setBox(AnnotationId id, const RotatedBox &box, BoxSource source);
    /// Leaves the revision alone: no crop is cut by points, so embeddings and candidates stay good. Errors: NotFound.
    Result<void> setPoints(AnnotationId id, std::optional<PointPx> leftTip, std::optional<PointPx> notch,
                           std::optional<PointPx> rightTip);
    /// 1..5, 0 takes the grade back. Errors: NotFound, InvalidArgument.
    Result<void> setQuality(AnnotationId id, int quality);
    Result<void> setViewpoint(AnnotationId id, const QString &viewpoint);
    /// Only an annotation without any decision can go; others are kept for the log's sake. Errors: NotFound,
    /// InvalidArgument.
    Result<void> remove(AnnotationId id);

private:
    Database &m_database;
};

} // namespace flukeprint::catalogue
