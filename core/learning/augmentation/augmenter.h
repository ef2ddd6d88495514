#pragma once

#include "core/base/random.h"

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flukeprint::learning {

/// How far photos are changed while training. Angles in degrees; lengths as a share of the chip's side; chances 0..1. A value of 0
/// switches its part off.
struct AugmentationOptions
{
    double rotation = 0; ///< up to this, either way
    double shear = 0; ///< degrees
    double scale = 0; ///< each axis by a factor of exp(+-scale)
    double shift = 0; ///< each axis
    double perspective = 0; ///< change of depth from one edge to the other: the fluke tilts
    double eraseChance = 0; ///< one to three boxes of splash: white, sea-coloured or noise
    double eraseSize = 0; ///< largest box, share of each side
    double blurChance = 0;
    double brightness = 0; ///< added, as a share of white
    double contrast = 0; ///< factor exp(+-contrast) around the photo's mean
    double gamma = 0; ///< exponent exp(+-gamma)
    double colourCast = 0; ///< factor exp(+-colourCast) for each channel
    double greyChance = 0;
    double noise = 0; ///< largest deviation, as a share of white; half of the photos get some
    double blockChance = 0; ///< JPEG's 8 x 8 blocks, of a quality between 20 and 80

    /// "off", "light", "standard", "strong"; none for anything else.
    [[nodiscard]] static std::optional<AugmentationOptions> named(const std::string &name);
    [[nodiscard]] bool isOff() const;
};

/// Changes batches of photos on their device. Every draw comes from the Random that the caller hands over, on the host and in a fixed
/// order, so the result depends neither on the number of threads nor on torch's own generators. Not thread-safe.
class Augmenter
{
public:
    /// `seed` fills the table that the noise is taken from.
    Augmenter(const AugmentationOptions &options, std::uint64_t seed);

    /// `photos`: float [N, 3, H, W], contiguous, 0..255. A new tensor of the same form, clamped to 0..255.
    /// What a warp brings in from outside repeats the photo's edge.
    torch::Tensor apply(const torch::Tensor &photos, Random &random);

    [[nodiscard]] const AugmentationOptions &options() const { return m_options; }

private:
    torch::Tensor warp(const torch::Tensor &photos, Random &random) const;
    torch::Tensor changeTones(const torch::Tensor &photos, Random &random) const;
    void blurSome(torch::Tensor &photos, Random &random) const;
    void addNoise(torch::Tensor &photos, Random &random);
    void eraseBoxes(torch::Tensor &photos, Random &random);
    void blockSome(torch::Tensor &photos, Random &random) const;
    torch::Tensor noiseTable(std::int64_t count, const torch::Device &device);

    AugmentationOptions m_options;
    std::uint64_t m_seed = 0;
    torch::Tensor m_noise;
};

} // namespace flukeprint::learning
