#include "core/protocol/network_limits.h"

#include <algorithm>
#include <array>

namespace flukeprint::protocol {

namespace {

constexpr std::array<NetworkLimits, 12> limits{{
    {"mobilenet_v2"},
    {"resnet18"},
    {"resnet50"},
    {"resnet101"},
    {"resnet101_v2_c4"},
    {"vgg16"},
    {"nasnet_a_mobile"},
    {"siamese_cnn"},
    {"inception_v3", 75}, // smaller maps end before the last reduction
    {"branch_siamese", 64},
    {"deep_ranking", 193, 256}, // the branches' maps have 4x4 positions in between
    {"mlp", 28, 28},
}};

} // namespace

const NetworkLimits *findNetworkLimits(std::string_view name)
{
    const auto found = std::find_if(limits.begin(), limits.end(), [name](const NetworkLimits &row) { return row.name == name; });
    return found == limits.end() ? nullptr : &*found;
}

} // namespace flukeprint::protocol
