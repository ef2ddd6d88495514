#include "core/protocol/foreign_weights.h"

#include "core/protocol/network_limits.h"

namespace flukeprint::protocol {

namespace {

std::string guessResNet(const HasTensor &has)
{
    if (!has("layer1.0.conv3.weight"))
        return has("layer1.2.conv1.weight") ? "resnet34" : "resnet18";
    if (has("layer3.23.conv1.weight"))
        return "resnet152";
    return has("layer3.6.conv1.weight") ? "resnet101" : "resnet50";
}

/// By tensors that no other architecture of the same family has; empty: none that we know.
std::string guessByTensors(const HasTensor &has)
{
    if (has("features.18.0.weight") && has("features.1.conv.0.0.weight"))
        return "mobilenet_v2";
    if (has("conv1.weight") && has("layer4.0.conv1.weight"))
        return guessResNet(has);
    if (has("branch4.weight") && has("classifier.3.weight"))
        return "deep_ranking";
    // VGG-19 has convolutions after features.28, and so has VGG-16 with batch norm in between.
    if (has("features.28.weight") && has("classifier.3.weight")) {
        if (has("features.0.weight") && has("features.1.weight"))
            return "vgg_bn";
        return has("features.30.weight") ? "vgg19" : "vgg16";
    }
    if (has("Mixed_7c.branch1x1.conv.weight"))
        return "inception_v3";
    if (has("cell_stem_1.path_1.conv.weight"))
        return has("cell_17.conv_1x1.conv.weight") ? "nasnet_a_large" : "nasnet_a_mobile";
    if (has("resnet_v2_101_conv1_weights"))
        return "resnet101_v2_c4";
    return {};
}

} // namespace

std::string guessArchitecture(const std::string &stated, const HasTensor &has)
{
    const std::string first = stated.substr(0, stated.find(' '));
    if (findNetworkLimits(first))
        return first;
    const std::string guessed = guessByTensors(has);
    return guessed.empty() ? stated : guessed;
}

} // namespace flukeprint::protocol
