#pragma once

#include "core/imaging/photo_probe.h"

#include <string_view>

namespace flukeprint::imaging {

/// Camera raw files through LibRaw. Errors of both: FormatUnsupported (LibRaw does not know the camera), FileTruncated,
/// DataDamaged, ImageTooLarge, OutOfMemory.

/// Header of the picture that decodeRaw gives, upright.
Result<PhotoHeader> probeRaw(Bytes bytes, std::string_view name);

/// The embedded preview where it is a JPEG of at least 1,024 px, else a half-size development; upright.
/// `minScale` reduces a preview as DecodeOptions says.
Result<DecodedPhoto> decodeRaw(Bytes bytes, std::string_view name, double minScale);

} // namespace flukeprint::imaging
