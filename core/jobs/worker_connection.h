#pragma once

#include "core/jobs/worker_process.h"
#include "core/protocol/messages.h"

#include <QByteArray>
#include <QObject>
#include <QProcess>
#include <QTimer>

#include <vector>

namespace flukeprint::jobs {

/// One life of a worker program, from its start to its end. Private to WorkerProcess.
class WorkerConnection : public QObject
{
    Q_OBJECT

public:
    WorkerConnection(const WorkerOptions &options, QString program, QObject *parent);
    ~WorkerConnection() override;

    void open();
    /// Held back until the program said hello.
    void send(const protocol::Request &request);
    void kill() { m_process.kill(); }
    /// Ends the program: end of stdin, later SIGTERM, later SIGKILL. In the application's main thread that happens by timers
    /// and the object deletes itself afterwards; in other threads, whose event loop may end any moment, the call waits.
    void retire();
    [[nodiscard]] qint64 processId() const { return m_process.processId(); }

Q_SIGNALS:
    void helloArrived(const flukeprint::protocol::HelloMessage &hello);
    void messageArrived(const flukeprint::protocol::Message &message);
    void logLine(const QString &text);
    /// Once. `reason` is WorkerMissing, WorkerProtocol or WorkerCrashed.
    void ended(const flukeprint::Error &reason);

private:
    void readLines();
    void readLogLines();
    void hearLine(const QByteArray &line);
    void hearFirstLine(const QByteArray &line);
    void refuse(const QByteArray &line, const std::string &why);
    void processFinished();
    void end(const Error &reason);
    void stopAndWait();

    WorkerOptions m_options;
    QString m_program;
    QProcess m_process;
    QTimer m_helloTimer;
    QByteArray m_partialLine;
    QByteArray m_partialLogLine;
    std::vector<QByteArray> m_heldBack;
    Error m_refusal; ///< why we ended the program ourselves
    bool m_refused = false;
    bool m_saidHello = false;
    bool m_ended = false;
    bool m_retired = false;
};

} // namespace flukeprint::jobs
