#pragma once

#include "core/learning/worker/job_context.h"
#include "core/protocol/messages.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

namespace flukeprint::learning {

/// Jobs between the reading thread, which adds, cancels and pauses them, and the thread that runs them. Thread-safe.
class WorkerJobQueue
{
public:
    struct Entry
    {
        protocol::JobNumber job = 0;
        protocol::JobSpec spec;
        std::stop_source stop;
        bool paused = false; ///< asked for
    };

    /// False when a job of that number waits or runs already.
    bool add(protocol::JobNumber job, protocol::JobSpec spec);
    /// Unknown and ended jobs are ignored by both.
    void cancel(protocol::JobNumber job);
    void setPaused(protocol::JobNumber job, bool paused);
    /// Cancels every job and ends the queue once they are gone.
    void close();

    /// Waits for a job; null once the queue is closed and empty. The job stays the current one until `finish`.
    std::shared_ptr<Entry> next();
    void finish();
    /// For the thread that runs `entry`: waits while it is paused, calling `changed` at each turn; false once it is
    /// cancelled.
    bool proceed(Entry &entry, const std::function<void(bool paused)> &changed);

private:
    std::shared_ptr<Entry> find(protocol::JobNumber job);

    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<std::shared_ptr<Entry>> m_entries; ///< the front one is the current one, once taken
    bool m_closed = false;
};

} // namespace flukeprint::learning
