#pragma once

#include "core/learning/losses/triplet.h"

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <cstdint>

namespace flukeprint::learning {

/// What a loss of pairs reports. Without any pair: loss 0 with zero gradient, share 0.
struct PairResult
{
    torch::Tensor loss; ///< scalar
    torch::Tensor activeShare; ///< scalar: share of the pairs that have a cost; of a pair head, that the sign of their logit tells wrong
};

/// Contrastive loss (Hadsell, Chopra and LeCun, CVPR 2006, eq. 4) over pairs: row i of `a` and `b`, each [N, D]; mean
/// over pairs of d^2 / 2 where both are of one individual and max(0, margin - d)^2 / 2 where not, d Euclidean. `same`:
/// bool [N], true for one individual (the paper's Y is its opposite).
[[nodiscard]] PairResult contrastiveLoss(const torch::Tensor &a, const torch::Tensor &b, const torch::Tensor &same, double margin = 1);

/// A learned comparison of two embeddings, for siamese networks: each dimension's product, sum, absolute and squared
/// difference pass a small network shared by all dimensions, and a weighted sum over dimensions gives one score.
/// Exchanging the two changes nothing. Weights are drawn from torch's global generator.
class PairHeadImpl : public torch::nn::Module
{
public:
    explicit PairHeadImpl(std::int64_t dimension, std::int64_t hidden = 32);

    /// `a`, `b`: [N, D]. [N], the logit of "one individual".
    [[nodiscard]] torch::Tensor forward(const torch::Tensor &a, const torch::Tensor &b);

private:
    torch::nn::Linear m_mix{nullptr}; ///< 4 comparisons -> hidden
    torch::nn::Linear m_score{nullptr}; ///< hidden -> 1
    torch::nn::Linear m_weights{nullptr}; ///< D -> 1
};
TORCH_MODULE(PairHead);

/// Mean binary cross entropy of `logits` [N] against `same`, bool [N].
[[nodiscard]] PairResult pairHeadLoss(const torch::Tensor &logits, const torch::Tensor &same);

} // namespace flukeprint::learning
