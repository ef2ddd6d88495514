#pragma once

#include <cstddef>
#include <functional>

namespace flukeprint::evaluation {

/// Threads that `requested` (0: all cores) means for `tasks` pieces of work; at least 1.
[[nodiscard]] unsigned threadCount(unsigned requested, std::size_t tasks);

/// Calls task(0..tasks-1), each once, on up to `threads` threads (0: all cores); the caller's is one of them. The first
/// exception is thrown again once all threads have ended.
void parallelFor(std::size_t tasks, unsigned threads, const std::function<void(std::size_t task)> &task);

} // namespace flukeprint::evaluation
