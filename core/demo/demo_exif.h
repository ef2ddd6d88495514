#pragma once

#include "core/base/result.h"
#include "core/demo/demo_plan.h"

#include <cstdint>
#include <vector>

namespace flukeprint::demo {

/// JPEG bytes with the time, place and camera of a planned photo. The camera's name says that the photo is synthetic.
/// Thread-safe. Errors: Internal.
Result<std::vector<std::uint8_t>> withCameraData(const std::vector<std::uint8_t> &jpeg, const PlannedPhoto &photo,
                                                 const PlannedEncounter &encounter);

} // namespace flukeprint::demo
