// How a run comes to be: what is checked, loaded and opened before its first step.
#include "core/learning/embedding/embedder.h"
#include "core/learning/training/precision.h"
#include "core/learning/training/start_model.h"
#include "core/learning/training/training_run.h"
#include "core/learning/worker/runtime.h"

#include <torch/torch.h>

#include <cmath>
#include <thread>

namespace flukeprint::learning {

namespace {

Result<void> checkSame(const protocol::RunConfig &wanted, const std::string &hash, const Checkpoint &checkpoint)
{
    if (checkpoint.snapshotHash != hash)
        return Error(ErrorCode::InvalidArgument, {"snapshot", hash, checkpoint.snapshotHash});
    if (checkpoint.config.preset != wanted.preset)
        return Error(ErrorCode::InvalidArgument, {"preset", wanted.preset, checkpoint.config.preset});
    const Result<protocol::RunConfig> defaults = protocol::resolve(wanted.preset, {});
    for (const auto &[key, value] : wanted.values) {
        const auto found = checkpoint.config.values.find(key);
        // A setting that is newer than the run: what it is by default is what was done before.
        const std::string saved = found == checkpoint.config.values.end() ? defaults->text(key) : found->second;
        const bool mayDiffer = key == "checkpoint_minutes" || key == "probe_photos" // neither changes what is learnt
            || key == "minutes"; // and this one when it ends
        if (!mayDiffer && saved != value)
            return Error(ErrorCode::InvalidArgument, {key, value, saved});
    }
    return {};
}

/// Two writers would leave curves and checkpoints of neither run. The snapshot stands for the folder: every run has it, and nobody changes it.
/// A worker whose host was killed still ends its step and writes a checkpoint: it gets the time for it.
Result<FileLock> lockRun(const std::filesystem::path &folder, const std::function<bool()> &goOn)
{
    constexpr std::chrono::seconds patience{10};
    constexpr std::chrono::milliseconds pause{100};
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
        Result<FileLock> lock = FileLock::take(folder / "snapshot.json");
        if (lock || lock.error().code != ErrorCode::AlreadyExists)
            return lock;
        if (std::chrono::steady_clock::now() >= end)
            return Error(ErrorCode::RunLocked, {folder.string()});
        if (goOn && !goOn())
            return Error(ErrorCode::Cancelled);
        std::this_thread::sleep_for(pause);
    }
}

} // namespace

TrainingRun::TrainingRun(const protocol::TrainJob &job, const TrainCallbacks &callbacks, std::stop_token stop,
                         protocol::RunConfig config, RunData data, torch::Device device, Peers *peers)
    : m_job(job)
    , m_callbacks(callbacks)
    , m_reporter(callbacks)
    , m_stop(std::move(stop))
    , m_config(std::move(config))
    , m_folder(job.runFolder)
    , m_data(std::move(data))
    , m_device(device)
    , m_peers(peers)
    , m_lastTick(Clock::now())
    , m_lastCheckpoint(Clock::now())
{
}

Result<void> TrainingRun::planSteps()
{
    Result<BatchPlan> plan = BatchPlan::make(m_config, m_data, m_job.tripletsPath);
    if (!plan)
        return plan.error();
    m_plan = std::move(*plan);
    m_stepsPerEpoch = m_plan->source().batchesPerEpoch();
    m_photosPerBatch = static_cast<std::int64_t>(m_plan->source().epoch(0).front().size());
    m_schedule.totalSteps = expectedSteps();
    // Presets whose source keeps one rate have none of these settings.
    m_schedule.warmupSteps = std::llround(m_config.realOr("warmup_epochs", 0) * static_cast<double>(m_stepsPerEpoch));
    m_schedule.finalFactor = m_config.realOr("final_rate_factor", 1);
    if (!m_config.has("head_rate"))
        return {};
    const StepDecay decay{m_config.integer("rate_decay_epochs"), m_config.real("rate_decay")};
    const double rate = m_config.real("learning_rate");
    std::vector<TrainingPhase> phases;
    if (const std::int64_t frozen = m_config.integer("freeze_epochs"); frozen > 0)
        phases.push_back({frozen, m_config.real("head_rate"), 0, {}});
    phases.push_back({epochs(), rate, rate, decay});
    Result<PhasePlan> made = PhasePlan::make(std::move(phases));
    if (!made)
        return made.error();
    m_phases = std::move(*made);
    return {};
}

Result<std::unique_ptr<TrainingRun>> TrainingRun::prepare(const protocol::TrainJob &job, const TrainCallbacks &callbacks,
                                                          std::stop_token stop, Peers *peers)
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
        new TrainingRun(job, callbacks, std::move(stop), std::move(*config), std::move(*data), *device, peers));
    if (run->isWriter()) {
        Result<FileLock> lock = lockRun(job.runFolder, callbacks.proceed);
        if (!lock)
            return lock.error();
        run->m_lock = std::move(*lock);
    }
    if (const Result<void> planned = run->planSteps(); !planned)
        return planned.error();
    run->tellProgress("preparing", 0, 0);
    if (const Result<void> loaded = run->load(); !loaded)
        return loaded.error();
    return run;
}

Result<void> TrainingRun::load()
{
    if (m_job.resume)
        return loadCheckpoint();
    Result<StartModel> model = makeStartModel(m_config, m_job.startModelPath, m_data, m_job.freshHead);
    if (!model)
        return model.error();
    const std::vector<std::pair<const char *, std::vector<std::string>>> lists{{"freshly initialised", std::move(model->missing)},
                                                                               {"left over in the start model", std::move(model->unexpected)},
                                                                               {"the start model differs", std::move(model->differences)}};
    createLearner(std::move(model->info), std::move(model->network));
    choosePrecision();
    if (const Result<void> opened = openFiles(); !opened)
        return opened;
    for (const auto &[what, names] : lists) {
        std::string text;
        for (const std::string &name : names)
            text += (text.empty() ? ": " : ", ") + name;
        if (!names.empty())
            m_reporter.say(what + text);
    }
    return {};
}

Result<void> TrainingRun::loadCheckpoint()
{
    std::vector<Error> skipped;
    Result<Checkpoint> checkpoint = readNewestCheckpoint(m_folder, skipped);
    for (const Error &error : skipped)
        m_reporter.warn(error);
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
    if (const Result<void> restoredPlan = m_plan->restore(checkpoint->optimizerState, checkpoint->path); !restoredPlan)
        return restoredPlan;
    m_state = std::move(checkpoint->state);
    m_agreedSeconds = m_state.seconds;
    m_agreedRateFactor = m_state.guard.rateFactor;
    if (m_peers == nullptr)
        m_learner->parts = m_state.parts;
    m_learner->bfloat16 = m_validator->bfloat16 = m_state.bfloat16;
    m_resumed = true;
    m_unsaved = false;
    if (!isWriter())
        return {};
    if (const Result<void> cut = cutToLines(m_folder / "metrics.jsonl", m_state.metricLines); !cut)
        return cut;
    return openFiles();
}

void TrainingRun::choosePrecision()
{
    const BatchShape batch{m_config.integerOr("individuals_per_batch", m_config.integerOr("batch_size", 1)) * rowsTogether(m_config),
                           m_info.inputHeightPx, m_info.inputWidthPx};
    m_state.bfloat16 = choosesBfloat16(m_config.text("precision"), m_learner->network(), batch, m_device);
    m_learner->bfloat16 = m_validator->bfloat16 = m_state.bfloat16;
}

void TrainingRun::createLearner(ModelInfo info, EmbeddingNetwork network)
{
    m_info = std::move(info);
    const std::vector<std::int64_t> counts = m_data.classCounts(m_config.booleanOr("mirror_identity", false));
    m_learner = std::make_unique<Learner>(m_config, m_info, std::move(network), counts, m_device);
    m_learner->trainWith(m_peers);
    m_learner->beforeForward = m_callbacks.beforeForward;
    m_learner->beforeEmbedding = m_callbacks.beforeEmbedding;
    m_learner->warning = [this](const Error &what) { m_reporter.warn(what); };
    m_validator = std::make_unique<Validator>(
        m_data, m_info, m_device, m_job.threads, [this] { return proceed(); },
        [this](std::int64_t done, std::int64_t total) { tellProgress("validating", done, total); });
    m_validator->beforeEmbedding = m_callbacks.beforeEmbedding;
    m_chips = std::make_unique<ChipStore>(m_data, m_device, ChipStore::deviceBytesOn(m_device));
    m_probe = std::make_unique<Probe>(m_data, m_info, m_device, m_config.integerOr("probe_photos", 0),
                                      static_cast<std::uint64_t>(m_config.integer("seed")));
    m_probe->beforeEmbedding = m_callbacks.beforeEmbedding;
    m_probesPerEpoch = m_probe->timesAnEpoch(m_stepsPerEpoch, m_photosPerBatch);
    makeLossBatches();
}

void TrainingRun::makeLossBatches()
{
    constexpr std::int64_t pairsPerLossBatch = 32;
    m_lossBatches = m_validator->lossBatches(std::min(m_data.individualCount(), m_config.integerOr("individuals_per_batch", pairsPerLossBatch)));
}

Result<void> TrainingRun::openFiles()
{
    if (!isWriter())
        return {};
    if (!m_resumed) {
        if (const Result<void> cleared = clearRunFolder(m_folder); !cleared)
            return cleared;
    }
    const protocol::HelloMessage runtime = describeRuntime();
    const std::map<std::string, std::string> facts{
        {"device", m_device.str()},
        {"torch", runtime.torchVersion},
        {"blas", runtime.blas},
        {"cpu", runtime.cpuCapability},
        {"precision", m_state.bfloat16 ? "bf16" : "fp32"},
        {"threads", std::to_string(at::get_num_threads())},
        {"processes", std::to_string(m_peers == nullptr ? 1 : m_peers->size())},
        {"start_model", m_job.startModelPath},
        {"triplets", m_job.tripletsPath.empty() ? "as the preset draws them" : m_job.tripletsPath},
        {"rejections", std::to_string(m_data.snapshot().rejections.size())},
        {"snapshot", m_data.snapshot().hash},
        {"individuals", std::to_string(m_data.individualCount())},
        {"photos_train", std::to_string(m_data.train().size())},
        {"photos_negative", std::to_string(m_data.negatives().size())},
        {"photos_validation", std::to_string(m_data.validation().size())},
        {"chips", m_chips->place()},
        {"photos_probe", std::to_string(m_probe->photoCount())},
        {"steps_per_epoch", std::to_string(m_stepsPerEpoch)},
    };
    if (!m_resumed) {
        if (const Result<void> written = writeConfig(m_folder, m_config, facts); !written)
            return written;
    }
    if (const Result<void> opened = m_reporter.open(m_folder); !opened)
        return opened;
    m_reporter.say(m_resumed ? "resumed after step " + std::to_string(m_state.step) : "started");
    const std::string threads = m_resumed ? startFact(m_folder, "threads") : std::string();
    if (!threads.empty() && threads != facts.at("threads"))
        m_reporter.say("began with " + threads + " threads and goes on with " + facts.at("threads")
                       + ": sums in another order, so not bit for bit what it would have become");
    for (const auto &[name, value] : facts)
        m_reporter.say(name + " " + value);
    if (m_config.text("precision") == "bf16" && !m_state.bfloat16)
        m_reporter.warn(Error(ErrorCode::DeviceUnavailable, {"bf16 cpu"}));
    return {};
}

} // namespace flukeprint::learning
