#pragma once

#include "core/imaging/box.h"
#include "core/imaging/image.h"

namespace flukeprint::imaging {

/// How much of an individual's pattern a photo can show. The parts are 0..1 (1 = good); formulas stand in the .cpp
/// beside their constants, which were set on the real flukes of the test material.
struct PhotoQuality
{
    double sharpness = 0; ///< how much steeper edges are after 1 px of blur than after 3 px, at 384 px of fluke width
    double exposure = 0; ///< 1 - share of clipped dark and bright pixels beyond what a fluke has by nature
    double contrast = 0; ///< spread of luma between its 5th and 95th percentile
    double size = 0; ///< log2 of the fluke's width in photo pixels, 64 px -> 0, 1,024 px -> 1
    int grade = 1; ///< 1 (useless) .. 5 (excellent)
};

/// `image` may be reduced; `box` is in its pixels; `scale` = image px / photo px, for the size. Thread-safe.
[[nodiscard]] PhotoQuality assessQuality(const Image &image, const Box &box, double scale = 1.0);

} // namespace flukeprint::imaging
