#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <vector>

/// Everything that decides a network's tensors and its function, without LibTorch: part of a model file's metadata.
namespace flukeprint::learning {

enum class Pooling {
    GeneralisedMean, ///< (mean x^p)^(1/p) over the map, p trained (Radenovic et al., 2018); one more tensor,
                     ///< `head.pool.p`
    Average,
    Max,
};

enum class OutputActivation { None, Sigmoid };

struct NetworkOptions
{
    std::string architecture = "mobilenet_v2"; ///< one of `architectures()`
    std::int64_t inputChannels = 0; ///< 1 (grey) or 3 (RGB); 0: the architecture's own, which `makeNetwork` fills in
    Pooling pooling = Pooling::GeneralisedMean;
    std::vector<std::int64_t> hidden; ///< widths of dense layers with ReLU between pooling and the last dense layer
    std::int64_t dimension = 512; ///< of the last dense layer; 0: no dense layer, the pooled features are the result
    bool linearBias = false; ///< of the last dense layer
    OutputActivation activation = OutputActivation::None; ///< after the last dense layer
    double dropout = 0; ///< before the dense layers of the head, while training
    double trunkDropout = 0; ///< where the architecture's source has dropout inside, while training
    bool bnNeck = true; ///< batch norm without a trained shift after the feature (Luo et al., 2019)
    bool l2Normalised = true; ///< an embedding has length 1; else it is the neck's output as it is
    bool tensorflowPadding = false; ///< SAME padding, asymmetric at stride 2; only mobilenet_v2 lets one choose
    double normEpsilon = 1e-5; ///< of the trunk's batch norms; 0 where they were folded into their shift
    friend bool operator==(const NetworkOptions &, const NetworkOptions &) = default;
};

/// What an architecture is made for, and what it can take.
struct ArchitectureInfo
{
    std::string name;
    std::int64_t inputChannels = 3; ///< of its source; `NetworkOptions::inputChannels` may say otherwise
    std::int32_t inputWidthPx = 256; ///< where nothing else is said
    std::int32_t inputHeightPx = 128;
    std::int32_t smallestSidePx = 32; ///< of either side; as protocol::NetworkLimits says
    std::int32_t largestSidePx = 4096;
    bool givesVector = false; ///< ends with dense layers: its map has 1 x 1 positions and values below 0, not for GeM
    bool knowsDropout = false; ///< `NetworkOptions::trunkDropout` has an effect
    double normEpsilon = 1e-5; ///< of its published weights
};

/// "gem", "average", "max".
[[nodiscard]] std::string poolingName(Pooling pooling);
/// Names that `makeNetwork` knows.
[[nodiscard]] const std::vector<std::string> &architectures();
/// Null: unknown. Lives as long as the program.
[[nodiscard]] const ArchitectureInfo *findArchitecture(const std::string &name);

/// What `inputChannels` says, or the architecture's own where it is 0. Precondition: one of `architectures()`.
[[nodiscard]] std::int64_t inputChannelsOf(const NetworkOptions &options);

/// The pooled features of an architecture as its published weights give them: no dense layer, no neck.
/// Precondition: one of `architectures()`.
[[nodiscard]] NetworkOptions bareOptions(const std::string &architecture);

/// Errors: InvalidArgument (unknown architecture, sizes below 0, padding, pooling or dropout that the architecture does
/// not know).
Result<void> checkOptions(const NetworkOptions &options);
/// Whether the architecture takes photos of this size. Errors: InvalidArgument (also an unknown architecture).
Result<void> checkInputSize(const std::string &architecture, std::int32_t widthPx, std::int32_t heightPx);

} // namespace flukeprint::learning
