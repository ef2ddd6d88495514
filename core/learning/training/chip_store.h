#pragma once

#include "core/learning/training/run_data.h"

#include <torch/types.h>

#include <cstdint>
#include <span>

namespace flukeprint::learning {

/// Where a run's batches take their chips from. On the device all of them, where they fit; else in host memory: the pack's memory map, which
/// is read ahead where it fits, from where each batch goes into a page-locked buffer if the device is a GPU. Thread-safe.
class ChipStore
{
public:
    /// `deviceBytes`: how much memory of the device the chips may take; 0: none. `data` must outlive the store.
    ChipStore(const RunData &data, torch::Device device, std::uint64_t deviceBytes);
    /// A third of a GPU's free memory: the network needs the rest. 0 for the CPU, where device and host memory are the same.
    [[nodiscard]] static std::uint64_t deviceBytesOn(torch::Device device);

    /// Bytes [N, 3, H, W], mirrored where asked for; on the device or on the host.
    [[nodiscard]] torch::Tensor batch(std::span<const BatchItem> items) const;
    [[nodiscard]] bool isOnDevice() const { return m_resident.defined(); }
    /// "device", "memory" or "file": for the log.
    [[nodiscard]] const char *place() const;

private:
    const RunData &m_data;
    torch::Device m_device;
    torch::Tensor m_resident; ///< bytes [all, 3, H, W] on the device; undefined: not there
    bool m_readAhead = false;
};

} // namespace flukeprint::learning
