#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What can be trained and with which settings, without LibTorch: the GUI and the command line validate and explain with this;
/// core/learning turns a validated configuration into networks and losses.
namespace flukeprint::protocol {

enum class SettingType { Integer, Real, Boolean, Choice };

struct SettingSpec
{
    std::string key; ///< "epochs"; ui/text holds the words for it
    SettingType type = SettingType::Real;
    std::string defaultValue; ///< as text, in the C locale
    double minimum = 0; ///< of Integer and Real, inclusive
    double maximum = 0;
    std::vector<std::string> choices; ///< of Choice
    bool advanced = false; ///< folded away in the window
};

struct PresetSpec
{
    std::string name;
    std::string network; ///< value of the setting "network" at its default
    std::int32_t inputWidthPx = 0; ///< default chip size; settings "input_width", "input_height" override
    std::int32_t inputHeightPx = 0;
    std::vector<SettingSpec> settings;
};

/// A complete configuration: every key of the preset with a checked value. Presets differ in their keys: ask with `has` for what not all of
/// them have.
struct RunConfig
{
    std::string preset;
    std::map<std::string, std::string> values;

    [[nodiscard]] bool has(std::string_view key) const { return values.count(std::string(key)) > 0; }
    /// The value, or `otherwise` where the preset has no such setting.
    [[nodiscard]] std::int64_t integerOr(std::string_view key, std::int64_t otherwise) const { return has(key) ? integer(key) : otherwise; }
    [[nodiscard]] double realOr(std::string_view key, double otherwise) const { return has(key) ? real(key) : otherwise; }
    [[nodiscard]] bool booleanOr(std::string_view key, bool otherwise) const { return has(key) ? boolean(key) : otherwise; }
    [[nodiscard]] std::string textOr(std::string_view key, std::string_view otherwise) const
    {
        return has(key) ? text(key) : std::string(otherwise);
    }

    // Precondition of the following: the preset has the key.
    [[nodiscard]] std::int64_t integer(std::string_view key) const;
    [[nodiscard]] double real(std::string_view key) const;
    [[nodiscard]] bool boolean(std::string_view key) const;
    [[nodiscard]] const std::string &text(std::string_view key) const;
};

[[nodiscard]] const std::vector<PresetSpec> &presets();
/// Errors: PresetUnknown.
Result<PresetSpec> findPreset(std::string_view name);
/// Errors: PresetUnknown, SettingUnknown, SettingOutOfRange.
Result<RunConfig> resolve(std::string_view preset, const std::map<std::string, std::string> &overrides);

} // namespace flukeprint::protocol
