#pragma once

#include "core/base/result.h"
#include "core/chips/embedding_file.h"
#include "core/protocol/jobs.h"

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace flukeprint::learning {

struct MiningLabel
{
    std::int32_t individual = -1; ///< -1: unidentified; never an anchor or a positive, but may be a negative
    std::int64_t group = 0; ///< photos of one group > 0 are neither each other's positive nor negative
};

/// Rows of the table that was mined.
struct Triplet
{
    std::int64_t anchor = 0;
    std::int64_t positive = 0;
    std::int64_t negative = 0;
    float distancePositive = 0; ///< Euclidean
    float distanceNegative = 0;

    /// How far the triplet is wrong: distancePositive - distanceNegative.
    [[nodiscard]] float violation() const { return distancePositive - distanceNegative; }
};

/// For every anchor its farthest eligible positive and its nearest eligible negative, exactly (squared distances by blocked
/// matrix products, then the found pairs' distances anew in double precision); the `count` triplets of the largest violation,
/// descending, ties by anchor. Anchors without either are left out. Memory beyond the input: one block of 1,024 rows of distances.
/// Errors: InvalidArgument (labels of another number than rows), Cancelled.
Result<std::vector<Triplet>> mineHardestTriplets(const chips::EmbeddingTable &table, std::span<const MiningLabel> labels,
                                                 std::int64_t count, std::stop_token stop = {});

/// The whole job: files in, CSV out; the answer is the result
/// of a Done message, {"count": n}. Errors: those of the files, CsvInvalid, NotFound (a label without its embedding),
/// NothingToDo (no triplet possible), Cancelled.
Result<std::string> runMining(const protocol::MineJob &job, std::stop_token stop);

} // namespace flukeprint::learning
