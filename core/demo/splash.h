#pragma once

#include "core/base/random.h"
#include "core/demo/fluke_outline.h"
#include "core/demo/fluke_pose.h"
#include "core/demo/scene.h"

#include <opencv2/core.hpp>

#include <vector>

namespace flukeprint::demo {

/// Adds foam around the tail stock, drops, water running off the trailing edge and, where the scene has it, a veil of
/// spray over part of the fluke. `picture` is CV_32FC3.
void paintSplash(cv::Mat &picture, const Scene &scene, const FlukePose &pose, const FlukeOutline &outline,
                 const std::vector<float> &waterRows, Random &random);

} // namespace flukeprint::demo
