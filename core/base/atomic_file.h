#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace flukeprint {

/// Writes bytes in order; false once the disk refused.
using ByteSink = std::function<bool(const void *data, std::size_t size)>;

/// Writes a whole file or nothing: to `path` + ".partial" beside it, flushed to disk, then renamed over `path`.
/// Errors: DiskFull, FileUnwritable; the old file stays as it was and no partial file is left behind.
Result<void> writeFileAtomically(const std::filesystem::path &path, std::string_view content);

/// The same for large files: `produce` writes through the sink and returns its own error, which is passed on.
Result<void> writeFileAtomically(const std::filesystem::path &path,
                                 const std::function<Result<void>(const ByteSink &)> &produce);

/// The whole file. Errors: FileNotFound, FileUnreadable.
Result<std::string> readFile(const std::filesystem::path &path);

} // namespace flukeprint
