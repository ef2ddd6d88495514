#include "core/learning/training/chip_store.h"

#include "core/learning/networks/upload.h"
#include "core/learning/training/out_of_memory.h"
#include "core/learning/worker/memory_use.h"

#include <torch/torch.h>

#include <algorithm>
#include <vector>

namespace flukeprint::learning {

namespace {

/// Chips of the pack from `first` on, as they are.
std::vector<BatchItem> stretch(std::int64_t first, std::int64_t count)
{
    std::vector<BatchItem> items;
    for (std::int64_t chip = first; chip < first + count; ++chip)
        items.push_back({chip, -1, false});
    return items;
}

torch::Tensor allChips(const RunData &data, torch::Device device)
{
    constexpr std::int64_t atOnce = 512;
    std::vector<torch::Tensor> parts;
    for (std::int64_t first = 0; first < data.chipCount(); first += atOnce)
        parts.push_back(uploaded(data.planarChips(stretch(first, std::min(atOnce, data.chipCount() - first))), device));
    return torch::cat(parts);
}

} // namespace

ChipStore::ChipStore(const RunData &data, torch::Device device, std::uint64_t deviceBytes)
    : m_data(data)
    , m_device(device)
{
    // Twice as much for the moment in which the parts become one.
    if (2 * data.planarBytes() <= deviceBytes) {
        if (ranOutOfMemory([&] { m_resident = allChips(data, device); }))
            m_resident = torch::Tensor();
    }
    m_readAhead = !m_resident.defined() && data.planarBytes() <= availableBytes() / 2;
    if (m_readAhead)
        data.readAhead();
}

std::uint64_t ChipStore::deviceBytesOn(torch::Device device)
{
    const auto memory = device.is_cuda() ? cudaMemory() : std::nullopt;
    return memory ? memory->freeBytes / 3 : 0;
}

torch::Tensor ChipStore::batch(std::span<const BatchItem> items) const
{
    if (!m_resident.defined())
        return m_data.planarChips(items, m_device.is_cuda());
    std::vector<std::int64_t> chips;
    std::vector<std::int64_t> mirrored;
    for (std::size_t row = 0; row < items.size(); ++row) {
        chips.push_back(items[row].chip);
        if (items[row].mirrored)
            mirrored.push_back(static_cast<std::int64_t>(row));
    }
    torch::Tensor photos = m_resident.index_select(0, uploaded(torch::tensor(chips, torch::kLong), m_device));
    if (mirrored.empty())
        return photos;
    const torch::Tensor rows = uploaded(torch::tensor(mirrored, torch::kLong), m_device);
    return photos.index_copy_(0, rows, photos.index_select(0, rows).flip({3}));
}

const char *ChipStore::place() const
{
    if (m_resident.defined())
        return "device";
    return m_readAhead ? "memory" : "file";
}

} // namespace flukeprint::learning
