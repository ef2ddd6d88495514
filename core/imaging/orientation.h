#pragma once

#include "core/imaging/image.h"

namespace flukeprint::imaging {

/// Whether EXIF orientation 1..8 swaps width and height.
[[nodiscard]] constexpr bool swapsSides(int orientation)
{
    return orientation >= 5 && orientation <= 8;
}

/// Turns and mirrors a stored picture upright (EXIF 2.32, tag 274).
[[nodiscard]] Image makeUpright(Image stored, int orientation);

} // namespace flukeprint::imaging
