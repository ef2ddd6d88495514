#include "core/learning/localiser/localiser_network.h"

#include "core/learning/networks/trunks.h"

#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace flukeprint::learning {

namespace {

constexpr const char *localiserFormat = "flukeprint-localiser";
constexpr int localiserVersion = 2;

constexpr std::int64_t reducedChannels = 32;
constexpr std::int64_t hiddenWidth = 64;
constexpr double dropoutShare = 0.2;
constexpr std::int64_t stride = 16;

NetworkOptions trunkOptions(const LocaliserOptions &options)
{
    NetworkOptions network;
    network.tensorflowPadding = options.tensorflowPadding;
    network.normEpsilon = options.normEpsilon;
    return network;
}

Error wrongTensor(const std::filesystem::path &path, const std::string &name, const std::string &what)
{
    return Error(ErrorCode::TensorInvalid, {path.string(), name, what});
}

Result<LocaliserInfo> infoOf(const std::map<std::string, std::string> &metadata, const std::string &path)
{
    const auto text = [&](const char *key) {
        const auto found = metadata.find(key);
        return found == metadata.end() ? std::string() : found->second;
    };
    if (text("format") != localiserFormat)
        return Error(ErrorCode::ModelIncompatible, {path, "not a fluke localiser"});
    try {
        const int version = std::stoi(text("version"));
        if (version > localiserVersion)
            return Error(ErrorCode::VersionTooNew, {path, text("version"), std::to_string(localiserVersion)});
        if (version < localiserVersion) // another network
            return Error(ErrorCode::ModelIncompatible, {path, "a localiser of version " + text("version")});
        LocaliserInfo info;
        info.options.tensorflowPadding = text("tensorflow_padding") == "true";
        info.options.normEpsilon = std::stod(text("norm_epsilon"));
        info.threshold = std::stod(text("threshold"));
        info.metricsJson = nlohmann::json::parse(text("metrics")).dump();
        for (const auto &[key, value] : metadata) {
            if (key.starts_with("x_"))
                info.other[key] = value;
        }
        if (!(info.options.normEpsilon >= 0 && info.options.normEpsilon <= 1 && info.threshold >= 0 && info.threshold <= 1))
            return Error(ErrorCode::DataDamaged, {path, "metadata out of range"});
        return info;
    } catch (const std::exception &) {
        return Error(ErrorCode::DataDamaged, {path, "metadata"});
    }
}

} // namespace

torch::Tensor overlaps(const torch::Tensor &a, const torch::Tensor &b)
{
    const auto column = [](const torch::Tensor &corners, std::int64_t index) { return corners.select(1, index); };
    const auto area = [&](const torch::Tensor &corners) {
        return (column(corners, 2) - column(corners, 0)).clamp_min(0) * (column(corners, 3) - column(corners, 1)).clamp_min(0);
    };
    const torch::Tensor width = torch::minimum(column(a, 2), column(b, 2)) - torch::maximum(column(a, 0), column(b, 0));
    const torch::Tensor height = torch::minimum(column(a, 3), column(b, 3)) - torch::maximum(column(a, 1), column(b, 1));
    const torch::Tensor shared = width.clamp_min(0) * height.clamp_min(0);
    constexpr double tiny = 1e-9;
    return shared / (area(a) + area(b) - shared).clamp_min(tiny);
}

LocaliserNetworkImpl::LocaliserNetworkImpl(const LocaliserOptions &options)
    : m_trunk(register_module("trunk", makeMobileNetV2TwoScales(trunkOptions(options))))
{
    constexpr std::int64_t cells = inputSidePx / stride;
    m_reduce = register_module("reduce",
                               torch::nn::Conv2d(torch::nn::Conv2dOptions(m_trunk->fineChannels(), reducedChannels, 1).bias(false)));
    m_reduceNorm = register_module("reduce_norm", torch::nn::BatchNorm2d(reducedChannels));
    m_hidden = register_module("hidden", torch::nn::Linear(reducedChannels * cells * cells, hiddenWidth));
    m_dropout = register_module("dropout", torch::nn::Dropout(dropoutShare));
    m_corners = register_module("corners", torch::nn::Linear(hiddenWidth, 4));
    m_presenceHidden = register_module("presence_hidden", torch::nn::Linear(m_trunk->channels(), hiddenWidth));
    m_presence = register_module("presence", torch::nn::Linear(hiddenWidth, 1));
    const torch::NoGradGuard noGradient;
    for (const auto &[convolution, norm] : m_trunk->convolutionNormPairs())
        torch::nn::init::kaiming_normal_(convolution->weight, 0, torch::kFanOut, torch::kReLU);
    // The first guess is the usual fluke: centred, three quarters wide, half as high.
    m_corners->weight.zero_();
    m_corners->bias.copy_(torch::tensor({-1.8, -1.2, 1.8, 1.2}, torch::kFloat));
}

Locations LocaliserNetworkImpl::forward(const torch::Tensor &images)
{
    const TwoScaleTrunk::Maps maps = m_trunk->forwardBoth(images);
    const torch::Tensor reduced = torch::relu(m_reduceNorm(m_reduce(maps.fine))).flatten(1);
    const torch::Tensor sides = torch::sigmoid(m_corners(m_dropout(torch::relu(m_hidden(reduced)))));
    const torch::Tensor presence = 
        m_presence(m_dropout(torch::relu(m_presenceHidden(maps.coarse.mean({2, 3}))))).squeeze(1);
    return {sides, presence};
}

std::vector<std::pair<std::string, torch::Tensor>> namedTensors(LocaliserNetwork &network)
{
    constexpr std::string_view trunkPrefix = "trunk.";
    std::vector<std::pair<std::string, torch::Tensor>> tensors;
    const auto append = [&](const auto &items) {
        for (const auto &item : items) {
            const std::string &key = item.key();
            tensors.emplace_back(key.starts_with(trunkPrefix) ? key.substr(trunkPrefix.size()) : "localiser." + key, item.value());
        }
    };
    append(network->named_parameters());
    append(network->named_buffers());
    std::sort(tensors.begin(), tensors.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    return tensors;
}

Result<void> saveLocaliser(const std::filesystem::path &path, const LocaliserInfo &info, LocaliserNetwork &network)
{
    std::map<std::string, std::string> metadata = info.other;
    metadata["format"] = localiserFormat;
    metadata["version"] = std::to_string(localiserVersion);
    metadata["tensorflow_padding"] = info.options.tensorflowPadding ? "true" : "false";
    metadata["norm_epsilon"] = nlohmann::json(info.options.normEpsilon).dump();
    metadata["threshold"] = nlohmann::json(info.threshold).dump();
    metadata["metrics"] = info.metricsJson;
    NamedTensors tensors;
    for (const auto &[name, tensor] : namedTensors(network))
        tensors[name] = tensor.detach();
    return writeTensorFile(path, tensors, metadata, true);
}

Result<LoadedLocaliser> loadLocaliser(const std::filesystem::path &path)
{
    const Result<TensorFile> file = readTensorFile(path);
    if (!file)
        return file.error();
    Result<LocaliserInfo> info = infoOf(file->metadata, path.string());
    if (!info)
        return info.error();
    LoadedLocaliser loaded{*info, LocaliserNetwork(info->options)};
    const torch::NoGradGuard noGradient;
    std::set<std::string> known;
    for (auto &[name, tensor] : namedTensors(loaded.network)) {
        const auto found = file->tensors.find(name);
        if (found == file->tensors.end())
            return wrongTensor(path, name, "missing");
        if (found->second.sizes() != tensor.sizes())
            return wrongTensor(path, name, "shape");
        if (!found->second.to(torch::kFloat).isfinite().all().item<bool>())
            return wrongTensor(path, name, "not finite");
        tensor.copy_(found->second);
        known.insert(name);
    }
    for (const auto &[name, tensor] : file->tensors) {
        if (!known.contains(name))
            return wrongTensor(path, name, "unexpected");
    }
    loaded.network->eval();
    return loaded;
}

Result<void> takeTrunkWeights(LocaliserNetwork &network, const TensorFile &file)
{
    const torch::NoGradGuard noGradient;
    for (auto &[name, tensor] : namedTensors(network)) {
        if (!name.starts_with("features.") || name.ends_with("num_batches_tracked"))
            continue;
        const auto found = file.tensors.find(name);
        if (found == file.tensors.end() || found->second.sizes() != tensor.sizes())
            return wrongTensor("", name, found == file.tensors.end() ? "missing" : "shape");
        tensor.copy_(found->second);
    }
    return {};
}

} // namespace flukeprint::learning
