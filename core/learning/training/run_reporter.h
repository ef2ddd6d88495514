#pragma once

#include "core/learning/training/run_log.h"
#include "core/learning/training/trainer.h"

#include <filesystem>

namespace flukeprint::learning {

/// What a run says: to its callbacks, and for good to log.txt and metrics.jsonl in its folder. Not thread-safe.
class RunReporter
{
public:
    explicit RunReporter(const TrainCallbacks &callbacks);

    /// Before it only the callbacks hear. Errors: FileUnwritable, DiskFull.
    Result<void> open(const std::filesystem::path &runFolder);
    /// A point of the curves. Errors: DiskFull, FileUnwritable; nothing was told then.
    Result<void> metric(const protocol::MetricMessage &message);
    /// A technical line.
    void say(const std::string &text);
    void warn(const Error &what);
    /// `message` without its job number.
    void progress(const protocol::ProgressMessage &message) const;

private:
    TrainCallbacks m_callbacks;
    LineFile m_metrics;
    LineFile m_log;
};

} // namespace flukeprint::learning
