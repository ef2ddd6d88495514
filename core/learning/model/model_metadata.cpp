#include "core/learning/model/model_metadata.h"

#include "core/protocol/foreign_weights.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace flukeprint::learning {

namespace {

using Json = nlohmann::json;
using Metadata = std::map<std::string, std::string>;

constexpr const char *minusOneToOneName = "minus1to1";
constexpr const char *rankingKey = "ranking"; // absent: the nearest photo counts

template <typename Enum> struct Named
{
    Enum value;
    const char *name;
};

template <typename Enum, std::size_t count> Enum valueNamed(const Named<Enum> (&table)[count], const std::string &name)
{
    for (const Named<Enum> &row : table) {
        if (name == row.name)
            return row.value;
    }
    throw Json::other_error::create(501, "unknown word " + name, nullptr);
}

constexpr Named<Pooling> poolings[]{
    {Pooling::GeneralisedMean, "gem"}, {Pooling::Average, "average"}, {Pooling::Max, "max"}};

Json networkToJson(const NetworkOptions &options)
{
    return {{"input_channels", options.inputChannels},
            {"trunk_dropout", options.trunkDropout},
            {"l2_normalised", options.l2Normalised},
            {"pooling", poolingName(options.pooling)},
            {"hidden", options.hidden},
            {"dimension", options.dimension},
            {"linear_bias", options.linearBias},
            {"activation", options.activation == OutputActivation::Sigmoid ? "sigmoid" : "none"},
            {"dropout", options.dropout},
            {"bn_neck", options.bnNeck},
            {"padding", options.tensorflowPadding ? "tensorflow" : "symmetric"},
            {"norm_epsilon", options.normEpsilon}};
}

NetworkOptions networkFromJson(const Json &json, const std::string &architecture)
{
    NetworkOptions options;
    options.architecture = architecture;
    options.pooling = valueNamed(poolings, json.at("pooling").get<std::string>());
    options.hidden = json.at("hidden").get<std::vector<std::int64_t>>();
    options.dimension = json.at("dimension").get<std::int64_t>();
    options.linearBias = json.at("linear_bias").get<bool>();
    constexpr Named<OutputActivation> activations[]{{OutputActivation::None, "none"},
                                                    {OutputActivation::Sigmoid, "sigmoid"}};
    options.activation = valueNamed(activations, json.at("activation").get<std::string>());
    options.dropout = json.at("dropout").get<double>();
    options.bnNeck = json.at("bn_neck").get<bool>();
    constexpr Named<bool> paddings[]{{true, "tensorflow"}, {false, "symmetric"}};
    options.tensorflowPadding = valueNamed(paddings, json.at("padding").get<std::string>());
    // Files from before there were grey networks and plain embeddings do not say these.
    options.inputChannels = json.value("input_channels", std::int64_t{3});
    options.trunkDropout = json.value("trunk_dropout", 0.0);
    options.l2Normalised = json.value("l2_normalised", true);
    options.normEpsilon = json.at("norm_epsilon").get<double>();
    return options;
}

std::string normalisationText(const Normalisation &normalisation)
{
    if (normalisation == Normalisation::minusOneToOne())
        return minusOneToOneName;
    Json json{{"mean", normalisation.mean}, {"std", normalisation.deviation}};
    if (normalisation.whiteFrame)
        json["white_frame"] = true;
    return json.dump();
}

Normalisation normalisationFromText(const std::string &text)
{
    if (text == minusOneToOneName)
        return Normalisation::minusOneToOne();
    const Json json = Json::parse(text);
    Normalisation normalisation;
    normalisation.mean = json.at("mean").get<std::array<double, 3>>();
    normalisation.deviation = json.at("std").get<std::array<double, 3>>();
    normalisation.whiteFrame = json.value("white_frame", false);
    for (std::size_t i = 0; i < normalisation.mean.size(); ++i) {
        if (!std::isfinite(normalisation.mean[i]) || !(normalisation.deviation[i] > 0))
            throw Json::other_error::create(501, "normalisation out of range", nullptr);
    }
    return normalisation;
}

/// Takes a value out of the metadata, so that what is left is `other`.
std::string take(Metadata &metadata, const char *key)
{
    auto node = metadata.extract(key);
    if (node.empty())
        throw Json::other_error::create(501, std::string(key) + " is missing", nullptr);
    return std::move(node.mapped());
}

std::string takeObject(Metadata &metadata, const char *key)
{
    std::string text = take(metadata, key);
    if (!Json::parse(text).is_object())
        throw Json::other_error::create(501, std::string(key) + " is not an object", nullptr);
    return text;
}

std::int32_t takeSide(Metadata &metadata, const char *key)
{
    constexpr std::int64_t largestSide = 4096;
    const auto side = Json::parse(take(metadata, key)).get<std::int64_t>();
    if (side < 1 || side > largestSide)
        throw Json::other_error::create(501, std::string(key) + " out of range", nullptr);
    return static_cast<std::int32_t>(side);
}

ModelInfo parseOwn(Metadata metadata)
{
    ModelInfo info;
    metadata.erase("format");
    metadata.erase("format_version");
    metadata.erase("dimension"); // follows from the network and the test-time rule; written for other readers
    info.preset = take(metadata, "preset");
    const std::string architecture = take(metadata, "architecture");
    info.network = networkFromJson(Json::parse(take(metadata, "network")), architecture);
    info.inputWidthPx = takeSide(metadata, "input_width");
    info.inputHeightPx = takeSide(metadata, "input_height");
    info.normalisation = normalisationFromText(take(metadata, "normalisation"));
    constexpr Named<TestTime> rules[]{{TestTime::Plain, "plain"}, {TestTime::Mirror, "mirror"}};
    info.testTime = valueNamed(rules, take(metadata, "test_time"));
    if (metadata.contains(rankingKey)) {
        constexpr Named<bool> rankings[]{{true, "centroids"}, {false, "photos"}};
        info.ranksCentroids = valueNamed(rankings, take(metadata, rankingKey));
    }
    info.snapshotHash = take(metadata, "snapshot_hash");
    info.metricsJson = takeObject(metadata, "metrics");
    info.calibrationJson = takeObject(metadata, "calibration");
    info.created = take(metadata, "created");
    info.other = std::move(metadata);
    return info;
}

std::string valueOf(const Metadata &metadata, const std::string &key)
{
    const auto found = metadata.find(key);
    return found == metadata.end() ? std::string() : found->second;
}

bool contains(const std::string &text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

/// What the photos of published weights were scaled to, where the file itself says nothing: (x - 0.5) / 0.5 for weights
/// that came from TensorFlow.
Normalisation usualNormalisation(const std::string &architecture, const std::string &stated)
{
    if (contains(stated, "(x - 127.5) / 127.5"))
        return Normalisation::minusOneToOne();
    if (contains(stated, "(x - 128) / 128"))
        return Normalisation::around128();
    if (architecture == "resnet101_v2_c4")
        return Normalisation::around128();
    if (architecture == "inception_v3" || architecture == "nasnet_a_mobile")
        return Normalisation::minusOneToOne();
    return Normalisation::imageNet();
}

} // namespace

Metadata modelMetadata(const ModelInfo &info)
{
    Metadata metadata = info.other;
    metadata["format"] = modelFormat;
    metadata["format_version"] = std::to_string(modelFormatVersion);
    metadata["preset"] = info.preset;
    metadata["architecture"] = info.network.architecture;
    metadata["network"] = networkToJson(info.network).dump();
    metadata["input_width"] = std::to_string(info.inputWidthPx);
    metadata["input_height"] = std::to_string(info.inputHeightPx);
    metadata["normalisation"] = normalisationText(info.normalisation);
    metadata["test_time"] = info.testTime == TestTime::Mirror ? "mirror" : "plain";
    if (info.ranksCentroids)
        metadata[rankingKey] = "centroids";
    metadata["snapshot_hash"] = info.snapshotHash;
    metadata["metrics"] = info.metricsJson;
    metadata["calibration"] = info.calibrationJson;
    metadata["created"] = info.created;
    return metadata;
}

bool isOwnModel(const Metadata &metadata)
{
    return valueOf(metadata, "format") == modelFormat;
}

Result<ModelInfo> ownModelInfo(const Metadata &metadata, const std::string &path)
try {
    const int version = Json::parse(valueOf(metadata, "format_version")).get<int>();
    if (version > modelFormatVersion)
        return Error(ErrorCode::VersionTooNew, {path, std::to_string(version), std::to_string(modelFormatVersion)});
    return parseOwn(metadata);
} catch (const Json::exception &problem) {
    return Error(ErrorCode::DataDamaged, {path, "model metadata"}, problem.what());
}

Result<ModelInfo> foreignModelInfo(const SafetensorsReader &file, const std::string &architecture,
                                   const std::string &path)
{
    ModelInfo info;
    const Metadata &metadata = file.metadata();
    const auto has = [&file](std::string_view tensor) { return file.find(std::string(tensor)) != nullptr; };
    const std::string name = architecture.empty() ? protocol::guessArchitecture(valueOf(metadata, "architecture"), has) : architecture;
    const ArchitectureInfo *known = findArchitecture(name);
    if (!known)
        return Error(ErrorCode::ModelIncompatible, {path, "architecture " + name});
    info.network = bareOptions(name);
    info.inputWidthPx = known->inputWidthPx;
    info.inputHeightPx = known->inputHeightPx;
    info.network.tensorflowPadding = contains(valueOf(metadata, "padding"), "TensorFlow SAME");
    if (contains(valueOf(metadata, "batch_norm"), "epsilon 0"))
        info.network.normEpsilon = 0;
    info.normalisation = usualNormalisation(name, valueOf(metadata, "input"));
    for (const char *key : {"licence", "license", "source", "note"}) {
        if (const std::string value = valueOf(metadata, key); !value.empty())
            info.other[key] = value;
    }
    return info;
}

} // namespace flukeprint::learning
