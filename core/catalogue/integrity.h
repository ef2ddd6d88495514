#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <filesystem>
#include <functional>
#include <string>

namespace flukeprint::catalogue {

class Catalogue;

/// One thing that is wrong. Stable codes and their args:
/// "database" (what SQLite says) · "reference" (table, row, missing in table) · "projection_annotation" (annotation id,
/// stored state, stored code, expected state, expected code) · "projection_individual" (code) · "photo_missing" (photo
/// id, path) · "photo_changed" (photo id, path, stored SHA-256, found) · "photo_unreadable" (photo id, path, error) ·
/// "no_active_model" · "several_active_models" (count) · "model_missing" (name, path) · "embedding_size" (model,
/// annotation id, bytes, expected bytes) · "run_folder_missing" (run, path) · "merged_without_target" (code)
struct Finding
{
    std::string code;
    std::vector<std::string> args;
};

struct IntegrityReport
{
    std::int64_t photosChecked = 0;
    std::int64_t decisionsChecked = 0;
    std::int64_t embeddingsChecked = 0;
    std::vector<Finding> findings; ///< at most 10,000; empty: all is well
};

struct IntegrityOptions
{
    bool hashPhotos = true; ///< read and hash every file; otherwise only look whether it is there
    /// SHA-256 of a file, lower-case hex. Empty: this room hashes with Qt. May be called for many files; must be
    /// thread-safe only if the caller's other use asks for it.
    std::function<Result<std::string>(const std::filesystem::path &)> hashFile;
};

/// Checks everything and changes nothing. Works on a read-only catalogue. Errors: Cancelled, DatabaseFailed (could not
/// even ask).
Result<IntegrityReport> verify(Catalogue &catalogue, const IntegrityOptions &options = {},
                               const ProgressFn &progress = {}, std::stop_token stop = {});

} // namespace flukeprint::catalogue
