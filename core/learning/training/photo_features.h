#pragma once

#include "core/base/result.h"
#include "core/learning/model/model_file.h"
#include "core/learning/training/run_data.h"
#include "core/protocol/presets.h"

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace flukeprint::learning {

/// What the frozen trunk of a run makes of its photos, pooled: computed once instead of in every step, which leaves the few layers
/// of the head as the whole work. In memory: a row of the trunk's channels a photo. Const functions are thread-safe.
class PhotoFeatures
{
public:
    /// Whether a frozen trunk gives a photo the same features every time: no augmentation, no weights in the pooling, no averages
    /// kept of the network.
    [[nodiscard]] static bool suit(const protocol::RunConfig &config);

    struct Options
    {
        torch::Device device = torch::kCPU;
        bool bfloat16 = false; ///< the trunk's passes run under autocast
        bool mirrored = false; ///< of the mirrored photos too
        std::function<bool()> proceed; ///< false cancels; may be empty
        std::function<void(std::int64_t done, std::int64_t total)> progress; ///< may be empty
    };
    /// Of all photos but the unidentified ones of training. `network` lies on the device and is left in eval mode; `info`: how its
    /// photos are normalised and compared. Errors: Cancelled, OutOfMemory (for one photo; until then fewer at a time).
    static Result<PhotoFeatures> compute(EmbeddingNetwork &network, const ModelInfo &info, const RunData &data, const Options &options);

    /// Float [N, C] on the CPU, for HeadImpl::forwardPooled. Precondition: photos that were computed, mirrored ones if asked for.
    [[nodiscard]] torch::Tensor rows(std::span<const BatchItem> items) const;
    /// Embeddings as Embedder::embedBatch gives them, [N, D] or with TestTime::Mirror [N, 2 D], in float32 on the CPU. Mirrored photos must have been
    /// asked for, or be the model's way. `network`: the same trunk with any head of the same pooling, in eval mode.
    [[nodiscard]] torch::Tensor embed(EmbeddingNetwork &network, std::span<const RunPhoto> photos, TestTime testTime) const;

private:
    PhotoFeatures() = default;

    torch::Device m_device = torch::kCPU;
    std::vector<std::int64_t> m_rowOfChip; ///< -1: none
    torch::Tensor m_plain; ///< [photos, C]
    torch::Tensor m_mirrored; ///< the same, or undefined
};

} // namespace flukeprint::learning
