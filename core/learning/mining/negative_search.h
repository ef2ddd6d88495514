#pragma once

#include "core/learning/mining/sorted_rows.h"

#include <cstdint>
#include <limits>
#include <stop_token>
#include <vector>

namespace flukeprint::learning {

struct Positive
{
    std::int64_t position = -1; ///< -1: none is eligible
    float distance = -std::numeric_limits<float>::infinity(); ///< as comparableDistances gives it
};

/// The farthest eligible positive of each anchor, by position. Errors: Cancelled.
Result<std::vector<Positive>> farthestPositives(const SortedRows &rows, const std::stop_token &stop);

/// Positions of the negatives of all anchors that have a positive; -1 where none is eligible. Errors: Cancelled.
Result<std::vector<std::int64_t>> chooseNegatives(const SortedRows &rows, const std::vector<Positive> &positives,
                                                  const MiningOptions &options, const std::stop_token &stop);

} // namespace flukeprint::learning
