#pragma once

#include <stop_token>

namespace flukeprint::cli {

/// A token that Ctrl-C and SIGTERM stop; a second Ctrl-C ends the program at once with status 130. Call once, early in
/// main.
[[nodiscard]] std::stop_token stopOnInterrupt();

} // namespace flukeprint::cli
