#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

/// Puts photos that are copies, crops or the same moment (perceptual hashes within imaging::nearDuplicateMaxBits) into one
/// near-duplicate group each; photos that have a group keep it and hand it on. Time grows little more than linearly. Returns how
/// many photos got a group. Stage: "grouping". Errors: Cancelled, those of the stores.
Result<std::int64_t> groupNearDuplicates(catalogue::Catalogue &catalogue, const ProgressFn &progress = {},
                                         const std::stop_token &stop = {});

/// Groups of equal numbers >= 0; -1: alone. Links within `maxBits`, without chaining: a photo joins a group only if it is within
/// `maxBits` of the group's first photo, since chains of ever so slightly different photos would join strangers.
[[nodiscard]] std::vector<std::int32_t> linkNearDuplicates(std::span<const std::uint64_t> hashes, int maxBits);

} // namespace flukeprint::workflows
