#include "core/jobs/job_queue.h"

#include "core/jobs/rate_meter.h"

#include <QElapsedTimer>
#include <QTimer>

#include <algorithm>

namespace flukeprint::jobs {

namespace {

constexpr std::size_t mostWarnings = 200;
constexpr int shortestNewsGapMs = 50;

bool isActive(JobState state)
{
    return state == JobState::Queued || state == JobState::Running || state == JobState::Paused;
}

bool isStarted(JobState state)
{
    return state == JobState::Running || state == JobState::Paused;
}

} // namespace

struct JobQueue::Entry
{
    JobKey key;
    std::unique_ptr<Job> job;
    JobState state = JobState::Queued;
    Progress progress;
    RateMeter rate;
    QElapsedTimer clock;
    Error error;
    std::vector<Error> warnings;
    std::int64_t warningCount = 0;
    bool cancelRequested = false;
    QTimer news; ///< gathers progress, so that a chatty job does not repaint the window all the time
};

JobQueue::JobQueue(QObject *parent)
    : QObject(parent)
{
}

JobQueue::~JobQueue()
{
    for (const auto &entry : m_entries) {
        entry->job->disconnect(this);
        if (isStarted(entry->state))
            entry->job->cancel();
    }
}

JobKey JobQueue::add(std::unique_ptr<Job> job)
{
    auto entry = std::make_unique<Entry>();
    entry->key = JobKey(++m_lastKey);
    entry->job = std::move(job);
    entry->news.setSingleShot(true);
    entry->news.setInterval(shortestNewsGapMs);
    connectJob(*entry);
    const JobKey key = entry->key;
    m_entries.push_back(std::move(entry));
    Q_EMIT jobAdded(key);
    announceCount();
    QMetaObject::invokeMethod(
        this, [this] { startWaiting(); }, Qt::QueuedConnection);
    return key;
}

void JobQueue::connectJob(Entry &entry)
{
    const JobKey key = entry.key;
    const Job *job = entry.job.get();
    connect(job, &Job::progressed, this, [this, key](const Progress &progress) { setProgress(key, progress); });
    connect(job, &Job::warned, this, [this, key](const Error &what) { addWarning(key, what); });
    connect(job, &Job::pausedChanged, this, [this, key](bool paused) { setPaused(key, paused); });
    connect(job, &Job::finished, this, [this, key] { end(key, JobState::Finished, {}); });
    connect(job, &Job::failed, this, [this, key](const Error &what) { end(key, JobState::Failed, what); });
    connect(job, &Job::cancelled, this, [this, key] { end(key, JobState::Cancelled, {}); });
    connect(&entry.news, &QTimer::timeout, this, [this, key] { Q_EMIT jobChanged(key); });
}

JobQueue::Entry *JobQueue::find(JobKey key) const
{
    const auto found = std::ranges::find_if(m_entries, [key](const auto &entry) { return entry->key == key; });
    return found == m_entries.end() ? nullptr : found->get();
}

std::vector<JobKey> JobQueue::keys() const
{
    std::vector<JobKey> keys;
    keys.reserve(m_entries.size());
    for (const auto &entry : m_entries)
        keys.push_back(entry->key);
    return keys;
}

std::optional<JobStatus> JobQueue::status(JobKey key) const
{
    const Entry *entry = find(key);
    if (!entry)
        return std::nullopt;
    const JobTraits &traits = entry->job->traits();
    JobStatus status;
    status.key = key;
    status.title = traits.title;
    status.state = entry->state;
    status.progress = entry->progress;
    if (entry->state == JobState::Running) {
        status.perSecond = entry->rate.perSecond();
        status.secondsLeft = entry->progress.secondsLeft;
        if (!status.secondsLeft)
            status.secondsLeft = entry->rate.secondsLeft(entry->progress.total);
    }
    status.error = entry->error;
    status.warnings = entry->warnings;
    status.warningCount = entry->warningCount;
    status.cancelRequested = entry->cancelRequested;
    status.canPause = traits.canPause && entry->state == JobState::Running && !entry->cancelRequested;
    status.canResume = entry->state == JobState::Paused && !entry->cancelRequested;
    status.canCancel =
        isActive(entry->state) && !entry->cancelRequested && (traits.canCancel || entry->state == JobState::Queued);
    status.canRestart = traits.canRestart && (entry->state == JobState::Failed || entry->state == JobState::Cancelled);
    status.canRemove = !isActive(entry->state);
    return status;
}

int JobQueue::activeCount() const
{
    return static_cast<int>(std::ranges::count_if(m_entries, [](const auto &entry) { return isActive(entry->state); }));
}

void JobQueue::announceCount()
{
    const int count = activeCount();
    if (count == m_announcedCount)
        return;
    m_announcedCount = count;
    Q_EMIT activeCountChanged(count);
}

bool JobQueue::laneIsFree(JobLane lane) const
{
    if (lane == JobLane::Free)
        return true;
    return std::ranges::none_of(
        m_entries, [lane](const auto &entry) { return entry->job->traits().lane == lane && isStarted(entry->state); });
}

void JobQueue::startWaiting()
{
    for (const JobKey key : keys()) {
        Entry *entry = find(key);
        if (!entry || entry->state != JobState::Queued || !laneIsFree(entry->job->traits().lane))
            continue;
        entry->state = JobState::Running;
        entry->clock.start();
        entry->job->start();
        Q_EMIT jobChanged(key);
    }
}

void JobQueue::pause(JobKey key)
{
    const auto now = status(key);
    if (now && now->canPause)
        find(key)->job->pause();
}

void JobQueue::resume(JobKey key)
{
    const auto now = status(key);
    if (now && now->canResume)
        find(key)->job->resume();
}

void JobQueue::cancel(JobKey key)
{
    const auto now = status(key);
    if (!now || !now->canCancel)
        return;
    if (now->state == JobState::Queued) {
        end(key, JobState::Cancelled, {});
        return;
    }
    Entry *entry = find(key);
    entry->cancelRequested = true;
    entry->job->cancel();
    Q_EMIT jobChanged(key);
}

void JobQueue::cancelAll()
{
    for (const JobKey key : keys())
        cancel(key);
}

void JobQueue::restart(JobKey key)
{
    const auto now = status(key);
    if (!now || !now->canRestart)
        return;
    Entry *entry = find(key);
    entry->state = JobState::Queued;
    entry->progress = {};
    entry->rate.reset();
    entry->error = {};
    entry->warnings.clear();
    entry->warningCount = 0;
    entry->cancelRequested = false;
    Q_EMIT jobChanged(key);
    announceCount();
    QMetaObject::invokeMethod(
        this, [this] { startWaiting(); }, Qt::QueuedConnection);
}

void JobQueue::remove(JobKey key)
{
    const auto found = std::ranges::find_if(m_entries, [key](const auto &entry) { return entry->key == key; });
    if (found == m_entries.end() || isActive((*found)->state))
        return;
    std::unique_ptr<Entry> entry = std::move(*found);
    m_entries.erase(found);
    // A slot of the job's own end signal may be what removes it.
    entry->job.release()->deleteLater();
    Q_EMIT jobRemoved(key);
}

void JobQueue::removeEnded()
{
    for (const JobKey key : keys())
        remove(key);
}

void JobQueue::setProgress(JobKey key, const Progress &progress)
{
    Entry *entry = find(key);
    if (!entry || !isStarted(entry->state))
        return;
    if (progress.stage != entry->progress.stage)
        entry->rate.reset();
    entry->progress = progress;
    entry->rate.add(entry->clock.elapsed(), progress.done);
    if (!entry->news.isActive())
        entry->news.start();
}

void JobQueue::addWarning(JobKey key, const Error &what)
{
    Entry *entry = find(key);
    if (!entry)
        return;
    ++entry->warningCount;
    if (entry->warnings.size() < mostWarnings)
        entry->warnings.push_back(what);
    if (!entry->news.isActive())
        entry->news.start();
}

void JobQueue::setPaused(JobKey key, bool paused)
{
    Entry *entry = find(key);
    if (!entry || !isStarted(entry->state))
        return;
    entry->state = paused ? JobState::Paused : JobState::Running;
    entry->rate.reset();
    Q_EMIT jobChanged(key);
}

void JobQueue::end(JobKey key, JobState state, const Error &error)
{
    Entry *entry = find(key);
    if (!entry || !isActive(entry->state))
        return;
    entry->state = state;
    entry->error = error;
    entry->news.stop();
    Q_EMIT jobChanged(key);
    Q_EMIT jobEnded(key, state);
    announceCount();
    QMetaObject::invokeMethod(
        this, [this] { startWaiting(); }, Qt::QueuedConnection);
}

} // namespace flukeprint::jobs
