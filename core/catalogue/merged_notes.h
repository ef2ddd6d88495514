#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"

/// What becomes of a person's notes when two individuals are merged; private to the room, inside a transaction.
namespace flukeprint::catalogue {

class Database;

/// Puts the notes of `from`, under its code, behind those of `into`; nothing where it has none. `from` keeps its own.
Result<void> carryNotes(Database &database, IndividualId from, IndividualId into);
/// Takes out of the notes of `into` what carryNotes put there; words that were changed since stay as they are.
Result<void> takeNotesBack(Database &database, IndividualId from, IndividualId into);

} // namespace flukeprint::catalogue
