#pragma once

namespace flukeprint::learning {

/// The largest value of a channel of a photo, 0..255 as decoded.
inline constexpr double white = 255;

} // namespace flukeprint::learning
