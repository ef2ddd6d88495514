#include "core/protocol/foreign_weights.h"

#include "core/protocol/network_limits.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

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

/// timm builds MNASNet and EfficientNet of the same parts: with another number of blocks a stage, or with squeeze-and-excitation.
bool isTimmMobileNetV2(const HasTensor &has)
{
    return has("conv_stem.weight") && has("blocks.1.1.conv_pwl.weight") && !has("blocks.1.2.conv_pwl.weight") && has("blocks.3.3.conv_pwl.weight")
        && !has("blocks.3.4.conv_pwl.weight") && has("blocks.6.0.conv_pwl.weight") && !has("blocks.0.0.se.conv_reduce.weight");
}

/// By tensors that no other architecture of the same family has; empty: none that we know.
std::string guessByTensors(const HasTensor &has)
{
    if (has("features.18.0.weight") && has("features.1.conv.0.0.weight"))
        return "mobilenet_v2";
    if (isTimmMobileNetV2(has))
        return "mobilenet_v2";
    if (has("conv1.weight") && has("layer4.0.conv1.weight"))
        return guessResNet(has);
    if (has("branch4.weight") && has("classifier.3.weight"))
        return "deep_ranking";
    // VGG-19 has convolutions after features.28, and so has VGG-16 with batch norm in between.
    if (has("features.28.weight") && (has("classifier.3.weight") || has("pre_logits.fc2.weight"))) {
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

struct Part
{
    std::string_view timm;
    std::string_view torchvision;
};

/// The rest of `name` behind the first of these that it begins with, behind torchvision's word for it.
std::optional<std::string> translated(std::string_view name, std::span<const Part> parts)
{
    for (const Part &part : parts) {
        if (name.starts_with(part.timm))
            return std::string(part.torchvision) + std::string(name.substr(part.timm.size()));
    }
    return std::nullopt;
}

constexpr Part vggParts[]{{"pre_logits.fc1.", "classifier.0."}, {"pre_logits.fc2.", "classifier.3."}, {"head.fc.", "classifier.6."}};

constexpr Part mobileNetParts[]{{"conv_stem.", "features.0.0."},
                                {"bn1.", "features.0.1."},
                                {"conv_head.", "features.18.0."},
                                {"bn2.", "features.18.1."},
                                {"classifier.weight", "classifier.1.weight"},
                                {"classifier.bias", "classifier.1.bias"}};
/// The first block does not widen, so it has no first convolution of 1x1.
constexpr Part firstBlockParts[]{{"conv_dw.", "conv.0.0."}, {"bn1.", "conv.0.1."}, {"conv_pw.", "conv.1."}, {"bn2.", "conv.2."}};
constexpr Part blockParts[]{{"conv_pw.", "conv.0.0."}, {"bn1.", "conv.0.1."}, {"conv_dw.", "conv.1.0."},
                            {"bn2.", "conv.1.1."},     {"conv_pwl.", "conv.2."}, {"bn3.", "conv.3."}};
/// Blocks before each stage of MobileNetV2, counted as torchvision does: behind the stem, which is feature 0.
constexpr std::array<int, 7> featureOfStage{1, 2, 4, 7, 11, 14, 17};

/// "blocks.STAGE.BLOCK.PART", with numbers of one digit.
std::optional<std::string> translatedBlock(std::string_view name)
{
    constexpr std::string_view prefix = "blocks.";
    const std::string_view place = name.substr(std::min(prefix.size(), name.size()));
    if (!name.starts_with(prefix) || place.size() < 5 || place[1] != '.' || place[3] != '.')
        return std::nullopt;
    const int stage = place[0] - '0';
    const int block = place[2] - '0';
    if (stage < 0 || stage >= static_cast<int>(featureOfStage.size()) || block < 0 || block > 9)
        return std::nullopt;
    const auto part = stage == 0 ? translated(place.substr(4), firstBlockParts) : translated(place.substr(4), blockParts);
    if (!part)
        return std::nullopt;
    return "features." + std::to_string(featureOfStage[static_cast<std::size_t>(stage)] + block) + "." + *part;
}

} // namespace

std::string torchvisionName(std::string_view network, const std::string &name)
{
    if (network == "vgg16" || network == "deep_ranking")
        return translated(name, vggParts).value_or(name);
    if (network != "mobilenet_v2")
        return name;
    const std::optional<std::string> block = translatedBlock(name);
    return block ? *block : translated(name, mobileNetParts).value_or(name);
}

std::string guessArchitecture(const std::string &stated, const HasTensor &has)
{
    const std::string first = stated.substr(0, stated.find(' '));
    if (findNetworkLimits(first))
        return first;
    const std::string guessed = guessByTensors(has);
    return guessed.empty() ? stated : guessed;
}

} // namespace flukeprint::protocol
