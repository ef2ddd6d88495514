#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <QSizeF>
#include <QString>

#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}
namespace flukeprint::workflows {
class CatalogueSession;
}

namespace flukeprint::ui {

/// What a view needs to show one annotation's photo.
struct ReviewPhoto
{
    AnnotationId annotation;
    QString path; ///< absolute
    QString thumbnail; ///< absolute; the file may be missing
    QString fileName;
    QString takenAt; ///< ISO 8601; empty: not known
    QSizeF sizePx; ///< of the upright photo
    catalogue::RotatedBox box;
};

/// Errors: NotFound, DatabaseFailed.
[[nodiscard]] Result<ReviewPhoto> readPhoto(catalogue::Catalogue &catalogue, AnnotationId annotation);
[[nodiscard]] ReviewPhoto photoOf(catalogue::Catalogue &catalogue, const catalogue::Annotation &annotation, const catalogue::Photo &photo);

/// The individual's identified photos without the query itself: the one that the serving model finds nearest to the query first; those
/// it has not read come last, newest first. Errors: DatabaseFailed.
[[nodiscard]] Result<std::vector<AnnotationId>> photosNearestFirst(workflows::CatalogueSession &session, AnnotationId query,
                                                                   IndividualId individual);

} // namespace flukeprint::ui
