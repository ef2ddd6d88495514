#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/protocol/snapshot.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

/// Triplets of annotations that somebody chose to learn from.
struct ChosenTriplet
{
    AnnotationId anchor;
    AnnotationId positive;
    AnnotationId negative;
};

struct TripletTable
{
    std::vector<ChosenTriplet> triplets;
    std::int64_t heldOut = 0; ///< rows that were left out: a photo of theirs is held out of training
    int firstHeldOut = 0; ///< line of the first of them
};

/// Reads a table of triplets and checks it against frozen data. Its columns are one of
/// - anchor,positive,negative: annotation ids, as `mine` writes them;
/// - anchor_image,positive_image,negative_image: photos by file name, where the ids are not there;
/// - q,p,n, or three columns without a header: rows of the split table, from 0 below its header.
/// Further columns are passed over. A row whose photo the data keep for validation is left out, since nobody can know the split
/// beforehand; every other fault is an error.
/// Errors: FileNotFound, FileUnreadable; CsvInvalid {path, line, what}: those of readCsv, "unknown_photo:NAME" (no photo, not
/// identified, or not part of the data), "row_out_of_range:ROW", "rows_need_a_split", "same_photo", "positive_of_another", "negative_of_the_same";
/// NothingToDo (no triplet is left).
Result<TripletTable> readTriplets(catalogue::Catalogue &catalogue, const std::filesystem::path &path,
                                  const std::filesystem::path &splitFile, const protocol::Snapshot &snapshot);

/// Writes them for the worker, as rows of the snapshot's identified training items; those of annotations that are not there any
/// more are left out. Errors: NothingToDo (none is left), DiskFull, FileUnwritable.
Result<void> writeTripletRows(const std::filesystem::path &path, const TripletTable &table, const protocol::Snapshot &snapshot);

} // namespace flukeprint::workflows
