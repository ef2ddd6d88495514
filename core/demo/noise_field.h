#pragma once

#include "core/base/random.h"

#include <opencv2/core.hpp>

namespace flukeprint::demo {

/// Smooth random field of `size`, CV_32F with mean 0 and a spread of about -1..1: `octaves` layers of value noise, the
/// first with cellsX x cellsY cells, each further one twice as fine and `persistence` times as strong.
[[nodiscard]] cv::Mat fractalNoise(Random &random, cv::Size size, int cellsX, int cellsY, int octaves,
                                   double persistence = 0.5);

[[nodiscard]] inline float smoothStep(float from, float to, float value)
{
    const float t = std::min(1.0F, std::max(0.0F, (value - from) / (to - from)));
    return t * t * (3 - 2 * t);
}

} // namespace flukeprint::demo
