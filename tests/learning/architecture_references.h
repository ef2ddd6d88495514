#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// What torchvision 0.14.1 (resnet*, mobilenet_v2 also with its convolutions padded by hand, vgg16 with dense layers of 64, inception_v3) and a
/// Python version of the others (deep_ranking with dense layers of 64) computed in double precision, from the weights and photos that
/// `network_reference.h` makes by formula.
namespace flukeprint::learning::reference {

struct GradientReference
{
    double norm;
    double fourth; ///< element 3 of the flattened gradient
};

/// Of pooled features of photos 4 * formulaValues(photos, 99).
struct Reference
{
    std::string architecture;
    std::vector<std::int64_t> photos; ///< their shape
    std::vector<double> values; ///< eval mode: sums of the eight parts of the flattened features
    double norm; ///< eval mode
    double trainingNorm; ///< train mode, without dropout
    double photoGradient; ///< norm; train mode, of sum(features * formulaValues(their shape, 7)), as all gradients
    std::map<std::string, GradientReference> gradients;
    std::map<std::string, double> statistics; ///< norms of running statistics after one training pass
    double gradientTolerance = 1e-9; ///< relative
    bool tensorflowPadding = false; ///< SAME: the odd pixel behind
    bool normsPutBack = false; ///< of a network that is published with folded ones
};

[[nodiscard]] const std::vector<Reference> &architectureReferences();

} // namespace flukeprint::learning::reference
