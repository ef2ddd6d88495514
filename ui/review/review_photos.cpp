#include "ui/review/review_photos.h"

#include "core/catalogue/annotation_query.h"
#include "core/catalogue/annotation_store.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/photo_store.h"
#include "core/workflows/session.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace flukeprint::ui {

ReviewPhoto photoOf(catalogue::Catalogue &catalogue, const catalogue::Annotation &annotation, const catalogue::Photo &photo)
{
    ReviewPhoto made;
    made.annotation = annotation.id;
    made.path = QString::fromStdString(catalogue.resolve(photo.path).string());
    made.thumbnail = QString::fromStdString(catalogue.thumbnailPath(photo.sha256).string());
    made.fileName = photo.fileName;
    made.takenAt = photo.takenAt;
    made.sizePx = QSizeF(photo.widthPx, photo.heightPx);
    made.box = annotation.box;
    return made;
}

Result<ReviewPhoto> readPhoto(catalogue::Catalogue &catalogue, AnnotationId annotation)
{
    const auto record = catalogue::AnnotationStore(catalogue).get(annotation);
    if (!record)
        return record.error();
    const auto photo = catalogue::PhotoStore(catalogue).get(record->photo);
    if (!photo)
        return photo.error();
    return photoOf(catalogue, *record, *photo);
}

Result<std::vector<AnnotationId>> photosNearestFirst(workflows::CatalogueSession &session, AnnotationId query, IndividualId individual)
{
    catalogue::AnnotationFilter filter;
    filter.individual = individual;
    filter.states = {catalogue::IdentityState::Identified};
    auto ids = catalogue::AnnotationQuery(session.catalogue()).ids(filter, {catalogue::AnnotationSort::TakenAt, true});
    if (!ids)
        return ids.error();
    std::vector<AnnotationId> photos = std::move(*ids);
    std::erase(photos, query);
    const auto model = session.servingModel();
    if (!model)
        return photos;
    const auto vector = catalogue::EmbeddingStore(session.catalogue()).find(model->record.id, query);
    if (!vector)
        return vector.error();
    if (!vector->has_value())
        return photos;

    // The query's own length divides all alike, so it does not change the order.
    std::vector<std::pair<float, AnnotationId>> ranked;
    for (const AnnotationId photo : photos) {
        const std::vector<float> other = model->gallery.vectorOf(photo);
        const bool comparable = other.size() == (*vector)->size();
        const float likeness = comparable ? std::inner_product(other.begin(), other.end(), (*vector)->begin(), 0.0F)
                                          : -std::numeric_limits<float>::infinity();
        ranked.emplace_back(likeness, photo);
    }
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto &a, const auto &b) { return a.first > b.first; });
    std::transform(ranked.begin(), ranked.end(), photos.begin(), [](const auto &entry) { return entry.second; });
    return photos;
}

} // namespace flukeprint::ui
