#pragma once

#include "core/base/result.h"
#include "core/catalogue/run_store.h"
#include "core/jobs/run_ingest.h"
#include "core/jobs/thread_job.h"
#include "core/jobs/worker_process.h"
#include "core/protocol/snapshot.h"
#include "core/workflows/training/training_request.h"

#include <QString>

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

/// What a run in the background has to say; called in its thread.
struct RunEvents
{
    std::function<void()> changed;
    std::function<void(const Progress &, double itemsPerSecond)> progressed;
    std::function<void(const jobs::MetricBatch &)> points;
    std::function<void(const QString &)> logged;
    std::function<void(const Error &)> warned;
};

/// One start or resumption of a run, from data to registered model, in the thread of `catalogue`. What exists in the run folder is
/// used: data that were frozen before stay as they are, and training goes on from the newest checkpoint.
class RunExecution
{
public:
    RunExecution(catalogue::Catalogue &catalogue, RunId run, const TrainingRequest &request, jobs::WorkerOptions worker,
                 const jobs::WorkContext &context, RunEvents events);

    /// Blocks. Leaves the run Finished, Cancelled or Failed in the store.
    Result<TrainingOutcome> execute();

private:
    Result<TrainingOutcome> perform();
    Result<void> prepare();
    Result<void> freezeAndPack();
    Result<void> repack();
    Result<QByteArray> train(jobs::WorkerProcess &worker);
    [[nodiscard]] protocol::TrainJob trainJob(bool resume) const;
    Result<QByteArray> callTrainer(jobs::WorkerProcess &worker, jobs::RunIngest &ingest, bool resume);
    Result<ModelId> registerResult(const QByteArray &resultJson);
    Result<TrainingOutcome> conclude(const QByteArray &resultJson, jobs::WorkerProcess &worker);
    void compare(TrainingOutcome &outcome, jobs::WorkerProcess &worker);
    void setState(catalogue::RunState state, const std::optional<Error> &error = std::nullopt);
    void noteDevice(const protocol::HelloMessage &hello);
    void tell(const Progress &progress, double itemsPerSecond);
    void warn(const Error &what);

    catalogue::Catalogue &m_catalogue;
    catalogue::RunStore m_runs;
    RunId m_run;
    TrainingRequest m_request;
    jobs::WorkerOptions m_worker;
    jobs::WorkContext m_context; ///< of the stages before and after training; speaks through the two below and m_events
    ProgressFn m_passProgress;
    Progress m_ofRun; ///< as the job's strip shows it
    std::function<void(const Error &)> m_passWarning;
    RunEvents m_events;
    std::filesystem::path m_folder;
    protocol::Snapshot m_snapshot;
    std::vector<Error> m_warnings;
};

} // namespace flukeprint::workflows
