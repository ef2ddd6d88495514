#pragma once

#include "core/learning/training/chip_store.h"
#include "core/learning/training/photo_features.h"

#include <torch/types.h>

#include <cstdint>
#include <deque>
#include <future>
#include <vector>

namespace flukeprint::learning {

/// One batch as it lies in memory, before augmentation.
struct LoadedBatch
{
    /// Bytes [N, 3, H, W], on the host or the device; or float [N, C], what a frozen trunk made of them (see PhotoFeatures). Of several
    /// processes each has its share alone (see shareOf), but all the labels.
    torch::Tensor photos;
    torch::Tensor labels; ///< int64 [N] on the host, -1 for unidentified
    std::int64_t identified = 0; ///< rows before the unidentified ones

    [[nodiscard]] std::int64_t rows() const { return labels.size(0); }
};

struct LoaderOptions
{
    const PhotoFeatures *features = nullptr; ///< what to load instead of chips
    // Which part of every batch a process loads; of one process the whole.
    std::int64_t rowsTogether = 1; ///< see rowsTogether
    int part = 0;
    int parts = 1;
};

/// Puts the batches of a run together in the background, a few ahead of who uses them. One consumer.
class BatchLoader
{
public:
    /// Starts at batch `position` of `epoch` and goes on into the next epochs. Chips, source and features must outlive the loader.
    BatchLoader(const ChipStore &chips, const BatchSource &source, std::int64_t epoch, std::int64_t position, LoaderOptions options = {});
    /// Waits for the next batch. Throws what assembling it threw (no memory left, say).
    LoadedBatch next();

private:
    std::vector<BatchItem> nextItems();
    void startNext();

    const ChipStore &m_chips;
    const BatchSource &m_source;
    LoaderOptions m_options;
    std::int64_t m_epoch;
    std::size_t m_position;
    std::vector<std::vector<BatchItem>> m_batches; ///< of m_epoch
    std::deque<std::future<LoadedBatch>> m_pending; ///< last: its destructor waits for what is being assembled
};

} // namespace flukeprint::learning
