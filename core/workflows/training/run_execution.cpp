#include "core/workflows/training/run_execution.h"

#include "core/base/log.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/model_store.h"
#include "core/chips/chip_pack.h"
#include "core/jobs/worker_call.h"
#include "core/protocol/job_file.h"
#include "core/protocol/presets.h"
#include "core/workflows/models/register_model.h"
#include "core/workflows/training/background_worker.h"
#include "core/workflows/training/compare_models.h"
#include "core/workflows/training/freeze_snapshot.h"
#include "core/workflows/training/run_pack.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <charconv>
#include <set>
#include <system_error>

namespace flukeprint::workflows {

namespace {

constexpr const char *packName = "chips.fpc";
constexpr const char *snapshotName = "snapshot.json";

/// N of the newest checkpoint-N.safetensors that is complete; none: nothing to go on from.
std::optional<std::int64_t> newestCheckpoint(const std::filesystem::path &folder)
{
    constexpr std::string_view prefix = "checkpoint-";
    constexpr std::string_view suffix = ".safetensors";
    std::optional<std::int64_t> newest;
    std::error_code ignored;
    for (const auto &entry : std::filesystem::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(prefix) || !name.ends_with(suffix))
            continue;
        std::int64_t step = -1;
        const char *end = name.data() + name.size() - suffix.size();
        const auto parsed = std::from_chars(name.data() + prefix.size(), end, step);
        if (parsed.ec == std::errc{} && parsed.ptr == end
            && std::filesystem::exists(folder / ("optimizer-" + std::to_string(step) + std::string(suffix))))
            newest = std::max(newest.value_or(step), step);
    }
    return newest;
}

chips::ChipShape shapeOf(const protocol::RunConfig &config)
{
    return {static_cast<std::uint32_t>(config.integer("input_width")),
            static_cast<std::uint32_t>(config.integer("input_height")), 3};
}

std::vector<AnnotationId> annotationsOf(const protocol::Snapshot &snapshot)
{
    std::vector<AnnotationId> ids;
    ids.reserve(snapshot.items.size());
    for (const protocol::SnapshotItem &item : snapshot.items)
        ids.push_back(item.annotation);
    return ids;
}

std::vector<AnnotationId> absentFrom(const std::vector<AnnotationId> &packed, const std::vector<AnnotationId> &wanted)
{
    const std::set<AnnotationId> there(packed.begin(), packed.end());
    std::vector<AnnotationId> absent;
    std::ranges::copy_if(wanted, std::back_inserter(absent), [&](AnnotationId id) { return !there.contains(id); });
    return absent;
}

} // namespace

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

Result<void> RunExecution::prepare()
{
    auto snapshot = protocol::readSnapshot(m_folder / snapshotName);
    if (!snapshot && snapshot.error().code == ErrorCode::FileNotFound)
        return freezeAndPack();
    if (!snapshot)
        return snapshot.error();
    m_snapshot = std::move(snapshot).value();
    if (chips::ChipPackReader::open(m_folder / packName))
        return {};
    return repack();
}

Result<void> RunExecution::freezeAndPack()
{
    m_context.progress({"freezing", 0, 0, {}});
    const auto config = protocol::resolve(m_request.preset, m_request.settings);
    if (!config)
        return config.error();
    FreezeOptions options;
    options.splitFile = m_request.splitFile;
    options.calibrationFile = m_request.calibrationFile;
    options.useUnidentified = m_request.useUnidentified;
    auto data = freezeSnapshot(m_catalogue, options);
    if (!data)
        return data.error();
    for (const Error &warning : data->warnings)
        warn(warning);
    const auto wanted = annotationsOf(data->snapshot);
    const auto packed = writeChipPack(m_catalogue, wanted, shapeOf(*config), m_folder / packName, m_context);
    if (!packed)
        return packed.error();
    const auto absent = absentFrom(packed->annotations, wanted);
    if (!absent.empty()) {
        if (const auto left = leaveOut(*data, absent); !left)
            return left.error();
    }
    // Last: a snapshot in the folder says that the data are complete.
    if (const auto written = protocol::writeSnapshot(m_folder / snapshotName, data->snapshot); !written)
        return written.error();
    m_snapshot = std::move(data->snapshot);
    const auto hashed = m_runs.setSnapshotHash(m_run, QString::fromStdString(m_snapshot.hash));
    m_events.changed();
    return hashed;
}

Result<void> RunExecution::repack()
{
    const auto config = protocol::resolve(m_request.preset, m_request.settings);
    if (!config)
        return config.error();
    const auto wanted = annotationsOf(m_snapshot);
    const auto packed = writeChipPack(m_catalogue, wanted, shapeOf(*config), m_folder / packName, m_context);
    if (!packed)
        return packed.error();
    // A resumed run must see the very same data.
    if (const auto absent = absentFrom(packed->annotations, wanted); !absent.empty()) {
        std::error_code ignored;
        std::filesystem::remove(m_folder / packName, ignored);
        return Error(ErrorCode::TooFewPhotos,
                     {std::to_string(packed->annotations.size()), std::to_string(wanted.size())},
                     "photos of the frozen data are missing");
    }
    return {};
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
    std::error_code ignored;
    std::filesystem::remove(m_folder / packName, ignored);
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
