#pragma once

#include "core/base/result.h"
#include "core/chips/embedding_file.h"
#include "core/protocol/jobs.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
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

/// Which negative an anchor gets. Negatives are photos of other individuals and unidentified ones.
enum class NegativeChoice {
    HardestOfAll, ///< the nearest
    /// The nearest that is farther than the anchor's positive; where none is, the farthest (as TensorFlow's semi-hard
    /// loss does).
    SemiHard,
    HardestOfSample, ///< the nearest of `sample` photos drawn at random; every 256 anchors share a draw
    /// Of such a sample the photo whose individual's centroid (the mean of its embeddings) is nearest to the anchor; an
    /// unidentified photo is a centroid of its own. This is how facenet-transfer chooses.
    CentroidOfSample,
};

/// "hardest", "sample", "semi_hard", "centroid", in that order; none for anything else.
[[nodiscard]] std::optional<NegativeChoice> negativeChoiceNamed(std::string_view name);

struct MiningOptions
{
    NegativeChoice negative = NegativeChoice::HardestOfAll;
    std::int64_t count = 1000; ///< triplets wanted
    std::int64_t sample = 1024;
    std::uint64_t seed = 1; ///< of the samples
    /// Pairs of rows that a curator told apart: each becomes a triplet for either row that has a positive, before all
    /// others and whatever its violation. Pairs of one individual or one group contradict the labels and are passed
    /// over.
    std::vector<std::pair<std::int64_t, std::int64_t>> rejectedPairs;
};

/// For every anchor its farthest eligible positive and a negative of the asked kind, exactly (squared distances by
/// blocked matrix products, then the found pairs' distances anew in double precision); the `count` triplets of the
/// largest violation, descending, ties by anchor. Anchors without either are left out. Memory beyond the input: blocks
/// of 2,048 rows and of 2,048 x 2,048 distances, and with CentroidOfSample one vector an individual. The same triplets
/// whatever the number of threads, but where distances are equal up to rounding. Errors: InvalidArgument (labels of
/// another number than rows, count or sample < 1, a rejected pair beyond the table), Cancelled.
Result<std::vector<Triplet>> mineTriplets(const chips::EmbeddingTable &table, std::span<const MiningLabel> labels,
                                          const MiningOptions &options, std::stop_token stop = {});

/// A curator said that the photo of this row is not that individual.
struct Rejection
{
    std::int64_t row = 0;
    std::int32_t individual = 0; ///< of the labels
};

/// For MiningOptions::rejectedPairs: each rejected row with the nearest photo of the individual that it is not, of another group;
/// those without one are left out. `labels`: one a row. Errors: InvalidArgument (a row beyond the table).
Result<std::vector<std::pair<std::int64_t, std::int64_t>>> nearestOfRejected(const chips::EmbeddingTable &table,
                                                                             std::span<const MiningLabel> labels,
                                                                             std::span<const Rejection> rejections);

/// mineTriplets with the hardest negatives of all.
Result<std::vector<Triplet>> mineHardestTriplets(const chips::EmbeddingTable &table,
                                                 std::span<const MiningLabel> labels, std::int64_t count,
                                                 std::stop_token stop = {});

/// The whole job: files in, CSV out; the answer is the result
/// of a Done message, {"count": n}. Errors: those of the files, CsvInvalid, NotFound (a label without its embedding),
/// NothingToDo (no triplet possible), Cancelled.
Result<std::string> runMining(const protocol::MineJob &job, std::stop_token stop);

} // namespace flukeprint::learning
