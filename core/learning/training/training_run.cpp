#include "core/learning/training/training_run.h"

#include "core/learning/embedding/embedder.h"
#include "core/learning/training/start_model.h"

#include <torch/torch.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace flukeprint::learning {

namespace {

/// Every step has its point on the curves at first, then every tenth.
constexpr std::int64_t stepsShownSingly = 20;
constexpr std::int64_t stepsAPoint = 10;
/// With many epochs they are validated about this often in all: the gallery costs as much as an epoch's forward passes.
constexpr std::int64_t automaticValidations = 30;

Result<void> checkSame(const protocol::RunConfig &wanted, const std::string &hash, const Checkpoint &checkpoint)
{
    if (checkpoint.snapshotHash != hash)
        return Error(ErrorCode::InvalidArgument, {"snapshot", hash, checkpoint.snapshotHash});
    if (checkpoint.config.preset != wanted.preset)
        return Error(ErrorCode::InvalidArgument, {"preset", wanted.preset, checkpoint.config.preset});
    for (const auto &[key, value] : wanted.values) {
        const auto saved = checkpoint.config.values.find(key);
        const bool mayDiffer = key == "checkpoint_minutes";
        if (!mayDiffer && (saved == checkpoint.config.values.end() || saved->second != value))
            return Error(ErrorCode::InvalidArgument,
                         {key, value, saved == checkpoint.config.values.end() ? "" : saved->second});
    }
    return {};
}

} // namespace

TrainingRun::TrainingRun(const protocol::TrainJob &job, const TrainCallbacks &callbacks, std::stop_token stop,
                         protocol::RunConfig config, RunData data, torch::Device device)
    : m_job(job)
    , m_callbacks(callbacks)
    , m_stop(std::move(stop))
    , m_config(std::move(config))
    , m_folder(job.runFolder)
    , m_data(std::move(data))
    , m_device(device)
    , m_sampler(m_data.makeSampler(m_config))
    , m_stepsPerEpoch(m_sampler.batchesPerEpoch())
    , m_lastTick(Clock::now())
    , m_lastCheckpoint(Clock::now())
{
    m_schedule.totalSteps = epochs() * m_stepsPerEpoch;
    m_schedule.warmupSteps = std::llround(m_config.real("warmup_epochs") * static_cast<double>(m_stepsPerEpoch));
    m_schedule.finalFactor = m_config.real("final_rate_factor");
}

Result<std::unique_ptr<TrainingRun>> TrainingRun::prepare(const protocol::TrainJob &job, const TrainCallbacks &callbacks,
                                                          std::stop_token stop)
{
    Result<protocol::RunConfig> config = protocol::resolve(job.preset, job.settings);
    if (!config)
        return config.error();
    const Result<torch::Device> device = resolveDevice(job.device);
    if (!device)
        return device.error();
    Result<RunData> data = RunData::load(job.runFolder, job.packPath, *config);
    if (!data)
        return data.error();
    std::unique_ptr<TrainingRun> run(
        new TrainingRun(job, callbacks, std::move(stop), std::move(*config), std::move(*data), *device));
    run->progress("preparing", 0, 0, 0);
    if (const Result<void> loaded = run->load(); !loaded)
        return loaded.error();
    return run;
}

Result<void> TrainingRun::load()
{
    if (m_job.resume)
        return loadCheckpoint();
    Result<StartModel> model = makeStartModel(m_config, m_job.startModelPath, m_data);
    if (!model)
        return model.error();
    const std::vector<std::string> missing = model->missing;
    createLearner(std::move(model->info), std::move(model->network));
    if (const Result<void> opened = openFiles(); !opened)
        return opened;
    std::string names;
    for (const std::string &name : missing)
        names += (names.empty() ? "" : ", ") + name;
    if (!missing.empty())
        say("freshly initialised: " + names);
    return {};
}

Result<void> TrainingRun::loadCheckpoint()
{
    std::vector<Error> skipped;
    Result<Checkpoint> checkpoint = readNewestCheckpoint(m_folder, skipped);
    for (const Error &error : skipped)
        warn(error);
    if (!checkpoint)
        return checkpoint.error();
    if (const Result<void> same = checkSame(m_config, m_data.snapshot().hash, *checkpoint); !same)
        return same;
    Result<StartModel> model = makeResumedModel(m_config, checkpoint->info, m_data);
    if (!model)
        return model.error();
    createLearner(std::move(model->info), std::move(model->network));
    const Result<void> restored = m_learner->restore(checkpoint->weights, checkpoint->optimizerState, checkpoint->path);
    if (!restored)
        return restored;
    m_state = std::move(checkpoint->state);
    m_learner->parts = m_state.parts;
    m_resumed = true;
    m_unsaved = false;
    if (const Result<void> cut = cutToLines(m_folder / "metrics.jsonl", m_state.metricLines); !cut)
        return cut;
    return openFiles();
}

void TrainingRun::createLearner(ModelInfo info, EmbeddingNetwork network)
{
    m_info = std::move(info);
    const std::vector<std::int64_t> counts = m_data.classCounts(m_config.boolean("mirror_identity"));
    m_learner = std::make_unique<Learner>(m_config, m_info, std::move(network), counts, m_device);
    m_learner->beforeForward = m_callbacks.beforeForward;
    m_learner->warning = [this](const Error &what) { warn(what); };
    m_validator = std::make_unique<Validator>(
        m_data, m_info, m_device, m_job.threads, [this] { return proceed(); },
        [this](std::int64_t done, std::int64_t total) { progress("validating", done, total, 0); });
    m_lossBatches = m_validator->lossBatches(m_sampler.individualsPerBatch());
}

Result<void> TrainingRun::openFiles()
{
    if (!m_resumed) {
        if (const Result<void> cleared = clearRunFolder(m_folder); !cleared)
            return cleared;
    }
    const std::map<std::string, std::string> facts{
        {"device", m_device.str()},
        {"threads", std::to_string(at::get_num_threads())},
        {"start_model", m_job.startModelPath},
        {"snapshot", m_data.snapshot().hash},
        {"individuals", std::to_string(m_data.individualCount())},
        {"photos_train", std::to_string(m_data.train().size())},
        {"photos_negative", std::to_string(m_data.negatives().size())},
        {"photos_validation", std::to_string(m_data.validation().size())},
        {"steps_per_epoch", std::to_string(m_stepsPerEpoch)},
    };
    if (!m_resumed) {
        if (const Result<void> written = writeConfig(m_folder, m_config, facts); !written)
            return written;
    }
    if (const Result<void> opened = m_log.open(m_folder / "log.txt"); !opened)
        return opened;
    if (const Result<void> opened = m_metrics.open(m_folder / "metrics.jsonl"); !opened)
        return opened;
    say(m_resumed ? "resumed after step " + std::to_string(m_state.step) : "started");
    for (const auto &[name, value] : facts)
        say(name + " " + value);
    if (m_config.text("precision") == "bf16" && m_device.is_cpu())
        warn(Error(ErrorCode::DeviceUnavailable, {"bf16 cpu"}));
    if (m_lossBatches.empty())
        warn(Error(ErrorCode::TooFewPhotos, {"0", "1"}, "no validation query: no MAP@5, the last epoch is kept"));
    return {};
}

Result<TrainOutcome> TrainingRun::run()
{
    m_lastTick = m_lastCheckpoint = Clock::now();
    Result<void> trained = trainAll();
    if (!trained && trained.error().code == ErrorCode::Cancelled) {
        // What was reached is worth keeping whatever ends the run; if even that fails, the older checkpoint stays.
        if (const Result<void> saved = m_unsaved ? saveCheckpoint() : Result<void>(); !saved)
            warn(saved.error());
    }
    if (!trained) {
        say("ended: " + trained.error().debugText());
        return trained.error();
    }
    return finish();
}

Result<void> TrainingRun::trainAll()
{
    if (!m_state.startMeasured) {
        if (const Result<void> measured = validate(); !measured)
            return measured;
        m_state.startMeasured = true;
    }
    BatchLoader loader(m_data, m_sampler, m_state.epoch, m_state.position);
    while (m_state.epoch < epochs()) {
        if (const Result<void> trained = trainEpoch(loader); !trained)
            return trained;
    }
    return {};
}

Result<void> TrainingRun::trainEpoch(BatchLoader &loader)
{
    m_learner->freezeTrunk(m_state.epoch < m_config.integer("freeze_epochs"));
    while (m_state.position < m_stepsPerEpoch) {
        if (!proceed())
            return Error(ErrorCode::Cancelled);
        if (const Result<void> trained = trainStep(loader); !trained)
            return trained;
        const std::chrono::duration<double, std::ratio<60>> minutes = Clock::now() - m_lastCheckpoint;
        if (minutes.count() >= m_config.real("checkpoint_minutes")) {
            if (const Result<void> saved = saveCheckpoint(); !saved)
                return saved;
        }
    }
    return finishEpoch();
}

Result<void> TrainingRun::trainStep(BatchLoader &loader)
{
    const LoadedBatch batch = loader.next();
    const Result<StepOutcome> outcome = m_learner->step(batch, m_state.step, currentRate());
    if (!outcome)
        return outcome.error();
    m_state.parts = m_learner->parts;
    ++m_state.step;
    ++m_state.position;
    m_unsaved = true;
    m_photosSinceMetric += batch.labels.size(0);
    if (const Result<void> judged = judgeStep(*outcome); !judged)
        return judged;
    progress("training", m_state.step, epochs() * m_stepsPerEpoch, m_photosPerSecond);
    if (m_state.step <= stepsShownSingly || m_state.step % stepsAPoint == 0)
        return sendStepMetric();
    return {};
}

Result<void> TrainingRun::judgeStep(const StepOutcome &outcome)
{
    const NonFiniteGuard::Action action = m_state.guard.judge(outcome.finite);
    if (action == NonFiniteGuard::Action::Proceed) {
        m_state.lossSum += outcome.loss;
        m_state.activeSum += outcome.activeTriplets;
        ++m_state.sumCount;
        return {};
    }
    const Error error(ErrorCode::LossNotFinite, {std::to_string(m_state.step)});
    if (action == NonFiniteGuard::Action::Stop)
        return error;
    warn(error);
    if (action == NonFiniteGuard::Action::HalveRate)
        say("learning rate halved: factor " + std::to_string(m_state.guard.rateFactor));
    return {};
}

Result<void> TrainingRun::finishEpoch()
{
    if (isValidated(m_state.epoch + 1)) {
        if (const Result<void> validated = validate(); !validated)
            return validated;
    }
    ++m_state.epoch;
    m_state.position = 0;
    return saveCheckpoint();
}

Result<void> TrainingRun::validate()
{
    Result<Validator::Figures> figures = m_validator->measure(m_learner->evaluationNetwork());
    if (!figures)
        return figures.error();
    const bool atStart = m_state.step == 0;
    if (atStart)
        imprintCentres();
    double lossSum = 0;
    std::int64_t lossRows = 0;
    for (const LoadedBatch &batch : m_lossBatches) {
        lossSum += m_learner->evaluationLoss(batch) * static_cast<double>(batch.identified);
        lossRows += batch.identified;
    }
    std::map<std::string, double> values = *figures;
    if (lossRows > 0)
        values["loss_validation"] = lossSum / static_cast<double>(lossRows);
    if (atStart && values.count("map5") > 0) {
        m_state.startMap5 = values.at("map5");
        values["start_map5"] = m_state.startMap5;
    }
    if (!atStart)
        values["images_per_second"] = m_photosPerSecond;
    const Result<void> kept = keepIfBest(values);
    return kept ? sendMetric(values) : kept;
}

void TrainingRun::imprintCentres()
{
    // Random start weights say nothing about who looks like whom.
    if (m_job.startModelPath.empty())
        return;
    std::vector<std::int64_t> labels;
    for (const RunPhoto &photo : m_data.train())
        labels.push_back(photo.label);
    m_learner->imprint(labels, m_validator->trainEmbeddings());
}

Result<void> TrainingRun::keepIfBest(const Validator::Figures &figures)
{
    const bool atStart = m_state.step == 0;
    const auto quality = [](const Validator::Figures &of) {
        const auto found = of.find("map5");
        return found == of.end() ? -1.0 : found->second;
    };
    const bool first = m_state.bestEpoch < 0;
    // Without validation photos the newest weights are the best guess.
    const bool better = quality(figures) < 0 || quality(figures) > quality(m_state.bestMetrics);
    if (!first && !better)
        return {};
    m_state.bestEpoch = atStart ? 0 : m_state.epoch + 1;
    m_state.bestMetrics = figures;
    return saveModel(m_folder / "best.safetensors", m_info, m_learner->evaluationNetwork(), false);
}

Result<void> TrainingRun::saveCheckpoint()
{
    tickClock();
    Checkpoint checkpoint;
    checkpoint.state = m_state;
    checkpoint.info = m_info;
    checkpoint.config = m_config;
    checkpoint.snapshotHash = m_data.snapshot().hash;
    checkpoint.weights = m_learner->weights();
    checkpoint.optimizerState = m_learner->optimizerState();
    const Result<void> written = writeCheckpoint(m_folder, checkpoint);
    if (written)
        m_unsaved = false;
    m_lastCheckpoint = Clock::now();
    return written;
}

Result<Validator::FinalFigures> TrainingRun::loadKept()
{
    EmbeddingNetwork &network = m_learner->evaluationNetwork();
    if (const Result<TensorMismatch> loaded = loadWeights(network, m_folder / "best.safetensors"); !loaded)
        return loaded.error();
    return m_validator->measureFinally(network);
}

Result<TrainOutcome> TrainingRun::finish()
{
    progress("finishing", 0, 0, 0);
    Result<Validator::FinalFigures> kept = loadKept();
    if (!kept)
        return kept.error();
    TrainOutcome outcome;
    outcome.modelPath = (m_folder / "model.safetensors").string();
    outcome.metrics = kept->figures;
    if (m_state.startMap5 >= 0)
        outcome.metrics["start_map5"] = m_state.startMap5;
    if (const auto loss = m_state.bestMetrics.find("loss_validation"); loss != m_state.bestMetrics.end())
        outcome.metrics["loss_validation"] = loss->second;
    outcome.epochs = m_state.epoch;
    outcome.bestEpoch = m_state.bestEpoch;
    ModelInfo info = m_info;
    info.metricsJson = nlohmann::json(outcome.metrics).dump();
    if (kept->calibration.isCalibrated())
        info.calibrationJson = nlohmann::json(kept->calibration.toMap()).dump();
    else
        say("not calibrated: too few validation queries");
    const Result<void> saved = saveModel(outcome.modelPath, info, m_learner->evaluationNetwork(), true);
    if (!saved)
        return saved.error();
    say("finished: " + outcome.resultJson());
    return outcome;
}

Result<void> TrainingRun::sendStepMetric()
{
    tickClock();
    const double seconds = m_state.seconds - m_secondsAtMetric;
    if (seconds > 0)
        m_photosPerSecond = static_cast<double>(m_photosSinceMetric) / seconds;
    m_photosSinceMetric = 0;
    m_secondsAtMetric = m_state.seconds;
    std::map<std::string, double> values{{"learning_rate", currentRate()}, {"images_per_second", m_photosPerSecond}};
    if (m_state.sumCount > 0) {
        values["loss_train"] = m_state.lossSum / static_cast<double>(m_state.sumCount);
        values["active_triplets"] = m_state.activeSum / static_cast<double>(m_state.sumCount);
    }
    m_state.lossSum = m_state.activeSum = 0;
    m_state.sumCount = 0;
    return sendMetric(std::move(values));
}

Result<void> TrainingRun::sendMetric(std::map<std::string, double> values)
{
    tickClock();
    protocol::MetricMessage message;
    message.step = m_state.step;
    message.epoch = static_cast<double>(m_state.step) / static_cast<double>(m_stepsPerEpoch);
    message.seconds = m_state.seconds;
    message.values = std::move(values);
    if (const Result<void> written = m_metrics.append(protocol::encode(protocol::Message(message))); !written)
        return written;
    ++m_state.metricLines;
    if (m_callbacks.metric)
        m_callbacks.metric(message);
    m_secondsAtMetric = m_state.seconds;
    return {};
}

void TrainingRun::say(const std::string &text)
{
    // A log that cannot be written must not end a run: what matters goes through files of its own.
    (void)m_log.append(text).ok();
    if (m_callbacks.log)
        m_callbacks.log(text);
}

void TrainingRun::warn(const Error &what)
{
    say("warning: " + what.debugText());
    if (m_callbacks.warning)
        m_callbacks.warning(what);
}

void TrainingRun::progress(const char *stage, std::int64_t done, std::int64_t total, double rate) const
{
    if (!m_callbacks.progress)
        return;
    protocol::ProgressMessage message;
    message.stage = stage;
    message.done = done;
    message.total = total;
    message.itemsPerSecond = rate;
    m_callbacks.progress(message);
}

bool TrainingRun::proceed()
{
    tickClock();
    const bool goOn = !m_stop.stop_requested() && (!m_callbacks.proceed || m_callbacks.proceed());
    m_lastTick = Clock::now(); // a pause inside is not time at work
    return goOn;
}

void TrainingRun::tickClock()
{
    const Clock::time_point now = Clock::now();
    m_state.seconds += std::chrono::duration<double>(now - m_lastTick).count();
    m_lastTick = now;
}

bool TrainingRun::isValidated(std::int64_t finishedEpochs) const
{
    const std::int64_t wanted = m_config.integer("validate_every");
    const std::int64_t automatic = std::max<std::int64_t>(1, epochs() / automaticValidations);
    const std::int64_t every = wanted > 0 ? wanted : automatic;
    const bool early = wanted == 0 && finishedEpochs <= 2;
    return early || finishedEpochs % every == 0 || finishedEpochs == epochs();
}

double TrainingRun::currentRate() const
{
    return m_config.real("learning_rate") * m_schedule.factor(m_state.step) * m_state.guard.rateFactor;
}

} // namespace flukeprint::learning
