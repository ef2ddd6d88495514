#pragma once

#include "core/learning/losses/distance.h"

#include <torch/types.h>

namespace flukeprint::learning {

/// What a triplet costs, from gap = d(anchor, positive) - d(anchor, negative).
struct TripletForm
{
    enum class Kind {
        Hinge, ///< max(0, margin + gap)
        CappedHinge, ///< min(max(0, margin + gap), cap): a triplet beyond the cap, perhaps mislabelled, pulls no more
        SoftMargin, ///< log(1 + exp(sharpness * gap)) / sharpness
    };

    Kind kind = Kind::SoftMargin;
    double margin = 1; ///< in the distance's units
    double cap = 5;
    /// 1 is meant for embeddings of free norm; on the unit sphere, where distances end at 2, about 10 keeps pulling at
    /// triplets that are nearly right only.
    double sharpness = 1;

    [[nodiscard]] static TripletForm hinge(double margin) { return {Kind::Hinge, margin}; }
    [[nodiscard]] static TripletForm cappedHinge(double margin, double cap) { return {Kind::CappedHinge, margin, cap}; }
    [[nodiscard]] static TripletForm softMargin(double sharpness) { return {Kind::SoftMargin, 0, 0, sharpness}; }

    /// Elementwise cost of `gaps`.
    [[nodiscard]] torch::Tensor cost(const torch::Tensor &gaps) const;
    /// Which triplets count as active: those with a cost, or, where all have one, those whose positive is not nearer
    /// than their negative.
    [[nodiscard]] torch::Tensor isActive(const torch::Tensor &gaps) const;
};

struct TripletOptions
{
    Distance distance = Distance::Euclidean;
    TripletForm form;
};

/// What every loss of distances reports beside its value. Without any triplet: loss 0 with zero gradient, no rows,
/// share 0.
struct TripletResult
{
    torch::Tensor loss; ///< scalar
    torch::Tensor hardestPositive; ///< [A] largest distance of each anchor that took part to a positive; no gradient
    torch::Tensor hardestNegative; ///< [A] smallest distance to a negative
    torch::Tensor activeShare; ///< scalar, share of the triplets that are active
};

/// Mean over given triplets: row i of `anchors`, `positives` and `negatives`, each [N, D]. The anchors of the result
/// are the rows. Schroff et al., CVPR 2015 (squared, hinge); Wang et al., CVPR 2014 (deep ranking).
[[nodiscard]] TripletResult tripletLoss(const torch::Tensor &anchors, const torch::Tensor &positives,
                                        const torch::Tensor &negatives, const TripletOptions &options = {});

// The following take their triplets from a batch. `embeddings`: float [N, D]; `labels`: int64 [N], -1 for unidentified
// rows, which serve as negatives only; on the embeddings' device, or on the host, where a GPU need not be waited for.

/// Each anchor with its farthest positive and nearest negative of the batch, averaged over anchors that have both
/// (Hermans, Beyer and Leibe, 2017, arXiv:1703.07737, eq. 5 and section 3.2).
[[nodiscard]] TripletResult batchHardTriplet(const torch::Tensor &embeddings, const torch::Tensor &labels,
                                             const TripletOptions &options = {});

/// All triplets of the batch, averaged over those with a cost > 0, so that the many solved ones do not wash out the
/// rest (same paper, section 2). Memory: pairs of one individual times N.
[[nodiscard]] TripletResult batchAllTriplet(const torch::Tensor &embeddings, const torch::Tensor &labels,
                                            const TripletOptions &options = {});

/// Each pair (anchor, positive) with the nearest negative that is farther than the positive or, where none is, the
/// farthest negative; averaged over pairs. With squared Euclidean distances and a hinge this is TensorFlow's
/// `triplet_semihard_loss`. Unlike there, anchors without any negative are left out.
[[nodiscard]] TripletResult semiHardTriplet(const torch::Tensor &embeddings, const torch::Tensor &labels,
                                            const TripletOptions &options = {Distance::SquaredEuclidean,
                                                                             TripletForm::hinge(1)});

/// Supervised contrastive loss (Khosla et al., NeurIPS 2020, eq. 2): for each anchor that has a positive and a negative the mean over its
/// positives of -log(exp(s_p / t) / sum over all other rows exp(s / t)), s the cosine of rows of length 1 and t = `temperature` > 0; mean
/// over anchors. Where a triplet has one negative, this weighs them all, the nearest most. In the result the share is that of anchors whose
/// farthest positive is not nearer than their nearest negative.
[[nodiscard]] TripletResult supervisedContrastive(const torch::Tensor &embeddings, const torch::Tensor &labels, double temperature);

} // namespace flukeprint::learning
