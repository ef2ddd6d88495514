#pragma once

#include <torch/types.h>

namespace flukeprint::learning {

/// A host tensor on `device`. To a GPU it goes through page-locked memory, behind what is queued there already: an ordinary copy would wait
/// until the device has done all of that.
[[nodiscard]] inline torch::Tensor uploaded(const torch::Tensor &host, torch::Device device)
{
    constexpr bool withoutWaiting = true;
    if (device.is_cuda() && host.device().is_cpu())
        return host.pin_memory().to(device, withoutWaiting);
    return host.to(device);
}

/// The same in the type of `like` too.
[[nodiscard]] inline torch::Tensor uploadedLike(const torch::Tensor &host, const torch::Tensor &like)
{
    return uploaded(host.to(like.scalar_type()), like.device());
}

} // namespace flukeprint::learning
