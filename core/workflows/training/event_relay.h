#pragma once

#include <QMetaObject>
#include <QObject>

#include <functional>
#include <mutex>

namespace flukeprint::workflows {

/// Lets background work call into an object of another thread that may be destroyed first. Shared by both; thread-safe.
class EventRelay
{
public:
    explicit EventRelay(QObject *target)
        : m_target(target)
    {
    }
    /// Runs `event` in the target's thread, from its event loop; not at all once the target is gone.
    void post(std::function<void()> event)
    {
        const std::scoped_lock lock(m_mutex);
        if (m_target)
            QMetaObject::invokeMethod(m_target, std::move(event), Qt::QueuedConnection);
    }
    /// The target's destructor calls this first.
    void close()
    {
        const std::scoped_lock lock(m_mutex);
        m_target = nullptr;
    }

private:
    std::mutex m_mutex;
    QObject *m_target;
};

} // namespace flukeprint::workflows
