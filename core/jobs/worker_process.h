#pragma once

#include "core/protocol/messages.h"

#include <QByteArray>
#include <QObject>
#include <QString>
#include <QStringList>

#include <map>

namespace flukeprint::jobs {

class WorkerConnection;

struct WorkerOptions
{
    QString program; ///< empty: locateWorker() at each start
    QStringList arguments;
    int helloTimeoutMs = 60'000; ///< loading LibTorch from a cold disk takes long
    int cancelTimeoutMs = 60'000; ///< a worker that does not end a cancelled job in this time is killed
    int shutdownGraceMs = 5'000; ///< from end of stdin to SIGTERM, and again from SIGTERM to SIGKILL
    int niceness = 0; ///< added to the program's nice value (0..19), for work that must not slow down whoever looks at the screen
};

/// One worker program and the jobs inside it, over the line protocol of core/protocol/messages.h.
///
/// The program is started by the first `start` and again by the first one after it ended, however it ended. Every job number
/// that `start` returned gets exactly one of `done`, `failed` and `cancelled`, always from the event loop, never from inside
/// the call. When the program ends by itself, every job in flight fails: WorkerCrashed (args: "signal 9" or "exit 3"),
/// WorkerMissing when it could not be started, WorkerProtocol when it spoke another protocol or garbage before its hello;
/// a job whose cancellation had been asked for counts as cancelled instead. A garbage line after the hello is logged and skipped.
///
/// Lives in one thread that runs an event loop (any thread, not only the GUI's) and never blocks it, its destructor included:
/// the destructor closes the program's stdin and leaves SIGTERM and SIGKILL to timers. Job numbers are never used twice.
class WorkerProcess : public QObject
{
    Q_OBJECT

public:
    explicit WorkerProcess(WorkerOptions options = {}, QObject *parent = nullptr);
    ~WorkerProcess() override;

    protocol::JobNumber start(const protocol::JobSpec &spec);
    /// Unknown and ended numbers are ignored by all three.
    void cancel(protocol::JobNumber job);
    void pause(protocol::JobNumber job);
    void resume(protocol::JobNumber job);

    /// Starts the program ahead of the first job, so that its libraries are loaded by then.
    void warmUp();
    /// Cancels what runs (jobs end as cancelled) and ends the program; `stopped` follows. The next `start` starts it afresh.
    void shutDown();

    [[nodiscard]] bool isRunning() const;
    [[nodiscard]] int jobsInFlight() const;
    /// 0 while no program runs.
    [[nodiscard]] qint64 processId() const;

Q_SIGNALS:
    void ready(const flukeprint::protocol::HelloMessage &hello);
    void progressed(const flukeprint::protocol::ProgressMessage &progress);
    void metricArrived(const flukeprint::protocol::MetricMessage &metric);
    void warned(flukeprint::protocol::JobNumber job, const flukeprint::Error &what);
    /// Log text of one job; `job` is 0 for a line of the program's stderr.
    void logged(flukeprint::protocol::JobNumber job, const QString &text);
    void pausedChanged(flukeprint::protocol::JobNumber job, bool paused);
    /// `resultJson` is the JSON object that the job's struct in core/protocol/jobs.h describes.
    void done(flukeprint::protocol::JobNumber job, const QByteArray &resultJson);
    void failed(flukeprint::protocol::JobNumber job, const flukeprint::Error &what);
    void cancelled(flukeprint::protocol::JobNumber job);
    void stopped();

private:
    void connectProgram();
    void send(const protocol::Request &request);
    void hear(const protocol::Message &message);
    void programEnded(WorkerConnection *connection, const Error &reason);
    void killAfterTimeout(protocol::JobNumber job);
    bool endFlight(protocol::JobNumber job);

    WorkerOptions m_options;
    WorkerConnection *m_connection = nullptr; ///< owned; hands itself over to the event loop when retired
    std::map<protocol::JobNumber, bool> m_flights; ///< jobs that have not ended; true: cancellation was asked for
    protocol::JobNumber m_lastJob = 0;
};

} // namespace flukeprint::jobs
