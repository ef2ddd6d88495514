#pragma once

#include "core/catalogue/records.h"
#include "core/protocol/presets.h"

#include <QString>

#include <string>

namespace flukeprint::ui {

/// Words of the training page for core's codes.

[[nodiscard]] QString presetDescription(const std::string &preset); ///< one sentence; empty for one nobody described
[[nodiscard]] QString settingLabel(const std::string &key); ///< "learning rate"; the key itself if there are no words
[[nodiscard]] QString settingExplanation(const std::string &key); ///< what it does and when to change it
/// What the number 0 stands for in this setting, "no limit" say; empty where it is an ordinary number.
[[nodiscard]] QString settingZeroText(const std::string &key);
/// "1 to 1,000" or the like, for tool tips.
[[nodiscard]] QString settingBounds(const protocol::SettingSpec &setting);
[[nodiscard]] QString choiceLabel(const std::string &key, const std::string &value);
[[nodiscard]] QString runStateText(catalogue::RunState state);

} // namespace flukeprint::ui
