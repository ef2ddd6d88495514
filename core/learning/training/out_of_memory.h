#pragma once

#include <c10/util/Exception.h>

#include <cstddef>
#include <new>
#include <string_view>
#include <utility>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace flukeprint::learning {

/// Runs `work` and says whether it failed for want of memory, on whatever device; other exceptions pass through. What `work` had taken on the
/// host goes back to the system then: kept for later (keepFreedMemory), it would leave nothing to those who ask the system themselves, as
/// oneDNN does for the code that it generates.
template<typename Work>
[[nodiscard]] bool ranOutOfMemory(Work &&work)
{
    try {
        std::forward<Work>(work)();
        return false;
    } catch (const c10::OutOfMemoryError &) {
    } catch (const std::bad_alloc &) {
    } catch (const c10::Error &error) {
        // The CPU allocator has no exception of its own.
        if (std::string_view(error.what()).find("DefaultCPUAllocator") == std::string_view::npos)
            throw;
    }
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
    return true;
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
