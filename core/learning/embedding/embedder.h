#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/chips/chip_pack.h"
#include "core/chips/embedding_file.h"
#include "core/learning/model/model_file.h"
#include "core/protocol/jobs.h"

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>

namespace flukeprint::learning {

/// Where `device` leads on this machine. Errors: DeviceUnavailable (cuda asked for and absent).
Result<torch::Device> resolveDevice(protocol::Device device);

/// Photos of values 0..255 as they look in a white frame: grey in channel 0, 255 in the other two.
/// `channels`: which dimension has the three channels.
[[nodiscard]] torch::Tensor inWhiteFrame(const torch::Tensor &photos, std::int64_t channels);

/// Chips as bytes [N, H, W, 3] (any device) to normalised float [N, 3, H, W] in channels_last layout on the same
/// device, in a white frame where the normalisation says so.
[[nodiscard]] torch::Tensor prepareChips(const torch::Tensor &chips, const Normalisation &normalisation);

struct EmbedOptions
{
    std::int64_t batchSize = 32;
    std::stop_token stop;
    std::function<bool()>
        proceed; ///< called before every batch; may block while paused; false: cancelled. May be empty
    std::function<void(std::int64_t done, std::int64_t total, double photosPerSecond)> progress; ///< may be empty
    std::function<void(const Error &)> warning; ///< OutOfMemory when the batch was halved; may be empty
};

/// Makes embeddings by one model on one device. Deterministic on the CPU for a given batch size and number of threads.
/// Not thread-safe. Keeps its own inference copy of the network.
class Embedder
{
public:
    /// `bfloat16`: nothing: measures on this device whether it is faster and close enough (CUDA, and CPUs with AMX); else as told.
    /// Errors: OutOfMemory.
    static Result<Embedder> create(LoadedModel &model, torch::Device device, std::optional<bool> bfloat16 = std::nullopt);

    /// Embeddings (L2-normalised where the model's options say so), float32 [N, dimension()] on the CPU, of bytes [N, H, W, 3] of the model's input
    /// size, on any device.
    torch::Tensor embedBatch(const torch::Tensor &chips);
    /// All chips of a pack in its order; grey packs are spread over three channels, other sizes resized.
    /// Errors: Cancelled, OutOfMemory (even with one chip a batch), ModelIncompatible (an embedding that is not
    /// finite).
    Result<chips::EmbeddingTable> embedPack(const chips::ChipPackReader &pack, const EmbedOptions &options);
    [[nodiscard]] std::int64_t dimension() const { return m_dimension; }
    [[nodiscard]] const ModelInfo &info() const { return m_info; }
    [[nodiscard]] bool usesBfloat16() const { return m_bfloat16; }

private:
    Embedder(LoadedModel &model, torch::Device device);
    torch::Tensor embedPrepared(const torch::Tensor &images, bool bfloat16);
    [[nodiscard]] bool bfloat16Pays();
    Result<torch::Tensor> embedWithRetry(const chips::ChipPackReader &pack, std::size_t first, std::int64_t &batchSize,
                                         const EmbedOptions &options);

    ModelInfo m_info;
    EmbeddingNetwork m_network;
    torch::Device m_device;
    std::int64_t m_dimension;
    bool m_bfloat16 = false;
};

} // namespace flukeprint::learning
