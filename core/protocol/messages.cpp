#include "core/protocol/messages.h"

#include "core/protocol/job_codec.h"
#include "core/protocol/json_fields.h"

namespace flukeprint::protocol {

namespace {

using nlohmann::json;

template<typename... Visitors>
struct Overloaded : Visitors...
{
    using Visitors::operator()...;
};
template<typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

constexpr std::size_t quotedBytes = 200;

Error protocolError(std::string_view line, const char *why)
{
    return Error(ErrorCode::WorkerProtocol, {std::string(line.substr(0, quotedBytes))}, why);
}

std::string toLine(const json &object)
{
    // A path or a library's message may hold bytes that are no UTF-8; a replaced character is better than a lost line.
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

json helloToJson(const HelloMessage &hello)
{
    return {{"type", "hello"}, {"protocol", hello.protocol}, {"torch", hello.torchVersion}, {"blas", hello.blas},
            {"cpu", hello.cpuCapability}, {"threads", hello.threads}, {"devices", hello.devices}};
}

HelloMessage helloFromJson(const json &object)
{
    HelloMessage hello;
    hello.protocol = object.at("protocol").get<int>();
    hello.torchVersion = object.value("torch", "");
    hello.blas = object.value("blas", "");
    hello.cpuCapability = object.value("cpu", "");
    hello.threads = object.value("threads", 0);
    hello.devices = object.value("devices", std::vector<std::string>{});
    return hello;
}

json metricToJson(const MetricMessage &metric)
{
    return {{"type", "metric"}, {"job", metric.job}, {"step", metric.step}, {"epoch", metric.epoch},
            {"seconds", metric.seconds}, {"values", metric.values}};
}

MetricMessage metricFromJson(const json &object)
{
    MetricMessage metric;
    metric.job = object.at("job").get<JobNumber>();
    metric.step = object.at("step").get<std::int64_t>();
    metric.epoch = object.value("epoch", 0.0);
    metric.seconds = object.value("seconds", 0.0);
    for (const auto &[name, value] : object.at("values").items()) {
        // JSON has no NaN: nlohmann writes null, and a point that is no number is left out of the curves.
        if (value.is_number())
            metric.values[name] = value.get<double>();
    }
    return metric;
}

json progressToJson(const ProgressMessage &progress)
{
    json object{{"type", "progress"}, {"job", progress.job}, {"stage", progress.stage}, {"done", progress.done},
                {"total", progress.total}, {"rate", progress.itemsPerSecond}};
    if (progress.secondsLeft)
        object["seconds_left"] = *progress.secondsLeft;
    return object;
}

ProgressMessage progressFromJson(const json &object)
{
    ProgressMessage progress;
    progress.job = object.at("job").get<JobNumber>();
    progress.stage = object.value("stage", "");
    progress.done = object.value("done", std::int64_t{0});
    progress.total = object.value("total", std::int64_t{0});
    progress.itemsPerSecond = object.value("rate", 0.0);
    if (const auto left = object.find("seconds_left"); left != object.end() && left->is_number())
        progress.secondsLeft = left->get<double>();
    return progress;
}

Message messageFromJson(const json &object)
{
    const auto type = object.at("type").get<std::string>();
    if (type == "hello")
        return helloFromJson(object);
    if (type == "metric")
        return metricFromJson(object);
    if (type == "progress")
        return progressFromJson(object);
    const auto job = object.at("job").get<JobNumber>();
    if (type == "log")
        return LogMessage{job, object.at("text").get<std::string>()};
    if (type == "warning")
        return WarningMessage{job, errorFromJson(object.at("what"))};
    if (type == "done")
        return DoneMessage{job, object.at("result").dump()};
    if (type == "failed")
        return FailedMessage{job, errorFromJson(object.at("what"))};
    if (type == "cancelled")
        return CancelledMessage{job};
    if (type == "paused")
        return PausedMessage{job, object.at("paused").get<bool>()};
    throw json::other_error::create(501, "unknown message type " + type, nullptr);
}

Request requestFromJson(const json &object)
{
    const auto type = object.at("type").get<std::string>();
    if (type == "shutdown")
        return ShutdownRequest{};
    const auto job = object.at("job").get<JobNumber>();
    if (type == "start")
        return StartRequest{job, jobFromJson(object.at("spec"))};
    if (type == "cancel")
        return CancelRequest{job};
    if (type == "pause")
        return PauseRequest{job};
    if (type == "resume")
        return ResumeRequest{job};
    throw json::other_error::create(501, "unknown request type " + type, nullptr);
}

json resultToJson(const std::string &text)
{
    const json result = json::parse(text, nullptr, false);
    return result.is_discarded() ? json::object() : result;
}

} // namespace

std::string encode(const Request &request)
{
    return toLine(std::visit(
        Overloaded{
            [](const StartRequest &r) -> json { return {{"type", "start"}, {"job", r.job}, {"spec", jobToJson(r.spec)}}; },
            [](const CancelRequest &r) -> json { return {{"type", "cancel"}, {"job", r.job}}; },
            [](const PauseRequest &r) -> json { return {{"type", "pause"}, {"job", r.job}}; },
            [](const ResumeRequest &r) -> json { return {{"type", "resume"}, {"job", r.job}}; },
            [](const ShutdownRequest &) -> json { return {{"type", "shutdown"}}; },
        },
        request));
}

std::string encode(const Message &message)
{
    return toLine(std::visit(
        Overloaded{
            [](const HelloMessage &m) { return helloToJson(m); },
            [](const ProgressMessage &m) { return progressToJson(m); },
            [](const MetricMessage &m) { return metricToJson(m); },
            [](const LogMessage &m) -> json { return {{"type", "log"}, {"job", m.job}, {"text", m.text}}; },
            [](const WarningMessage &m) -> json { return {{"type", "warning"}, {"job", m.job}, {"what", errorToJson(m.what)}}; },
            [](const DoneMessage &m) -> json { return {{"type", "done"}, {"job", m.job}, {"result", resultToJson(m.resultJson)}}; },
            [](const FailedMessage &m) -> json { return {{"type", "failed"}, {"job", m.job}, {"what", errorToJson(m.what)}}; },
            [](const CancelledMessage &m) -> json { return {{"type", "cancelled"}, {"job", m.job}}; },
            [](const PausedMessage &m) -> json { return {{"type", "paused"}, {"job", m.job}, {"paused", m.paused}}; },
        },
        message));
}

Result<Request> decodeRequest(std::string_view line)
{
    try {
        return requestFromJson(json::parse(line));
    } catch (const json::exception &exception) {
        return protocolError(line, exception.what());
    }
}

Result<Message> decodeMessage(std::string_view line)
{
    try {
        return messageFromJson(json::parse(line));
    } catch (const json::exception &exception) {
        return protocolError(line, exception.what());
    }
}

} // namespace flukeprint::protocol
