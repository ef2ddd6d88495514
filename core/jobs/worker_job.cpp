#include "core/jobs/worker_job.h"

namespace flukeprint::jobs {

WorkerJob::WorkerJob(JobTraits traits, protocol::JobSpec spec, std::function<void(const QByteArray &)> ready,
                     WorkerOptions options)
    : Job(std::move(traits))
    , m_spec(std::move(spec))
    , m_ready(std::move(ready))
    , m_options(std::move(options))
{
}

WorkerJob::~WorkerJob() = default;

void WorkerJob::start()
{
    m_worker = std::make_unique<WorkerProcess>(m_options);
    connect(m_worker.get(), &WorkerProcess::progressed, this, [this](const protocol::ProgressMessage &message) {
        Q_EMIT progressed(Progress{message.stage, message.done, message.total, {}, message.secondsLeft});
    });
    connect(m_worker.get(), &WorkerProcess::pausedChanged, this,
            [this](protocol::JobNumber, bool paused) { Q_EMIT pausedChanged(paused); });
    connect(m_worker.get(), &WorkerProcess::warned, this,
            [this](protocol::JobNumber, const Error &what) { Q_EMIT warned(what); });
    connect(m_worker.get(), &WorkerProcess::done, this, [this](protocol::JobNumber, const QByteArray &json) {
        hearEnd();
        if (m_ready)
            m_ready(json);
        Q_EMIT finished();
    });
    connect(m_worker.get(), &WorkerProcess::failed, this, [this](protocol::JobNumber, const Error &what) {
        hearEnd();
        Q_EMIT failed(what);
    });
    connect(m_worker.get(), &WorkerProcess::cancelled, this, [this](protocol::JobNumber) {
        hearEnd();
        Q_EMIT cancelled();
    });
    m_number = m_worker->start(m_spec);
}

void WorkerJob::hearEnd()
{
    // Its signal is what brought us here, so it must outlive this call.
    m_worker.release()->deleteLater();
}

void WorkerJob::cancel()
{
    if (m_worker)
        m_worker->cancel(m_number);
}

void WorkerJob::pause()
{
    if (m_worker)
        m_worker->pause(m_number);
}

void WorkerJob::resume()
{
    if (m_worker)
        m_worker->resume(m_number);
}

} // namespace flukeprint::jobs
