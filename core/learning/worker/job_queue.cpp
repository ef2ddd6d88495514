#include "core/learning/worker/job_queue.h"

#include <algorithm>

namespace flukeprint::learning {

std::shared_ptr<WorkerJobQueue::Entry> WorkerJobQueue::find(protocol::JobNumber job)
{
    const auto found =
        std::find_if(m_entries.begin(), m_entries.end(), [job](const auto &entry) { return entry->job == job; });
    return found == m_entries.end() ? nullptr : *found;
}

bool WorkerJobQueue::add(protocol::JobNumber job, protocol::JobSpec spec)
{
    const std::lock_guard lock(m_mutex);
    if (find(job))
        return false;
    auto entry = std::make_shared<Entry>();
    entry->job = job;
    entry->spec = std::move(spec);
    if (m_closed)
        entry->stop.request_stop();
    m_entries.push_back(std::move(entry));
    m_changed.notify_all();
    return true;
}

void WorkerJobQueue::cancel(protocol::JobNumber job)
{
    const std::lock_guard lock(m_mutex);
    if (const auto entry = find(job))
        entry->stop.request_stop();
    m_changed.notify_all();
}

void WorkerJobQueue::setPaused(protocol::JobNumber job, bool paused)
{
    const std::lock_guard lock(m_mutex);
    if (const auto entry = find(job))
        entry->paused = paused;
    m_changed.notify_all();
}

void WorkerJobQueue::close()
{
    const std::lock_guard lock(m_mutex);
    m_closed = true;
    for (const auto &entry : m_entries)
        entry->stop.request_stop();
    m_changed.notify_all();
}

std::shared_ptr<WorkerJobQueue::Entry> WorkerJobQueue::next()
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return !m_entries.empty() || m_closed; });
    if (m_entries.empty())
        return nullptr;
    return m_entries.front();
}

void WorkerJobQueue::finish()
{
    const std::lock_guard lock(m_mutex);
    m_entries.pop_front();
}

bool WorkerJobQueue::proceed(Entry &entry, const std::function<void(bool)> &changed)
{
    std::unique_lock lock(m_mutex);
    const auto goesOn = [&entry] { return !entry.paused || entry.stop.stop_requested(); };
    if (!goesOn()) {
        lock.unlock();
        changed(true);
        lock.lock();
        m_changed.wait(lock, goesOn);
        lock.unlock();
        changed(false);
        lock.lock();
    }
    return !entry.stop.stop_requested();
}

} // namespace flukeprint::learning
