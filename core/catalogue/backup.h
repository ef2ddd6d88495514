#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"

#include <filesystem>

namespace flukeprint::catalogue {

class Catalogue;
class Database;

struct BackupReport
{
    std::filesystem::path folder;
    std::int64_t files = 0;
    std::int64_t bytes = 0;
};

struct BackupOptions
{
    bool copiedPhotos = true; ///< photos that were copied into the catalogue; others stay where they are
    bool runs = true; ///< run folders with their checkpoints
};

/// A complete catalogue at `target` (`OUT.flukeprint/`, which must not exist): a consistent image of the database while
/// others read and write, models, runs, thumbnails and copied photos. Chips are left out: they can be rebuilt. Built
/// beside the target and renamed at the end, so that a half backup never looks like one. Errors: AlreadyExists,
/// FileUnwritable, DiskFull, DatabaseFailed, Cancelled.
Result<BackupReport> backUp(Catalogue &catalogue, const std::filesystem::path &target,
                            const BackupOptions &options = {}, const ProgressFn &progress = {},
                            std::stop_token stop = {});

/// Only the database, into one file that must not exist.
Result<void> backUpDatabase(Catalogue &catalogue, const std::filesystem::path &file);

/// For this room: a copy of the database in backups/ of the catalogue at `folder`, "before-WHY-MOMENT.sqlite"; returns where.
Result<std::filesystem::path> keepCopy(Database &database, const std::filesystem::path &folder, const std::string &why);

} // namespace flukeprint::catalogue
