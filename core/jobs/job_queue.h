#pragma once

#include "core/jobs/job.h"

#include <QObject>

#include <memory>
#include <optional>
#include <vector>

namespace flukeprint::jobs {

enum class JobState { Queued, Running, Paused, Finished, Failed, Cancelled };

/// What the jobs area shows of one job.
struct JobStatus
{
    JobKey key;
    JobTitle title;
    JobState state = JobState::Queued;
    Progress progress;
    double perSecond = 0; ///< 0: not known
    std::optional<double> secondsLeft;
    Error error; ///< of state Failed
    std::vector<Error> warnings; ///< the first 200; `warningCount` counts all
    std::int64_t warningCount = 0;
    bool cancelRequested = false;
    bool canPause = false; ///< now, in this state; the same for the others
    bool canResume = false;
    bool canCancel = false;
    bool canRestart = false;
    bool canRemove = false;
};

/// The program's long jobs: starts them (one at a time in each lane, in the order they came), and knows how each stands.
/// Lives in the GUI's thread (or the command line's) and needs its event loop. The destructor cancels what runs and waits for
/// the threads of ThreadJobs.
class JobQueue : public QObject
{
    Q_OBJECT

public:
    explicit JobQueue(QObject *parent = nullptr);
    ~JobQueue() override;

    /// Takes the job; it starts from the event loop as soon as its lane is free.
    JobKey add(std::unique_ptr<Job> job);

    /// In the order they were added.
    [[nodiscard]] std::vector<JobKey> keys() const;
    [[nodiscard]] std::optional<JobStatus> status(JobKey key) const;
    /// Jobs that are queued, running or paused.
    [[nodiscard]] int activeCount() const;

    /// Requests; they do nothing where the status says that it cannot be done.
    void pause(JobKey key);
    void resume(JobKey key);
    void cancel(JobKey key);
    void restart(JobKey key);
    void cancelAll();
    /// Forgets an ended job.
    void remove(JobKey key);
    void removeEnded();

Q_SIGNALS:
    void jobAdded(flukeprint::jobs::JobKey key);
    void jobChanged(flukeprint::jobs::JobKey key);
    void jobRemoved(flukeprint::jobs::JobKey key);
    /// A job ended; `state` is Finished, Failed or Cancelled.
    void jobEnded(flukeprint::jobs::JobKey key, flukeprint::jobs::JobState state);
    void activeCountChanged(int count);

private:
    struct Entry;
    Entry *find(JobKey key) const;
    void connectJob(Entry &entry);
    void startWaiting();
    bool laneIsFree(JobLane lane) const;
    void setProgress(JobKey key, const Progress &progress);
    void addWarning(JobKey key, const Error &what);
    void setPaused(JobKey key, bool paused);
    void end(JobKey key, JobState state, const Error &error);
    void announceCount();

    std::vector<std::unique_ptr<Entry>> m_entries;
    std::int64_t m_lastKey = 0;
    int m_announcedCount = 0;
};

} // namespace flukeprint::jobs
