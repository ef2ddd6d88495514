#pragma once

#include "core/base/result.h"

#include <QString>

namespace flukeprint::jobs {

/// Absolute path of the worker program. Looked for in this order: the environment variable FLUKEPRINT_WORKER (alone, when set:
/// a wrong path is an error and not silently replaced), beside the running program, in ../libexec/flukeprint and ../libexec
/// of it, and in the build tree that the running program lies in. Errors: WorkerMissing with the first path that was tried.
/// Thread-safe; needs a QCoreApplication for all places but the variable.
Result<QString> locateWorker();

} // namespace flukeprint::jobs
