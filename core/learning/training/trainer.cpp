#include "core/learning/training/trainer.h"

#include "core/learning/training/training_run.h"
#include "core/learning/worker/runtime.h"

#include <nlohmann/json.hpp>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace flukeprint::learning {

std::string TrainOutcome::resultJson() const
{
    return nlohmann::json{{"model", modelPath}, {"metrics", metrics}, {"epochs", epochs}, {"best_epoch", bestEpoch}}.dump();
}

Result<TrainOutcome> runTraining(const protocol::TrainJob &job, const TrainCallbacks &callbacks, std::stop_token stop, Peers *peers)
{
    keepFreedMemory();
    setThreads(job.threads);
    Result<std::unique_ptr<TrainingRun>> run = TrainingRun::prepare(job, callbacks, std::move(stop), peers);
    if (!run)
        return run.error();
    return (*run)->run();
}

void keepFreedMemory()
{
#ifdef __GLIBC__
    // By default every activation of some hundred kilobytes is mapped and unmapped anew, and the kernel clears its pages each time. The single
    // arena matters because only the main one can grow past 64 MB.
    constexpr int keepUpTo = 0x7fffffff;
    constexpr int growBy = 64 << 20;
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, keepUpTo);
    mallopt(M_TOP_PAD, growBy);
    mallopt(M_ARENA_MAX, 1);
#endif
}

} // namespace flukeprint::learning
