#pragma once

#include "core/catalogue/decision_log.h"
#include "core/catalogue/integrity.h"
#include "core/catalogue/records.h"

#include <QString>

namespace flukeprint::ui {

/// "confirm w_1287fbc", "mark 12 photos unusable": after "Undo" or "Undone:".
[[nodiscard]] QString undoStepText(const catalogue::UndoStep &step);

/// One line of an annotation's history: "confirmed as w_1287fbc (rank 1, 92%, distance 0.41)".
[[nodiscard]] QString decisionText(const catalogue::Decision &decision);

/// "unidentified", "proposed", "identified", "unusable".
[[nodiscard]] QString stateText(catalogue::IdentityState state);
/// Name of the icon that says the same without colour.
[[nodiscard]] QString stateIcon(catalogue::IdentityState state);

[[nodiscard]] QString boxSourceText(catalogue::BoxSource source);
[[nodiscard]] QString sexText(const QString &sex); ///< "female", "male" or "not known"

/// What `verify` found, in words.
[[nodiscard]] QString findingText(const catalogue::Finding &finding);
/// The same of many; missing photos of one folder are one sentence with a count and the first names.
[[nodiscard]] QStringList findingTexts(const std::vector<catalogue::Finding> &findings);

} // namespace flukeprint::ui
