#pragma once

#include <torch/types.h>

#include <vector>

namespace flukeprint::learning {

/// What storing photos as baseline JPEG does to them: in YCbCr, blocks of 8 x 8 pixels lose what the quantisation of
/// their cosine transform takes (ITU-T T.81, tables of annex K, scaled to a quality as IJG's library does). Without
/// chroma subsampling, and without rounding of the samples. `photos`: float [N, 3, H, W], 0..255; the last blocks of
/// sides that are no multiple of 8 repeat the edge. `qualities`: 1..100, one a photo. A new tensor of the same form,
/// clamped to 0..255.
[[nodiscard]] torch::Tensor asJpegBlocks(const torch::Tensor &photos, const std::vector<double> &qualities);

} // namespace flukeprint::learning
