#pragma once

#include "core/chips/chip_pack.h"
#include "core/imaging/box.h"

#include <algorithm>

namespace flukeprint::imaging {

/// Share of the full size at which a chip of `box` loses nothing: half as many pixels again as the chip has, so that
/// the area filter rather than the decoder decides what the chip looks like.
[[nodiscard]] inline double scaleForChip(const Box &box, chips::ChipShape shape)
{
    constexpr double margin = 1.5;
    const double needed =
        std::max(shape.widthPx / std::max(box.width, 1.0), shape.heightPx / std::max(box.height, 1.0));
    return std::clamp(margin * needed, 0.01, 1.0);
}

} // namespace flukeprint::imaging
