#pragma once

#include "core/base/result.h"

#include <filesystem>

/// What a catalogue's folder holds, and checks of it that need no database. Private to the room.
namespace flukeprint::catalogue {

inline constexpr const char *databaseFileName = "catalogue.sqlite";
inline constexpr const char *lockFileName = "catalogue.lock";
inline constexpr const char *thumbnailsFolderName = "thumbnails";
inline constexpr const char *chipsFolderName = "chips";
inline constexpr const char *modelsFolderName = "models";
inline constexpr const char *runsFolderName = "runs";
inline constexpr const char *photosFolderName = "photos";
inline constexpr const char *backupsFolderName = "backups";

/// Makes the folder with its subfolders. A folder that only holds what an interrupted `create` left is taken.
/// Errors: AlreadyExists (a catalogue or other things are there), FileUnwritable.
Result<void> prepareNewFolder(const std::filesystem::path &folder);
/// Errors: FileNotFound, CatalogueReadOnly (only with `forWriting`).
Result<void> checkFolder(const std::filesystem::path &folder, bool forWriting);
/// Looks at SQLite's file header, https://www.sqlite.org/fileformat.html: SQLite itself notices a cut-off file only
/// when it happens to need a lost page. Errors: DataDamaged, FileUnreadable.
Result<void> checkDatabaseFile(const std::filesystem::path &file);
[[nodiscard]] bool hasWriteAheadLog(const std::filesystem::path &file);

} // namespace flukeprint::catalogue
