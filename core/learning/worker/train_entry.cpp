#include "core/learning/worker/train_entry.h"

#include "core/base/log.h"
#include "core/learning/distributed/peers.h"
#include "core/learning/embedding/embedder.h"
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

void watchSignals()
{
    struct sigaction action{};
    action.sa_handler = [](int) { stopAsked = true; };
    for (const int signal : {SIGTERM, SIGINT})
        ::sigaction(signal, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

/// How long a process may be silent before the others give up: FLUKEPRINT_PEER_TIMEOUT seconds. The others wait while process 0 validates,
/// so it must not be short.
std::chrono::milliseconds peerTimeout()
{
    constexpr int usual = 30 * 60;
    int seconds = usual;
    if (const char *text = std::getenv("FLUKEPRINT_PEER_TIMEOUT"))
        std::from_chars(text, text + std::strlen(text), seconds);
    return std::chrono::seconds(std::max(1, seconds));
}

/// Leaves this process the GPU of its number, unless the launcher gave it one of its own already. Before anything touches the device.
void takeOwnGpu(const LaunchPlace &place)
{
    std::vector<std::string> visible;
    if (const char *list = std::getenv("CUDA_VISIBLE_DEVICES")) {
        std::string rest = list;
        for (std::size_t comma = rest.find(','); comma != std::string::npos; comma = rest.find(',')) {
            visible.push_back(rest.substr(0, comma));
            rest.erase(0, comma + 1);
        }
        visible.push_back(rest);
    }
    const auto own = static_cast<std::size_t>(place.localRank);
    if (visible.size() == 1)
        return;
    ::setenv("CUDA_VISIBLE_DEVICES", own < visible.size() ? visible[own].c_str() : std::to_string(own).c_str(), 1);
}

Result<std::unique_ptr<Peers>> joinPeers(const std::optional<LaunchPlace> &place, protocol::TrainJob &job)
{
    if (!place)
        return std::unique_ptr<Peers>();
    takeOwnGpu(*place);
    if (job.threads == 0)
        job.threads = std::max(1, availableCores() / place->localSize);
    const Result<torch::Device> device = resolveDevice(job.device);
    if (!device)
        return device.error();
    return Peers::join(*place, *device, peerTimeout());
}

int report(const JobResult &result, MessageChannel *channel, const std::optional<LaunchPlace> &place)
{
    const std::string who = place ? "process " + std::to_string(place->rank) + ": " : std::string();
    if (!result)
        log(LogLevel::Error, "learning", who + result.error().debugText());
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

JobResult train(protocol::TrainJob job, const std::optional<LaunchPlace> &place, MessageChannel *channel)
{
    Result<std::unique_ptr<Peers>> peers = joinPeers(place, job);
    if (!peers)
        return peers.error();
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
    watchSignals();
    keepFreedMemory();
    const Result<std::optional<LaunchPlace>> place = readLaunchPlace([](const char *name) { return std::getenv(name); });
    if (!place)
        return report(place.error(), nullptr, std::nullopt);
    std::unique_ptr<MessageChannel> channel;
    if (!*place || (*place)->rank == 0)
        channel = std::make_unique<MessageChannel>([] { stopAsked = true; });
    const Result<protocol::JobSpec> spec = protocol::readJobFile(path);
    if (!spec)
        return report(spec.error(), channel.get(), *place);
    const auto *job = std::get_if<protocol::TrainJob>(&*spec);
    if (job == nullptr)
        return report(Error(ErrorCode::InvalidArgument, {"job", protocol::jobKind(*spec), "train"}), channel.get(), *place);
    protocol::TrainJob wanted = *job;
    wanted.resume = wanted.resume || resume;
    return report(train(std::move(wanted), *place, channel.get()), channel.get(), *place);
}

} // namespace flukeprint::learning
