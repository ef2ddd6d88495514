#pragma once

#include "core/base/random.h"
#include "core/demo/scene.h"
#include "core/imaging/image.h"

#include <opencv2/core.hpp>

namespace flukeprint::demo {

/// What the camera makes of the light: blur, contrast, saturation and noise. `picture` is CV_32FC3, RGB 0..1.
[[nodiscard]] imaging::Image expose(const cv::Mat &picture, const Scene &scene, Random &random);

} // namespace flukeprint::demo
