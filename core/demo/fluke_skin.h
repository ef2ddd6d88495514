#pragma once

#include "core/demo/fluke_genome.h"

#include <opencv2/core.hpp>

#include <array>

namespace flukeprint::demo {

/// The painted underside of one whale, independent of any photo.
struct FlukeSkin
{
    static constexpr double left = -1.15; ///< fluke coordinates of the first pixel
    static constexpr double top = -0.80;
    static constexpr double right = 1.15;
    static constexpr double bottom = 1.0;
    static constexpr int pixelsPerUnit = 700;

    /// CV_8UC2: albedo and coverage, at full, half and quarter size.
    std::array<cv::Mat, 3> levels;
};

[[nodiscard]] FlukeSkin paintSkin(const FlukeGenome &genome);

} // namespace flukeprint::demo
