#pragma once

#include <cstdint>
#include <optional>

namespace flukeprint::learning {

/// How long a run's steps and validations take, and so how long it still has. Of one session: a resumed run may be on another machine.
class PaceMeter
{
public:
    /// `seconds`: of the whole step; `waited`: of them for its data.
    void addStep(double seconds, double waited);
    void addValidation(double seconds) { m_validationSeconds = seconds; }

    /// Nothing until some steps are known. `validations` may be a fraction: what is left of the present one.
    [[nodiscard]] std::optional<double> secondsLeft(std::int64_t steps, double validations) const;

    /// Share of the steps' time that went by waiting for data since the last call of this; 0 without steps.
    double takeWaitShare();

private:
    std::int64_t m_steps = 0;
    double m_stepSeconds = 0; ///< moving mean
    double m_validationSeconds = 0;
    double m_recentSeconds = 0; ///< since takeWaitShare
    double m_recentWaited = 0;
};

} // namespace flukeprint::learning
