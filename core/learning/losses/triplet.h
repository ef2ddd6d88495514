#pragma once

#include <torch/types.h>

namespace flukeprint::learning {

/// Euclidean distances between all rows of `a` [N, D] and `b` [M, D], as [N, M]. Distances below 1e-6 (in units of the larger
/// norm) count as that and pass no gradient, so that equal rows give 0 and not NaN.
[[nodiscard]] torch::Tensor pairwiseDistances(const torch::Tensor &a, const torch::Tensor &b);

struct BatchHardOptions
{
    /// The soft margin is softplus(sharpness * (dp - dn)) / sharpness: with 1 that of the paper, meant for embeddings of free
    /// norm; on the unit sphere, where distances end at 2, about 10 keeps pulling at triplets that are nearly right only.
    double sharpness = 1;
};

struct BatchHardResult
{
    torch::Tensor loss; ///< scalar; 0 (with zero gradient) without any anchor
    torch::Tensor hardestPositive; ///< [A] distances of the anchors that have a positive and a negative; no gradient
    torch::Tensor hardestNegative; ///< [A]
    torch::Tensor activeShare; ///< scalar, share of anchors whose positive is not nearer than their negative; 0 without any
};

/// Batch-hard triplet loss with soft margin (Hermans, Beyer and Leibe, 2017, arXiv:1703.07737, eq. 5 and section 3.2): each anchor with its
/// farthest positive and nearest negative of the batch, averaged over anchors that have both.
/// `embeddings`: float [N, D]; `labels`: int64 [N], -1 for unidentified rows, which serve as negatives only. Same device.
[[nodiscard]] BatchHardResult batchHardTriplet(const torch::Tensor &embeddings, const torch::Tensor &labels,
                                               const BatchHardOptions &options = {});

} // namespace flukeprint::learning
