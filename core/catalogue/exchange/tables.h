#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <filesystem>
#include <vector>

/// The tables that come from elsewhere. Images are named by file name, as in the tables; matching them with photos is
/// the caller's. Errors of all: FileNotFound, FileUnreadable, CsvInvalid (path, line, what; see csv.h and below).
namespace flukeprint::catalogue::exchange {

struct LabelRow
{
    QString image;
    QString id; ///< empty: unidentified (`new_whale` or nothing in the table)
    int line = 0;
};
/// Kaggle's `Image,Id` (other columns are ignored). The same image twice with the same id counts once; with different
/// ids it is CsvInvalid "conflicting_id:FIRST_LINE:IMAGE". Also "empty_image", "code_invalid:ID".
Result<std::vector<LabelRow>> readLabels(const std::filesystem::path &path);

struct BoxRow
{
    QString image;
    RotatedBox box; ///< angle 0; px as in the table
    int line = 0;
};
/// `Image,x0_px,y0_px,x1_px,y1_px`; one image may have several boxes. CsvInvalid "not_a_number:TEXT", "box_empty" (x1
/// <= x0 or y1 <= y0).
Result<std::vector<BoxRow>> readBoxes(const std::filesystem::path &path);

struct SplitRow
{
    QString image;
    QString id; ///< empty: unidentified
    QString role; ///< "train", "validation", "test_known", "test_new", "test_disjoint", or the table's own; empty
                  ///< without the column
    std::int64_t nearDuplicateGroup = -1; ///< -1: not said
    int line = 0;
};
/// `Image,Id,role,near_duplicate_group`. The same image twice is CsvInvalid "duplicate_image:FIRST_LINE:IMAGE".
Result<std::vector<SplitRow>> readSplit(const std::filesystem::path &path);
/// `Image,Id`, `near_duplicate_group` optional: queries or galleries of an evaluation. Images may be paths.
Result<std::vector<SplitRow>> readQueries(const std::filesystem::path &path);

/// True for Kaggle's `new_whale` (any case) and for nothing.
[[nodiscard]] bool meansUnidentified(const QString &id);

} // namespace flukeprint::catalogue::exchange
