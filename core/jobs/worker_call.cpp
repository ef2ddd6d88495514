#include "core/jobs/worker_call.h"

#include <QEventLoop>

#include <optional>

namespace flukeprint::jobs {

namespace {

/// The signals of one job, collected for a caller who waits.
class Call : public QObject
{
public:
    Call(WorkerProcess &worker, const WorkerListener &listener)
        : m_worker(worker)
        , m_listener(listener)
    {
        connectEnds();
        connectNews();
    }

    Result<QByteArray> run(const protocol::JobSpec &spec, const std::stop_token &stop, PauseSwitch *pause)
    {
        m_job = m_worker.start(spec);
        const std::stop_callback onStop(stop, [this] {
            QMetaObject::invokeMethod(
                this, [this] { m_worker.cancel(m_job); }, Qt::QueuedConnection);
        });
        if (pause)
            follow(*pause);
        m_loop.exec();
        if (pause)
            pause->observe({});
        return std::move(m_outcome).value_or(Error(ErrorCode::Cancelled));
    }

private:
    void follow(PauseSwitch &pause)
    {
        const auto pass = [this](bool paused) {
            if (paused)
                m_worker.pause(m_job);
            else
                m_worker.resume(m_job);
        };
        pause.observe([this, pass](bool paused) {
            QMetaObject::invokeMethod(
                this, [pass, paused] { pass(paused); }, Qt::QueuedConnection);
        });
        if (pause.isPaused())
            pass(true);
    }

    void end(protocol::JobNumber job, Result<QByteArray> outcome)
    {
        if (job != m_job)
            return;
        m_outcome.emplace(std::move(outcome));
        m_loop.quit();
    }

    void connectEnds()
    {
        connect(&m_worker, &WorkerProcess::done, this,
                [this](protocol::JobNumber job, const QByteArray &json) { end(job, json); });
        connect(&m_worker, &WorkerProcess::failed, this,
                [this](protocol::JobNumber job, const Error &what) { end(job, what); });
        connect(&m_worker, &WorkerProcess::cancelled, this,
                [this](protocol::JobNumber job) { end(job, Error(ErrorCode::Cancelled)); });
    }

    void connectNews()
    {
        connect(&m_worker, &WorkerProcess::progressed, this, [this](const protocol::ProgressMessage &message) {
            if (message.job == m_job && m_listener.onProgress)
                m_listener.onProgress(message);
        });
        connect(&m_worker, &WorkerProcess::metricArrived, this, [this](const protocol::MetricMessage &message) {
            if (message.job == m_job && m_listener.onMetric)
                m_listener.onMetric(message);
        });
        connect(&m_worker, &WorkerProcess::warned, this, [this](protocol::JobNumber job, const Error &what) {
            if (job == m_job && m_listener.onWarning)
                m_listener.onWarning(what);
        });
        connect(&m_worker, &WorkerProcess::logged, this, [this](protocol::JobNumber job, const QString &text) {
            if ((job == m_job || job == 0) && m_listener.onLog)
                m_listener.onLog(text);
        });
        connect(&m_worker, &WorkerProcess::pausedChanged, this, [this](protocol::JobNumber job, bool paused) {
            if (job == m_job && m_listener.onPaused)
                m_listener.onPaused(paused);
        });
    }

    WorkerProcess &m_worker;
    const WorkerListener &m_listener;
    QEventLoop m_loop;
    protocol::JobNumber m_job = 0;
    std::optional<Result<QByteArray>> m_outcome;
};

} // namespace

Result<QByteArray> callWorker(WorkerProcess &worker, const protocol::JobSpec &spec, const std::stop_token &stop,
                              const WorkerListener &listener, PauseSwitch *pause)
{
    if (stop.stop_requested())
        return Error(ErrorCode::Cancelled);
    Call call(worker, listener);
    return call.run(spec, stop, pause);
}

} // namespace flukeprint::jobs
