#pragma once

#include "core/protocol/messages.h"

#include <QDebug>
#include <QElapsedTimer>
#include <QProcess>

#include <functional>
#include <optional>
#include <variant>

namespace flukeprint::protocol {

inline constexpr int patienceMs = 60'000; // only a worker that hangs says nothing for that long

/// A worker and what it said.
class Worker
{
public:
    /// `beforeStart` runs in the child, between fork and exec.
    explicit Worker(const std::function<void()> &beforeStart = {})
    {
        process.setProgram(qEnvironmentVariable("FLUKEPRINT_WORKER"));
        process.setChildProcessModifier(beforeStart);
        process.start();
    }
    ~Worker()
    {
        process.kill();
        process.waitForFinished();
    }
    void send(const Request &request) { sendLine(QByteArray::fromStdString(encode(request))); }
    void sendLine(const QByteArray &line)
    {
        process.write(line + '\n');
        process.waitForBytesWritten();
    }
    /// The next message of type T; everything before it is dropped.
    template<typename T> std::optional<T> wait()
    {
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < patienceMs) {
            while (process.canReadLine()) {
                timer.restart();
                const QByteArray line = process.readLine().trimmed();
                const auto message = decodeMessage(line.toStdString());
                if (!message) {
                    qWarning() << "not a message:" << line;
                    return std::nullopt;
                }
                if (const T *wanted = std::get_if<T>(&*message))
                    return *wanted;
                if (const auto *failed = std::get_if<FailedMessage>(&*message))
                    qWarning() << failed->what.debugText().c_str();
            }
            if (process.state() == QProcess::NotRunning)
                return std::nullopt;
            process.waitForReadyRead(200);
        }
        return std::nullopt;
    }
    bool endsCleanly()
    {
        return process.waitForFinished(patienceMs) && process.exitStatus() == QProcess::NormalExit
            && process.exitCode() == 0;
    }

    QProcess process;
};

} // namespace flukeprint::protocol
