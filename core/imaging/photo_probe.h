#pragma once

#include "core/base/result.h"
#include "core/imaging/decode.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace flukeprint::imaging {

using Bytes = std::span<const std::uint8_t>;

/// Kind by the first bytes alone (32 are enough); a TIFF may still turn out to be a camera's raw file.
[[nodiscard]] std::optional<FileKind> sniff(Bytes bytes);
/// Name of a picture format that is known and not read ("GIF", "HEIF"); empty for anything else.
[[nodiscard]] std::string_view unsupportedFormat(Bytes bytes);
/// Whether TIFF bytes are a camera's raw file (DNG, NEF, CR2, ARW, PEF).
[[nodiscard]] bool isRawTiff(Bytes bytes);

/// Size and orientation from the headers; `widthPx` and `heightPx` are still as stored, not upright.
Result<PhotoHeader> probeJpeg(Bytes bytes, std::string_view name);
Result<PhotoHeader> probePng(Bytes bytes, std::string_view name);
Result<PhotoHeader> probeTiff(Bytes bytes, std::string_view name);

/// FileTruncated unless all chunks up to IEND (PNG), all strips or tiles (TIFF) are there.
Result<void> checkPngComplete(Bytes bytes, std::string_view name);
Result<void> checkTiffComplete(Bytes bytes, std::string_view name);

/// ImageTooLarge over the limits of decode.h, DataDamaged for a side of 0.
Result<void> checkSize(std::int64_t widthPx, std::int64_t heightPx, std::string_view name);

[[nodiscard]] Error photoError(ErrorCode code, std::string_view name);
[[nodiscard]] Error photoError(ErrorCode code, std::string_view name, std::string_view what);

} // namespace flukeprint::imaging
