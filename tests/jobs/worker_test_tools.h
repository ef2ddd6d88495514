#pragma once

#include "core/jobs/worker_process.h"

#include <QFileInfo>
#include <QTest>

#include <csignal>

namespace flukeprint::jobs {

/// How long tests wait for what happens in milliseconds on an idle machine; busy ones start programs slowly.
constexpr int patienceMs = 60'000;

inline WorkerOptions scriptedWorker(const QString &manner = QStringLiteral("well"))
{
    WorkerOptions options;
    options.program = QStringLiteral(SCRIPTED_WORKER);
    options.arguments = QStringList{manner};
    return options;
}

/// An embed job whose model path tells the scripted worker how to behave.
inline protocol::JobSpec scriptedJob(const std::string &how)
{
    protocol::EmbedJob job;
    job.modelPath = how;
    return job;
}

/// Whether a process of that number still runs; a zombie does not.
inline bool isAlive(qint64 processId)
{
    QFile file(QStringLiteral("/proc/%1/stat").arg(processId));
    if (!file.open(QIODevice::ReadOnly))
        return false;
    const QByteArray line = file.readAll();
    return !line.mid(line.lastIndexOf(')') + 2).startsWith('Z');
}

} // namespace flukeprint::jobs
