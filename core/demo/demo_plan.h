#pragma once

#include "core/demo/demo_photos.h"
#include "core/demo/scene.h"

#include <cstdint>
#include <string>
#include <vector>

namespace flukeprint::demo {

/// A group of whales met at one place and time.
struct PlannedEncounter
{
    std::string name; ///< "2019-07-14-A"
    int year = 2019;
    int month = 7;
    int day = 14;
    int startSecond = 0; ///< of the day, local time (UTC-4)
    double latitudeDeg = 0;
    double longitudeDeg = 0;
    int cameraIndex = 0;
    Scene look;
};

struct PlannedPhoto
{
    int whale = 0; ///< index into DemoPlan::whaleSeeds
    int encounter = 0;
    int second = 0; ///< of the day
    std::string fileName;
    std::string label; ///< individual's id, or new_whale
    Scene scene;
};

struct DemoPlan
{
    std::vector<std::uint64_t> whaleSeeds; ///< named ones first, then those that are met once and never named
    std::vector<PlannedEncounter> encounters; ///< by time
    std::vector<PlannedPhoto> photos; ///< by time
};

/// Who is met where and when, and how every photo looks; draws nothing. `options` must have been checked.
[[nodiscard]] DemoPlan planDemo(const DemoOptions &options);

} // namespace flukeprint::demo
