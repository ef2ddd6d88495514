#pragma once

#include <cstdint>
#include <optional>

/// Memory of this process and its device.
namespace flukeprint::learning {

/// Resident memory of this process; 0 where the system does not tell.
[[nodiscard]] std::uint64_t residentBytes();
/// What programs may still take without swapping; 0 where the system does not tell.
[[nodiscard]] std::uint64_t availableBytes();

struct DeviceMemory
{
    std::uint64_t freeBytes = 0;
    std::uint64_t totalBytes = 0;
};
/// Of the CUDA device that this thread works on; nothing without one, or before its first use. The driver is asked itself, so that no CUDA
/// header is needed.
[[nodiscard]] std::optional<DeviceMemory> cudaMemory();

} // namespace flukeprint::learning
