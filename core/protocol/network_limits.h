#pragma once

#include <cstdint>
#include <string_view>

namespace flukeprint::protocol {

/// Photos that an architecture can take.
struct NetworkLimits
{
    std::string_view name; ///< value of the setting "network"
    std::int32_t smallestSidePx = 32; ///< of either side
    std::int32_t largestSidePx = 4096;
};

/// Null: an architecture that is not known. Lives as long as the program.
[[nodiscard]] const NetworkLimits *findNetworkLimits(std::string_view name);

} // namespace flukeprint::protocol
