#include "core/learning/training/step_outcome.h"

#include <torch/torch.h>

#include <c10/core/impl/VirtualGuardImpl.h>

#include <chrono>
#include <thread>

namespace flukeprint::learning {

namespace {

constexpr std::size_t mostStepsAhead = 2;

void waitFor(const c10::Event &event)
{
    // An event of the device-independent kind can be asked, but not waited for.
    while (!event.query())
        std::this_thread::sleep_for(std::chrono::microseconds(50));
}

} // namespace

void LateOutcomes::add(const torch::Tensor &figures)
{
    const torch::Tensor values = figures.detach().to(torch::kDouble);
    if (values.device().is_cpu()) {
        m_pending.push_back({values.clone(), std::nullopt});
        return;
    }
    constexpr bool withoutWaiting = true;
    torch::Tensor host = torch::empty({3}, torch::TensorOptions(torch::kDouble).pinned_memory(true));
    host.copy_(values, withoutWaiting);
    c10::Event copied(values.device().type());
    copied.record(c10::impl::VirtualGuardImpl(values.device().type()).getStream(values.device()));
    m_pending.push_back({host, std::move(copied)});
}

std::vector<StepOutcome> LateOutcomes::take(bool all)
{
    std::vector<StepOutcome> outcomes;
    while (!m_pending.empty()) {
        const Pending &oldest = m_pending.front();
        const bool known = !oldest.copied || oldest.copied->query();
        if (!known && !all && m_pending.size() <= mostStepsAhead)
            break;
        if (!known)
            waitFor(*oldest.copied);
        const double *figures = oldest.figures.data_ptr<double>();
        outcomes.push_back({figures[0], figures[1], figures[2] != 0});
        m_pending.pop_front();
    }
    return outcomes;
}

} // namespace flukeprint::learning
