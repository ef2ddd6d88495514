#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/protocol/snapshot.h"

#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

/// Somebody said: this is not that individual.
struct Rejection
{
    AnnotationId annotation; ///< has another identity now
    IndividualId individual;
    friend bool operator==(const Rejection &, const Rejection &) = default;
};

/// What the decision log tells of mistaken identities: pairs to learn from first. By annotation, each pair once. An individual is
/// rejected where a decision that still holds
/// - took the annotation away from it,
/// - said so (Reject), or
/// - chose somebody else although it was the first candidate. Candidates are stored beside the log, and go when another model is
///   promoted: what they would tell is lost then.
/// Individuals that were merged stand for what they became; whoever the annotation is now is not rejected.
/// Errors: those of the stores.
Result<std::vector<Rejection>> rejections(catalogue::Catalogue &catalogue);

/// Adds those of them to the frozen data that concern its training photos and individuals.
Result<void> freezeRejections(catalogue::Catalogue &catalogue, protocol::Snapshot &snapshot);

} // namespace flukeprint::workflows
