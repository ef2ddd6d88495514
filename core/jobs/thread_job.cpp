#include "core/jobs/thread_job.h"

#include <chrono>
#include <new>

namespace flukeprint::jobs {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto shortestNewsGap = std::chrono::milliseconds(50);

} // namespace

/// What the thread has to tell and the owner's thread has not fetched yet.
struct ThreadJob::Mailbox
{
    std::mutex mutex;
    std::optional<Progress> progress;
    std::vector<Error> warnings;
    Clock::time_point lastPost;
    bool posted = false;
};

ThreadJob::ThreadJob(JobTraits traits, Work work)
    : Job(std::move(traits))
    , m_work(std::move(work))
    , m_mailbox(std::make_unique<Mailbox>())
{
}

ThreadJob::~ThreadJob()
{
    cancel();
}

void ThreadJob::start()
{
    if (m_thread.joinable())
        m_thread.join();
    m_pause.setPaused(false);
    m_thread = std::jthread([this](const std::stop_token &stop) { run(stop); });
}

void ThreadJob::cancel()
{
    m_thread.request_stop();
}

void ThreadJob::pause()
{
    m_pause.setPaused(true);
    Q_EMIT pausedChanged(true);
}

void ThreadJob::resume()
{
    m_pause.setPaused(false);
    Q_EMIT pausedChanged(false);
}

void ThreadJob::run(std::stop_token stop)
{
    const auto postNews = [this] {
        QMetaObject::invokeMethod(
            this, [this] { deliverProgress(); }, Qt::QueuedConnection);
    };
    WorkContext context;
    context.stop = stop;
    context.pause = &m_pause;
    context.progress = [this, postNews](const Progress &progress) {
        const std::scoped_lock lock(m_mailbox->mutex);
        m_mailbox->progress = progress;
        if (m_mailbox->posted || Clock::now() - m_mailbox->lastPost < shortestNewsGap)
            return;
        m_mailbox->posted = true;
        m_mailbox->lastPost = Clock::now();
        postNews();
    };
    context.warn = [this](const Error &what) {
        const std::scoped_lock lock(m_mailbox->mutex);
        m_mailbox->warnings.push_back(what);
    };
    Result<void> outcome;
    try {
        outcome = m_work(context);
    } catch (const std::bad_alloc &) {
        outcome = Error(ErrorCode::OutOfMemory, {"cpu", traits().title.code});
    } catch (const std::exception &exception) {
        outcome = Error(ErrorCode::Internal, {traits().title.code}, exception.what());
    }
    QMetaObject::invokeMethod(
        this, [this, outcome] { end(outcome); }, Qt::QueuedConnection);
}

void ThreadJob::deliverProgress()
{
    std::optional<Progress> progress;
    std::vector<Error> warnings;
    {
        const std::scoped_lock lock(m_mailbox->mutex);
        m_mailbox->posted = false;
        progress.swap(m_mailbox->progress);
        warnings.swap(m_mailbox->warnings);
    }
    for (const Error &warning : warnings)
        Q_EMIT warned(warning);
    if (progress)
        Q_EMIT progressed(*progress);
}

void ThreadJob::end(const Result<void> &outcome)
{
    deliverProgress();
    if (outcome)
        Q_EMIT finished();
    else if (outcome.error().code == ErrorCode::Cancelled)
        Q_EMIT cancelled();
    else
        Q_EMIT failed(outcome.error());
}

} // namespace flukeprint::jobs
