#pragma once

#include "core/base/result.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/records.h"
#include "core/matching/identify.h"
#include "core/workflows/serving_model.h"

#include <QString>

#include <optional>
#include <span>
#include <vector>

namespace flukeprint::workflows {

/// A candidate with what a card shows.
struct CandidateInfo
{
    IndividualId individual;
    QString code;
    QString name;
    double distance = 0; ///< Euclidean between L2-normalised embeddings, 0..2
    std::optional<double> probability; ///< none: the model is not calibrated
    AnnotationId bestMatch; ///< the individual's nearest photo
    PhotoId bestPhoto;
    QString bestPhotoFile; ///< file name
    QString thumbnailKey; ///< SHA-256 of that photo; see Catalogue::thumbnailPath
    QString lastSeen; ///< takenAt of the individual's newest photo; empty: not known
    int photoCount = 0; ///< of the individual in the gallery
};

struct CandidateList
{
    std::vector<CandidateInfo> candidates; ///< nearest first
    std::optional<double> newProbability; ///< that it is none of them; none: the model is not calibrated
    bool calibrated = false;
    std::size_t individualsRanked = 0;
};

/// Adds the catalogue's words to candidates. `catalogue` belongs to the calling thread. Errors: DatabaseFailed.
Result<CandidateList> describe(catalogue::Catalogue &catalogue, const matching::Identification &found);

/// Candidates of an annotation from its stored embedding. The annotation itself is no candidate; photos of the same encounter are,
/// since a photo taken a minute earlier is the best evidence there is. nullopt: it has no embedding of this model yet.
/// Errors: NotFound, DatabaseFailed.
Result<std::optional<CandidateList>> findCandidates(catalogue::Catalogue &catalogue, const ServingModel &model,
                                                    AnnotationId annotation, std::size_t top = 5);

} // namespace flukeprint::workflows
