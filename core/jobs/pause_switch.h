#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>

namespace flukeprint::jobs {

/// Lets one thread pause the long work of another. Thread-safe.
class PauseSwitch
{
public:
    void setPaused(bool paused);
    [[nodiscard]] bool isPaused() const;

    /// Returns at once unless paused; else sleeps until resumed or asked to stop. For loops of background work.
    void waitWhilePaused(const std::stop_token &stop);

    /// `changed` is called by `setPaused`, in its caller's thread, until replaced; it must not use this switch. One observer;
    /// empty: none.
    void observe(std::function<void(bool paused)> changed);

private:
    mutable std::mutex m_mutex;
    std::condition_variable_any m_resumed;
    std::function<void(bool)> m_changed;
    bool m_paused = false;
};

} // namespace flukeprint::jobs
