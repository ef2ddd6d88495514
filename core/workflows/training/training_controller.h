#pragma once

#include "core/base/result.h"
#include "core/jobs/job_queue.h"
#include "core/jobs/run_ingest.h"
#include "core/jobs/worker_process.h"
#include "core/protocol/presets.h"
#include "core/protocol/snapshot.h"
#include "core/workflows/training/training_request.h"

#include <QObject>

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>

namespace flukeprint::workflows {

class EventRelay;

/// Training runs of one catalogue, from the wish to a registered model, as jobs of the queue ("train" {preset, run name}, lane
/// Worker). All work happens in a background thread with its own connection and its own worker program: freezing the
/// data, cutting chips, training, registering the model, comparing it with the active one. Nothing here makes a model serve:
/// that is requestActivation's, on the user's word.
///
/// A run's state in RunStore is the truth and survives anything: Queued, Running, Paused, Finished, Cancelled, Failed or, after the
/// program itself died, Interrupted (jobs::recoverRuns at opening). Cancelled, Failed and Interrupted runs go on with `resume`.
/// Lives in the thread of `catalogue` and `queue`, both of which must outlive it.
class TrainingController : public QObject
{
    Q_OBJECT

public:
    TrainingController(catalogue::Catalogue &catalogue, jobs::JobQueue &queue, jobs::WorkerOptions worker = {},
                       QObject *parent = nullptr);
    ~TrainingController() override;

    /// Checks the request and the data as they stand, then makes the run and its folder, and queues the job. Errors at once, with
    /// nothing left behind: PresetUnknown, SettingUnknown, SettingOutOfRange, AlreadyExists (name), FileNotFound (a table), those of
    /// checkStartModel, freezeSnapshot and readTriplets, InvalidArgument (triplets for a preset that learns from something else),
    /// DeviceUnavailable. What only cutting the chips shows (photos that cannot be read) or what changes until the run's turn comes ends it
    /// with `failed` before any worker starts.
    Result<RunId> start(const TrainingRequest &request);
    /// Goes on from the newest checkpoint, with the data as they were frozen; from the start where there is none yet. Restarting the
    /// job in the queue does the same.
    /// Errors: NotFound, InvalidArgument ("run", its state, ...: it is active or finished), FileNotFound (its folder is gone).
    Result<void> resume(RunId run);
    /// Removes a run that ended without a model, with its folder: curves, frozen data and checkpoints are gone for good. A run that gave a
    /// model stays, because comparisons must know what that model learned from. Errors: NotFound, InvalidArgument ("run", its state, ...; or
    /// "folder": the record names another one than `start` makes, and nothing is deleted), FileUnwritable (the folder; the run stays).
    Result<void> remove(RunId run);
    [[nodiscard]] static bool isRemovable(const catalogue::Run &run);
    /// Requests; ignored for runs that are not active. Pausing takes effect after the current step. Cancelling writes a checkpoint.
    void pause(RunId run);
    void unpause(RunId run);
    void cancel(RunId run);

    /// The run's job in the queue while it is queued, running or paused.
    [[nodiscard]] std::optional<jobs::JobKey> activeJob(RunId run) const;

Q_SIGNALS:
    /// State, model or device of the run changed in RunStore; also when a run appears.
    void runChanged(flukeprint::RunId run);
    void runRemoved(flukeprint::RunId run);
    /// Stage codes: "freezing", "packing", then the worker's own ("training", "validating", ...), "registering", "comparing".
    void progressed(flukeprint::RunId run, const flukeprint::Progress &progress, double itemsPerSecond);
    /// New points, stored already.
    void pointsAdded(flukeprint::RunId run, const flukeprint::jobs::MetricBatch &points);
    /// A line for the run's log view; log.txt of the run folder has them all.
    void logged(flukeprint::RunId run, const QString &text);
    void warned(flukeprint::RunId run, const flukeprint::Error &what);
    /// Exactly one of these three ends a start or a resume; RunStore has the new state by then.
    void finished(flukeprint::RunId run, const flukeprint::workflows::TrainingOutcome &outcome);
    void failed(flukeprint::RunId run, const flukeprint::Error &what);
    void cancelled(flukeprint::RunId run);

private:
    Result<void> checkRequest(const TrainingRequest &request, const protocol::RunConfig &config) const;
    Result<void> checkTriplets(const TrainingRequest &request, const protocol::RunConfig &config, const protocol::Snapshot &snapshot) const;
    Result<RunId> addRun(const TrainingRequest &request);
    Result<void> enqueue(RunId run, const QString &name, const TrainingRequest &request);
    void jobChanged(jobs::JobKey key);
    void jobEnded(jobs::JobKey key, jobs::JobState state);
    void jobRemoved(jobs::JobKey key);
    void moveState(RunId run, std::initializer_list<catalogue::RunState> from, catalogue::RunState to,
                   const std::optional<Error> &error = std::nullopt);

    catalogue::Catalogue &m_catalogue;
    jobs::JobQueue &m_queue;
    jobs::WorkerOptions m_worker;
    std::shared_ptr<EventRelay> m_relay;
    std::map<RunId, jobs::JobKey> m_jobs; ///< runs that have a job in the queue, ended ones included
    std::map<RunId, Result<TrainingOutcome>> m_outcomes; ///< between a thread's end and its job's
};

} // namespace flukeprint::workflows
