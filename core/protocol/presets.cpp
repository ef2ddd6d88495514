#include "core/protocol/presets.h"

#include "core/protocol/network_limits.h"
#include "core/protocol/preset_settings.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <optional>

namespace flukeprint::protocol {

namespace {

Settings networkSettings(std::string network, std::string width, std::string height, std::string dimension)
{
    return {
        choiceSetting("network", {"mobilenet_v2", "resnet18", "resnet50", "resnet101", "resnet101_v2_c4"}, std::move(network)),
        integerSetting("input_width", std::move(width), 32, 1024),
        integerSetting("input_height", std::move(height), 32, 1024),
        integerSetting("dimension", std::move(dimension), 8, 2048, advancedSetting),
        realSetting("gem_p", "3", 1, 10, advancedSetting),
        choiceSetting("test_time", {"mirror", "plain"}, "mirror", advancedSetting),
    };
}

Settings scheduleSettings(std::string learningRate)
{
    return {
        realSetting("learning_rate", std::move(learningRate), 1e-7, 1),
        realSetting("head_rate_factor", "1", 0.01, 100, advancedSetting),
        realSetting("warmup_epochs", "0.2", 0, 100, advancedSetting),
        realSetting("final_rate_factor", "0.01", 0, 1, advancedSetting),
        realSetting("weight_decay", "0.01", 0, 1, advancedSetting),
        realSetting("gradient_clip", "10", 0, 1000, advancedSetting),
        integerSetting("freeze_epochs", "0", 0, 1000, advancedSetting),
        booleanSetting("weight_averaging", true, advancedSetting),
        choiceSetting("averaging", {"ema", "swa"}, "ema", advancedSetting),
        realSetting("averaging_decay", "0.999", 0.5, 0.99999, advancedSetting), // of ema
        realSetting("averaging_start", "0.75", 0, 0.99, advancedSetting), // of swa: share of the run before it
        choiceSetting("averaging_norms", {"auto", "averaged", "fresh"}, "auto", advancedSetting),
    };
}

PresetSpec flukeprintPreset()
{
    PresetSpec preset{"flukeprint", "mobilenet_v2", 256, 128, {}};
    preset.settings = networkSettings(preset.network, "256", "128", "512");
    append(preset.settings, runSettings("24"));
    append(preset.settings, scheduleSettings("0.0003"));
    append(preset.settings,
           {
               integerSetting("individuals_per_batch", "32", 2, 1024),
               integerSetting("photos_per_individual", "2", 2, 64),
               integerSetting("negatives_per_batch", "8", 0, 1024, advancedSetting),
               choiceSetting("augmentation", {"off", "light", "standard", "strong"}, "standard"),
               booleanSetting("mirror_identity", true),
               booleanSetting("mirror_by_chance", false, advancedSetting),
               realSetting("arcface_weight", "0", 0, 100, advancedSetting),
               realSetting("arcface_scale", "24", 1, 128, advancedSetting),
               realSetting("arcface_margin_min", "0.15", 0, 1.5, advancedSetting),
               realSetting("arcface_margin_max", "0.4", 0, 1.5, advancedSetting),
               integerSetting("sub_centres", "2", 1, 8, advancedSetting),
               realSetting("triplet_weight", "1", 0, 100, advancedSetting),
               choiceSetting("batch_loss", {"supervised_contrastive", "triplet"}, "supervised_contrastive", advancedSetting),
               realSetting("temperature", "0.1", 0.01, 1, advancedSetting),
               choiceSetting("compared_layer", {"neck", "feature"}, "neck", advancedSetting),
               choiceSetting("miner", {"semi_hard", "batch_hard", "batch_all"}, "semi_hard", advancedSetting),
               choiceSetting("distance", {"cosine", "euclidean", "squared"}, "cosine", advancedSetting),
               choiceSetting("form", {"hinge", "capped", "soft"}, "hinge", advancedSetting),
               realSetting("margin", "0.2", 0, 1000, advancedSetting),
               realSetting("cap", "5", 0, 1000, advancedSetting),
               realSetting("negative_weight", "0", 0, 100, advancedSetting),
               realSetting("within_whitening", "1", 0, 1000, advancedSetting),
           });
    return preset;
}

/// The recipe that the default began as, before the comparison of all photos of a batch took its place (tests/bench/RESULTS.md): classes and
/// hardest triplets together, unidentified photos kept away from all classes.
PresetSpec arcfacePreset()
{
    PresetSpec preset = flukeprintPreset();
    preset.name = "arcface-batch-hard";
    const std::map<std::string, std::string> own{
        {"arcface_weight", "1"},        {"batch_loss", "triplet"},      {"miner", "batch_hard"},     {"distance", "euclidean"},     {"form", "soft"},
        {"compared_layer", "feature"},  {"individuals_per_batch", "16"}, {"photos_per_individual", "4"}, {"negatives_per_batch", "4"},
        {"negative_weight", "0.2"},     {"learning_rate", "0.0004"},    {"head_rate_factor", "4"},   {"warmup_epochs", "1"},
    };
    for (SettingSpec &setting : preset.settings) {
        if (const auto found = own.find(setting.key); found != own.end())
            setting.defaultValue = found->second;
    }
    return preset;
}

/// Pairs of settings whose first may not exceed the second.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> orderedSettings{
    {{"arcface_margin_min", "arcface_margin_max"}, {"warmup_epochs", "epochs"}}};

template<typename T>
std::optional<T> parseNumber(std::string_view text)
{
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::string formatBound(double value)
{
    std::array<char, 32> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    assert(error == std::errc{});
    return {buffer.data(), end};
}

std::string allowedText(const SettingSpec &setting)
{
    if (setting.type == SettingType::Boolean)
        return "true, false";
    if (setting.type != SettingType::Choice)
        return formatBound(setting.minimum) + " .. " + formatBound(setting.maximum);
    std::string text;
    for (const std::string &choice : setting.choices)
        text += (text.empty() ? "" : ", ") + choice;
    return text;
}

std::optional<std::string> checkedBoolean(std::string_view text)
{
    if (text == "true" || text == "on" || text == "yes" || text == "1")
        return "true";
    if (text == "false" || text == "off" || text == "no" || text == "0")
        return "false";
    return std::nullopt;
}

/// The value in its canonical spelling, or nothing if the setting does not allow it.
std::optional<std::string> checkedValue(const SettingSpec &setting, const std::string &text)
{
    const auto inBounds = [&setting](double value) { return value >= setting.minimum && value <= setting.maximum; };
    switch (setting.type) {
    case SettingType::Integer: {
        const auto value = parseNumber<std::int64_t>(text);
        return value && inBounds(static_cast<double>(*value)) ? std::optional(std::to_string(*value)) : std::nullopt;
    }
    case SettingType::Real: {
        const auto value = parseNumber<double>(text);
        return value && std::isfinite(*value) && inBounds(*value) ? std::optional(text) : std::nullopt;
    }
    case SettingType::Boolean:
        return checkedBoolean(text);
    case SettingType::Choice:
        return std::find(setting.choices.begin(), setting.choices.end(), text) != setting.choices.end()
            ? std::optional(text)
            : std::nullopt;
    }
    return std::nullopt;
}

Result<void> checkOrder(const RunConfig &config)
{
    for (const auto &[low, high] : orderedSettings) {
        if (config.values.count(std::string(low)) == 0 || config.values.count(std::string(high)) == 0)
            continue;
        if (config.real(low) > config.real(high))
            return Error(ErrorCode::SettingOutOfRange,
                         {std::string(low), config.text(low), "<= " + std::string(high) + " (" + config.text(high) + ")"});
    }
    return {};
}

/// The network may ask for more than the setting's own bounds, which hold for every network of the preset.
Result<void> checkInputSize(const RunConfig &config)
{
    const NetworkLimits *limits = findNetworkLimits(config.textOr("network", ""));
    for (const char *key : {"input_width", "input_height"}) {
        if (!limits || !config.has(key))
            continue;
        const std::int64_t sidePx = config.integer(key);
        if (sidePx < limits->smallestSidePx || sidePx > limits->largestSidePx)
            return Error(ErrorCode::SettingOutOfRange,
                         {key, config.text(key),
                          std::to_string(limits->smallestSidePx) + " .. " + std::to_string(limits->largestSidePx) + " with network "
                              + std::string(limits->name)});
    }
    return {};
}

/// A mirrored photo cannot be the same animal and another one.
Result<void> checkMirroring(const RunConfig &config)
{
    if (config.booleanOr("mirror_identity", false) && config.booleanOr("mirror_by_chance", false))
        return Error(ErrorCode::SettingOutOfRange, {"mirror_by_chance", "true", "false with mirror_identity"});
    return {};
}

Result<void> checkTogether(const RunConfig &config)
{
    for (const auto &check : {checkOrder, checkInputSize, checkMirroring}) {
        if (const Result<void> checked = check(config); !checked)
            return checked;
    }
    return {};
}

} // namespace

Settings runSettings(std::string epochs)
{
    return {
        integerSetting("epochs", std::move(epochs), 1, 1000),
        realSetting("minutes", "0", 0, 100000),
        integerSetting("seed", "1", 0, 4294967295.0, advancedSetting),
        integerSetting("validate_every", "0", 0, 1000, advancedSetting),
        realSetting("checkpoint_minutes", "10", 0.01, 1440, advancedSetting),
        integerSetting("probe_photos", "96", 0, 4096, advancedSetting),
        choiceSetting("precision", {"auto", "fp32", "bf16"}, "auto", advancedSetting),
    };
}

std::int64_t RunConfig::integer(std::string_view key) const
{
    const auto value = parseNumber<std::int64_t>(text(key));
    assert(value);
    return value.value_or(0);
}

double RunConfig::real(std::string_view key) const
{
    const auto value = parseNumber<double>(text(key));
    assert(value);
    return value.value_or(0);
}

bool RunConfig::boolean(std::string_view key) const { return text(key) == "true"; }

const std::string &RunConfig::text(std::string_view key) const { return values.at(std::string(key)); }

const std::vector<PresetSpec> &presets()
{
    static const std::vector<PresetSpec> table = [] {
        std::vector<PresetSpec> all{flukeprintPreset(), arcfacePreset()};
        std::vector<PresetSpec> sources = sourcePresets();
        std::move(sources.begin(), sources.end(), std::back_inserter(all));
        return all;
    }();
    return table;
}

Result<PresetSpec> findPreset(std::string_view name)
{
    for (const PresetSpec &preset : presets()) {
        if (preset.name == name)
            return preset;
    }
    return Error(ErrorCode::PresetUnknown, {std::string(name)});
}

Result<RunConfig> resolve(std::string_view preset, const std::map<std::string, std::string> &overrides)
{
    const Result<PresetSpec> spec = findPreset(preset);
    if (!spec)
        return spec.error();
    RunConfig config{spec->name, {}};
    for (const SettingSpec &setting : spec->settings)
        config.values[setting.key] = setting.defaultValue;
    for (const auto &[key, text] : overrides) {
        const auto setting = std::find_if(spec->settings.begin(), spec->settings.end(),
                                          [&key = key](const SettingSpec &candidate) { return candidate.key == key; });
        if (setting == spec->settings.end())
            return Error(ErrorCode::SettingUnknown, {spec->name, key});
        const std::optional<std::string> value = checkedValue(*setting, text);
        if (!value)
            return Error(ErrorCode::SettingOutOfRange, {key, text, allowedText(*setting)});
        config.values[key] = *value;
    }
    if (const Result<void> checked = checkTogether(config); !checked)
        return checked.error();
    return config;
}

} // namespace flukeprint::protocol
