#include "core/jobs/worker_process.h"

#include "core/base/log.h"
#include "core/jobs/worker_connection.h"
#include "core/jobs/worker_locator.h"

#include <QTimer>

namespace flukeprint::jobs {

namespace {

template <typename... Handlers> struct Overloaded : Handlers...
{
    using Handlers::operator()...;
};
template <typename... Handlers> Overloaded(Handlers...) -> Overloaded<Handlers...>;

} // namespace

WorkerProcess::WorkerProcess(WorkerOptions options, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
{
}

WorkerProcess::~WorkerProcess()
{
    if (!m_connection)
        return;
    m_connection->disconnect(this);
    m_connection->retire();
}

protocol::JobNumber WorkerProcess::start(const protocol::JobSpec &spec)
{
    const protocol::JobNumber job = ++m_lastJob;
    m_flights.emplace(job, false);
    connectProgram();
    if (m_connection)
        m_connection->send(protocol::StartRequest{job, spec});
    return job;
}

void WorkerProcess::warmUp()
{
    connectProgram();
}

void WorkerProcess::connectProgram()
{
    if (m_connection)
        return;
    QString program = m_options.program;
    if (program.isEmpty()) {
        const auto located = locateWorker();
        if (!located) {
            const Error reason = located.error();
            QMetaObject::invokeMethod(
                this, [this, reason] { programEnded(nullptr, reason); }, Qt::QueuedConnection);
            return;
        }
        program = *located;
    }
    auto *connection = new WorkerConnection(m_options, program, this);
    m_connection = connection;
    connect(connection, &WorkerConnection::helloArrived, this, &WorkerProcess::ready);
    connect(connection, &WorkerConnection::messageArrived, this, [this, connection](const protocol::Message &message) {
        if (connection == m_connection)
            hear(message);
    });
    connect(connection, &WorkerConnection::logLine, this, [this](const QString &text) {
        log(LogLevel::Info, "worker", text.toStdString());
        Q_EMIT logged(0, text);
    });
    // Queued, because a program that cannot be started ends inside open(), and `start` promises not to signal.
    connect(
        connection, &WorkerConnection::ended, this,
        [this, connection](const Error &reason) { programEnded(connection, reason); }, Qt::QueuedConnection);
    connection->open();
}

void WorkerProcess::send(const protocol::Request &request)
{
    if (m_connection)
        m_connection->send(request);
}

void WorkerProcess::cancel(protocol::JobNumber job)
{
    const auto flight = m_flights.find(job);
    if (flight == m_flights.end() || flight->second)
        return;
    flight->second = true;
    send(protocol::CancelRequest{job});
    QTimer::singleShot(m_options.cancelTimeoutMs, this, [this, job] { killAfterTimeout(job); });
}

void WorkerProcess::killAfterTimeout(protocol::JobNumber job)
{
    if (!m_flights.contains(job) || !m_connection)
        return;
    log(LogLevel::Warning, "jobs", "worker does not end its cancelled job; it is killed");
    m_connection->kill();
}

void WorkerProcess::pause(protocol::JobNumber job)
{
    if (m_flights.contains(job))
        send(protocol::PauseRequest{job});
}

void WorkerProcess::resume(protocol::JobNumber job)
{
    if (m_flights.contains(job))
        send(protocol::ResumeRequest{job});
}

void WorkerProcess::shutDown()
{
    if (!m_connection)
        return;
    WorkerConnection *connection = m_connection;
    m_connection = nullptr;
    connection->retire();
    const auto flights = std::exchange(m_flights, {});
    QMetaObject::invokeMethod(
        this,
        [this, flights] {
            for (const auto &[job, cancelRequested] : flights)
                Q_EMIT cancelled(job);
        },
        Qt::QueuedConnection);
}

bool WorkerProcess::isRunning() const
{
    return processId() > 0;
}

int WorkerProcess::jobsInFlight() const
{
    return static_cast<int>(m_flights.size());
}

qint64 WorkerProcess::processId() const
{
    return m_connection ? m_connection->processId() : 0;
}

void WorkerProcess::programEnded(WorkerConnection *connection, const Error &reason)
{
    if (connection && connection == m_connection) {
        m_connection = nullptr;
        connection->retire();
    } else if (connection) {
        // One that shutDown let go: its jobs have been reported already.
        Q_EMIT stopped();
        return;
    }
    const auto flights = std::exchange(m_flights, {});
    for (const auto &[job, cancelRequested] : flights) {
        if (cancelRequested)
            Q_EMIT cancelled(job);
        else
            Q_EMIT failed(job, reason);
    }
    Q_EMIT stopped();
}

bool WorkerProcess::endFlight(protocol::JobNumber job)
{
    return m_flights.erase(job) == 1;
}

void WorkerProcess::hear(const protocol::Message &message)
{
    std::visit(Overloaded{
                   [](const protocol::HelloMessage &) {},
                   [this](const protocol::ProgressMessage &m) { Q_EMIT progressed(m); },
                   [this](const protocol::MetricMessage &m) { Q_EMIT metricArrived(m); },
                   [this](const protocol::LogMessage &m) { Q_EMIT logged(m.job, QString::fromStdString(m.text)); },
                   [this](const protocol::WarningMessage &m) { Q_EMIT warned(m.job, m.what); },
                   [this](const protocol::PausedMessage &m) { Q_EMIT pausedChanged(m.job, m.paused); },
                   [this](const protocol::DoneMessage &m) {
                       if (endFlight(m.job))
                           Q_EMIT done(m.job, QByteArray::fromStdString(m.resultJson));
                   },
                   [this](const protocol::FailedMessage &m) {
                       if (endFlight(m.job))
                           Q_EMIT failed(m.job, m.what);
                   },
                   [this](const protocol::CancelledMessage &m) {
                       if (endFlight(m.job))
                           Q_EMIT cancelled(m.job);
                   },
               },
               message);
}

} // namespace flukeprint::jobs
