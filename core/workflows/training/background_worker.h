#pragma once

#include "core/jobs/worker_process.h"

namespace flukeprint::workflows {

/// Options for a worker whose job takes minutes or hours: it uses every core, but yields to the window, to identification and to every
/// other program. On a busy computer it may therefore wait long before it can say its first word.
[[nodiscard]] inline jobs::WorkerOptions inBackground(jobs::WorkerOptions options)
{
    constexpr int backgroundNiceness = 5;
    constexpr int patienceFactor = 5;
    if (options.niceness == 0) {
        options.niceness = backgroundNiceness;
        options.helloTimeoutMs *= patienceFactor;
    }
    return options;
}

} // namespace flukeprint::workflows
