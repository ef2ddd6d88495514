// A worker for tests of the host's side: speaks the protocol of core/protocol/messages.h and misbehaves as told.
// argv[1] says how it starts ("well", "slow_hello", "garbage_first", "newer_protocol", "silent", "deaf": ignores end of input and
// SIGTERM); the model path of an embed job says how that job goes.

#include "core/chips/chip_pack.h"
#include "core/chips/embedding_file.h"
#include "core/protocol/messages.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
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

/// The next request for this job; nothing at the end of input.
std::optional<Request> nextRequest()
{
    std::string line;
    while (std::getline(std::cin, line)) {
        const auto request = decodeRequest(line);
        if (request)
            return *request;
    }
    return std::nullopt;
}

void waitForCancel(JobNumber job)
{
    while (const auto request = nextRequest()) {
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

void inPieces(JobNumber job)
{
    const std::string text = encode(Message(ProgressMessage{job, "embedding", 1, 2, 3.5})) + "\n"
        + encode(Message(LogMessage{job, "grüße"})) + "\n" + encode(Message(DoneMessage{job, R"({"count":7})"})) + "\n";
    for (const char byte : text) {
        write(std::string(1, byte));
        sleepMs(1);
    }
}

void perform(JobNumber job, const EmbedJob &spec)
{
    const std::string &how = spec.modelPath;
    if (how == "pieces")
        inPieces(job);
    else if (how == "segfault")
        std::raise(SIGSEGV);
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

void hello(const std::string &manner)
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
    const std::string manner = argc > 1 ? argv[1] : "well";
    if (manner == "deaf")
        std::signal(SIGTERM, SIG_IGN);
    hello(manner);
    while (const auto request = nextRequest()) {
        if (const auto *start = std::get_if<StartRequest>(&*request)) {
            if (const auto *job = std::get_if<EmbedJob>(&start->spec))
                perform(start->job, *job);
        }
    }
    if (manner == "deaf")
        sleepMs(60'000);
    return 0;
}
