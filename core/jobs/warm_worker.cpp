#include "core/jobs/warm_worker.h"

namespace flukeprint::jobs {

WarmWorker::WarmWorker(WorkerOptions options, int idleShutdownMs, QObject *parent)
    : QObject(parent)
    , m_worker(std::move(options))
{
    m_idle.setSingleShot(true);
    m_idle.setInterval(idleShutdownMs);
    connect(&m_idle, &QTimer::timeout, &m_worker, &WorkerProcess::shutDown);
    connect(&m_worker, &WorkerProcess::done, this, [this](protocol::JobNumber job, const QByteArray &) {
        const auto request = m_requests.find(job);
        if (request != m_requests.end())
            finish(job, chips::readEmbeddings(request->second.job.outputPath));
    });
    connect(&m_worker, &WorkerProcess::failed, this,
            [this](protocol::JobNumber job, const Error &what) { finish(job, what); });
    connect(&m_worker, &WorkerProcess::cancelled, this,
            [this](protocol::JobNumber job) { finish(job, Error(ErrorCode::Cancelled)); });
}

protocol::JobNumber WarmWorker::embed(const protocol::EmbedJob &job, EmbeddingsReady ready)
{
    m_idle.stop();
    const protocol::JobNumber number = m_worker.start(job);
    m_requests.emplace(number, Request{job, std::move(ready)});
    if (m_requests.size() == 1)
        Q_EMIT busyChanged(true);
    return number;
}

void WarmWorker::cancel(protocol::JobNumber job)
{
    m_worker.cancel(job);
}

void WarmWorker::warmUp()
{
    m_worker.warmUp();
    if (m_requests.empty() && m_idle.interval() > 0)
        m_idle.start();
}

void WarmWorker::finish(protocol::JobNumber job, Result<chips::EmbeddingTable> outcome)
{
    auto request = m_requests.extract(job);
    if (request.empty())
        return;
    if (m_requests.empty()) {
        if (m_idle.interval() > 0)
            m_idle.start();
        Q_EMIT busyChanged(false);
    }
    if (request.mapped().ready)
        request.mapped().ready(std::move(outcome));
}

} // namespace flukeprint::jobs
