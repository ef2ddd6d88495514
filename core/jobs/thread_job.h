#pragma once

#include "core/base/result.h"
#include "core/jobs/job.h"
#include "core/jobs/pause_switch.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace flukeprint::jobs {

/// What the work of a background thread gets: ask `stop` and `pause` often, call `progress` as often as you like (the owner's
/// thread hears the newest one at most 20 times a second), `warn` for what was left out.
struct WorkContext
{
    std::stop_token stop;
    ProgressFn progress;
    std::function<void(const Error &)> warn;
    PauseSwitch *pause = nullptr; ///< never null inside a ThreadJob
};

/// Work in a thread of its own. `work` returns Cancelled when it gave in to the stop request. It may use callWorker; it must
/// not touch objects of other threads, and needs its own database connection.
///
/// The destructor asks the thread to stop and waits for it.
class ThreadJob : public Job
{
    Q_OBJECT

public:
    using Work = std::function<Result<void>(const WorkContext &)>;

    ThreadJob(JobTraits traits, Work work);
    ~ThreadJob() override;

    void start() override;
    void cancel() override;
    void pause() override;
    void resume() override;

private:
    struct Mailbox;
    void run(std::stop_token stop);
    void deliverProgress();
    void end(const Result<void> &outcome);

    Work m_work;
    PauseSwitch m_pause;
    std::unique_ptr<Mailbox> m_mailbox;
    std::jthread m_thread;
};

/// A ThreadJob whose result is handed to `ready` in the thread that made the job (its event loop), just before the job reports
/// its own end. `ready` is called for success and failure, cancellation included.
template<typename T>
std::unique_ptr<ThreadJob> makeThreadJob(JobTraits traits, std::function<Result<T>(const WorkContext &)> work,
                                         std::function<void(const Result<T> &)> ready)
{
    auto outcome = std::make_shared<std::optional<Result<T>>>();
    auto job = std::make_unique<ThreadJob>(std::move(traits), [outcome, work](const WorkContext &context) -> Result<void> {
        outcome->emplace(work(context));
        if (!(*outcome)->ok())
            return (*outcome)->error();
        return {};
    });
    const auto deliver = [outcome, ready] {
        if (outcome->has_value() && ready)
            ready(**outcome);
    };
    QObject::connect(job.get(), &Job::finished, job.get(), deliver);
    QObject::connect(job.get(), &Job::failed, job.get(), deliver);
    QObject::connect(job.get(), &Job::cancelled, job.get(), deliver);
    return job;
}

} // namespace flukeprint::jobs
