#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace flukeprint {

/// Where a long function stands. `stage` is a stable code ("hashing", "embedding"), turned into words by the caller.
struct Progress
{
    std::string stage;
    std::int64_t done = 0;
    std::int64_t total = 0; ///< 0: not known yet
    std::string item; ///< the file or thing at hand; may be empty
    /// Until the whole is done, where the function itself knows better than its rate tells.
    std::optional<double> secondsLeft = std::nullopt;
};

/// Called from the thread that does the work; keep it short and hop threads inside.
using ProgressFn = std::function<void(const Progress &)>;

} // namespace flukeprint
