#include "core/jobs/rate_meter.h"

namespace flukeprint::jobs {

namespace {
constexpr std::int64_t shortestSpanMs = 500;
}

void RateMeter::reset()
{
    m_points.clear();
}

void RateMeter::add(std::int64_t nowMs, std::int64_t done)
{
    if (!m_points.empty() && done < m_points.back().done)
        reset();
    m_points.push_back({nowMs, done});
    while (m_points.size() > 2 && m_points[1].ms <= nowMs - m_windowMs)
        m_points.pop_front();
}

double RateMeter::perSecond() const
{
    if (m_points.empty())
        return 0;
    const std::int64_t spanMs = m_points.back().ms - m_points.front().ms;
    if (spanMs < shortestSpanMs)
        return 0;
    return static_cast<double>(m_points.back().done - m_points.front().done) * 1000.0 / static_cast<double>(spanMs);
}

std::optional<double> RateMeter::secondsLeft(std::int64_t total) const
{
    const double rate = perSecond();
    if (total <= 0 || rate <= 0)
        return std::nullopt;
    return static_cast<double>(total - m_points.back().done) / rate;
}

} // namespace flukeprint::jobs
