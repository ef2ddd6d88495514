#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace flukeprint::learning {

/// A process's place among those that train together, as an ordinary launcher tells it.
struct LaunchPlace
{
    int rank = 0; ///< 0..size-1; 0 writes the run folder and speaks
    int size = 1;
    int localRank = 0; ///< on its machine: the number of its GPU
    int localSize = 1; ///< processes on its machine that share its cores
    int cores = 0; ///< that the launcher gives each process; 0: it does not say
    std::string address; ///< machine of rank 0
    std::uint16_t port = 0; ///< on which rank 0 waits for the others
};

/// The value of an environment variable; null: not set.
using EnvironmentLookup = std::function<const char *(const char *name)>;

/// Reads the environment of torchrun and of everything that sets the same (RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR,
/// MASTER_PORT), else that of srun (SLURM_PROCID, SLURM_STEP_NUM_TASKS, SLURM_LOCALID, SLURM_STEP_TASKS_PER_NODE, SLURM_CPUS_PER_TASK; address
/// and port from MASTER_ADDR and MASTER_PORT where set, else the first machine of the step and a port that follows from SLURM_JOB_ID). A batch
/// script without srun is no step: it runs alone whatever number of tasks was asked for. Where torchrun's own agent occupies MASTER_PORT
/// (TORCHELASTIC_USE_AGENT_STORE), the port after it is taken: the agent's store may speak another version's protocol.
/// Nothing: started by itself. Errors: InvalidArgument {variable, value, allowed}.
Result<std::optional<LaunchPlace>> readLaunchPlace(const EnvironmentLookup &environment);

/// Whether torchrun started the processes anew after one was lost, or Slurm the job.
[[nodiscard]] bool wasRestarted(const EnvironmentLookup &environment);

/// First machine of a Slurm list: "gpu[03-05,7],login" is "gpu03", "alpha,beta" is "alpha".
[[nodiscard]] std::string firstMachine(std::string_view list);

} // namespace flukeprint::learning
