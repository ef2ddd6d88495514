#pragma once

#include "core/base/result.h"
#include "core/jobs/worker_process.h"
#include "core/protocol/jobs.h"

namespace flukeprint::workflows {

/// Whether the worker has the device, asked of the program itself before anything is written. `Auto` and `Cpu` need no asking. Blocks in
/// a nested event loop until the worker has said hello. Errors: DeviceUnavailable, those of starting the worker.
Result<void> checkDevice(protocol::Device device, const jobs::WorkerOptions &worker);

} // namespace flukeprint::workflows
