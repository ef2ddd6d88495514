#include "core/jobs/pause_switch.h"

namespace flukeprint::jobs {

void PauseSwitch::setPaused(bool paused)
{
    {
        const std::scoped_lock lock(m_mutex);
        if (m_paused == paused)
            return;
        m_paused = paused;
        // Under the lock: once `observe` returned, the former observer is certain not to be called any more.
        if (m_changed)
            m_changed(paused);
    }
    m_resumed.notify_all();
}

bool PauseSwitch::isPaused() const
{
    const std::scoped_lock lock(m_mutex);
    return m_paused;
}

void PauseSwitch::waitWhilePaused(const std::stop_token &stop)
{
    std::unique_lock lock(m_mutex);
    m_resumed.wait(lock, stop, [this] { return !m_paused; });
}

void PauseSwitch::observe(std::function<void(bool)> changed)
{
    const std::scoped_lock lock(m_mutex);
    m_changed = std::move(changed);
}

} // namespace flukeprint::jobs
