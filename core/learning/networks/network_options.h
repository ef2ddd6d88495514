#pragma once

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
    Pooling pooling = Pooling::GeneralisedMean;
    std::vector<std::int64_t> hidden; ///< widths of dense layers with ReLU between pooling and the last dense layer
    std::int64_t dimension = 512; ///< of the last dense layer; 0: no dense layer, the pooled features are the result
    bool linearBias = false; ///< of the last dense layer
    OutputActivation activation = OutputActivation::None; ///< after the last dense layer
    double dropout = 0; ///< before the dense layers, while training
    bool bnNeck = true; ///< batch norm without a trained shift after the feature (Luo et al., 2019)
    bool tensorflowPadding = false; ///< SAME padding, asymmetric at stride 2; only mobilenet_v2 knows it
    double normEpsilon = 1e-5; ///< of the trunk's batch norms; 0 where they were folded into their shift
    friend bool operator==(const NetworkOptions &, const NetworkOptions &) = default;
};

/// "gem", "average", "max".
[[nodiscard]] std::string poolingName(Pooling pooling);
/// Names that `makeNetwork` knows.
[[nodiscard]] const std::vector<std::string> &architectures();

} // namespace flukeprint::learning
