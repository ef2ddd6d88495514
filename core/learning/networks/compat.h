#pragma once

#include <torch/version.h>

#include <ATen/autocast_mode.h>
#include <c10/core/DeviceType.h>

/// Everything that differs between LibTorch 1.13 and 2.x.
namespace flukeprint::learning {

namespace compat {

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
inline bool autocastEnabled(c10::DeviceType device)
{
    return at::autocast::is_autocast_enabled(device);
}
inline void setAutocast(c10::DeviceType device, bool enabled)
{
    at::autocast::set_autocast_enabled(device, enabled);
}
inline at::ScalarType autocastType(c10::DeviceType device)
{
    return at::autocast::get_autocast_dtype(device);
}
inline void setAutocastType(c10::DeviceType device, at::ScalarType type)
{
    at::autocast::set_autocast_dtype(device, type);
}
#else
inline bool autocastEnabled(c10::DeviceType device)
{
    return device == c10::DeviceType::CPU ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled();
}
inline void setAutocast(c10::DeviceType device, bool enabled)
{
    if (device == c10::DeviceType::CPU)
        at::autocast::set_cpu_enabled(enabled);
    else
        at::autocast::set_enabled(enabled);
}
inline at::ScalarType autocastType(c10::DeviceType device)
{
    return device == c10::DeviceType::CPU ? at::autocast::get_autocast_cpu_dtype()
                                          : at::autocast::get_autocast_gpu_dtype();
}
inline void setAutocastType(c10::DeviceType device, at::ScalarType type)
{
    if (device == c10::DeviceType::CPU)
        at::autocast::set_autocast_cpu_dtype(type);
    else
        at::autocast::set_autocast_gpu_dtype(type);
}
#endif

} // namespace compat

/// bfloat16 autocast on or off for a scope of this thread; nests. The cache of cast weights lives as long as the
/// outermost scope.
class AutocastScope
{
public:
    AutocastScope(c10::DeviceType device, bool enabled)
        : m_device(device)
        , m_wasEnabled(compat::autocastEnabled(device))
        , m_oldType(compat::autocastType(device))
    {
        compat::setAutocast(device, enabled);
        compat::setAutocastType(device, at::kBFloat16);
        at::autocast::increment_nesting();
    }
    AutocastScope(const AutocastScope &) = delete;
    AutocastScope &operator=(const AutocastScope &) = delete;
    ~AutocastScope()
    {
        if (at::autocast::decrement_nesting() == 0)
            at::autocast::clear_cache();
        compat::setAutocastType(m_device, m_oldType);
        compat::setAutocast(m_device, m_wasEnabled);
    }

private:
    c10::DeviceType m_device;
    bool m_wasEnabled;
    at::ScalarType m_oldType;
};

} // namespace flukeprint::learning
