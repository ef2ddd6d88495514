#pragma once

#include "core/base/random.h"
#include "core/learning/augmentation/augmenter.h"

#include <torch/types.h>

namespace flukeprint::learning {

/// Changes of photos from which a localiser learns. Photos are float [N, 3, S, S]; corners [N, 4] as in Locations. Every draw comes
/// from the Random that is handed over, in a fixed order.

struct PhotosWithCorners
{
    torch::Tensor photos;
    torch::Tensor corners;
};

/// What light and camera change: brightness, contrast, colour, blur, noise, JPEG's blocks. No warps: these are `reframe`'s.
[[nodiscard]] AugmentationOptions localiserTones();

/// Other framings of the same scene: a window of 0.64 to 1.28 times the photo's sides that keeps the box nearly whole, slightly sheared,
/// mirrored by chance. What comes in from outside repeats the photo's edge. Corners follow, cut to the window.
[[nodiscard]] PhotosWithCorners reframe(const PhotosWithCorners &scene, Random &random);

/// The water above or below each fluke, whichever is higher: fields of the same sea without a fluke. Flukes that leave no band of it
/// give none: at most N rows.
[[nodiscard]] torch::Tensor waterOf(const PhotosWithCorners &scene, Random &random);

/// The photos' tiles in another order, 2 x 2 or 4 x 4: the same textures without the shape.
[[nodiscard]] torch::Tensor shuffledTiles(const torch::Tensor &photos, Random &random);

/// One lobe of each fluke, turned: what a back fin looks like, and no fluke. Boxes that are too narrow for it give none: at most N rows.
[[nodiscard]] torch::Tensor loneLobes(const PhotosWithCorners &scene, Random &random);

/// Some of the photos as if they had been taken from fewer pixels: sharpness must not tell what is shown.
[[nodiscard]] torch::Tensor coarsened(const torch::Tensor &photos, Random &random);

} // namespace flukeprint::learning
