#include "core/jobs/worker_connection.h"

#include "core/base/log.h"

#include <QCoreApplication>
#include <QProcessEnvironment>
#include <QThread>

#include <tuple>
#include <unistd.h>

namespace flukeprint::jobs {

namespace {

// A message is a few hundred bytes, a Done message of `inspect` some kilobytes: more means that the program is not
// ours.
constexpr qsizetype maximalLineBytes = 16 * 1024 * 1024;

std::string toStd(const QByteArray &bytes)
{
    return {bytes.constData(), static_cast<std::size_t>(bytes.size())};
}

/// By default OpenMP threads spin for milliseconds at every barrier. As soon as another program wants a core, they take
/// from each other what they wait for: training next to a busy window was measured 8 times slower than with a short
/// spin.
QProcessEnvironment workerEnvironment()
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    const QString policy = QStringLiteral("OMP_WAIT_POLICY");
    const QString spinCount = QStringLiteral("GOMP_SPINCOUNT");
    if (!environment.contains(policy) && !environment.contains(spinCount))
        environment.insert(spinCount, QStringLiteral("1000"));
    return environment;
}

Error crashError(const QProcess &process)
{
    const char *kind = process.exitStatus() == QProcess::CrashExit ? "signal " : "exit ";
    return Error(ErrorCode::WorkerCrashed, {kind + std::to_string(process.exitCode())});
}

} // namespace

WorkerConnection::WorkerConnection(const WorkerOptions &options, QString program, QObject *parent)
    : QObject(parent)
    , m_options(options)
    , m_program(std::move(program))
    , m_process(this)
    , m_helloTimer(this)
{
    connect(&m_process, &QProcess::readyReadStandardOutput, this, &WorkerConnection::readLines);
    connect(&m_process, &QProcess::readyReadStandardError, this, &WorkerConnection::readLogLines);
    connect(&m_process, &QProcess::finished, this, &WorkerConnection::processFinished);
    connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            end(Error(ErrorCode::WorkerMissing, {m_program.toStdString()}, m_process.errorString().toStdString()));
    });
    m_helloTimer.setSingleShot(true);
    connect(&m_helloTimer, &QTimer::timeout, this,
            [this] { refuse({}, "no hello within " + std::to_string(m_options.helloTimeoutMs) + " ms"); });
}

WorkerConnection::~WorkerConnection()
{
    m_process.disconnect(this);
    if (m_process.state() != QProcess::NotRunning)
        stopAndWait();
}

void WorkerConnection::open()
{
    m_helloTimer.start(m_options.helloTimeoutMs);
    m_process.setProcessEnvironment(workerEnvironment());
    if (m_options.niceness > 0)
        m_process.setChildProcessModifier([niceness = m_options.niceness] { std::ignore = ::nice(niceness); });
    m_process.start(m_program, m_options.arguments);
}

void WorkerConnection::send(const protocol::Request &request)
{
    QByteArray line = QByteArray::fromStdString(protocol::encode(request));
    line.append('\n');
    if (m_saidHello)
        m_process.write(line);
    else
        m_heldBack.push_back(line);
}

void WorkerConnection::retire()
{
    if (m_retired)
        return;
    m_retired = true;
    m_helloTimer.stop();
    const QCoreApplication *application = QCoreApplication::instance();
    if (m_ended || !application || application->thread() != QThread::currentThread()) {
        if (!m_ended)
            stopAndWait();
        deleteLater();
        return;
    }
    // The application owns it from here: the program is reaped even when no event loop runs any more.
    setParent(QCoreApplication::instance());
    m_process.closeWriteChannel();
    QTimer::singleShot(m_options.shutdownGraceMs, this, [this] { m_process.terminate(); });
    QTimer::singleShot(2 * m_options.shutdownGraceMs, this, [this] { m_process.kill(); });
}

void WorkerConnection::stopAndWait()
{
    m_process.closeWriteChannel();
    if (m_process.waitForFinished(m_options.shutdownGraceMs))
        return;
    m_process.terminate();
    if (m_process.waitForFinished(m_options.shutdownGraceMs))
        return;
    m_process.kill();
    m_process.waitForFinished(-1);
}

void WorkerConnection::readLines()
{
    m_partialLine += m_process.readAllStandardOutput();
    qsizetype begin = 0;
    for (qsizetype end = m_partialLine.indexOf('\n'); end >= 0; end = m_partialLine.indexOf('\n', begin)) {
        hearLine(m_partialLine.mid(begin, end - begin));
        begin = end + 1;
    }
    m_partialLine.remove(0, begin);
    if (m_partialLine.size() > maximalLineBytes)
        refuse(m_partialLine.left(200), "a line without an end");
}

void WorkerConnection::readLogLines()
{
    m_partialLogLine += m_process.readAllStandardError();
    if (m_partialLogLine.size() > maximalLineBytes)
        m_partialLogLine.append('\n');
    const auto lines = m_partialLogLine.split('\n');
    for (const QByteArray &line : lines.first(lines.size() - 1))
        Q_EMIT logLine(QString::fromUtf8(line));
    m_partialLogLine = lines.last();
}

void WorkerConnection::hearLine(const QByteArray &line)
{
    if (m_refused || line.trimmed().isEmpty())
        return;
    if (!m_saidHello) {
        hearFirstLine(line);
        return;
    }
    const auto message = protocol::decodeMessage(toStd(line));
    if (message)
        Q_EMIT messageArrived(*message);
    else
        log(LogLevel::Warning, "jobs", "worker line skipped: " + message.error().debugText());
}

void WorkerConnection::hearFirstLine(const QByteArray &line)
{
    const auto message = protocol::decodeMessage(toStd(line));
    const auto *hello = message ? std::get_if<protocol::HelloMessage>(&message.value()) : nullptr;
    if (!hello) {
        refuse(line, "the first line is no hello");
        return;
    }
    if (hello->protocol != protocol::protocolVersion) {
        refuse(line,
               "protocol " + std::to_string(hello->protocol) + ", expected "
                   + std::to_string(protocol::protocolVersion));
        return;
    }
    m_saidHello = true;
    m_helloTimer.stop();
    for (const QByteArray &held : m_heldBack)
        m_process.write(held);
    m_heldBack.clear();
    Q_EMIT helloArrived(*hello);
}

void WorkerConnection::refuse(const QByteArray &line, const std::string &why)
{
    if (m_refused)
        return;
    m_refused = true;
    m_refusal = Error(ErrorCode::WorkerProtocol, {toStd(line.left(200))}, why);
    m_process.kill();
}

void WorkerConnection::processFinished()
{
    readLines();
    readLogLines();
    if (!m_partialLogLine.isEmpty())
        Q_EMIT logLine(QString::fromUtf8(m_partialLogLine));
    end(m_refused ? m_refusal : crashError(m_process));
}

void WorkerConnection::end(const Error &reason)
{
    if (m_ended)
        return;
    m_ended = true;
    m_helloTimer.stop();
    Q_EMIT ended(reason);
    if (m_retired)
        deleteLater();
}

} // namespace flukeprint::jobs
