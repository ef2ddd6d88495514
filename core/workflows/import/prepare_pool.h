#pragma once

#include "core/catalogue/catalogue.h"
#include "core/jobs/pause_switch.h"
#include "core/workflows/import/prepared_file.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace flukeprint::workflows {

/// Threads that prepare files, each with a database connection of its own, and hand the results back in the order of the tasks.
/// Memory stays bounded if the owner keeps no more than a window of tasks inside (see `inFlight`).
/// `push`, `take` and `inFlight` belong to one thread.
class PreparePool
{
public:
    /// `catalogue` and `pause` (may be null) must outlive the pool. `threads` 0: all cores.
    PreparePool(const catalogue::Catalogue &catalogue, PrepareSettings settings, unsigned threads, jobs::PauseSwitch *pause);
    /// Waits for the files at hand and drops the others.
    ~PreparePool();

    void push(ImportTask task);
    /// Pushed and not yet taken.
    [[nodiscard]] std::size_t inFlight() const { return m_inFlight; }
    /// Waits until the next results in order are there, or `timeout` passed; takes at most `limit`.
    std::vector<PreparedFile> take(std::size_t limit, std::chrono::milliseconds timeout);

private:
    void work(const std::stop_token &stop);
    bool nextTask(const std::stop_token &stop, ImportTask &task);
    void deliver(PreparedFile file);

    const catalogue::Catalogue &m_catalogue;
    PrepareSettings m_settings;
    jobs::PauseSwitch *m_pause;
    std::mutex m_mutex;
    std::condition_variable_any m_taskReady;
    std::condition_variable_any m_resultReady;
    std::deque<ImportTask> m_tasks;
    std::map<std::size_t, PreparedFile> m_results; ///< by sequence
    std::size_t m_nextSequence = 0;
    std::size_t m_inFlight = 0;
    std::vector<std::jthread> m_threads;
};

} // namespace flukeprint::workflows
