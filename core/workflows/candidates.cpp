#include "core/workflows/candidates.h"

#include "core/catalogue/annotation_query.h"
#include "core/catalogue/annotation_store.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/photo_store.h"

namespace flukeprint::workflows {

namespace {

Result<CandidateInfo> describeOne(catalogue::Catalogue &catalogue, const matching::Candidate &candidate)
{
    CandidateInfo info;
    info.individual = candidate.individual;
    info.distance = candidate.distance;
    info.probability = candidate.probability;
    info.bestMatch = candidate.bestMatch;
    info.photoCount = static_cast<int>(candidate.photosOfIndividual);
    const auto individual = catalogue::IndividualStore(catalogue).get(candidate.individual);
    if (!individual)
        return individual.error();
    info.code = individual->code;
    info.name = individual->name;

    catalogue::AnnotationQuery query(catalogue);
    const auto best = query.rows(std::span(&candidate.bestMatch, 1));
    if (!best)
        return best.error();
    if (!best->empty()) {
        info.bestPhoto = best->front().photo;
        info.bestPhotoFile = best->front().fileName;
        info.thumbnailKey = best->front().thumbnailKey;
    }
    catalogue::AnnotationFilter ofIndividual;
    ofIndividual.individual = candidate.individual;
    const auto newest = query.page(ofIndividual, {catalogue::AnnotationSort::TakenAt, true}, 0, 1);
    if (!newest)
        return newest.error();
    if (!newest->empty())
        info.lastSeen = newest->front().takenAt;
    return info;
}

} // namespace

Result<CandidateList> describe(catalogue::Catalogue &catalogue, const matching::Identification &found)
{
    CandidateList list;
    list.newProbability = found.newProbability;
    list.calibrated = found.calibrated;
    list.individualsRanked = found.individualsRanked;
    for (const matching::Candidate &candidate : found.candidates) {
        auto info = describeOne(catalogue, candidate);
        if (!info)
            return info.error();
        list.candidates.push_back(std::move(*info));
    }
    return list;
}

Result<std::optional<CandidateList>> findCandidates(catalogue::Catalogue &catalogue, const ServingModel &model,
                                                    AnnotationId annotation, std::size_t top)
{
    const auto vector = catalogue::EmbeddingStore(catalogue).find(model.record.id, annotation);
    if (!vector)
        return vector.error();
    if (!vector->has_value())
        return std::optional<CandidateList>();
    matching::IdentifyOptions options;
    options.top = top;
    const auto found = matching::identify(model.gallery, {**vector, annotation, 0}, model.calibration, options);
    if (!found)
        return found.error();
    auto list = describe(catalogue, *found);
    if (!list)
        return list.error();
    return std::optional<CandidateList>(std::move(*list));
}

} // namespace flukeprint::workflows
