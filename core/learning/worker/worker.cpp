#include "core/learning/worker/worker.h"

#include "core/base/log.h"
#include "core/learning/training/trainer.h"
#include "core/learning/worker/job_queue.h"
#include "core/learning/worker/job_runner.h"
#include "core/learning/worker/message_channel.h"
#include "core/learning/worker/request_reader.h"
#include "core/learning/worker/runtime.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace flukeprint::learning {

namespace {

/// Ends the process when a cancelled job does not come back: a hung device must not leave a worker behind that nobody
/// reads.
class EndWatchdog
{
public:
    EndWatchdog() = default;
    EndWatchdog(const EndWatchdog &) = delete;
    EndWatchdog &operator=(const EndWatchdog &) = delete;
    ~EndWatchdog()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_finished = true;
        }
        m_changed.notify_all();
        if (m_thread.joinable())
            m_thread.join();
    }
    /// Call at most once.
    void start()
    {
        m_thread = std::thread([this] {
            constexpr std::chrono::seconds patience{60};
            std::unique_lock lock(m_mutex);
            if (!m_changed.wait_for(lock, patience, [this] { return m_finished; }))
                ::_exit(EXIT_FAILURE);
        });
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_finished = false;
    std::thread m_thread;
};

class Worker
{
public:
    int run();

private:
    void handleLine(std::string_view line);
    void handle(const protocol::Request &request);
    void refuse(std::string_view line, const Error &error);
    void runJob(WorkerJobQueue::Entry &entry);

    EndWatchdog m_watchdog;
    WorkerJobQueue m_queue;
    MessageChannel m_channel{[this] { m_queue.close(); }};
    JobRunner m_runner;
};

/// A host waits for the end of a job that it believes started: a start that cannot be read must fail by its number.
void Worker::refuse(std::string_view line, const Error &error)
{
    const auto json = nlohmann::json::parse(line, nullptr, false);
    const bool isStart = json.is_object() && json.contains("job") && json["job"].is_number_integer()
        && json.contains("type") && json["type"] == "start";
    if (isStart)
        m_channel.send(protocol::FailedMessage{json["job"].get<protocol::JobNumber>(), error});
    else
        m_channel.send(protocol::WarningMessage{0, error});
}

void Worker::handleLine(std::string_view line)
{
    Result<protocol::Request> request = protocol::decodeRequest(line);
    if (request)
        handle(*request);
    else
        refuse(line, request.error());
}

void Worker::handle(const protocol::Request &request)
{
    if (const auto *start = std::get_if<protocol::StartRequest>(&request)) {
        if (!m_queue.add(start->job, start->spec))
            m_channel.send(protocol::WarningMessage{
                start->job, Error(ErrorCode::AlreadyExists, {"job", std::to_string(start->job)})});
    } else if (const auto *cancel = std::get_if<protocol::CancelRequest>(&request)) {
        m_queue.cancel(cancel->job);
    } else if (const auto *pause = std::get_if<protocol::PauseRequest>(&request)) {
        m_queue.setPaused(pause->job, true);
    } else if (const auto *resume = std::get_if<protocol::ResumeRequest>(&request)) {
        m_queue.setPaused(resume->job, false);
    } else {
        m_queue.close();
    }
}

void Worker::runJob(WorkerJobQueue::Entry &entry)
{
    JobContext context;
    context.job = entry.job;
    context.stop = entry.stop.get_token();
    context.send = [this](const protocol::Message &message) { m_channel.send(message); };
    context.proceed = [this, &entry] {
        return m_queue.proceed(entry, [&](bool paused) { m_channel.send(protocol::PausedMessage{entry.job, paused}); });
    };
    const JobResult result =
        context.proceed() ? m_runner.run(entry.spec, context) : JobResult(Error(ErrorCode::Cancelled));
    if (result)
        m_channel.send(protocol::DoneMessage{entry.job, *result});
    else if (result.error().code == ErrorCode::Cancelled)
        m_channel.send(protocol::CancelledMessage{entry.job});
    else
        m_channel.send(protocol::FailedMessage{entry.job, result.error()});
}

int Worker::run()
{
    RequestReader reader({
        .line = [this](std::string_view line) { handleLine(line); },
        .tooLong =
            [this] {
                m_channel.send(protocol::WarningMessage{0, Error(ErrorCode::WorkerProtocol, {""}, "too long")});
            },
        .ended =
            [this] {
                m_queue.close();
                m_watchdog.start();
            },
    });
    keepFreedMemory();
    setThreads(0);
    const protocol::HelloMessage hello = describeRuntime();
    log(LogLevel::Info, "learning",
        "LibTorch " + hello.torchVersion + ", " + hello.blas + ", " + hello.cpuCapability + ", "
            + std::to_string(hello.threads) + " threads");
    m_channel.send(hello);
    reader.start();
    while (const auto entry = m_queue.next()) {
        runJob(*entry);
        m_queue.finish();
    }
    return m_channel.isBroken() ? EXIT_FAILURE : EXIT_SUCCESS;
}

} // namespace

int runWorker()
{
    return Worker().run();
}

const char *runtimeSummary()
{
    static const std::string summary = [] {
        setThreads(0);
        const protocol::HelloMessage hello = describeRuntime();
        std::string text = "LibTorch " + hello.torchVersion + ", " + hello.blas + ", " + hello.cpuCapability;
        for (const std::string &device : hello.devices)
            text += ", " + device;
        return text;
    }();
    return summary.c_str();
}

} // namespace flukeprint::learning
