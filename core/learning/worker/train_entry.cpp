#include "core/learning/worker/train_entry.h"

#include "core/base/log.h"
#include "core/learning/distributed/peers.h"
#include "core/learning/embedding/embedder.h"
#include "core/learning/training/run_state.h"
#include "core/learning/training/trainer.h"
#include "core/learning/worker/job_runner.h"
#include "core/learning/worker/message_channel.h"
#include "core/learning/worker/runtime.h"
#include "core/protocol/job_file.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

namespace flukeprint::learning {

namespace {

constexpr protocol::JobNumber jobNumber = 1;

std::atomic<bool> stopAsked{false};

const char *variable(const char *name) { return std::getenv(name); }

/// From here on a signal ends the run with a checkpoint; the second one of its kind ends the process.
void watchSignals()
{
    struct sigaction action{};
    action.sa_handler = [](int) { stopAsked = true; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int signal : {SIGTERM, SIGINT})
        ::sigaction(signal, &action, nullptr);
}

/// How long a process may be silent before the others give up: FLUKEPRINT_PEER_TIMEOUT seconds. They need not start at once, nor finish the
/// features of a frozen trunk at the same time, so it must not be short.
std::chrono::milliseconds peerTimeout()
{
    constexpr int usual = 30 * 60;
    int seconds = usual;
    if (const char *text = variable("FLUKEPRINT_PEER_TIMEOUT"))
        std::from_chars(text, text + std::strlen(text), seconds);
    return std::chrono::seconds(std::max(1, seconds));
}

/// Leaves this process the GPU of its number, unless the launcher gave it one of its own already. Before anything touches the device.
void takeOwnGpu(const LaunchPlace &place)
{
    const auto own = static_cast<std::size_t>(place.localRank);
    const char *list = variable("CUDA_VISIBLE_DEVICES");
    if (list == nullptr) {
        ::setenv("CUDA_VISIBLE_DEVICES", std::to_string(own).c_str(), 1);
        return;
    }
    std::vector<std::string> visible;
    std::string rest = list;
    for (std::size_t comma = rest.find(','); comma != std::string::npos; comma = rest.find(',')) {
        visible.push_back(rest.substr(0, comma));
        rest.erase(0, comma + 1);
    }
    visible.push_back(rest);
    if (visible.size() > 1)
        ::setenv("CUDA_VISIBLE_DEVICES", own < visible.size() ? visible[own].c_str() : "-1", 1); // one too many has none
}

int threadsFor(const LaunchPlace &place)
{
    const int cores = availableCores();
    return std::max(1, place.cores > 0 ? std::min(cores, place.cores) : cores / place.localSize);
}

Result<std::unique_ptr<Peers>> joinPeers(const std::optional<LaunchPlace> &place, protocol::TrainJob &job)
{
    if (!place)
        return std::unique_ptr<Peers>();
    takeOwnGpu(*place);
    if (job.threads == 0)
        job.threads = threadsFor(*place);
    const Result<torch::Device> device = resolveDevice(job.device);
    if (!device)
        return device.error();
    return Peers::join(*place, *device, peerTimeout());
}

/// For whoever started the process. Nothing translates it: the worker knows no languages.
std::string sentence(const Error &error)
{
    if (error.code == ErrorCode::PeerLost)
        return "lost the other processes: one of them ended or does not answer. The run goes on from its newest checkpoint when all are"
               " started again with --resume. (" + error.args.back() + ")";
    return error.debugText();
}

int report(const JobResult &result, MessageChannel *channel, const std::optional<LaunchPlace> &place)
{
    const std::string who = place ? "process " + std::to_string(place->rank) + " of " + std::to_string(place->size) + ": " : std::string();
    if (!result)
        log(LogLevel::Error, "learning", who + sentence(result.error()));
    if (channel != nullptr) {
        if (result)
            channel->send(protocol::DoneMessage{jobNumber, *result});
        else if (result.error().code == ErrorCode::Cancelled)
            channel->send(protocol::CancelledMessage{jobNumber});
        else
            channel->send(protocol::FailedMessage{jobNumber, result.error()});
        if (channel->isBroken())
            return EXIT_FAILURE;
    }
    return result ? EXIT_SUCCESS : static_cast<int>(errorCategory(result.error().code));
}

Result<protocol::TrainJob> readTrainJob(const std::string &path, bool resume)
{
    const Result<protocol::JobSpec> spec = protocol::readJobFile(path);
    if (!spec)
        return spec.error();
    const auto *found = std::get_if<protocol::TrainJob>(&*spec);
    if (found == nullptr)
        return Error(ErrorCode::InvalidArgument, {"job", protocol::jobKind(*spec), "train"});
    protocol::TrainJob job = *found;
    const bool begun = !checkpointSteps(job.runFolder).empty();
    // A launcher that starts lost processes anew repeats the first command.
    job.resume = job.resume || resume || (begun && wasRestarted(variable));
    if (begun && !job.resume)
        return Error(ErrorCode::AlreadyExists, {"checkpoint", job.runFolder}, "--resume goes on from it");
    return job;
}

JobResult train(protocol::TrainJob job, const std::optional<LaunchPlace> &place, MessageChannel *channel)
{
    Result<std::unique_ptr<Peers>> peers = joinPeers(place, job);
    if (!peers)
        return peers.error();
    watchSignals();
    if (channel != nullptr)
        channel->send(describeRuntime());
    JobContext context;
    context.job = jobNumber;
    context.peers = peers->get();
    context.proceed = [] { return !stopAsked; };
    context.send = [channel](const protocol::Message &message) {
        if (channel != nullptr)
            channel->send(message);
    };
    return JobRunner().run(job, context);
}

} // namespace

int runTrainFile(const std::string &path, bool resume)
{
    std::signal(SIGPIPE, SIG_IGN);
    keepFreedMemory();
    const Result<std::optional<LaunchPlace>> place = readLaunchPlace(variable);
    if (!place)
        return report(place.error(), nullptr, std::nullopt);
    std::unique_ptr<MessageChannel> channel;
    if (!*place || (*place)->rank == 0)
        channel = std::make_unique<MessageChannel>([] { stopAsked = true; });
    Result<protocol::TrainJob> job = readTrainJob(path, resume);
    if (!job)
        return report(job.error(), channel.get(), *place);
    return report(train(std::move(*job), *place, channel.get()), channel.get(), *place);
}

} // namespace flukeprint::learning
