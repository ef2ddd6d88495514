#pragma once

#include "core/learning/networks/network.h"

#include <torch/types.h>

#include <cstdint>
#include <string>

namespace flukeprint::learning {

struct BatchShape
{
    std::int64_t photos = 0;
    std::int64_t heightPx = 0;
    std::int64_t widthPx = 0;
};

/// Whether a run trains under bfloat16 autocast. `wanted`: "fp32" never; "bf16" on CUDA, and on a CPU that multiplies such numbers; "auto": where
/// that is so and forward and backward passes of a trial batch, measured here, run clearly faster in it. The network's weights and norms stay as they
/// were, and no random number is drawn. A run keeps its answer (RunState::bfloat16): measured anew after an
/// interruption it might come out otherwise.
[[nodiscard]] bool choosesBfloat16(const std::string &wanted, EmbeddingNetwork &network, const BatchShape &batch, torch::Device device);

} // namespace flukeprint::learning
