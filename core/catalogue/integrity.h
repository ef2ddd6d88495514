#pragma once

#include "core/base/ids.h"
#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flukeprint::catalogue {

class Catalogue;

/// One thing that is wrong. Stable codes and their args:
/// - The database: "database" (what SQLite says) · "schema_missing" and "schema_changed" (table, index or trigger; its name) ·
///   "trigger_unknown" (name) · "constraint" (table, row, the rule it breaks) · "reference" (table, row, missing in table)
/// - Identities: "projection_annotation" (annotation id, stored state, stored code, expected state, expected code, photo's file
///   name) · "projection_individual" (code) · "merged_without_target" (code) · "merge_circle" ("individual" or "encounter",
///   code) · "decision_missing" (first and last number that is gone) · "undo_without_decision" (decision, the number it takes
///   back)
/// - Photos: "photo_missing" (photo id, path) · "photo_changed" (photo id, path, stored SHA-256, found) · "photo_unreadable"
///   (photo id, path, error) · "photo_size" (photo id, path, stored size, found size) · "duplicate_group" (photo id, file name,
///   group)
/// - Models: "no_active_model" · "several_active_models" (count) · "model_missing" (name, path) · "model_damaged" (name, path,
///   error) · "embedding_size" (model, annotation id, bytes, expected bytes, photo's file name) · "embedding_not_finite",
///   "embedding_zero" (model, annotation id, photo's file name) · "embedding_revision" (model, annotation id, its revision of the
///   box, the box's own, photo's file name)
/// - Chips and runs: "chip_pack_damaged" (path, chips, error) · "chip_place" (annotation id, path, index, chips in the pack) ·
///   "run_folder_missing" (run, path) · "run_file_missing" (run, file)
/// Of a notice: "thumbnails_missing" (count, file name of the first photo) · "chip_pack_missing" (path, chips) ·
/// "photo_marked_missing" (photo id, path) · "representative_elsewhere" (code, annotation id) · "embeddings_outdated" (model,
/// count)
struct Finding
{
    std::string code;
    std::vector<std::string> args;
    std::optional<Error> cause = std::nullopt; ///< of codes whose last listed argument is an error
};

/// Every code of a Finding, notices too.
[[nodiscard]] std::span<const std::string_view> findingCodes();

struct IntegrityReport
{
    std::int64_t photosChecked = 0;
    std::int64_t decisionsChecked = 0;
    std::int64_t embeddingsChecked = 0;
    std::vector<Finding> findings; ///< at most 10,000; empty: all is well
    std::vector<Finding> notices; ///< no damage: what will be made anew by itself, or what a person may want to know
};

/// What a photo file turns out to be.
struct PhotoFacts
{
    std::string sha256; ///< lower-case hex
    std::int64_t byteSize = 0;
    int widthPx = 0; ///< upright; 0: not looked at, and then not compared
    int heightPx = 0;
};

/// What only other rooms can judge comes as functions; an empty one leaves that check out.
struct IntegrityOptions
{
    bool hashPhotos = true; ///< read and hash every file; otherwise only look whether it is there
    /// Empty: this room hashes with Qt and does not look at the picture. May be called for many files; must be
    /// thread-safe only if the caller's other use asks for it.
    std::function<Result<PhotoFacts>(const std::filesystem::path &)> inspectPhoto;
    /// Whether the file of a model can be loaded and is the one that was registered.
    std::function<Result<void>(const Model &, const std::filesystem::path &)> inspectModel;
    /// The annotation of each chip of a pack, in order.
    std::function<Result<std::vector<AnnotationId>>(const std::filesystem::path &)> inspectPack;
};

/// Checks everything and changes nothing. Works on a read-only catalogue. Errors: Cancelled, DatabaseFailed (could not
/// even ask).
Result<IntegrityReport> verify(Catalogue &catalogue, const IntegrityOptions &options = {},
                               const ProgressFn &progress = {}, std::stop_token stop = {});

} // namespace flukeprint::catalogue
