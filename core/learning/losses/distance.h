#pragma once

#include <torch/types.h>

namespace flukeprint::learning {

enum class Distance {
    Euclidean,
    SquaredEuclidean,
    Cosine, ///< 1 - cosine, 0..2; rows need not be normalised
};

/// Distances between all rows of `a` [N, D] and `b` [M, D], as [N, M], by one matrix product. Distances below 1e-6 (in
/// double precision; 1e-3 in single; in units of the larger norm) are below what that product resolves: they count as 0
/// and pass no gradient, so that equal rows give 0 and not NaN. A row of length 0 has cosine distance 1 to every other
/// and passes no gradient.
[[nodiscard]] torch::Tensor pairwiseDistances(const torch::Tensor &a, const torch::Tensor &b,
                                              Distance distance = Distance::Euclidean);

/// Distance of each row of `a` [N, D] to the same row of `b` [N, D], as [N], from the differences. Equal rows have
/// distance 0 and pass no gradient.
[[nodiscard]] torch::Tensor rowDistances(const torch::Tensor &a, const torch::Tensor &b,
                                         Distance distance = Distance::Euclidean);

} // namespace flukeprint::learning
