#pragma once

#include <torch/types.h>

#include <array>
#include <vector>

/// The changes themselves, once what is random about them has been drawn. `photos`: floating [N, 3, H, W], contiguous, 0..255; the result is a new
/// tensor of the same form, on the same device, which nothing here waits for. A list has one value a photo. Thread-safe.
namespace flukeprint::learning {

using Matrix3 = std::array<double, 9>; ///< row-major

/// Each photo through its projective map: a pixel of the result, in -1..1 of width and height (pixel centres, edges at -1 and 1), times the matrix
/// is where it comes from; between pixels bilinear, outside the photo its edge.
[[nodiscard]] torch::Tensor warped(const torch::Tensor &photos, const std::vector<Matrix3> &maps);

struct Tones
{
    std::vector<double> contrast; ///< factor around the photo's mean over all channels
    std::vector<double> brightness; ///< added, 0..255
    std::vector<double> cast; ///< factors, three a photo
    std::vector<double> gamma; ///< exponent of what is then clamped to 0..255, as a share of white
    std::vector<double> grey; ///< 1: luma (ITU-R BT.601) in all channels; 0: colours stay
};
/// In the order of the members.
[[nodiscard]] torch::Tensor toned(const torch::Tensor &photos, const Tones &tones);

/// Binomial blur 1-2-1 in both directions, the photo's edge repeated; `strength` 0..2: up to 1 it fades in, above 1 a second one with two pixels
/// between its taps fades in over it.
[[nodiscard]] torch::Tensor blurred(const torch::Tensor &photos, const std::vector<double> &strength);

} // namespace flukeprint::learning
