// A worker for tests of the host's side: speaks the protocol of core/protocol/messages.h and misbehaves as told.
// argv[1] says how it starts ("well", "slow_hello", "garbage_first", "newer_protocol", "silent", "deaf": ignores end of
// input and SIGTERM) or when it crashes ("crash_at_embed_2", "crash_at_step_3": once, as long as the file argv[2] is
// not there); the model path of an embed job says how that job goes. Its models are headers without tensors, its
// embeddings two numbers a chip.

#include "core/chips/chip_pack.h"
#include "core/chips/embedding_file.h"
#include "core/protocol/messages.h"
#include "core/protocol/snapshot.h"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <poll.h>
#include <string>
#include <thread>
#include <unistd.h>

using namespace flukeprint;
using namespace flukeprint::protocol;

namespace {

void write(const std::string &text)
{
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void say(const Message &message)
{
    write(encode(message) + "\n");
}

void sleepMs(int ms)
{
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

class Requests
{
public:
    /// The next request; nothing at the end of input or after the time.
    std::optional<Request> next(int timeoutMs = -1)
    {
        while (true) {
            const auto end = m_pending.find('\n');
            if (end != std::string::npos) {
                const auto request = decodeRequest(m_pending.substr(0, end));
                m_pending.erase(0, end + 1);
                if (request)
                    return *request;
                continue;
            }
            pollfd input{0, POLLIN, 0};
            if (::poll(&input, 1, timeoutMs) == 0)
                return std::nullopt;
            std::array<char, 4096> block{};
            const auto count = ::read(0, block.data(), block.size());
            if (count <= 0) {
                m_ended = true;
                return std::nullopt;
            }
            m_pending.append(block.data(), static_cast<std::size_t>(count));
        }
    }
    [[nodiscard]] bool ended() const { return m_ended; }

private:
    std::string m_pending;
    bool m_ended = false;
};

Requests requests;
std::string manner = "well";
std::string crashMarker;

/// Dies the first time; the marker tells the next program that it has happened.
void crashOnceAt(const std::string &place)
{
    if (manner != "crash_at_" + place || std::filesystem::exists(crashMarker))
        return;
    std::ofstream(crashMarker) << place;
    std::raise(SIGKILL);
}

void waitForCancel(JobNumber job)
{
    while (const auto request = requests.next()) {
        if (const auto *pause = std::get_if<PauseRequest>(&*request))
            say(PausedMessage{pause->job, true});
        else if (const auto *resume = std::get_if<ResumeRequest>(&*request))
            say(PausedMessage{resume->job, false});
        else if (const auto *cancel = std::get_if<CancelRequest>(&*request); cancel && cancel->job == job) {
            say(CancelledMessage{job});
            return;
        }
    }
    std::exit(0);
}

void embed(JobNumber job, const EmbedJob &spec)
{
    static int count = 0;
    crashOnceAt("embed_" + std::to_string(++count));
    const auto pack = chips::ChipPackReader::open(spec.packPath);
    if (!pack) {
        say(FailedMessage{job, pack.error()});
        return;
    }
    chips::EmbeddingTable table;
    table.dimension = 2;
    for (std::size_t i = 0; i < pack->count(); ++i) {
        table.ids.push_back(pack->id(i));
        table.vectors.insert(table.vectors.end(), {1.0F, static_cast<float>(pack->chip(i)[0])});
    }
    const auto written = chips::writeEmbeddings(spec.outputPath, table);
    if (!written) {
        say(FailedMessage{job, written.error()});
        return;
    }
    say(DoneMessage{job, R"({"count":)" + std::to_string(table.count()) + R"(,"dimension":2})"});
}

/// A model file as far as the host reads it.
void writeModel(const std::filesystem::path &path)
{
    const std::string header =
        R"({"__metadata__":{"format":"flukeprint-model","format_version":"1","preset":"flukeprint",)"
        R"("architecture":"mobilenet_v2","dimension":"2","input_width":"32","input_height":"32",)"
        R"("snapshot_hash":"","metrics":"{\"map5\":0.5}","calibration":"{}","created":""}})";
    std::uint64_t length = header.size();
    std::ofstream file(path, std::ios::binary);
    for (int i = 0; i < 8; ++i, length >>= 8)
        file.put(static_cast<char>(length & 0xff));
    file << header;
}

std::int64_t newestCheckpoint(const std::filesystem::path &folder)
{
    std::int64_t newest = 0;
    for (std::int64_t step = 1; step <= 100; ++step) {
        if (std::filesystem::exists(folder / ("optimizer-" + std::to_string(step) + ".safetensors")))
            newest = step;
    }
    return newest;
}

void writeCheckpoint(const std::filesystem::path &folder, std::int64_t step)
{
    for (const char *kind : {"checkpoint-", "optimizer-"})
        std::ofstream(folder / (kind + std::to_string(step) + ".safetensors")) << step;
}

/// False once cancelled.
bool heedRequests(JobNumber job)
{
    bool paused = false;
    while (true) {
        const auto request = requests.next(paused ? -1 : 10);
        if (requests.ended())
            std::exit(0);
        if (!request && !paused)
            return true;
        if (request && std::holds_alternative<CancelRequest>(*request))
            return false;
        if (request && std::holds_alternative<PauseRequest>(*request))
            say(PausedMessage{job, paused = true});
        if (request && std::holds_alternative<ResumeRequest>(*request))
            say(PausedMessage{job, paused = false});
    }
}

/// Ten steps with a checkpoint at every second one.
void train(JobNumber job, const TrainJob &spec)
{
    const std::filesystem::path folder = spec.runFolder;
    const auto pack = chips::ChipPackReader::open(spec.packPath);
    const auto snapshot = readSnapshot(folder / "snapshot.json");
    if (!pack || !snapshot) {
        say(FailedMessage{job, pack ? snapshot.error() : pack.error()});
        return;
    }
    for (const SnapshotItem &item : snapshot->items) {
        if (!pack->find(item.annotation)) {
            say(FailedMessage{job, Error(ErrorCode::NotFound, {"chip", std::to_string(item.annotation.value)})});
            return;
        }
    }
    std::ofstream curve(folder / "metrics.jsonl", spec.resume ? std::ios::app : std::ios::trunc);
    const std::int64_t first = spec.resume ? newestCheckpoint(folder) + 1 : 1;
    for (std::int64_t step = first; step <= 10; ++step) {
        if (!heedRequests(job)) {
            say(CancelledMessage{job});
            return;
        }
        const MetricMessage metric{
            job, step, static_cast<double>(step) / 2, 0.1, {{"loss_train", 1.0 / static_cast<double>(step)}}};
        curve << encode(Message(metric)) << std::endl;
        crashOnceAt("step_" + std::to_string(step));
        say(metric);
        say(ProgressMessage{job, "training", step, 10, 5});
        if (step % 2 == 0)
            writeCheckpoint(folder, step);
    }
    writeModel(folder / "model.safetensors");
    say(DoneMessage{job,
                    R"({"model":")" + (folder / "model.safetensors").string()
                        + R"(","metrics":{"map5":0.5,"first_step":)" + std::to_string(first) + R"(},"epochs":5})"});
}

void inPieces(JobNumber job)
{
    const std::string text = encode(Message(ProgressMessage{job, "embedding", 1, 2, 3.5})) + "\n"
        + encode(Message(LogMessage{job, "grüße"})) + "\n" + encode(Message(DoneMessage{job, R"({"count":7})"})) + "\n";
    for (const char byte : text) {
        write(std::string(1, byte));
        sleepMs(1);
    }
}

void crash()
{
    std::signal(SIGSEGV, SIG_DFL); // a sanitizer's own handler would make an exit of it
    std::raise(SIGSEGV);
}

void perform(JobNumber job, const EmbedJob &spec)
{
    const std::string &how = spec.modelPath;
    if (how == "pieces")
        inPieces(job);
    else if (how == "segfault")
        crash();
    else if (how == "exit")
        std::exit(3);
    else if (how == "fail")
        say(FailedMessage{job, Error(ErrorCode::LossNotFinite, {"12"})});
    else if (how == "wait")
        waitForCancel(job);
    else if (how == "stuck")
        sleepMs(60'000);
    else if (how == "garbage") {
        write("this is no JSON\n{\"type\":\"unheard of\"}\n\n");
        say(WarningMessage{job, Error(ErrorCode::OutOfMemory, {"cuda", "batch"})});
        say(MetricMessage{job, 5, 0.5, 1.25, {{"loss_train", 0.75}}});
        say(DoneMessage{job, "{}"});
        say(DoneMessage{job, R"({"twice":true})"});
    } else
        embed(job, spec);
}

void hello()
{
    if (manner == "slow_hello")
        sleepMs(700);
    if (manner == "silent")
        sleepMs(60'000);
    if (manner == "garbage_first")
        write("Segmentation fault: just kidding\n");
    HelloMessage message;
    message.torchVersion = "none";
    message.devices = {"cpu"};
    if (manner == "newer_protocol")
        message.protocol = protocolVersion + 1;
    std::cerr << "scripted worker " << manner << std::endl;
    say(message);
}

} // namespace

int main(int argc, char **argv)
{
    if (argc > 1)
        manner = argv[1];
    if (argc > 2)
        crashMarker = argv[2];
    if (manner == "deaf")
        std::signal(SIGTERM, SIG_IGN);
    hello();
    while (const auto request = requests.next()) {
        const auto *start = std::get_if<StartRequest>(&*request);
        if (!start)
            continue;
        if (const auto *embedJob = std::get_if<EmbedJob>(&start->spec))
            perform(start->job, *embedJob);
        else if (const auto *trainJob = std::get_if<TrainJob>(&start->spec))
            train(start->job, *trainJob);
    }
    if (manner == "deaf")
        sleepMs(60'000);
    return 0;
}
