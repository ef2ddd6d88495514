#include "core/learning/distributed/launch.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace flukeprint::learning {

namespace {

constexpr int mostProcesses = 4096;
constexpr int firstPort = 20000; ///< of those that follow from a Slurm job's number
constexpr int portRange = 20000;
constexpr int highestPort = 65535;

class Variables
{
public:
    explicit Variables(const EnvironmentLookup &lookup)
        : m_lookup(lookup)
    {
    }
    [[nodiscard]] bool has(const char *name) const { return !text(name).empty(); }
    [[nodiscard]] std::string text(const char *name) const
    {
        const char *value = m_lookup(name);
        return value == nullptr ? std::string() : std::string(value);
    }
    /// `otherwise` where it is not set.
    [[nodiscard]] Result<int> number(const char *name, int lowest, int highest, int otherwise) const
    {
        const std::string value = text(name);
        if (value.empty())
            return otherwise;
        int found = 0;
        const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), found);
        if (problem != std::errc{} || end != value.data() + value.size() || found < lowest || found > highest)
            return Error(ErrorCode::InvalidArgument, {name, value, std::to_string(lowest) + " .. " + std::to_string(highest)});
        return found;
    }

private:
    const EnvironmentLookup &m_lookup;
};

/// What each launcher calls its numbers.
struct Names
{
    const char *rank;
    const char *size;
    const char *localRank;
};

Result<LaunchPlace> readPlace(const Variables &variables, const Names &names)
{
    const Result<int> size = variables.number(names.size, 1, mostProcesses, 1);
    if (!size)
        return size.error();
    const Result<int> rank = variables.number(names.rank, 0, *size - 1, 0);
    if (!rank)
        return rank.error();
    const Result<int> localRank = variables.number(names.localRank, 0, mostProcesses, 0);
    if (!localRank)
        return localRank.error();
    LaunchPlace place;
    place.rank = *rank;
    place.size = *size;
    place.localRank = *localRank;
    place.address = variables.text("MASTER_ADDR");
    return place;
}

Result<LaunchPlace> readTorchrun(const Variables &variables)
{
    Result<LaunchPlace> place = readPlace(variables, {"RANK", "WORLD_SIZE", "LOCAL_RANK"});
    if (!place)
        return place;
    if (place->address.empty())
        return Error(ErrorCode::InvalidArgument, {"MASTER_ADDR", "", "the machine of rank 0"});
    const Result<int> port = variables.number("MASTER_PORT", 1, highestPort - 1, 0);
    const Result<int> localSize = variables.number("LOCAL_WORLD_SIZE", 1, mostProcesses, 1);
    if (!port || !localSize)
        return port ? localSize.error() : port.error();
    place->localSize = *localSize;
    if (*port == 0)
        return Error(ErrorCode::InvalidArgument, {"MASTER_PORT", "", "1 .. 65534"});
    const bool agentListens = variables.text("TORCHELASTIC_USE_AGENT_STORE") == "True";
    place->port = static_cast<std::uint16_t>(*port + (agentListens ? 1 : 0));
    return place;
}

/// "4(x2),3": two machines with four tasks each, one with three. 1 where it says nothing.
int mostTasksAMachine(const std::string &list)
{
    int most = 1;
    for (std::size_t at = 0; at < list.size(); at = std::min(list.size(), list.find(',', at)) + 1) {
        int tasks = 0;
        (void)std::from_chars(list.data() + at, list.data() + list.size(), tasks);
        most = std::max(most, tasks);
    }
    return most;
}

Result<LaunchPlace> readSlurm(const Variables &variables)
{
    Result<LaunchPlace> place = readPlace(variables, {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID"});
    if (!place)
        return place;
    for (const char *list : {"SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST", "SLURM_NODELIST"}) {
        if (place->address.empty())
            place->address = firstMachine(variables.text(list));
    }
    if (place->address.empty())
        return Error(ErrorCode::InvalidArgument, {"SLURM_STEP_NODELIST", "", "the machines of the step"});
    constexpr int largestJob = 2'000'000'000;
    const Result<int> job = variables.number("SLURM_JOB_ID", 0, largestJob, 0);
    if (!job)
        return job.error();
    const Result<int> port = variables.number("MASTER_PORT", 1, highestPort, firstPort + *job % portRange);
    if (!port)
        return port.error();
    place->port = static_cast<std::uint16_t>(*port);
    const Result<int> cores = variables.number("SLURM_CPUS_PER_TASK", 1, mostProcesses, 0);
    if (!cores)
        return cores.error();
    place->cores = *cores;
    place->localSize = mostTasksAMachine(variables.text("SLURM_STEP_TASKS_PER_NODE"));
    return place;
}

} // namespace

std::string firstMachine(std::string_view list)
{
    const std::size_t bracket = list.find('[');
    const std::size_t comma = list.find(',');
    if (bracket == std::string_view::npos || comma < bracket)
        return std::string(list.substr(0, comma));
    const std::size_t numberEnd = list.find_first_of(",-]", bracket);
    const std::size_t close = list.find(']', bracket);
    if (numberEnd == std::string_view::npos || close == std::string_view::npos)
        return {};
    const std::string_view rest = list.substr(close + 1);
    return std::string(list.substr(0, bracket)) + std::string(list.substr(bracket + 1, numberEnd - bracket - 1))
        + std::string(rest.substr(0, rest.find(',')));
}

Result<std::optional<LaunchPlace>> readLaunchPlace(const EnvironmentLookup &environment)
{
    const Variables variables(environment);
    const bool torchrun = variables.has("RANK") && variables.has("WORLD_SIZE");
    if (!torchrun && !(variables.has("SLURM_PROCID") && variables.has("SLURM_STEP_NUM_TASKS")))
        return std::optional<LaunchPlace>();
    const Result<LaunchPlace> place = torchrun ? readTorchrun(variables) : readSlurm(variables);
    if (!place)
        return place.error();
    return place->size > 1 ? std::optional(*place) : std::optional<LaunchPlace>();
}

bool wasRestarted(const EnvironmentLookup &environment)
{
    const Variables variables(environment);
    const auto counts = [&variables](const char *name) { return variables.has(name) && variables.text(name) != "0"; };
    return counts("TORCHELASTIC_RESTART_COUNT") || counts("SLURM_RESTART_COUNT");
}

} // namespace flukeprint::learning
