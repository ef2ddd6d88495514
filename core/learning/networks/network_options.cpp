#include "core/learning/networks/network_options.h"

#include "core/protocol/network_limits.h"

#include <algorithm>

namespace flukeprint::learning {

namespace {

std::vector<ArchitectureInfo> rowsOfTable()
{
    return {
        {.name = "mobilenet_v2"},
        {.name = "resnet18"},
        {.name = "resnet50"},
        {.name = "resnet101"},
        {.name = "vgg16", .inputWidthPx = 224, .inputHeightPx = 224, .givesVector = true, .knowsDropout = true},
        {.name = "deep_ranking",
         .inputWidthPx = 224,
         .inputHeightPx = 224,
         .givesVector = true,
         .knowsDropout = true},
        {.name = "mlp",
         .inputChannels = 1,
         .inputWidthPx = 28,
         .inputHeightPx = 28,
         .givesVector = true,
         .knowsDropout = true},
        {.name = "inception_v3",
         .inputWidthPx = 299,
         .inputHeightPx = 299,
         .normEpsilon = 1e-3},
        {.name = "branch_siamese",
         .inputChannels = 1,
         .inputWidthPx = 384,
         .inputHeightPx = 384,
         .normEpsilon = 1e-3},
        {.name = "siamese_cnn",
         .inputChannels = 1,
         .inputWidthPx = 105,
         .inputHeightPx = 105,
         .givesVector = true,
         .knowsDropout = true},
        {.name = "resnet101_v2_c4", .normEpsilon = 0},
        {.name = "nasnet_a_mobile", .inputWidthPx = 224, .inputHeightPx = 224, .normEpsilon = 1e-3},
    };
}

const std::vector<ArchitectureInfo> &table()
{
    static const std::vector<ArchitectureInfo> rows = [] {
        std::vector<ArchitectureInfo> all = rowsOfTable();
        for (ArchitectureInfo &row : all) {
            if (const protocol::NetworkLimits *limits = protocol::findNetworkLimits(row.name)) {
                row.smallestSidePx = limits->smallestSidePx;
                row.largestSidePx = limits->largestSidePx;
            }
        }
        return all;
    }();
    return rows;
}

Error invalid(std::string name, std::string value, std::string allowed)
{
    return Error(ErrorCode::InvalidArgument, {std::move(name), std::move(value), std::move(allowed)});
}

Error unknownArchitecture(const std::string &name)
{
    std::string names;
    for (const std::string &known : architectures())
        names += (names.empty() ? "" : ", ") + known;
    return invalid("architecture", name, std::move(names));
}

Result<void> checkTrunk(const NetworkOptions &options, const ArchitectureInfo &architecture)
{
    if (options.inputChannels != 0 && options.inputChannels != 1 && options.inputChannels != 3)
        return invalid("input_channels", std::to_string(options.inputChannels), "1, 3");
    if (options.tensorflowPadding && options.architecture != "mobilenet_v2")
        return invalid("tensorflow_padding", options.architecture, "mobilenet_v2");
    if (options.pooling == Pooling::GeneralisedMean && architecture.givesVector)
        return invalid("pooling", poolingName(options.pooling), "average, max");
    if (!(options.trunkDropout >= 0 && options.trunkDropout < 1))
        return invalid("trunk_dropout", std::to_string(options.trunkDropout), "0..1");
    if (options.trunkDropout > 0 && !architecture.knowsDropout)
        return invalid("trunk_dropout", std::to_string(options.trunkDropout), "0");
    if (!(options.normEpsilon >= 0 && options.normEpsilon <= 1))
        return invalid("norm_epsilon", std::to_string(options.normEpsilon), "0..1");
    return {};
}

Result<void> checkHead(const NetworkOptions &options)
{
    constexpr std::int64_t widest = 8192;
    constexpr std::size_t mostLayers = 8;
    if (options.dimension < 0 || options.dimension > widest)
        return invalid("dimension", std::to_string(options.dimension), "0..8192");
    if (options.hidden.size() > mostLayers)
        return invalid("hidden", std::to_string(options.hidden.size()), "at most 8 layers");
    for (const std::int64_t width : options.hidden) {
        if (width < 1 || width > widest)
            return invalid("hidden", std::to_string(width), "1..8192");
    }
    if (!options.hidden.empty() && options.dimension == 0)
        return invalid("dimension", "0", "1..8192 after hidden layers");
    if (!(options.dropout >= 0 && options.dropout < 1))
        return invalid("dropout", std::to_string(options.dropout), "0..1");
    return {};
}

} // namespace

std::string poolingName(Pooling pooling)
{
    switch (pooling) {
    case Pooling::GeneralisedMean:
        return "gem";
    case Pooling::Max:
        return "max";
    case Pooling::Average:
        break;
    }
    return "average";
}

const std::vector<std::string> &architectures()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const ArchitectureInfo &row : table())
            all.push_back(row.name);
        return all;
    }();
    return names;
}

const ArchitectureInfo *findArchitecture(const std::string &name)
{
    const auto found = std::find_if(table().begin(), table().end(), [&](const auto &row) { return row.name == name; });
    return found == table().end() ? nullptr : &*found;
}

std::int64_t inputChannelsOf(const NetworkOptions &options)
{
    const ArchitectureInfo *info = findArchitecture(options.architecture);
    return options.inputChannels == 0 && info ? info->inputChannels : options.inputChannels;
}

NetworkOptions bareOptions(const std::string &architecture)
{
    NetworkOptions options;
    options.architecture = architecture;
    options.pooling = Pooling::Average;
    options.dimension = 0;
    options.bnNeck = false;
    if (const ArchitectureInfo *info = findArchitecture(architecture)) {
        options.inputChannels = info->inputChannels;
        options.normEpsilon = info->normEpsilon;
    }
    return options;
}

Result<void> checkOptions(const NetworkOptions &options)
{
    const ArchitectureInfo *architecture = findArchitecture(options.architecture);
    if (!architecture)
        return unknownArchitecture(options.architecture);
    if (Result<void> checked = checkTrunk(options, *architecture); !checked)
        return checked;
    return checkHead(options);
}

Result<void> checkInputSize(const std::string &architecture, std::int32_t widthPx, std::int32_t heightPx)
{
    const ArchitectureInfo *info = findArchitecture(architecture);
    if (!info)
        return unknownArchitecture(architecture);
    const auto [shorter, longer] = std::minmax(widthPx, heightPx);
    if (shorter >= info->smallestSidePx && longer <= info->largestSidePx)
        return {};
    const std::string allowed = std::to_string(info->smallestSidePx) + ".." + std::to_string(info->largestSidePx);
    return invalid("input_size", std::to_string(widthPx) + "x" + std::to_string(heightPx),
                   allowed + " px a side for " + architecture);
}

} // namespace flukeprint::learning
