#pragma once

#include "core/base/result.h"
#include "core/learning/networks/network.h"

#include <torch/types.h>

#include <cstdint>
#include <vector>

/// Within-class covariance normalisation (Hatch et al., Interspeech 2006): directions in which photos of the same animal differ count less,
/// those in which only animals differ count more. One linear map, found after training, that a head with a dense layer and a neck takes up.
namespace flukeprint::learning {

/// The map, [D, D] float32, symmetric, of mean eigenvalue 1: (W + ridge * mean(diag W) * I)^(-1/2), where W is the covariance of
/// `embeddings` [N, D] (float, on the CPU) around the mean of their label. Labels < 0 are left out. Deterministic.
/// Errors: InvalidArgument (ridge <= 0, labels of another number), TooFewPhotos (no label has two different photos).
Result<torch::Tensor> withinWhitening(const torch::Tensor &embeddings, const std::vector<std::int64_t> &labels, double ridge);

/// Whether `foldIntoHead` can: one dense layer, nothing behind it but the neck.
[[nodiscard]] bool headTakesMap(const NetworkOptions &options);

/// Makes the neck's output `map` times what it was, in eval() mode exactly. `embeddings` [N, D], of length 1 and not yet mapped, say how
/// wide the new outputs spread, so that in train() mode the batch's statistics keep them about there. Precondition: headTakesMap.
void foldIntoHead(EmbeddingNetwork &network, const torch::Tensor &map, const torch::Tensor &embeddings);

} // namespace flukeprint::learning
