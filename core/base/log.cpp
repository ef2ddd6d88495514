#include "core/base/log.h"

#include <cstdio>
#include <mutex>
#include <string>

namespace flukeprint {

namespace {

void writeToStderr(LogLevel level, std::string_view room, std::string_view message)
{
    if (level == LogLevel::Debug)
        return;
    const char *word = level == LogLevel::Info ? "info" : level == LogLevel::Warning ? "warning" : "error";
    const std::string line = std::string(word) + " [" + std::string(room) + "] " + std::string(message) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

std::mutex &sinkMutex()
{
    static std::mutex mutex;
    return mutex;
}

LogSink &currentSink()
{
    static LogSink sink = writeToStderr;
    return sink;
}

} // namespace

void setLogSink(LogSink sink)
{
    const std::lock_guard lock(sinkMutex());
    currentSink() = std::move(sink);
}

void log(LogLevel level, std::string_view room, std::string_view message)
{
    const std::lock_guard lock(sinkMutex());
    if (currentSink())
        currentSink()(level, room, message);
}

} // namespace flukeprint
