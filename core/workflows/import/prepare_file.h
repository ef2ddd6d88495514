#pragma once

#include "core/catalogue/catalogue.h"
#include "core/workflows/import/prepared_file.h"

namespace flukeprint::workflows {

/// Long side of the thumbnail files.
constexpr int thumbnailSidePx = 384;

/// Reads one file and does all that needs no writing to the database: hash, EXIF, decoding, box, chip, thumbnail file, copy.
/// `reader` belongs to the calling thread. Never throws; whatever goes wrong is told in the result.
[[nodiscard]] PreparedFile prepareFile(catalogue::Catalogue &reader, ImportTask task, const PrepareSettings &settings);

/// Lower-case hex.
[[nodiscard]] QString sha256Of(std::span<const std::uint8_t> bytes);

/// Writes the thumbnail of a photo where the catalogue looks for it. Errors: DiskFull, FileUnwritable.
Result<void> writeThumbnail(const catalogue::Catalogue &reader, const QString &sha256, const imaging::Image &overview);

} // namespace flukeprint::workflows
