#include "core/learning/training/pace_meter.h"

#include <algorithm>

namespace flukeprint::learning {

void PaceMeter::addStep(double seconds, double waited)
{
    constexpr std::int64_t meanOver = 200; // calm enough to read, quick enough to notice a laptop that was unplugged
    ++m_steps;
    m_stepSeconds += (seconds - m_stepSeconds) / static_cast<double>(std::min(m_steps, meanOver));
    m_recentSeconds += seconds;
    m_recentWaited += waited;
}

std::optional<double> PaceMeter::secondsLeft(std::int64_t steps, double validations) const
{
    constexpr std::int64_t fewestSteps = 3;
    if (m_steps < fewestSteps)
        return std::nullopt;
    return m_stepSeconds * static_cast<double>(steps) + m_validationSeconds * validations;
}

double PaceMeter::takeWaitShare()
{
    const double share = m_recentSeconds > 0 ? m_recentWaited / m_recentSeconds : 0;
    m_recentSeconds = m_recentWaited = 0;
    return share;
}

} // namespace flukeprint::learning
