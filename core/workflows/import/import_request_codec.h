#pragma once

#include "core/workflows/import_photos.h"

#include <QString>

#include <optional>

namespace flukeprint::workflows {

/// What was asked for, as kept in the import log: the same request gives the same text, so an interrupted import is known again.
/// Paths become absolute.
[[nodiscard]] QString encodeImportRequest(const ImportRequest &request);
/// nullopt for text that is none.
[[nodiscard]] std::optional<ImportRequest> decodeImportRequest(const QString &text);

} // namespace flukeprint::workflows
