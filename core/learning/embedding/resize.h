#pragma once

#include "core/chips/chip_pack.h"

#include <cstdint>
#include <span>

namespace flukeprint::learning {

/// Resizes one chip of interleaved bytes. Along an axis that shrinks, pixels are averaged by covered area (as OpenCV's
/// INTER_AREA); along one that grows, bilinearly with pixel centres at halves. Grey is spread over three channels where
/// asked. The spans must hold from.byteCount() and to.byteCount() bytes; to.channels is from.channels or 3.
/// Thread-safe.
void resizeChip(std::span<const std::uint8_t> source, chips::ChipShape from, std::span<std::uint8_t> destination,
                chips::ChipShape to);

} // namespace flukeprint::learning
