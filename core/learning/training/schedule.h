#pragma once

#include <cstdint>

namespace flukeprint::learning {

/// Linear warm-up, then half a cosine down to the final factor (Loshchilov and Hutter, 2017).
struct Schedule
{
    std::int64_t warmupSteps = 0;
    std::int64_t totalSteps = 1;
    double finalFactor = 0.01;

    /// Factor on the learning rate of the step that follows `step` finished ones.
    [[nodiscard]] double factor(std::int64_t step) const;
};

/// What to do about a loss or gradient that is no number: skip the step; after `patience` such steps in a row halve the rate;
/// after `halvings` halvings without a good step between them give up. A plain value, part of a checkpoint.
struct NonFiniteGuard
{
    static constexpr int patience = 3;
    static constexpr int halvings = 3;

    enum class Action { Proceed, Skip, HalveRate, Stop };

    double rateFactor = 1; ///< on the learning rate; stays lowered
    int badSteps = 0; ///< in a row
    int halvingsInARow = 0;

    Action judge(bool finite);
};

} // namespace flukeprint::learning
