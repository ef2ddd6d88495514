#pragma once

#include "core/base/result.h"
#include "core/chips/embedding_file.h"
#include "core/jobs/worker_process.h"
#include "core/protocol/jobs.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <map>

namespace flukeprint::jobs {

using EmbeddingsReady = std::function<void(Result<chips::EmbeddingTable>)>;

/// The one worker that stays loaded for identification, apart from the workers of training and bulk jobs, so that neither waits
/// for the other. It starts with the first request or `warmUp`, stays until `idleShutdownMs` passed without a request, and is
/// started afresh by the next request when it died meanwhile. Lives in one thread with an event loop.
class WarmWorker : public QObject
{
    Q_OBJECT

public:
    /// `idleShutdownMs` 0: never ends while idle.
    explicit WarmWorker(WorkerOptions options = {}, int idleShutdownMs = 10 * 60 * 1000, QObject *parent = nullptr);

    /// Embeds a pack and reads the result file. `ready` is called once, from the event loop, in this object's thread: with the
    /// rows in the pack's order, or with Cancelled, WorkerCrashed or the job's own error. Neither file is deleted.
    protocol::JobNumber embed(const protocol::EmbedJob &job, EmbeddingsReady ready);
    void cancel(protocol::JobNumber job);
    void warmUp();
    [[nodiscard]] qint64 processId() const { return m_worker.processId(); }

Q_SIGNALS:
    /// True while at least one request is under way.
    void busyChanged(bool busy);

private:
    struct Request
    {
        protocol::EmbedJob job;
        EmbeddingsReady ready;
    };
    void finish(protocol::JobNumber job, Result<chips::EmbeddingTable> outcome);

    WorkerProcess m_worker;
    QTimer m_idle;
    std::map<protocol::JobNumber, Request> m_requests;
};

} // namespace flukeprint::jobs
