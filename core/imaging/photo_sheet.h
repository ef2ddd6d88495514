#pragma once

#include "core/base/result.h"
#include "core/imaging/box.h"
#include "core/imaging/image.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace flukeprint::imaging {

/// A frame to draw over a photo.
struct SheetBox
{
    Box box; ///< px of the tile's photo; its angle is not drawn
    std::array<std::uint8_t, 3> colour{255, 140, 0}; ///< RGB
};

struct SheetTile
{
    Image photo;
    std::vector<SheetBox> boxes; ///< drawn in this order
    std::string caption; ///< one line of ASCII below the photo, cut at the tile's width
};

struct SheetOptions
{
    int columns = 5;
    int tileWidthPx = 320; ///< photos are shrunk or grown to fit, whole
    int tileHeightPx = 220; ///< without the caption
};

/// Photos side by side, row by row, on dark ground. Thread-safe. Errors: InvalidArgument (no tile, an empty photo, a size < 1 or a sheet
/// of more than 16,384 px a side).
Result<Image> photoSheet(const std::vector<SheetTile> &tiles, const SheetOptions &options = {});

} // namespace flukeprint::imaging
