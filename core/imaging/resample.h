#pragma once

#include "core/imaging/image.h"

namespace flukeprint::imaging {

/// An upright rectangle in continuous pixel coordinates.
struct Region
{
    double x0 = 0;
    double y0 = 0;
    double x1 = 0;
    double y1 = 0;
};

/// The region stretched to widthPx x heightPx, per axis by area where it shrinks and Catmull-Rom (Keys 1981, a = -1/2)
/// where it grows; the picture's edge is repeated outside. Both pictures must not be empty and the region must have
/// area.
[[nodiscard]] Image resample(const Image &image, const Region &region, int widthPx, int heightPx);

} // namespace flukeprint::imaging
