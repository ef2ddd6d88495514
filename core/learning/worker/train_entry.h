#pragma once

#include <string>

namespace flukeprint::learning {

/// A training job from a file (see protocol::writeJobFile), without a host: alone, or as one of several processes that a launcher started
/// (see readLaunchPlace and Peers). Process 0 writes the run folder and speaks the worker's protocol on its stdout, as job 1; the others say
/// what goes wrong on stderr. SIGTERM and SIGINT in any of them end the run after a checkpoint. `resume`: go on from the newest checkpoint, which a
/// process that the launcher started anew (see wasRestarted) does by itself; without it a run that has checkpoints is refused (AlreadyExists).
/// Returns the exit status: 0, or that of the error's category; 1 where stdout cannot be written.
int runTrainFile(const std::string &path, bool resume);

} // namespace flukeprint::learning
