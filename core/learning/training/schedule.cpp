#include "core/learning/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace flukeprint::learning {

double Schedule::factor(std::int64_t step, double spent) const
{
    if (step < warmupSteps)
        return static_cast<double>(step + 1) / static_cast<double>(warmupSteps);
    const std::int64_t length = std::max<std::int64_t>(1, totalSteps - warmupSteps);
    const double done = std::clamp(std::max(spent, static_cast<double>(step - warmupSteps) / static_cast<double>(length)), 0.0, 1.0);
    return finalFactor + (1 - finalFactor) * (1 + std::cos(std::numbers::pi * done)) / 2;
}

NonFiniteGuard::Action NonFiniteGuard::judge(bool finite)
{
    if (finite) {
        badSteps = 0;
        halvingsInARow = 0;
        return Action::Proceed;
    }
    if (++badSteps < patience)
        return Action::Skip;
    badSteps = 0;
    if (++halvingsInARow > halvings)
        return Action::Stop;
    rateFactor /= 2;
    return Action::HalveRate;
}

} // namespace flukeprint::learning
