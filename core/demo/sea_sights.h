#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/imaging/image.h"

#include <cstdint>
#include <filesystem>
#include <stop_token>

/// What cameras at sea see besides flukes: from this a localiser learns to doubt.
namespace flukeprint::demo {

/// A synthetic photo of the sea without a fluke: empty water, or a whale's back with or without its fin, close by or far off, under the
/// same light and through the same cameras as the synthetic flukes. The same seed gives the same picture. Thread-safe.
[[nodiscard]] imaging::Image paintSight(std::uint64_t seed);

/// `count` of them as DIR/sight_00001.jpg and so on; DIR is created. Progress stage "drawing". Errors: FileUnwritable, DiskFull,
/// Cancelled.
Result<void> writeSights(const std::filesystem::path &directory, int count, std::uint64_t seed, const std::stop_token &stop = {},
                         const ProgressFn &progress = {});

} // namespace flukeprint::demo
