#pragma once

#include <ATen/Parallel.h>
#include <cmath>
#include <cstdint>

namespace flukeprint::learning {

/// Calls `body(i)` for 0..count-1, spread over torch's threads; `body` touches element i alone.
template <typename Body> void forEachElement(std::int64_t count, const Body &body)
{
    constexpr std::int64_t grain = 1 << 15;
    at::parallel_for(0, count, grain, [body](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            body(i);
    });
}

/// Moments of class centres that get no gradient for long would fade into denormals, which are slow.
template <typename T> T withoutDenormals(T value)
{
    return std::fabs(value) < T(1e-30) ? T(0) : value;
}

} // namespace flukeprint::learning
