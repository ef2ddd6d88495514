#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"

#include <QString>

#include <filesystem>
#include <span>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::catalogue::exchange {

using ExportFn = Result<std::int64_t> (*)(Catalogue &catalogue, const std::filesystem::path &path,
                                          const ProgressFn &progress, std::stop_token stop);

struct ExportFormat
{
    const char *name; ///< as `export --format` takes it
    const char *suffix; ///< ".csv"
    ExportFn write; ///< returns how many rows or objects
};

/// "kaggle" (`Image,Id`, unidentified = `new_whale`, unusable ones left out), "decisions" (the whole log),
/// "individuals", "photos" (one line per annotation with everything known), "json" (all of it in one document).
[[nodiscard]] std::span<const ExportFormat> exportFormats();

/// Writes the whole file or nothing. All rows come from one moment of the catalogue. Errors: FormatUnknown (name),
/// Cancelled, DiskFull, FileUnwritable, DatabaseFailed.
Result<std::int64_t> exportCatalogue(Catalogue &catalogue, const QString &format, const std::filesystem::path &path,
                                     const ProgressFn &progress = {}, std::stop_token stop = {});

} // namespace flukeprint::catalogue::exchange
