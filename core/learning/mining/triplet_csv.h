#pragma once

#include "core/base/result.h"
#include "core/learning/mining/mine_triplets.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace flukeprint::learning {

/// Triplets as text: the header `anchor,positive,negative,distance_positive,distance_negative`, then a line a triplet.
/// `nameOf` says under which number a row is written.
[[nodiscard]] std::string tripletCsv(std::span<const Triplet> triplets,
                                     const std::function<std::int64_t(std::int64_t row)> &nameOf);

/// Row numbers, from 0. Atomic. Errors: DiskFull, FileUnwritable.
Result<void> writeTripletCsv(const std::filesystem::path &path, std::span<const Triplet> triplets);

/// Reads row numbers q,p,n (from 0), one triplet a line. A first line of words is a header: `q,p,n` or
/// `anchor,positive,negative`, and further columns behind these are passed over; without a header a line has three
/// numbers. Empty lines and CRLF do no harm. `rows`: how many rows there are. `labels`: empty, or one for each row: the
/// positive must then be another photo of the anchor's individual, the negative of another one, the anchor identified.
/// Distances are 0. Errors: FileNotFound, FileUnreadable; CsvInvalid {path, line, what}; NothingToDo (no triplet in
/// it).
Result<std::vector<Triplet>> readTripletCsv(const std::filesystem::path &path, std::int64_t rows,
                                            std::span<const MiningLabel> labels = {});

} // namespace flukeprint::learning
