#pragma once

#include "core/base/random.h"
#include "core/learning/augmentation/augmenter.h"

#include <torch/types.h>

#include <cstdint>

namespace flukeprint::learning {

struct ContactSheetOptions
{
    std::int64_t columns = 8; ///< >= 1
    std::int64_t gapPx = 4; ///< between photos and around them
    std::uint8_t background = 128; ///< grey
};

/// Photos side by side, row by row: `photos` [N, 3, H, W], bytes or numbers 0..255 (rounded), any device. Bytes [h, w,
/// 3] on the CPU, contiguous, with h = gap + rows * (H + gap) and w = gap + columns * (W + gap); no photo: [0, 0, 3].
[[nodiscard]] torch::Tensor contactSheet(const torch::Tensor &photos, const ContactSheetOptions &options = {});

/// What a setting does: a row for each photo, first as it is, then `variants` times as `augmenter` changes it.
[[nodiscard]] torch::Tensor augmentationSheet(const torch::Tensor &photos, Augmenter &augmenter, Random &random,
                                              std::int64_t variants = 7, ContactSheetOptions options = {});

} // namespace flukeprint::learning
