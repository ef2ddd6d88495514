#include "core/workflows/import/prepare_pool.h"

#include "core/workflows/import/prepare_file.h"

#include <algorithm>

namespace flukeprint::workflows {

PreparePool::PreparePool(const catalogue::Catalogue &catalogue, PrepareSettings settings, unsigned threads,
                         jobs::PauseSwitch *pause)
    : m_catalogue(catalogue)
    , m_settings(settings)
    , m_pause(pause)
{
    const unsigned count = threads > 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < count; ++i)
        m_threads.emplace_back([this](const std::stop_token &stop) { work(stop); });
}

PreparePool::~PreparePool()
{
    for (std::jthread &thread : m_threads)
        thread.request_stop();
    m_threads.clear();
}

void PreparePool::push(ImportTask task)
{
    {
        const std::scoped_lock lock(m_mutex);
        m_tasks.push_back(std::move(task));
    }
    ++m_inFlight;
    m_taskReady.notify_one();
}

std::vector<PreparedFile> PreparePool::take(std::size_t limit, std::chrono::milliseconds timeout)
{
    std::vector<PreparedFile> files;
    std::unique_lock lock(m_mutex);
    m_resultReady.wait_for(lock, timeout, [this] { return m_results.contains(m_nextSequence); });
    while (files.size() < limit) {
        const auto found = m_results.find(m_nextSequence);
        if (found == m_results.end())
            break;
        files.push_back(std::move(found->second));
        m_results.erase(found);
        ++m_nextSequence;
    }
    m_inFlight -= files.size();
    return files;
}

bool PreparePool::nextTask(const std::stop_token &stop, ImportTask &task)
{
    std::unique_lock lock(m_mutex);
    if (!m_taskReady.wait(lock, stop, [this] { return !m_tasks.empty(); }))
        return false;
    task = std::move(m_tasks.front());
    m_tasks.pop_front();
    return true;
}

void PreparePool::deliver(PreparedFile file)
{
    {
        const std::scoped_lock lock(m_mutex);
        const std::size_t sequence = file.task.sequence;
        m_results.emplace(sequence, std::move(file));
    }
    m_resultReady.notify_one();
}

void PreparePool::work(const std::stop_token &stop)
{
    Result<catalogue::Catalogue> reader = m_catalogue.openReader();
    ImportTask task;
    while (nextTask(stop, task) && !stop.stop_requested()) {
        if (m_pause != nullptr)
            m_pause->waitWhilePaused(stop);
        if (reader) {
            deliver(prepareFile(*reader, std::move(task), m_settings));
            continue;
        }
        PreparedFile failed;
        failed.task = std::move(task);
        failed.fatal = reader.error();
        deliver(std::move(failed));
    }
}

} // namespace flukeprint::workflows
