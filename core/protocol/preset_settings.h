#pragma once

#include "core/protocol/presets.h"

#include <iterator>
#include <string>
#include <utility>
#include <vector>

/// How presets are written down. Only for the room's own sources.
namespace flukeprint::protocol {

inline constexpr bool advancedSetting = true;

inline SettingSpec integerSetting(std::string key, std::string value, double minimum, double maximum, bool advanced = false)
{
    return {std::move(key), SettingType::Integer, std::move(value), minimum, maximum, {}, advanced};
}

inline SettingSpec realSetting(std::string key, std::string value, double minimum, double maximum, bool advanced = false)
{
    return {std::move(key), SettingType::Real, std::move(value), minimum, maximum, {}, advanced};
}

inline SettingSpec booleanSetting(std::string key, bool value, bool advanced = false)
{
    return {std::move(key), SettingType::Boolean, value ? "true" : "false", 0, 0, {}, advanced};
}

inline SettingSpec choiceSetting(std::string key, std::vector<std::string> choices, std::string value, bool advanced = false)
{
    return {std::move(key), SettingType::Choice, std::move(value), 0, 0, std::move(choices), advanced};
}

using Settings = std::vector<SettingSpec>;

inline void append(Settings &settings, Settings more)
{
    std::move(more.begin(), more.end(), std::back_inserter(settings));
}

/// What every trained preset shares: how long, in which order, and how safely.
[[nodiscard]] Settings runSettings(std::string epochs);

/// The presets of the systems that this program grew from.
[[nodiscard]] std::vector<PresetSpec> sourcePresets();

} // namespace flukeprint::protocol
