#pragma once

#include "core/base/result.h"

#include <filesystem>
#include <span>

namespace flukeprint::catalogue {

class Database;

/// Brings a database from `version - 1` to `version`. Steps never change once released: a new need is a new step.
struct MigrationStep
{
    int version = 0; ///< 1, 2, 3...: no gaps
    std::span<const char *const> statements; ///< each one SQL statement, run in order
};

/// "FLKP": tells a catalogue from other SQLite files.
inline constexpr std::int64_t catalogueApplicationId = 0x464C4B50;

/// All steps from an empty file on, the newest version last.
[[nodiscard]] std::span<const MigrationStep> schemaSteps();

/// Runs every step above the database's `user_version` in one transaction and checks all references before the commit:
/// the database is at the newest version or as it was. Errors: DatabaseFailed (step), DataDamaged (a reference without
/// its target).
Result<void> migrate(Database &database, std::span<const MigrationStep> steps);

} // namespace flukeprint::catalogue
