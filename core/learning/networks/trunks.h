#pragma once

#include "core/learning/networks/network.h"

#include <memory>

namespace flukeprint::learning {

/// MobileNetV2, width 1.0 (Sandler et al., 2018), up to the last 1x1 convolution: 1,280 channels at stride 32;
/// torchvision's tensor names.
std::shared_ptr<Trunk> makeMobileNetV2(const NetworkOptions &options);
/// Its first fourteen `features`: 96 channels at stride 16, for networks that need to know where something is.
std::shared_ptr<Trunk> makeMobileNetV2Stride16(const NetworkOptions &options);

/// ResNet (He et al., 2016; stride in the 3x3 convolution) up to layer4, stride 32; torchvision's tensor names.
/// `depth` 18 (512 channels), 50 or 101 (2,048 channels).
std::shared_ptr<Trunk> makeResNet(int depth, const NetworkOptions &options);

} // namespace flukeprint::learning
