#include "core/learning/training/training_run.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace flukeprint::learning {

namespace {

/// Every step has its point on the curves at first, then every tenth.
constexpr std::int64_t stepsShownSingly = 20;
constexpr std::int64_t stepsAPoint = 10;
/// Memory and caches have found their sizes by then.
constexpr std::int64_t firstPacedStep = 20;
/// With many epochs they are validated about this often in all: the gallery costs as much as an epoch's forward passes.
constexpr std::int64_t automaticValidations = 30;

} // namespace

Result<TrainOutcome> TrainingRun::run()
{
    m_lastTick = m_lastCheckpoint = Clock::now();
    const Result<void> trained = trainAllOrLosePeers();
    const auto ended = [&trained](ErrorCode code) { return !trained && trained.error().code == code; };
    if (ended(ErrorCode::Cancelled) || ended(ErrorCode::PeerLost) || ended(ErrorCode::OutOfMemory)) {
        // What was reached is worth keeping whatever ends the run; if even that fails, the older checkpoint stays.
        if (const Result<void> saved = m_unsaved ? saveCheckpoint() : Result<void>(); !saved)
            m_reporter.warn(saved.error());
    }
    if (!trained) {
        flushCurves();
        sayWaitShare();
        m_reporter.say("ended: " + trained.error().debugText());
        return trained.error();
    }
    return finish();
}

Result<void> TrainingRun::trainAll()
{
    if (const Result<void> agreed = agreeWithPeers(); !agreed)
        return agreed;
    const bool frozen = isTrunkFrozen(std::min(m_state.epoch, epochs() - 1));
    m_learner->freezeTrunk(frozen);
    if (const Result<void> prepared = prepareFeatures(frozen); !prepared)
        return prepared;
    if (!m_state.startMeasured) {
        if (const Result<void> measured = writerAlone([this] { return validate(); }); !measured)
            return measured;
        if (const Result<void> judged = judgeCurriculum(); !judged)
            return judged;
        m_state.startMeasured = true;
    }
    if (m_peers != nullptr)
        m_learner->shareWeights(); // class centres were put in their places
    while (m_state.epoch < epochs() && spentTime() < 1) {
        if (const Result<void> trained = trainEpoch(); !trained)
            return trained;
    }
    return spentTime() < 1 ? Result<void>() : endAtTime();
}

Result<void> TrainingRun::trainEpoch()
{
    if (const Result<void> begun = beginEpoch(); !begun)
        return begun;
    while (m_state.position < m_stepsPerEpoch) {
        if (!proceedTogether())
            return Error(ErrorCode::Cancelled);
        if (const Result<void> trained = trainStep(); !trained)
            return trained;
        const std::chrono::duration<double, std::ratio<60>> minutes = Clock::now() - m_lastCheckpoint;
        if (minutes.count() >= m_config.real("checkpoint_minutes")) {
            if (const Result<void> saved = saveCheckpoint(); !saved)
                return saved;
        }
        if (spentTime() >= 1 && m_state.position < m_stepsPerEpoch)
            return {};
    }
    return finishEpoch();
}

/// The clock may have ended the run within an epoch, or behind one that was not validated.
Result<void> TrainingRun::endAtTime()
{
    if (m_state.validatedStep == m_state.step)
        return {};
    m_reporter.say("the time is spent after step " + std::to_string(m_state.step));
    if (const Result<void> judged = judgeSteps(true); !judged)
        return judged;
    if (const Result<void> sent = m_state.sumCount > 0 ? sendStepMetric(false) : Result<void>(); !sent)
        return sent;
    if (const Result<void> validated = writerAlone([this] { return validate(); }); !validated)
        return validated;
    return saveCheckpoint();
}

Result<void> TrainingRun::trainStep()
{
    const auto secondsSince = [](Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); };
    const Clock::time_point start = Clock::now();
    const LoadedBatch batch = m_loader->next();
    const double waited = secondsSince(start);
    m_learner->countsInAverage = isAveragingBegun();
    if (const Result<void> stepped = m_learner->step(batch, m_state.step, currentRate()); !stepped)
        return stepped;
    const double seconds = secondsSince(start);
    m_pace.addStep(seconds, waited);
    m_state.stepSeconds += seconds;
    m_state.waitSeconds += waited;
    if (m_state.step >= firstPacedStep) {
        m_state.pacedPhotos += batch.labels.size(0);
        m_state.pacedSeconds += seconds;
    }
    m_state.parts = m_learner->parts;
    ++m_state.step;
    ++m_state.position;
    m_unsaved = true;
    m_photosSinceMetric += batch.labels.size(0);
    const std::int64_t steps = expectedSteps();
    const bool probed = Probe::isDue(m_state.position, m_stepsPerEpoch, m_probesPerEpoch);
    const bool shown = probed || m_state.step <= stepsShownSingly || m_state.step % stepsAPoint == 0 || m_state.step == steps;
    if (const Result<void> judged = judgeSteps(shown); !judged)
        return judged;
    tellProgress("training", m_state.step, steps);
    return shown ? sendStepMetric(probed) : Result<void>();
}

/// Of those steps that the device has finished, or of all.
Result<void> TrainingRun::judgeSteps(bool all)
{
    for (const StepOutcome &outcome : m_learner->takeOutcomes(all)) {
        if (const Result<void> judged = judgeStep(outcome); !judged)
            return judged;
    }
    return {};
}

Result<void> TrainingRun::judgeStep(const StepOutcome &outcome)
{
    if (!isWriter())
        return {}; // process 0 counts for all
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
    m_reporter.warn(error);
    if (action == NonFiniteGuard::Action::HalveRate)
        m_reporter.say("learning rate halved: factor " + std::to_string(m_state.guard.rateFactor));
    return {};
}

Result<void> TrainingRun::finishEpoch()
{
    if (isValidated(m_state.epoch + 1)) {
        if (const Result<void> validated = writerAlone([this] { return validate(); }); !validated)
            return validated;
        if (const Result<void> judged = judgeCurriculum(); !judged)
            return judged;
    }
    ++m_state.epoch;
    m_state.position = 0;
    if (m_peers != nullptr)
        m_learner->shareWeights();
    return saveCheckpoint();
}

Result<void> TrainingRun::saveCheckpoint()
{
    if (const Result<void> judged = judgeSteps(true); !judged)
        return judged;
    tickClock();
    m_lastCheckpoint = Clock::now();
    if (!isWriter())
        return {};
    Checkpoint checkpoint;
    checkpoint.state = m_state;
    checkpoint.info = m_info;
    checkpoint.config = m_config;
    checkpoint.snapshotHash = m_data.snapshot().hash;
    checkpoint.weights = m_learner->weights();
    checkpoint.optimizerState = m_learner->optimizerState();
    checkpoint.optimizerState.merge(m_plan->state());
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
    if (!isWriter())
        return TrainOutcome{};
    tellProgress("finishing", 0, 0);
    Result<Validator::FinalFigures> kept = loadKept();
    if (!kept)
        return kept.error();
    TrainOutcome outcome;
    outcome.modelPath = (m_folder / "model.safetensors").string();
    if (const Result<void> whitened = whitenKept(*kept, outcome.metrics); !whitened)
        return whitened.error();
    outcome.metrics.insert(kept->figures.begin(), kept->figures.end());
    if (m_state.startMap5 >= 0)
        outcome.metrics["start_map5"] = m_state.startMap5;
    if (const auto loss = m_state.bestMetrics.find("loss_validation"); loss != m_state.bestMetrics.end())
        outcome.metrics["loss_validation"] = loss->second;
    const Result<NamedTensors> beside = keptBeside(outcome.metrics);
    if (!beside)
        return beside.error();
    outcome.epochs = m_state.epoch;
    outcome.bestEpoch = m_state.bestEpoch;
    ModelInfo info = m_info;
    info.metricsJson = nlohmann::json(outcome.metrics).dump();
    if (kept->calibration.isCalibrated())
        info.calibrationJson = nlohmann::json(kept->calibration.toMap()).dump();
    else
        m_reporter.say("not calibrated: too few validation queries");
    const Result<void> saved = saveModel(outcome.modelPath, info, m_learner->evaluationNetwork(), true, *beside);
    if (!saved)
        return saved.error();
    // Of the run and not of the model: behind what the model's file says of itself.
    if (m_state.stepSeconds > 0)
        outcome.metrics["data_wait_share"] = m_state.waitSeconds / m_state.stepSeconds;
    if (m_state.pacedSeconds > 0)
        outcome.metrics["images_per_second"] = photosPerSecond();
    sayWaitShare();
    m_reporter.say("finished: " + outcome.resultJson());
    return outcome;
}

bool TrainingRun::proceed()
{
    tickClock();
    const bool goOn = !m_stop.stop_requested() && (!m_callbacks.proceed || m_callbacks.proceed()) && giveSign();
    m_lastTick = Clock::now(); // a pause inside is not time at work
    return goOn;
}

void TrainingRun::tickClock()
{
    const Clock::time_point now = Clock::now();
    m_state.seconds += std::chrono::duration<double>(now - m_lastTick).count();
    m_lastTick = now;
}

double TrainingRun::validationsLeft() const
{
    double left = isWhitened() ? 2 : 1; // of the kept model, at the end
    const std::int64_t epochsLeft = (expectedSteps() - m_state.step + m_stepsPerEpoch - 1) / m_stepsPerEpoch;
    const std::int64_t last = spentTime() > 0 ? std::min(epochs(), m_state.epoch + epochsLeft) : epochs();
    for (std::int64_t finished = m_state.epoch + 1; finished <= last; ++finished)
        left += isValidated(finished) ? 1 : 0;
    return left;
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
    const double rate = m_phases ? m_phases->at(m_state.epoch).headRate : m_config.real("learning_rate");
    return rate * m_schedule.factor(m_state.step, spentTime()) * (m_peers == nullptr ? m_state.guard.rateFactor : m_agreedRateFactor);
}

} // namespace flukeprint::learning
