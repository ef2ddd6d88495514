#pragma once

#include "core/base/result.h"
#include "core/chips/chip_pack.h"
#include "core/imaging/box.h"
#include "core/imaging/image.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace flukeprint::imaging {

/// The box of `image` stretched to the chip's shape: RGB, or luma (BT.601) for one channel. Each chip pixel is the mean
/// of the area it covers where the box shrinks, and Catmull-Rom where it grows, per axis; beyond the picture its edge
/// is repeated. `box` is in pixels of `image` (scale it by DecodedPhoto::scale first). Thread-safe. Errors:
/// InvalidArgument (empty picture, box without area or with values that are not finite, box wholly outside the picture,
/// channels not 1 or 3, a side of 0 or over 4096).
Result<std::vector<std::uint8_t>> extractChip(const Image &image, const Box &box, chips::ChipShape shape);

/// The same as a picture of any size, for thumbnails of one animal and for the compare view.
Result<Image> cropBox(const Image &image, const Box &box, int widthPx, int heightPx);

/// Area-filtered reduction to a long side of at most `maxSidePx`; a smaller picture stays as it is.
/// With a box, of that box in its own aspect. Errors: as extractChip.
Result<Image> makeThumbnail(const Image &image, int maxSidePx, const std::optional<Box> &box = std::nullopt);

/// Decodes at the smallest sufficient scale and cuts one chip for each box (px of the full-size upright photo).
/// Errors: those of decode() and extractChip.
Result<std::vector<std::vector<std::uint8_t>>> decodeChips(std::span<const std::uint8_t> bytes, std::string_view name,
                                                           std::span<const Box> boxes, chips::ChipShape shape);

} // namespace flukeprint::imaging
