#pragma once

#include "core/learning/training/run_data.h"

#include <torch/types.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace flukeprint::learning {

/// One batch as it lies in memory, before augmentation.
struct LoadedBatch
{
    torch::Tensor photos; ///< bytes [N, 3, H, W]
    torch::Tensor labels; ///< int64 [N], -1 for unidentified
    std::int64_t identified = 0; ///< rows before the unidentified ones
};

/// Puts the batches of a run together on a thread of its own, a few ahead. `next` hands them out in order; one consumer.
class BatchLoader
{
public:
    /// Starts at batch `position` of `epoch` and goes on into the next epochs. Both must outlive the loader.
    BatchLoader(const RunData &data, const PkSampler &sampler, std::int64_t epoch, std::int64_t position);
    /// Waits for the next one. Throws what assembling it threw (no memory left, say).
    LoadedBatch next();

private:
    void run(const std::stop_token &stop, std::int64_t epoch, std::int64_t position);
    void load(const std::stop_token &stop, std::int64_t epoch, std::int64_t position);
    LoadedBatch assemble(const std::vector<BatchItem> &items) const;

    static constexpr std::size_t ahead = 3;

    const RunData &m_data;
    const PkSampler &m_sampler;
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::deque<LoadedBatch> m_ready;
    std::exception_ptr m_failure;
    std::jthread m_thread; ///< last: it stops before what it uses goes
};

} // namespace flukeprint::learning
