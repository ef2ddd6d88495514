#include "core/evaluation/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace flukeprint::evaluation {

unsigned threadCount(unsigned requested, std::size_t tasks)
{
    const unsigned wanted = requested > 0 ? requested : std::max(1U, std::thread::hardware_concurrency());
    return static_cast<unsigned>(std::clamp<std::size_t>(tasks, 1, wanted));
}

void parallelFor(std::size_t tasks, unsigned threads, const std::function<void(std::size_t)> &task)
{
    std::atomic<std::size_t> next = 0;
    std::exception_ptr failure;
    std::mutex failureMutex;
    const auto work = [&] {
        try {
            for (std::size_t index = next++; index < tasks; index = next++)
                task(index);
        } catch (...) {
            next = tasks;
            const std::lock_guard lock(failureMutex);
            if (!failure)
                failure = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> helpers;
        for (unsigned i = 1; i < threadCount(threads, tasks); ++i)
            helpers.emplace_back(work);
        work();
    }
    if (failure)
        std::rethrow_exception(failure);
}

} // namespace flukeprint::evaluation
