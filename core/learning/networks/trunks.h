#pragma once

#include "core/learning/networks/network.h"

#include <memory>

namespace flukeprint::learning {

/// MobileNetV2, width 1.0 (Sandler et al., 2018), up to the last 1x1 convolution: 1,280 channels at stride 32;
/// torchvision's tensor names.
std::shared_ptr<Trunk> makeMobileNetV2(const NetworkOptions &options);

/// A trunk for networks that need to know where something is and what it is.
class TwoScaleTrunk : public Trunk
{
public:
    struct Maps
    {
        torch::Tensor fine; ///< [N, fineChannels(), h, w]
        torch::Tensor coarse; ///< [N, channels(), h / 2, w / 2], computed from `fine`; what `forward` gives
    };
    virtual Maps forwardBoth(torch::Tensor images) = 0;
    [[nodiscard]] virtual std::int64_t fineChannels() const = 0;
};
/// MobileNetV2's first fifteen `features`: 96 channels at stride 16, and 160 at stride 32.
std::shared_ptr<TwoScaleTrunk> makeMobileNetV2TwoScales(const NetworkOptions &options);

/// ResNet (He et al., 2016; stride in the 3x3 convolution) up to layer4, stride 32; torchvision's tensor names.
/// `depth` 18 (512 channels), 50 or 101 (2,048 channels).
std::shared_ptr<Trunk> makeResNet(int depth, const NetworkOptions &options);

/// VGG-16 (Simonyan and Zisserman, 2015) up to the ReLU after fc2: 4,096 values at one position, for photos of any size
/// from 32 px (torchvision's adaptive pooling to 7x7); torchvision's tensor names. `denseWidth`: of fc1 and fc2.
std::shared_ptr<Trunk> makeVgg16(const NetworkOptions &options, std::int64_t denseWidth = 4096);

/// Deep ranking (Wang et al., 2014): VGG-16 to fc2 beside two shallow branches, which see every 4th and every 8th pixel
/// through 96 filters of 8x8 at stride 4, a max pool (7x7/4 and 3x3/2) and no nonlinearity; each part L2-normalised.
/// 1,536 + 1,536 + `denseWidth` values at one position; VGG's tensors under torchvision's names, `branch4`, `branch8`.
std::shared_ptr<Trunk> makeDeepRanking(const NetworkOptions &options, std::int64_t denseWidth = 4096);

/// Dense layers of 128, 128 and 64 on the pixels of a 28x28 photo, ReLU and dropout between them: 64 values.
std::shared_ptr<Trunk> makeMlp(const NetworkOptions &options);

/// Inception-v3 (Szegedy et al., 2016) up to Mixed_7c, without the auxiliary classifier: 2,048 channels at stride 32,
/// for photos from 75 px; torchvision's tensor names.
std::shared_ptr<Trunk> makeInceptionV3(const NetworkOptions &options);

/// The branch of Martin Piotte's siamese network (humpback flukes, 2018): a 9x9 convolution at stride 2 and five blocks
/// with a max pool before each, four of them with residual 1x1-3x3-1x1 sub-blocks: 512 channels at stride 64.
std::shared_ptr<Trunk> makeBranchSiamese(const NetworkOptions &options);

/// Convolutions of 96, 256, 384 and 256 filters with local response norm (Krizhevsky et al., 2012) behind the first
/// two, as SigNet (Dey et al., 2017) has them, then dense layers of 1,024 and 128: 128 values at one position. Made for
/// 105x105 px; other sizes, from 32 px, are averaged to the same 11x11 positions.
std::shared_ptr<Trunk> makeSiameseCnn(const NetworkOptions &options);

/// Pre-activation ResNet-101 (He et al., 2016b) up to block 3 and the pre-activation of block 4, as TF-slim has it
/// (stride in a block's last unit): 1,024 channels at stride 32; TF-slim's tensor names. Norms folded where `normEpsilon` is 0, as in the
/// published weights; restoreBatchNorm puts them back for training.
std::shared_ptr<Trunk> makeResNet101V2C4(const NetworkOptions &options);

/// NASNet-A (4 @ 1056), "mobile" (Zoph et al., 2018), with TensorFlow's SAME padding: 1,056 channels at stride 32, last
/// ReLU included; timm's tensor names for this family.
std::shared_ptr<Trunk> makeNasNetMobile(const NetworkOptions &options);

} // namespace flukeprint::learning
