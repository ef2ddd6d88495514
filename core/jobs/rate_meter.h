#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace flukeprint::jobs {

/// Items per second over the last moments, for "rate" and "time left". Times are milliseconds of any steady clock.
class RateMeter
{
public:
    explicit RateMeter(std::int64_t windowMs = 15'000)
        : m_windowMs(windowMs)
    {
    }
    void reset();
    /// `done` falling back (a new stage) starts over.
    void add(std::int64_t nowMs, std::int64_t done);
    /// 0 until two points half a second apart are known.
    [[nodiscard]] double perSecond() const;
    /// Nothing while the rate or the total is not known.
    [[nodiscard]] std::optional<double> secondsLeft(std::int64_t total) const;

private:
    struct Point
    {
        std::int64_t ms = 0;
        std::int64_t done = 0;
    };
    std::int64_t m_windowMs;
    std::deque<Point> m_points;
};

} // namespace flukeprint::jobs
