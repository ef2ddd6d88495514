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
/// Conservative: nullopt means "take the whole frame". Works on a reduced copy (long side 160 px), so that any size costs
/// about the same. Thread-safe.
[[nodiscard]] std::optional<FlukeFinding> findFluke(const Image &image);

} // namespace flukeprint::imaging
