#include "core/workflows/training/run_execution.h"

#include "core/base/log.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/model_store.h"
#include "core/jobs/worker_call.h"
#include "core/protocol/job_file.h"
#include "core/protocol/presets.h"
#include "core/workflows/models/register_model.h"
#include "core/workflows/training/background_worker.h"
#include "core/workflows/training/compare_models.h"
#include "core/workflows/training/run_checkpoint.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace flukeprint::workflows {

RunExecution::RunExecution(catalogue::Catalogue &catalogue, RunId run, const TrainingRequest &request,
                           jobs::WorkerOptions worker, const jobs::WorkContext &context, RunEvents events)
    : m_catalogue(catalogue)
    , m_runs(catalogue)
    , m_run(run)
    , m_request(request)
    , m_worker(std::move(worker))
    , m_context(context)
    , m_passProgress(context.progress)
    , m_passWarning(context.warn)
    , m_events(std::move(events))
{
    m_context.warn = [this](const Error &what) { warn(what); };
    m_context.progress = [this](const Progress &progress) { tell(progress, 0); };
}

Result<TrainingOutcome> RunExecution::execute()
{
    setState(catalogue::RunState::Running);
    auto outcome = perform();
    if (outcome)
        setState(catalogue::RunState::Finished);
    else if (outcome.error().code == ErrorCode::Cancelled)
        setState(catalogue::RunState::Cancelled);
    else
        setState(catalogue::RunState::Failed, outcome.error());
    return outcome;
}

Result<TrainingOutcome> RunExecution::perform()
{
    const auto run = m_runs.get(m_run);
    if (!run)
        return run.error();
    m_folder = m_catalogue.resolve(run->folder);
    if (const auto prepared = prepare(); !prepared)
        return prepared.error();
    if (m_request.prepareOnly) {
        const auto written = protocol::writeJobFile(m_folder / "job.json", trainJob(false));
        return written ? Error(ErrorCode::Cancelled) : written.error();
    }
    jobs::WorkerProcess worker(inBackground(m_worker));
    QObject::connect(&worker, &jobs::WorkerProcess::ready, &worker,
                     [this](const protocol::HelloMessage &hello) { noteDevice(hello); });
    const auto result = train(worker);
    if (!result)
        return result.error();
    return conclude(*result, worker);
}

Result<QByteArray> RunExecution::train(jobs::WorkerProcess &worker)
{
    const auto checkpoint = newestCheckpoint(m_folder);
    if (const auto dropped = m_runs.dropMetricsAfter(m_run, checkpoint.value_or(-1)); !dropped)
        return dropped.error();
    jobs::RunIngest ingest(m_catalogue, m_run, m_events.points);
    auto result = callTrainer(worker, ingest, checkpoint.has_value());
    if (!result && result.error().code == ErrorCode::NothingToDo && checkpoint)
        result = callTrainer(worker, ingest, false);
    if (const auto flushed = ingest.flush(); !flushed)
        log(LogLevel::Warning, "training", "figures not stored: " + flushed.error().debugText());
    // Also what the worker wrote and could not say any more.
    if (const auto read = jobs::ingestMetricsFile(m_catalogue, m_run, m_folder); !read)
        log(LogLevel::Warning, "training", "figures not read again: " + read.error().debugText());
    return result;
}

protocol::TrainJob RunExecution::trainJob(bool resume) const
{
    protocol::TrainJob job;
    job.runFolder = m_folder.string();
    job.packPath = (m_folder / packName).string();
    job.preset = m_request.preset;
    job.settings = m_request.settings;
    job.startModelPath = m_request.startModelFile.string();
    job.freshHead = m_request.freshHead;
    job.tripletsPath = m_request.tripletsFile.empty() ? std::string() : (m_folder / tripletsName).string();
    job.device = m_request.device;
    job.threads = m_request.threads;
    job.resume = resume;
    return job;
}

Result<QByteArray> RunExecution::callTrainer(jobs::WorkerProcess &worker, jobs::RunIngest &ingest, bool resume)
{
    jobs::WorkerListener listener;
    listener.onProgress = [this](const protocol::ProgressMessage &message) {
        tell({message.stage, message.done, message.total, {}, message.secondsLeft}, message.itemsPerSecond);
    };
    listener.onMetric = [&ingest](const protocol::MetricMessage &message) { ingest.add(message); };
    listener.onWarning = [this](const Error &what) { warn(what); };
    listener.onLog = m_events.logged;
    return jobs::callWorker(worker, trainJob(resume), m_context.stop, listener, m_context.pause);
}

Result<ModelId> RunExecution::registerResult(const QByteArray &resultJson)
{
    const auto run = m_runs.get(m_run);
    if (!run)
        return run.error();
    // A run that died after this point and was resumed has its model already.
    if (run->model.isValid() && catalogue::ModelStore(m_catalogue).get(run->model))
        return run->model;
    const QJsonObject result = QJsonDocument::fromJson(resultJson).object();
    const std::filesystem::path file = result.value(QStringLiteral("model")).toString().toStdString();
    const auto model = registerModel(m_catalogue, run->name, m_run,
                                     [&](const std::filesystem::path &target) { return copyFile(file, target); });
    if (!model)
        return model.error();
    if (const auto set = m_runs.setModel(m_run, *model); !set)
        return set.error();
    return *model;
}

Result<TrainingOutcome> RunExecution::conclude(const QByteArray &resultJson, jobs::WorkerProcess &worker)
{
    m_context.progress({"registering", 0, 0, {}});
    const auto model = registerResult(resultJson);
    if (!model)
        return model.error();
    m_events.changed();
    const auto record = catalogue::ModelStore(m_catalogue).get(*model);
    if (!record)
        return record.error();
    const QJsonValue metrics = QJsonDocument::fromJson(resultJson).object().value(QStringLiteral("metrics"));
    TrainingOutcome outcome;
    outcome.run = m_run;
    outcome.model = *model;
    outcome.modelName = record->name.toStdString();
    outcome.modelPath = m_catalogue.resolve(record->file).string();
    outcome.metricsJson = QJsonDocument(metrics.toObject()).toJson(QJsonDocument::Compact).toStdString();
    compare(outcome, worker);
    outcome.warnings = m_warnings;
    // The photos are still there, and a finished run is not resumed: its chips have served.
    removePack();
    return outcome;
}

void RunExecution::compare(TrainingOutcome &outcome, jobs::WorkerProcess &worker)
{
    EmbedOptions options;
    options.device = m_request.device;
    options.threads = m_request.threads;
    const auto comparison = compareWithActive(m_catalogue, outcome.model, m_snapshot, worker, m_context, options);
    // The model is trained and registered; that a comparison could not be made does not change that.
    if (!comparison) {
        if (comparison.error().code != ErrorCode::Cancelled)
            warn(comparison.error());
        return;
    }
    outcome.comparison = *comparison;
    if (!outcome.comparison)
        return;
    if (const auto written = writeComparison(m_folder, *outcome.comparison); !written)
        warn(written.error());
}

void RunExecution::setState(catalogue::RunState state, const std::optional<Error> &error)
{
    if (const auto set = m_runs.setState(m_run, state, error); !set)
        log(LogLevel::Error, "training", "run state not stored: " + set.error().debugText());
    m_events.changed();
}

void RunExecution::noteDevice(const protocol::HelloMessage &hello)
{
    QString device = QStringLiteral("cpu");
    if (m_request.device != protocol::Device::Cpu) {
        const auto cuda =
            std::ranges::find_if(hello.devices, [](const std::string &name) { return name.starts_with("cuda"); });
        if (cuda != hello.devices.end())
            device = QString::fromStdString(*cuda);
    }
    if (m_runs.setDevice(m_run, device))
        m_events.changed();
}

void RunExecution::tell(const Progress &progress, double itemsPerSecond)
{
    // A run measures itself after each epoch; the job's share and rate are those of the whole run.
    if (progress.stage != "validating")
        m_ofRun = progress;
    m_ofRun.secondsLeft = progress.secondsLeft;
    if (m_passProgress)
        m_passProgress(m_ofRun);
    m_events.progressed(progress, itemsPerSecond);
}

void RunExecution::warn(const Error &what)
{
    m_warnings.push_back(what);
    if (m_passWarning)
        m_passWarning(what);
    m_events.warned(what);
}

} // namespace flukeprint::workflows
