#include "core/workflows/training/labelled_annotations.h"

#include "core/catalogue/annotation_query.h"
#include "core/catalogue/annotation_store.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/photo_store.h"

#include <unordered_map>

namespace flukeprint::workflows {

namespace {

constexpr std::size_t annotationsPerRead = 2'000;

struct PhotoFacts
{
    std::string hash;
    std::int64_t group = 0;
    EncounterId encounter;
};
using PhotoTable = std::unordered_map<PhotoId, PhotoFacts>;
using CodeTable = std::unordered_map<IndividualId, std::string>;

Result<PhotoTable> readPhotos(catalogue::Catalogue &catalogue)
{
    PhotoTable photos;
    const auto read = catalogue::PhotoStore(catalogue).forEach([&](const catalogue::Photo &photo) {
        // Odd numbers for near-duplicate groups, even ones for photos that are alone.
        const std::int64_t group = photo.duplicateGroup > 0 ? 2 * photo.duplicateGroup + 1 : 2 * photo.id.value;
        photos.emplace(photo.id, PhotoFacts{photo.sha256.toStdString(), group, photo.encounter});
        return true;
    });
    if (!read)
        return read.error();
    return photos;
}

Result<CodeTable> readCodes(catalogue::Catalogue &catalogue)
{
    const auto individuals = catalogue::IndividualStore(catalogue).list();
    if (!individuals)
        return individuals.error();
    CodeTable codes;
    for (const catalogue::IndividualRow &row : *individuals)
        codes.emplace(row.id, row.code.toStdString());
    return codes;
}

LabelledAnnotation labelled(const catalogue::Annotation &annotation, const PhotoFacts &photo, const CodeTable &codes)
{
    LabelledAnnotation item;
    item.id = annotation.id;
    if (annotation.state == catalogue::IdentityState::Identified) {
        item.individual = annotation.individual;
        const auto code = codes.find(annotation.individual);
        item.code = code == codes.end() ? std::to_string(annotation.individual.value) : code->second;
    }
    item.photo = annotation.photo;
    item.photoHash = photo.hash;
    item.group = photo.group;
    item.encounter = photo.encounter;
    return item;
}

} // namespace

Result<std::vector<LabelledAnnotation>> labelledAnnotations(catalogue::Catalogue &catalogue)
{
    using catalogue::IdentityState;
    const auto photos = readPhotos(catalogue);
    if (!photos)
        return photos.error();
    const auto codes = readCodes(catalogue);
    if (!codes)
        return codes.error();
    catalogue::AnnotationFilter usable;
    usable.states = {IdentityState::Unidentified, IdentityState::Proposed, IdentityState::Identified};
    const auto ids = catalogue::AnnotationQuery(catalogue).ids(usable, {catalogue::AnnotationSort::Id, false});
    if (!ids)
        return ids.error();

    std::vector<LabelledAnnotation> items;
    items.reserve(ids->size());
    catalogue::AnnotationStore store(catalogue);
    for (std::size_t from = 0; from < ids->size(); from += annotationsPerRead) {
        const std::size_t count = std::min(annotationsPerRead, ids->size() - from);
        const auto annotations = store.getMany(std::span(*ids).subspan(from, count));
        if (!annotations)
            return annotations.error();
        for (const catalogue::Annotation &annotation : *annotations) {
            if (const auto photo = photos->find(annotation.photo); photo != photos->end())
                items.push_back(labelled(annotation, photo->second, *codes));
        }
    }
    return items;
}

} // namespace flukeprint::workflows
