#pragma once

namespace flukeprint::learning {

/// The whole worker: hello, then requests from stdin and messages to stdout until the end of stdin, a shutdown request,
/// SIGTERM or the parent's death. Call once, first thing in main. Returns the exit status: 0 unless stdout cannot be
/// written.
int runWorker();

/// "LibTorch 1.13.0, OpenBLAS 0.3.21 SkylakeX, AVX2, cpu": for --version.
const char *runtimeSummary();

} // namespace flukeprint::learning
