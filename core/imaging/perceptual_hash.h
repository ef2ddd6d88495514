#pragma once

#include "core/imaging/image.h"

#include <cstdint>

namespace flukeprint::imaging {

/// 64-bit DCT hash (Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010): luma at 32 x 32,
/// the frequencies 1..8 of each axis, a bit each for above their median. Stays within a few bits under
/// rescaling, recompression and small changes of light. Thread-safe.
[[nodiscard]] std::uint64_t perceptualHash(const Image &image);

/// Number of differing bits, 0..64.
[[nodiscard]] int hammingDistance(std::uint64_t a, std::uint64_t b);

/// At most this many differing bits make two photos near-duplicates (same moment, crop or copy).
constexpr int nearDuplicateMaxBits = 6;

} // namespace flukeprint::imaging
