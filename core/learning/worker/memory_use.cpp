#include "core/learning/worker/memory_use.h"

#include <cstddef>
#include <dlfcn.h>
#include <fstream>
#include <string>
#include <unistd.h>

namespace flukeprint::learning {

std::uint64_t residentBytes()
{
    std::ifstream file("/proc/self/statm");
    std::uint64_t allPages = 0;
    std::uint64_t residentPages = 0;
    if (!(file >> allPages >> residentPages))
        return 0;
    return residentPages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t availableBytes()
{
    constexpr std::uint64_t kibibyte = 1024;
    std::ifstream file("/proc/meminfo");
    for (std::string name; file >> name;) {
        std::uint64_t number = 0;
        if (name == "MemAvailable:" && file >> number)
            return number * kibibyte;
        std::getline(file, name);
    }
    return 0;
}

std::optional<DeviceMemory> cudaMemory()
{
    // The handle is never closed: LibTorch has the driver open for as long as the process lives.
    static void *const driver = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    if (driver == nullptr)
        return std::nullopt;
    using MemGetInfo = int (*)(std::size_t *, std::size_t *);
    static const auto memGetInfo = reinterpret_cast<MemGetInfo>(::dlsym(driver, "cuMemGetInfo_v2"));
    std::size_t freeBytes = 0;
    std::size_t totalBytes = 0;
    if (memGetInfo == nullptr || memGetInfo(&freeBytes, &totalBytes) != 0)
        return std::nullopt;
    return DeviceMemory{freeBytes, totalBytes};
}

} // namespace flukeprint::learning
