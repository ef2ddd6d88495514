#pragma once

#include "core/base/result.h"
#include "core/catalogue/decision_log.h"

/// The projection of the decision log: what annotation.state, annotation.individual_id, individual.retired and
/// individual.merged_into must be, given the log. Private to the room. The log alone is the truth; a decision counts
/// unless the newest Undo or Redo that names it is an Undo.
namespace flukeprint::catalogue {

class Database;

/// SQL conditions on a row of `decision`; `alias` is the name it has in the statement.
[[nodiscard]] QString isEffective(const QString &alias);
[[nodiscard]] QString setsIdentity(const QString &alias);
[[nodiscard]] QString isUndoable(const QString &alias);

struct Identity
{
    IdentityState state = IdentityState::Unidentified;
    IndividualId individual;
    friend bool operator==(const Identity &, const Identity &) = default;
};

/// NotFound "annotation".
[[nodiscard]] Error noSuchAnnotation(AnnotationId id);
/// From the log, merges followed. Errors: NotFound (annotation).
Result<Identity> identityFromLog(Database &database, AnnotationId annotation);
/// As stored. Errors: NotFound (annotation).
Result<Identity> storedIdentity(Database &database, AnnotationId annotation);
Result<void> storeIdentity(Database &database, AnnotationId annotation, const Identity &identity);

struct Retirement
{
    bool retired = false;
    IndividualId mergedInto;
    friend bool operator==(const Retirement &, const Retirement &) = default;
};
/// From the log: merged by an effective Merge, or made by decisions that are all undone while no annotation bears it.
Result<Retirement> retirementFromLog(Database &database, IndividualId individual);
Result<Retirement> storedRetirement(Database &database, IndividualId individual);
/// Stores what the log says.
Result<void> refreshRetirement(Database &database, IndividualId individual);
/// Stores what the log says about an annotation, and about the individuals it leaves and joins. True if something
/// changed.
Result<bool> refreshIdentity(Database &database, AnnotationId annotation);

/// What a decision makes of an annotation, before candidates are considered.
[[nodiscard]] IdentityState stateAfter(DecisionKind kind);

} // namespace flukeprint::catalogue
