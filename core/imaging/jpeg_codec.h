#pragma once

#include "core/base/result.h"
#include "core/imaging/image.h"
#include "core/imaging/photo_probe.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace flukeprint::imaging {

/// Decodes through libjpeg at `eighths`/8 of the size (1..8), in the stored orientation. libjpeg rather than OpenCV
/// because OpenCV hides the decoder's warnings, and with them that a file is cut off.
/// Errors: FileTruncated, DataDamaged, FormatUnsupported.
Result<Image> decodeJpeg(Bytes bytes, std::string_view name, int eighths);

/// Errors: InvalidArgument, Internal.
Result<std::vector<std::uint8_t>> compressJpeg(const Image &image, int quality);

} // namespace flukeprint::imaging
