#pragma once

#include "core/catalogue/records.h"
#include "core/imaging/box.h"

namespace flukeprint::workflows {

/// Both rooms describe the same rectangle: px of the upright photo, turned clockwise around the centre.
[[nodiscard]] inline imaging::Box imagingBox(const catalogue::RotatedBox &box)
{
    return {box.centreXPx, box.centreYPx, box.widthPx, box.heightPx, box.angleDeg};
}

[[nodiscard]] inline catalogue::RotatedBox catalogueBox(const imaging::Box &box)
{
    return {box.centreX, box.centreY, box.width, box.height, box.angleDeg};
}

} // namespace flukeprint::workflows
