#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"

#include <string>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

/// What a split needs to know of one usable annotation.
struct LabelledAnnotation
{
    AnnotationId id;
    IndividualId individual; ///< of the decision log; invalid: unidentified
    std::string code; ///< of the individual
    PhotoId photo;
    std::string photoHash;
    std::int64_t group = 0; ///< > 0: equal for annotations of one photo and of near-duplicate photos
    EncounterId encounter; ///< invalid: none
};

/// All usable annotations in the order of ids. Errors: those of the stores.
Result<std::vector<LabelledAnnotation>> labelledAnnotations(catalogue::Catalogue &catalogue);

} // namespace flukeprint::workflows
