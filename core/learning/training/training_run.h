#pragma once

#include "core/base/file_lock.h"
#include "core/learning/distributed/peers.h"
#include "core/learning/training/batch_plan.h"
#include "core/learning/training/chip_store.h"
#include "core/learning/training/learner.h"
#include "core/learning/training/pace_meter.h"
#include "core/learning/training/photo_features.h"
#include "core/learning/training/probe.h"
#include "core/learning/training/run_data.h"
#include "core/learning/training/run_reporter.h"
#include "core/learning/training/run_state.h"
#include "core/learning/training/trainer.h"
#include "core/learning/training/validator.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace flukeprint::learning {

/// One run from its first or resumed step to its model file. Not thread-safe.
class TrainingRun
{
public:
    /// Checks and loads everything; nothing is written yet. Errors: see runTraining.
    static Result<std::unique_ptr<TrainingRun>> prepare(const protocol::TrainJob &job, const TrainCallbacks &callbacks,
                                                        std::stop_token stop, Peers *peers);
    Result<TrainOutcome> run();

private:
    TrainingRun(const protocol::TrainJob &job, const TrainCallbacks &callbacks, std::stop_token stop,
                protocol::RunConfig config, RunData data, torch::Device device, Peers *peers);

    Result<void> load();
    Result<void> loadCheckpoint();
    void choosePrecision();
    Result<void> planSteps();
    void createLearner(ModelInfo info, EmbeddingNetwork network);
    void makeLossBatches();
    Result<void> openFiles();

    Result<void> trainAll();
    Result<void> trainAllOrLosePeers();
    Result<void> agreeWithPeers();
    Result<void> agreeOnBatches();
    Result<void> writerAlone(const std::function<Result<void>()> &work);
    Result<void> waitForWriter();
    bool giveSign();
    Result<void> beginEpoch();
    Result<void> prepareFeatures(bool trunkFrozen);
    Result<torch::Tensor> embed(const std::vector<RunPhoto> &photos);
    Result<NamedTensors> keptBeside(std::map<std::string, double> &metrics);
    Result<void> endAtTime();
    Result<void> trainEpoch();
    Result<void> trainStep();
    Result<void> judgeSteps(bool all);
    Result<void> judgeStep(const StepOutcome &outcome);
    Result<void> finishEpoch();
    Result<void> validate();
    Result<void> addPairFigures(std::map<std::string, double> &values);
    Result<void> refreshNorms();
    Result<void> judgeCurriculum();
    void imprintCentres();
    Result<void> keepIfBest(const Validator::Figures &figures);
    Result<void> saveCheckpoint();
    Result<TrainOutcome> finish();
    Result<Validator::FinalFigures> loadKept();
    Result<void> whitenKept(Validator::FinalFigures &kept, std::map<std::string, double> &metrics);

    Result<void> sendStepMetric(bool probed);
    Result<void> sendMetric(std::map<std::string, double> values);
    void addProbe(std::map<std::string, double> &values);
    void flushCurves();
    void sayWaitShare();
    void tellProgress(const char *stage, std::int64_t done, std::int64_t total);

    [[nodiscard]] bool proceed();
    [[nodiscard]] bool proceedTogether();
    /// False in the processes that only help.
    [[nodiscard]] bool isWriter() const;
    void tickClock();
    [[nodiscard]] bool isValidated(std::int64_t finishedEpochs) const;
    [[nodiscard]] bool isWhitened() const;
    [[nodiscard]] double validationsLeft() const;
    [[nodiscard]] bool isAveragingBegun() const;
    [[nodiscard]] bool isTrunkFrozen(std::int64_t epoch) const;
    [[nodiscard]] double spentTime() const;
    /// Of the whole run, from its 20th step on.
    [[nodiscard]] double photosPerSecond() const;
    [[nodiscard]] std::int64_t expectedSteps() const;
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
    Peers *m_peers;
    // What process 0 says, for all decisions that must come out alike.
    double m_agreedSeconds = 0;
    double m_agreedRateFactor = 1;
    std::optional<std::chrono::steady_clock::time_point> m_lastSign; ///< of process 0 to the others, while it works alone
    std::optional<PeerFailure> m_lostAlone; ///< what happened then
    std::optional<BatchPlan> m_plan; ///< always there once prepared
    std::optional<PhasePlan> m_phases; ///< where the rate goes by phases
    std::unique_ptr<ChipStore> m_chips;
    std::int64_t m_stepsPerEpoch = 0; ///< of the epoch being trained
    std::int64_t m_photosPerBatch = 0;
    ModelInfo m_info;
    Schedule m_schedule;
    std::unique_ptr<Learner> m_learner;
    std::unique_ptr<Validator> m_validator;
    std::unique_ptr<Probe> m_probe;
    std::int64_t m_probesPerEpoch = 0;
    std::unique_ptr<PhotoFeatures> m_features; ///< while the trunk is frozen and they suit the run
    std::unique_ptr<BatchLoader> m_loader; ///< before what it reads from is replaced it must go
    std::vector<LoadedBatch> m_lossBatches;
    RunState m_state;
    bool m_resumed = false;
    bool m_unsaved = true; ///< the state differs from the newest checkpoint's

    Clock::time_point m_lastTick; ///< up to which m_state.seconds counts
    Clock::time_point m_lastCheckpoint;
    std::int64_t m_photosSinceMetric = 0;
    double m_secondsAtMetric = 0;
    double m_photosPerSecond = 0; ///< between the last two points
    PaceMeter m_pace;
};

} // namespace flukeprint::learning
