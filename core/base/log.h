#pragma once

#include <functional>
#include <string_view>

namespace flukeprint {

enum class LogLevel { Debug, Info, Warning, Error };

/// Receives one finished line without its end-of-line.
using LogSink = std::function<void(LogLevel level, std::string_view room, std::string_view message)>;

/// Replaces the sink (default: stderr, Info and above). Thread-safe; an empty function silences the log.
void setLogSink(LogSink sink);
/// Thread-safe. `room` is the folder that speaks: "imaging", "jobs".
void log(LogLevel level, std::string_view room, std::string_view message);

} // namespace flukeprint
