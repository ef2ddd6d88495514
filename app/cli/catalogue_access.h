#pragma once

#include "core/base/result.h"
#include "core/catalogue/catalogue.h"

#include <filesystem>

namespace flukeprint::cli {

/// Opens for writing and does what every program does at opening: runs that a dead program left are marked as
/// interrupted, and the shipped models are registered. Errors: those of catalogue::Catalogue::open.
Result<catalogue::Catalogue> openForWriting(const std::filesystem::path &folder);

/// For commands that write what they find out where they can: for writing; read-only where the folder cannot be written or
/// another program holds the catalogue.
Result<catalogue::Catalogue> openForUse(const std::filesystem::path &folder);

/// Read-only; only a catalogue of an older version is brought up to date first, since it cannot be read otherwise.
Result<catalogue::Catalogue> openForReading(const std::filesystem::path &folder);

} // namespace flukeprint::cli
