#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/catalogue/import_log.h"

#include <filesystem>
#include <span>
#include <stop_token>
#include <vector>

namespace flukeprint::workflows {

/// The photo files of these files and folders, absolute, sorted by path, each once, as items to do. Folders are searched to any
/// depth without following links to folders; hidden entries and folders named *.flukeprint are left out; files named
/// directly are taken whatever their ending. What cannot be used (a folder or file that may not be read, a link to nothing, a pipe or
/// another thing that is no file) is an item with its reason. A path that is not there is one
/// too, if others are. Stage: "scanning". Errors: FileNotFound (no path is there), FileUnreadable, Cancelled.
Result<std::vector<catalogue::ImportItem>> scanPhotos(std::span<const std::filesystem::path> paths,
                                                      const ProgressFn &progress, const std::stop_token &stop);

} // namespace flukeprint::workflows
