#pragma once

#include "core/imaging/box.h"
#include "core/imaging/image.h"

#include <optional>

namespace flukeprint::imaging {

struct FlukeFinding
{
    Box box; ///< upright, in pixels of the picture that was searched; never rotated
    double confidence = 0; ///< 0..1; increasing with the expected overlap, not a calibrated probability
};

/// Finds the one fluke of a picture by classical means, without learning: see the .cpp for the method and its sources.
/// nullopt means "take the whole frame": nothing stands out. Works on a grid of 72 x 56 cells, so that any size costs
/// about the same (1 ms). Measured on 460 annotated photos that its constants never saw: mean overlap (IoU) 0.71
/// against 0.60 for the whole frame, covering 94% of the annotated area on average. Thread-safe.
[[nodiscard]] std::optional<FlukeFinding> findFluke(const Image &image);

} // namespace flukeprint::imaging
