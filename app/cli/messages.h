#pragma once

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/catalogue/integrity.h"

#include <QString>

#include <string_view>

/// Every sentence that the command line says about codes of the core, translated.
namespace flukeprint::cli {

/// "The photo a.jpg ends too early; it was probably cut off while copying."
[[nodiscard]] QString errorText(const Error &error);
/// One thing that `verify` found wrong; `withRemedy`: and what to do about it.
[[nodiscard]] QString findingText(const catalogue::Finding &finding, bool withRemedy = true);
/// "importing   1234/7667  16%   245/s  0:26 left"; `rate` in items a second, 0: not known yet.
[[nodiscard]] QString progressText(const Progress &progress, double rate);
/// The word for a stage code; the code itself for an unknown one.
[[nodiscard]] QString stageText(std::string_view stage);

} // namespace flukeprint::cli
