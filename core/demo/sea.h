#pragma once

#include "core/base/random.h"
#include "core/demo/scene.h"

#include <opencv2/core.hpp>

namespace flukeprint::demo {

/// The sea of a scene without the whale: CV_32FC3, RGB 0..1. Wave slopes come from one tile that all photos share, made
/// once from a Phillips spectrum (Tessendorf, "Simulating ocean water", 2001) and read at another place each time.
/// Thread-safe.
[[nodiscard]] cv::Mat paintSea(const Scene &scene, Random &random);

} // namespace flukeprint::demo
