#pragma once

#include "core/imaging/image.h"

#include <opencv2/core.hpp>

namespace flukeprint::imaging {

/// A view without copy; valid as long as the image. Channels are RGB, unlike OpenCV's habit.
[[nodiscard]] inline cv::Mat viewOf(Image &image)
{
    return {image.height, image.width, CV_8UC3, image.pixels.data(), image.stride()};
}

/// Read-only by convention: OpenCV has no type for it.
[[nodiscard]] inline cv::Mat viewOf(const Image &image)
{
    return {image.height, image.width, CV_8UC3, const_cast<std::uint8_t *>(image.pixels.data()), image.stride()};
}

} // namespace flukeprint::imaging
