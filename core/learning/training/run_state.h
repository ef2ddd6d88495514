#pragma once

#include "core/base/result.h"
#include "core/evaluation/collapse_watch.h"
#include "core/learning/model/model_file.h"
#include "core/learning/model/tensor_file.h"
#include "core/learning/training/schedule.h"
#include "core/protocol/presets.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace flukeprint::learning {

/// How far a run is: everything but the tensors that a resumed run needs. The sampler, the augmentation and the schedule are functions of
/// the seed and of these numbers, so no random state has to be kept.
struct RunState
{
    std::int64_t step = 0; ///< finished
    std::int64_t epoch = 0; ///< the one being trained, from 0
    std::int64_t position = 0; ///< batches of it that are done; all of them: its validation is still to come
    double seconds = 0; ///< at work, pauses and interruptions left out
    std::int64_t metricLines = 0; ///< of metrics.jsonl
    bool startMeasured = false;
    std::int64_t bestEpoch = -1; ///< finished epochs when the kept weights were validated; 0 the start; -1: none yet
    std::map<std::string, double> bestMetrics;
    double startMap5 = -1; ///< < 0: not measured
    std::int64_t validatedStep = -1; ///< finished steps at the last validation
    std::int64_t parts = 1; ///< see Learner::parts
    bool bfloat16 = false; ///< see Learner::bfloat16
    NonFiniteGuard guard;
    evaluation::CollapseWatch collapse;
    double stepSeconds = 0; ///< of all steps, waiting for their data included
    double waitSeconds = 0; ///< of them for their data
    std::int64_t pacedPhotos = 0; ///< of all steps but the first ones, which are slower
    double pacedSeconds = 0; ///< of these steps, waiting for their data included
    double lossSum = 0; ///< since the last point of the curve
    double activeSum = 0;
    std::int64_t sumCount = 0;
};

/// A checkpoint is two files of one step: `checkpoint-STEP.safetensors` (weights, averages) and `optimizer-STEP.safetensors` (moments, and the
/// state as metadata). The second is written last, so a checkpoint without it is not complete.
struct Checkpoint
{
    RunState state;
    ModelInfo info; ///< of the network being trained
    protocol::RunConfig config;
    std::string snapshotHash;
    NamedTensors weights;
    NamedTensors optimizerState;
    std::string path; ///< of the weights, for messages
};

/// Atomic, file by file; afterwards only the two newest checkpoints stay. Errors: DiskFull, FileUnwritable; older checkpoints stay usable.
Result<void> writeCheckpoint(const std::filesystem::path &runFolder, const Checkpoint &checkpoint);

/// Steps of the checkpoints' weights in the folder, newest first.
[[nodiscard]] std::vector<std::int64_t> checkpointSteps(const std::filesystem::path &runFolder);

/// The newest complete one; damaged ones are passed over and named in `skipped`. Errors: NothingToDo {"checkpoint"}.
Result<Checkpoint> readNewestCheckpoint(const std::filesystem::path &runFolder, std::vector<Error> &skipped);

/// Removes what an earlier run left in the folder: checkpoints, metrics, log, models.
Result<void> clearRunFolder(const std::filesystem::path &runFolder);

/// What config.json says that stood so when the run began; empty: nothing, or no such file.
[[nodiscard]] std::string startFact(const std::filesystem::path &runFolder, const std::string &name);

/// config.json: preset, settings, and what stood when the run began. Errors as writeFileAtomically.
Result<void> writeConfig(const std::filesystem::path &runFolder, const protocol::RunConfig &config,
                         const std::map<std::string, std::string> &facts);

} // namespace flukeprint::learning
