#pragma once

#include "core/base/result.h"
#include "core/jobs/pause_switch.h"
#include "core/jobs/worker_process.h"
#include "core/protocol/messages.h"

#include <QByteArray>

#include <functional>
#include <stop_token>

namespace flukeprint::jobs {

/// What to hear of a running job; all are called in the thread that called `callWorker` and may be empty.
struct WorkerListener
{
    std::function<void(const protocol::ProgressMessage &)> onProgress;
    std::function<void(const protocol::MetricMessage &)> onMetric;
    std::function<void(const Error &)> onWarning;
    std::function<void(const QString &)> onLog;
    std::function<void(bool paused)> onPaused;
};

/// Runs one job to its end and returns the JSON object of its Done message. Meant for background threads: it blocks in a nested
/// event loop of the calling thread, which must be the one that `worker` lives in. The worker stays loaded for the next call.
/// Errors: Cancelled after a stop request, else whatever the job failed with (see WorkerProcess); a crash is WorkerCrashed, and
/// the next call starts a fresh program.
Result<QByteArray> callWorker(WorkerProcess &worker, const protocol::JobSpec &spec, const std::stop_token &stop,
                              const WorkerListener &listener = {}, PauseSwitch *pause = nullptr);

} // namespace flukeprint::jobs
