#pragma once

#include "core/base/file_lock.h"
#include "core/learning/training/chip_store.h"
#include "core/learning/training/learner.h"
#include "core/learning/training/pace_meter.h"
#include "core/learning/training/probe.h"
#include "core/learning/training/run_data.h"
#include "core/learning/training/run_reporter.h"
#include "core/learning/training/run_state.h"
#include "core/learning/training/trainer.h"
#include "core/learning/training/validator.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

namespace flukeprint::learning {

/// One run from its first or resumed step to its model file. Not thread-safe.
class TrainingRun
{
public:
    /// Checks and loads everything; nothing is written yet. Errors: see runTraining.
    static Result<std::unique_ptr<TrainingRun>> prepare(const protocol::TrainJob &job, const TrainCallbacks &callbacks,
                                                        std::stop_token stop);
    Result<TrainOutcome> run();

private:
    TrainingRun(const protocol::TrainJob &job, const TrainCallbacks &callbacks, std::stop_token stop,
                protocol::RunConfig config, RunData data, std::unique_ptr<BatchSource> source, torch::Device device);

    Result<void> load();
    Result<void> loadCheckpoint();
    void choosePrecision();
    void createLearner(ModelInfo info, EmbeddingNetwork network);
    Result<void> openFiles();

    Result<void> trainAll();
    Result<void> trainEpoch(BatchLoader &loader);
    Result<void> trainStep(BatchLoader &loader);
    Result<void> judgeSteps(bool all);
    Result<void> judgeStep(const StepOutcome &outcome);
    Result<void> finishEpoch();
    Result<void> validate();
    void imprintCentres();
    Result<void> keepIfBest(const Validator::Figures &figures);
    Result<void> saveCheckpoint();
    Result<TrainOutcome> finish();
    Result<Validator::FinalFigures> loadKept();

    Result<void> sendStepMetric(bool probed);
    Result<void> sendMetric(std::map<std::string, double> values);
    void addProbe(std::map<std::string, double> &values);
    void flushCurves();
    void sayWaitShare();
    void tellProgress(const char *stage, std::int64_t done, std::int64_t total);

    [[nodiscard]] bool proceed();
    void tickClock();
    [[nodiscard]] bool isValidated(std::int64_t finishedEpochs) const;
    [[nodiscard]] double validationsLeft() const;
    [[nodiscard]] double currentRate() const;
    [[nodiscard]] std::int64_t epochs() const { return m_config.integer("epochs"); }

    using Clock = std::chrono::steady_clock;

    protocol::TrainJob m_job;
    TrainCallbacks m_callbacks;
    RunReporter m_reporter;
    std::stop_token m_stop;
    protocol::RunConfig m_config;
    std::filesystem::path m_folder;
    FileLock m_lock; ///< of the folder
    RunData m_data;
    torch::Device m_device;
    std::unique_ptr<BatchSource> m_source;
    std::unique_ptr<ChipStore> m_chips;
    std::int64_t m_stepsPerEpoch = 0;
    ModelInfo m_info;
    Schedule m_schedule;
    std::unique_ptr<Learner> m_learner;
    std::unique_ptr<Validator> m_validator;
    std::unique_ptr<Probe> m_probe;
    std::int64_t m_probesPerEpoch = 0;
    std::vector<LoadedBatch> m_lossBatches;
    RunState m_state;
    bool m_resumed = false;
    bool m_unsaved = true; ///< the state differs from the newest checkpoint's

    Clock::time_point m_lastTick; ///< up to which m_state.seconds counts
    Clock::time_point m_lastCheckpoint;
    std::int64_t m_photosSinceMetric = 0;
    double m_secondsAtMetric = 0;
    double m_photosPerSecond = 0;
    PaceMeter m_pace;
};

} // namespace flukeprint::learning
