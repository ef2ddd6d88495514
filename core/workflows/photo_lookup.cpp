#include "core/workflows/photo_lookup.h"

#include "core/catalogue/annotation_query.h"
#include "core/catalogue/annotation_store.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/photo_store.h"
#include "core/workflows/import/image_tables.h"
#include "core/workflows/import/other_names.h"

#include <algorithm>
#include <span>

namespace flukeprint::workflows {

namespace {

constexpr std::size_t annotationsPerQuery = 2000;

}

Result<PhotoLookup> PhotoLookup::load(catalogue::Catalogue &catalogue)
{
    PhotoLookup lookup;
    const Result<void> visited = catalogue::PhotoStore(catalogue).forEach([&](const catalogue::Photo &photo) {
        lookup.m_byName[photo.fileName].push_back({photo.id, photo.path});
        lookup.m_names.insert(photo.id.value, photo.fileName);
        return true;
    });
    if (!visited)
        return visited.error();
    const auto others = otherNames(catalogue);
    if (!others)
        return others.error();
    for (auto photo = others->cbegin(); photo != others->cend(); ++photo) {
        for (const QString &path : photo.value())
            lookup.m_byName[fileNameOf(path)].push_back({PhotoId(photo.key()), path});
    }
    const auto ids = catalogue::AnnotationQuery(catalogue).ids({}, {catalogue::AnnotationSort::Id, false});
    if (!ids)
        return ids.error();
    catalogue::AnnotationStore annotations(catalogue);
    QHash<std::int64_t, double> areas;
    const std::span<const AnnotationId> all(*ids);
    for (std::size_t from = 0; from < all.size(); from += annotationsPerQuery) {
        const auto block = annotations.getMany(all.subspan(from, std::min(annotationsPerQuery, all.size() - from)));
        if (!block)
            return block.error();
        for (const catalogue::Annotation &annotation : *block) {
            const double area = annotation.box.widthPx * annotation.box.heightPx;
            double &largest = areas[annotation.photo.value];
            if (area <= largest)
                continue;
            largest = area;
            lookup.m_mainAnnotations[annotation.photo.value] = annotation.id;
        }
    }
    return lookup;
}

std::vector<PhotoId> PhotoLookup::photos(const QString &image) const
{
    std::vector<PhotoId> found;
    const QString name = fileNameOf(image);
    const bool plain = name == image;
    const auto entries = m_byName.constFind(name);
    if (entries == m_byName.constEnd())
        return found;
    for (const Entry &entry : *entries) {
        const bool fits = plain || pathEndsWith(entry.path, image);
        if (fits && std::find(found.begin(), found.end(), entry.id) == found.end())
            found.push_back(entry.id);
    }
    return found;
}

QString PhotoLookup::fileName(PhotoId photo) const { return m_names.value(photo.value); }

AnnotationId PhotoLookup::mainAnnotation(PhotoId photo) const { return m_mainAnnotations.value(photo.value); }

} // namespace flukeprint::workflows
