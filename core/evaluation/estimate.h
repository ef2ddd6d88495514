#pragma once

#include <cstddef>
#include <limits>

namespace flukeprint::evaluation {

/// A figure with its 95% interval. `count` is the number of scored queries (or photos, or individuals) behind it; with
/// none the value is not a number and `isAvailable` says so.
struct Estimate
{
    double value = std::numeric_limits<double>::quiet_NaN();
    double low = std::numeric_limits<double>::quiet_NaN();
    double high = std::numeric_limits<double>::quiet_NaN();
    std::size_t count = 0;

    [[nodiscard]] bool isAvailable() const { return value == value; }
};

} // namespace flukeprint::evaluation
