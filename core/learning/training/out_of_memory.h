#pragma once

#include <c10/util/Exception.h>

#include <cstddef>
#include <new>
#include <string_view>
#include <utility>

namespace flukeprint::learning {

/// Runs `work` and says whether it failed for want of memory, on whatever device; other exceptions pass through.
template<typename Work>
[[nodiscard]] bool ranOutOfMemory(Work &&work)
{
    try {
        std::forward<Work>(work)();
        return false;
    } catch (const c10::OutOfMemoryError &) {
        return true;
    } catch (const std::bad_alloc &) {
        return true;
    } catch (const c10::Error &error) {
        // The CPU allocator has no exception of its own.
        if (std::string_view(error.what()).find("DefaultCPUAllocator") == std::string_view::npos)
            throw;
        return true;
    }
}

/// Runs `work`, which takes `atATime` rows at most, and with half as many as long as memory runs out. False: not even for one is there enough.
template<typename Work>
[[nodiscard]] bool fitsInHalves(std::size_t &atATime, Work &&work)
{
    while (ranOutOfMemory(work)) {
        if (atATime <= 1)
            return false;
        atATime /= 2;
    }
    return true;
}

} // namespace flukeprint::learning
