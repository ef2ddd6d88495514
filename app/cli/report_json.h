#pragma once

#include "app/cli/console.h"
#include "core/workflows/import_photos.h"

#include <QString>

#include <vector>

namespace flukeprint::cli {

/// `[{file, reason, args}]`; `reason` is the error code's name, "duplicate" for bytes that are known from another file.
[[nodiscard]] Json skippedJson(const std::vector<workflows::SkippedFile> &skipped);
/// One line a file, with the reason as a sentence; at most `limit` lines and then how many more. Empty for none.
[[nodiscard]] QString skippedText(const std::vector<workflows::SkippedFile> &skipped, std::size_t limit = 20);
[[nodiscard]] Json namesJson(const std::vector<QString> &names);
[[nodiscard]] Json optionalJson(const std::optional<double> &value);

/// The first ten, a line each, and how many more there are.
[[nodiscard]] QString listText(const std::vector<QString> &names);

} // namespace flukeprint::cli
