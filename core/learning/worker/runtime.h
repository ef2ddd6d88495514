#pragma once

#include "core/protocol/messages.h"

#include <cstdint>
#include <string>

/// What the worker runs on.
namespace flukeprint::learning {

/// Cores that this process may use.
[[nodiscard]] std::int32_t availableCores();
/// "OpenBLAS 0.3.21 SkylakeX", "MKL", or the mapped library's path; found out from what is loaded, not from how it was
/// built.
[[nodiscard]] std::string blasInUse();
/// OpenBLAS with a pool of threads beside OpenMP's, which LibTorch uses for everything else.
[[nodiscard]] bool blasHasThreadsOfItsOwn();
/// LibTorch itself counts physical cores and knows nothing of OpenBLAS's own threads. `threads` 0: all cores. Returns
/// the number set.
std::int32_t setThreads(std::int32_t threads);
[[nodiscard]] protocol::HelloMessage describeRuntime();

} // namespace flukeprint::learning
