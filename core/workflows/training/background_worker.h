#pragma once

#include "core/jobs/worker_process.h"

namespace flukeprint::workflows {

/// Options for a worker whose job takes minutes or hours: it uses every core, but yields to the window and to identification.
[[nodiscard]] inline jobs::WorkerOptions inBackground(jobs::WorkerOptions options)
{
    constexpr int backgroundNiceness = 5;
    if (options.niceness == 0)
        options.niceness = backgroundNiceness;
    return options;
}

} // namespace flukeprint::workflows
