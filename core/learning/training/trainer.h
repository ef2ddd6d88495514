#pragma once

#include "core/base/result.h"
#include "core/protocol/jobs.h"
#include "core/protocol/messages.h"

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>

namespace flukeprint::learning {

class Peers;

/// How a run speaks while it goes. Every function is called from the thread that called `runTraining`, and may be empty.
/// The `job` field of the messages is 0: whoever passes them on fills it in.
struct TrainCallbacks
{
    std::function<void(const protocol::MetricMessage &)> metric; ///< the same points as in metrics.jsonl, in the same order
    std::function<void(const protocol::ProgressMessage &)> progress; ///< stages "preparing", "training", "validating", "finishing"
    std::function<void(const std::string &)> log; ///< technical lines, also in log.txt
    /// OutOfMemory: the batch was halved; LossNotFinite: a step was skipped; DeviceUnavailable: a precision that the device
    /// has not; NotFound: weights that the start model lacks.
    std::function<void(const Error &)> warning;
    std::function<bool()> proceed; ///< called between steps; blocks while paused; false: cancel
    std::function<void(std::int64_t photos)> beforeForward; ///< called before each forward pass of a training step; may throw c10::OutOfMemoryError
    std::function<void(std::int64_t photos)> beforeEmbedding; ///< the same where photos are only measured
};

struct TrainOutcome
{
    std::string modelPath; ///< RUN/model.safetensors
    std::map<std::string, double> metrics; ///< of the kept epoch: "map5", "top1", "top5", "radius", "separation", ...; also "start_map5"
    std::int64_t epochs = 0; ///< finished
    std::int64_t bestEpoch = 0; ///< the kept one, counted from 1; 0: the start was never surpassed

    /// {"model": path, "metrics": {...}, "epochs": n, "best_epoch": n}: the result of a Done message.
    [[nodiscard]] std::string resultJson() const;
};

/// One training run from its frozen data to a model file. Reads RUN/snapshot.json and the job's pack; writes RUN/config.json,
/// metrics.jsonl, log.txt, checkpoint-STEP.safetensors with optimizer-STEP.safetensors, best.safetensors, and at the end
/// model.safetensors (float16, with figures and calibration).
///
/// Nothing is written before everything is checked. A run that is cancelled, killed or out of disk space can be resumed from its
/// newest complete checkpoint; on the CPU with the same number of threads the resumed run equals the uninterrupted one bit for
/// bit, because every random draw depends on the seed, the epoch and the step alone.
///
/// Errors before anything starts: PresetUnknown, SettingUnknown, SettingOutOfRange, FileNotFound, DataDamaged, FileTruncated,
/// TooFewIndividuals (fewer than 2 in training), TooFewPhotos (an empty pack; "validation": no query whose individual is in
/// training), NotFound (a label without its chip), ModelIncompatible (a pack of another size than the run's input; a start model
/// of another architecture, or whose head does not fit), CsvInvalid (triplets, by line), DeviceUnavailable,
/// RunLocked (another process trains in this folder, perhaps one whose host was killed and that is still busy ending),
/// NothingToDo (resume without a checkpoint), InvalidArgument (resume with other data or another configuration).
/// Later: Cancelled (after a checkpoint), DiskFull, FileUnwritable, LossNotFinite, OutOfMemory.
/// With `peers` (see there; the same job in every process) process 0 does all of that, and the others nothing but their share of the work;
/// their outcome is empty. Then also: PeerLost (after a checkpoint), InvalidArgument (processes with other jobs, or too many for a batch).
Result<TrainOutcome> runTraining(const protocol::TrainJob &job, const TrainCallbacks &callbacks, std::stop_token stop,
                                 Peers *peers = nullptr);

/// Lets the process keep freed memory instead of handing it back to the system after every layer: more than twice as many
/// photos per second on the CPU. Call early in main, before threads start; `runTraining` does as well. No effect outside glibc.
void keepFreedMemory();

} // namespace flukeprint::learning
