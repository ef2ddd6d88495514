#pragma once

#include <c10/util/Exception.h>

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

} // namespace flukeprint::learning
