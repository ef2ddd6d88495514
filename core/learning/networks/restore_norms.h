#pragma once

#include "core/base/result.h"
#include "core/learning/networks/network.h"

#include <vector>

namespace flukeprint::learning {

/// Puts batch norm back into a trunk whose norms were folded: each norm gets the running mean and variance that its
/// input has over `images` (batches, float [N, 3, H, W], prepared as for the network, on its device), an epsilon of
/// `epsilon`, and the weight and shift that leave its function in eval() mode what it was. In train() mode the batch's
/// own statistics then keep activations in range, where the folded network would collapse. Run some hundred training
/// photos through it. One pass suffices: the function of no layer changes, so the later layers' inputs do not either.
/// Also right for a network whose norms were never folded. Errors: InvalidArgument (no images, epsilon <= 0). The
/// network keeps its mode.
Result<void> restoreBatchNorm(EmbeddingNetwork &network, const std::vector<torch::Tensor> &images,
                              double epsilon = 1e-5);

/// The same for a bare trunk, which is left in eval() mode.
Result<void> restoreBatchNorm(Trunk &trunk, const std::vector<torch::Tensor> &images, double epsilon = 1e-5);

} // namespace flukeprint::learning
