#include "core/workflows/training/training_controller.h"

#include "core/base/log.h"
#include "core/catalogue/annotation_store.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/run_store.h"
#include "core/catalogue/transaction.h"
#include "core/protocol/presets.h"
#include "core/workflows/training/device_check.h"
#include "core/workflows/training/event_relay.h"
#include "core/workflows/training/freeze_snapshot.h"
#include "core/workflows/training/run_execution.h"
#include "core/workflows/training/run_request_json.h"
#include "core/workflows/training/start_model.h"
#include "core/workflows/training/triplet_table.h"

#include <QPointer>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace flukeprint::workflows {

namespace {

using catalogue::RunState;

constexpr qsizetype longestName = 100;

bool isResumable(RunState state)
{
    return state == RunState::Cancelled || state == RunState::Failed || state == RunState::Interrupted;
}

/// The name is that of a folder too.
Result<void> checkName(const QString &name)
{
    const bool bad = name.size() > longestName || name.startsWith(u'.') || name.trimmed() != name
        || std::ranges::any_of(name, [](QChar c) { return !c.isPrint() || QStringLiteral("/\\:*?\"<>|").contains(c); });
    if (bad)
        return Error(ErrorCode::InvalidArgument, {"name", name.toStdString(), "a file name of at most 100 characters"});
    return {};
}

Result<void> checkFile(const std::filesystem::path &path)
{
    std::error_code ignored;
    if (!path.empty() && !std::filesystem::is_regular_file(path, ignored))
        return Error(ErrorCode::FileNotFound, {path.string()});
    return {};
}

std::string tripletPresets()
{
    std::string names;
    for (const protocol::PresetSpec &preset : protocol::presets()) {
        const auto config = protocol::resolve(preset.name, {});
        if (config && config->textOr("sampler", "") == "triplets")
            names += (names.empty() ? "" : ", ") + preset.name;
    }
    return names;
}

} // namespace

TrainingController::TrainingController(catalogue::Catalogue &catalogue, jobs::JobQueue &queue,
                                       jobs::WorkerOptions worker, QObject *parent)
    : QObject(parent)
    , m_catalogue(catalogue)
    , m_queue(queue)
    , m_worker(std::move(worker))
    , m_relay(std::make_shared<EventRelay>(this))
{
    connect(&m_queue, &jobs::JobQueue::jobChanged, this, &TrainingController::jobChanged);
    connect(&m_queue, &jobs::JobQueue::jobEnded, this, &TrainingController::jobEnded);
    connect(&m_queue, &jobs::JobQueue::jobRemoved, this, &TrainingController::jobRemoved);
}

TrainingController::~TrainingController()
{
    m_relay->close();
}

Result<RunId> TrainingController::start(const TrainingRequest &request)
{
    const auto config = protocol::resolve(request.preset, request.settings);
    if (!config)
        return config.error();
    if (const auto checked = checkRequest(request, *config); !checked)
        return checked.error();
    TrainingRequest complete = request;
    const auto startModel = chooseStartModel(m_catalogue, request, *config);
    if (!startModel)
        return startModel.error();
    complete.startModelFile = startModel->file;
    complete.freshHead = startModel->freshHead;
    if (!request.tripletsFile.empty())
        complete.tripletsFile = std::filesystem::absolute(request.tripletsFile);
    if (const auto available = checkDevice(request.device, m_worker); !available)
        return available.error();
    const auto run = addRun(complete);
    if (!run)
        return run.error();
    const auto record = catalogue::RunStore(m_catalogue).get(*run);
    if (!record)
        return record.error();
    if (const auto queued = enqueue(*run, record->name, complete); !queued)
        return queued.error();
    Q_EMIT runChanged(*run);
    return *run;
}

Result<void> TrainingController::checkRequest(const TrainingRequest &request, const protocol::RunConfig &config) const
{
    for (const auto &path : {request.splitFile, request.calibrationFile, request.startModelFile, request.tripletsFile}) {
        if (const auto checked = checkFile(path); !checked)
            return checked.error();
    }
    if (const auto checked = checkName(QString::fromStdString(request.name)); !checked)
        return checked.error();
    if (!request.startModelFile.empty()) {
        if (const auto fits = checkStartModel(request.startModelFile, config, request.freshHead); !fits)
            return fits.error();
    }
    const auto counts = catalogue::AnnotationStore(m_catalogue).counts();
    if (!counts)
        return counts.error();
    const auto tooFew = [](ErrorCode code, std::int64_t found, std::size_t needed) {
        return Error(code, {std::to_string(found), std::to_string(needed)});
    };
    if (counts->individuals < static_cast<std::int64_t>(fewestIndividuals))
        return tooFew(ErrorCode::TooFewIndividuals, counts->individuals, fewestIndividuals);
    if (counts->identified < static_cast<std::int64_t>(fewestTrainPhotos))
        return tooFew(ErrorCode::TooFewPhotos, counts->identified, fewestTrainPhotos);
    // Frozen anew when the run's turn comes; what is wrong already is better said now.
    const auto data = freezeSnapshot(m_catalogue, freezeOptions(request));
    if (!data)
        return data.error();
    return request.tripletsFile.empty() ? Result<void>() : checkTriplets(request, config, data->snapshot);
}

Result<void> TrainingController::checkTriplets(const TrainingRequest &request, const protocol::RunConfig &config,
                                               const protocol::Snapshot &snapshot) const
{
    if (config.textOr("sampler", "") != "triplets")
        return Error(ErrorCode::InvalidArgument, {"triplets", config.preset, "presets that learn from triplets: " + tripletPresets()});
    if (config.booleanOr("curriculum", false))
        return Error(ErrorCode::SettingOutOfRange, {"curriculum", "true", "false with triplets from a table"});
    const auto read = readTriplets(m_catalogue, request.tripletsFile, request.splitFile, snapshot);
    return read ? Result<void>() : Result<void>(read.error());
}

Result<RunId> TrainingController::addRun(const TrainingRequest &request)
{
    catalogue::RunStore runs(m_catalogue);
    QString name = QString::fromStdString(request.name);
    if (name.isEmpty()) {
        const auto freeName = runs.freeName(QString::fromStdString(request.preset));
        if (!freeName)
            return freeName.error();
        name = *freeName;
    }
    const auto config = protocol::resolve(request.preset, request.settings);
    if (!config)
        return config.error();
    const std::filesystem::path folder = m_catalogue.runsFolder() / name.toStdString();
    catalogue::Run run;
    run.name = name;
    run.preset = QString::fromStdString(request.preset);
    run.configJson = configJson(request, *config);
    run.state = RunState::Queued;
    run.folder = m_catalogue.stored(folder);
    const auto added = runs.add(run);
    if (!added)
        return added.error();
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (!failed)
        return *added;
    const Error problem(ErrorCode::FileUnwritable, {folder.string(), failed.message()});
    if (const auto noted = runs.setState(*added, RunState::Failed, problem); !noted)
        return noted.error();
    return problem;
}

Result<void> TrainingController::enqueue(RunId run, const QString &name, const TrainingRequest &request)
{
    jobs::JobTraits traits{{"train", {request.preset, name.toStdString()}}, jobs::JobLane::Worker, true, true, true};
    const auto relay = m_relay;
    RunEvents events;
    events.changed = [this, relay, run] { relay->post([this, run] { Q_EMIT runChanged(run); }); };
    events.progressed = [this, relay, run](const Progress &progress, double rate) {
        relay->post([this, run, progress, rate] { Q_EMIT progressed(run, progress, rate); });
    };
    events.points = [this, relay, run](const jobs::MetricBatch &points) {
        relay->post([this, run, points] { Q_EMIT pointsAdded(run, points); });
    };
    events.logged = [this, relay, run](const QString &text) {
        relay->post([this, run, text] { Q_EMIT logged(run, text); });
    };
    events.warned = [this, relay, run](const Error &what) {
        relay->post([this, run, what] { Q_EMIT warned(run, what); });
    };
    const catalogue::Catalogue &catalogue = m_catalogue;
    const auto work = [&catalogue, run, request, events,
                       options = m_worker](const jobs::WorkContext &context) -> Result<TrainingOutcome> {
        auto connection = catalogue.openConnection();
        if (!connection)
            return connection.error();
        return RunExecution(*connection, run, request, options, context, events).execute();
    };
    const auto ready = [self = QPointer(this), run](const Result<TrainingOutcome> &outcome) {
        if (self)
            self->m_outcomes.insert_or_assign(run, outcome);
    };
    m_jobs[run] = m_queue.add(jobs::makeThreadJob<TrainingOutcome>(std::move(traits), work, ready));
    return {};
}

bool TrainingController::isRemovable(const catalogue::Run &run)
{
    return isResumable(run.state) && !run.model.isValid();
}

Result<void> TrainingController::resume(RunId run)
{
    catalogue::RunStore runs(m_catalogue);
    const auto record = runs.get(run);
    if (!record)
        return record.error();
    if (!isResumable(record->state)) {
        return Error(ErrorCode::InvalidArgument,
                     {"run", nameOf(record->state).toStdString(), "cancelled, failed, interrupted"});
    }
    const std::filesystem::path folder = m_catalogue.resolve(record->folder);
    if (!std::filesystem::is_directory(folder))
        return Error(ErrorCode::FileNotFound, {folder.string()});
    const auto job = m_jobs.find(run);
    if (job != m_jobs.end() && m_queue.status(job->second)) {
        m_queue.restart(job->second);
        return {};
    }
    const auto request = requestFromConfig(record->configJson, record->name);
    if (!request)
        return request.error();
    moveState(run, {record->state}, RunState::Queued);
    return enqueue(run, record->name, *request);
}

Result<void> TrainingController::remove(RunId run)
{
    catalogue::RunStore runs(m_catalogue);
    const auto record = runs.get(run);
    if (!record)
        return record.error();
    if (!isRemovable(*record) || activeJob(run))
        return Error(ErrorCode::InvalidArgument, {"run", nameOf(record->state).toStdString(), "cancelled, failed or interrupted, without a model"});
    // Only what start() made is deleted, by the run's checked name: a damaged record may name any folder at all.
    const std::filesystem::path folder = m_catalogue.runsFolder() / record->name.toStdString();
    if (!checkName(record->name) || m_catalogue.resolve(record->folder).lexically_normal() != folder.lexically_normal())
        return Error(ErrorCode::InvalidArgument, {"folder", record->folder.toStdString(), folder.string()});
    // Out of the way first: what cannot be moved is not forgotten either.
    const std::filesystem::path aside = folder.parent_path() / (".removed-" + folder.filename().string());
    std::error_code failed;
    const bool exists = std::filesystem::exists(folder, failed);
    if (exists) {
        std::filesystem::remove_all(aside, failed); // of a run of this name, if that could not be deleted wholly
        std::filesystem::rename(folder, aside, failed);
    }
    if (failed)
        return Error(ErrorCode::FileUnwritable, {folder.string(), failed.message()});
    if (const Result<void> removed = runs.remove(run); !removed) {
        if (exists)
            std::filesystem::rename(aside, folder, failed);
        return removed;
    }
    std::filesystem::remove_all(aside, failed);
    if (failed)
        log(LogLevel::Warning, "training", "left behind: " + aside.string());
    if (const auto job = m_jobs.find(run); job != m_jobs.end())
        m_queue.remove(job->second);
    m_jobs.erase(run);
    Q_EMIT runRemoved(run);
    return {};
}

void TrainingController::pause(RunId run)
{
    if (const auto job = activeJob(run))
        m_queue.pause(*job);
}

void TrainingController::unpause(RunId run)
{
    if (const auto job = activeJob(run))
        m_queue.resume(*job);
}

void TrainingController::cancel(RunId run)
{
    if (const auto job = activeJob(run))
        m_queue.cancel(*job);
}

std::optional<jobs::JobKey> TrainingController::activeJob(RunId run) const
{
    const auto job = m_jobs.find(run);
    if (job == m_jobs.end())
        return std::nullopt;
    const auto status = m_queue.status(job->second);
    const bool active = status
        && (status->state == jobs::JobState::Queued || status->state == jobs::JobState::Running
            || status->state == jobs::JobState::Paused);
    return active ? std::optional(job->second) : std::nullopt;
}

void TrainingController::moveState(RunId run, std::initializer_list<RunState> from, RunState to,
                                   const std::optional<Error> &error)
{
    // Read and write in one transaction: the run's own thread writes its end at any moment.
    auto transaction = catalogue::Transaction::begin(m_catalogue);
    if (!transaction)
        return;
    catalogue::RunStore runs(m_catalogue);
    const auto record = runs.get(run);
    if (!record || std::ranges::find(from, record->state) == from.end())
        return;
    const auto moved = runs.setState(run, to, error);
    if (!moved || !transaction->commit()) {
        log(LogLevel::Warning, "training", "run state not stored");
        return;
    }
    Q_EMIT runChanged(run);
}

void TrainingController::jobChanged(jobs::JobKey key)
{
    const auto entry = std::ranges::find_if(m_jobs, [key](const auto &pair) { return pair.second == key; });
    const auto status = m_queue.status(key);
    if (entry == m_jobs.end() || !status)
        return;
    const RunId run = entry->first;
    if (status->state == jobs::JobState::Paused)
        moveState(run, {RunState::Running}, RunState::Paused);
    else if (status->state == jobs::JobState::Running)
        moveState(run, {RunState::Paused}, RunState::Running);
    else if (status->state == jobs::JobState::Queued)
        moveState(run, {RunState::Cancelled, RunState::Failed, RunState::Interrupted}, RunState::Queued);
}

void TrainingController::jobEnded(jobs::JobKey key, jobs::JobState state)
{
    const auto entry = std::ranges::find_if(m_jobs, [key](const auto &pair) { return pair.second == key; });
    if (entry == m_jobs.end())
        return;
    const RunId run = entry->first;
    const auto outcome = m_outcomes.extract(run);
    if (outcome.empty()) { // cancelled while it still waited for its turn
        moveState(run, {RunState::Queued}, RunState::Cancelled);
        Q_EMIT cancelled(run);
    } else if (outcome.mapped().ok()) {
        Q_EMIT finished(run, *outcome.mapped());
    } else if (state == jobs::JobState::Cancelled) {
        Q_EMIT cancelled(run);
    } else {
        // Queued still: the thread did not even get its connection.
        moveState(run, {RunState::Queued}, RunState::Failed, outcome.mapped().error());
        Q_EMIT failed(run, outcome.mapped().error());
    }
}

void TrainingController::jobRemoved(jobs::JobKey key)
{
    std::erase_if(m_jobs, [key](const auto &pair) { return pair.second == key; });
}

} // namespace flukeprint::workflows
