#pragma once

#include <torch/types.h>

namespace flukeprint::learning {

/// min(max(x, 0), 6) in place, as torch::hardtanh_(x, 0, 6): the same values and gradients (0 at and beyond both bounds). On the CPU its gradient
/// takes one pass in the tensors' own layout and exists in bfloat16 too, which LibTorch's has not. Any floating type and device.
torch::Tensor relu6_(torch::Tensor x);

} // namespace flukeprint::learning
