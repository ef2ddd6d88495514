#pragma once

#include <c10/core/Event.h>
#include <torch/types.h>

#include <deque>
#include <optional>
#include <vector>

namespace flukeprint::learning {

struct StepOutcome
{
    double loss = 0;
    double activeTriplets = 0;
    bool finite = true; ///< false: nothing was changed by the step
};

/// What steps came to, read from a device without making it wait: each step's figures are copied behind its work, and looked at once they
/// have arrived. Not thread-safe.
class LateOutcomes
{
public:
    /// `figures`: [3], on the device: loss, active triplets, and 1 where the step was finite, else 0.
    void add(const torch::Tensor &figures);
    /// Outcomes in the order of steps, each once: those that are known, and those of all but the last two steps, so that the host is never
    /// further ahead than that. `all`: every one; waits for the device.
    std::vector<StepOutcome> take(bool all);

private:
    struct Pending
    {
        torch::Tensor figures; ///< on the host
        std::optional<c10::Event> copied; ///< none where there was nothing to wait for
    };
    std::deque<Pending> m_pending;
};

} // namespace flukeprint::learning
