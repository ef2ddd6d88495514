#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <QString>

#include <filesystem>
#include <functional>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

/// Puts a model file of our own format into models/ and registers it under `wantedName` or the next free name made from it.
/// `produce` writes the file at the path that it is given (in models/, under a temporary name). Nothing is left behind after an error.
Result<ModelId> registerModel(catalogue::Catalogue &catalogue, const QString &wantedName, RunId run,
                              const std::function<Result<void>(const std::filesystem::path &target)> &produce);

/// The whole file, atomically. Errors: FileNotFound, FileUnreadable, FileUnwritable, DiskFull.
Result<void> copyFile(const std::filesystem::path &from, const std::filesystem::path &to);

} // namespace flukeprint::workflows
