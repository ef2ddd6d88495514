#pragma once

#include "core/base/result.h"
#include "core/learning/losses/pair_losses.h"
#include "core/learning/model/tensor_file.h"
#include "core/learning/training/run_data.h"

#include <torch/types.h>

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace flukeprint::learning {

/// Photos of a run with their embeddings.
struct EmbeddedPhotos
{
    const std::vector<RunPhoto> &photos;
    torch::Tensor rows; ///< float [photos, D], CPU
};

/// How the names of pairFigures end.
inline constexpr std::string_view pairFigureEnd = "_pairs";

/// The pair head among `tensors` ("pair_head.*" of a model file); none where it is not there whole.
[[nodiscard]] std::optional<PairHead> pairHeadOf(const NamedTensors &tensors, std::int64_t dimension);

/// How the gallery photos of an individual make its score.
enum class Vote {
    Best, ///< the one that is most similar
    KNearest, ///< how many of the most similar photos of all are its; among equals the most similar decides
    Weighted, ///< the share of its photos in a softmax over all similarities: the prediction of matching networks (Vinyals et al., 2016,
              ///< arXiv:1606.04080, eq. 1 and 2)
};

/// Rank of a query's individual by its score, from the similarity of each gallery photo, higher for more alike; `neighbours` (k, > 0) is for
/// Vote::KNearest. A tie counts against us. 0: not scored, because nothing of its individual is eligible.
[[nodiscard]] std::size_t rankByVote(const RunPhoto &query, std::span<const float> similarities, const std::vector<RunPhoto> &gallery, Vote vote,
                                     std::size_t neighbours = 1);

/// How well cosines rank individuals where neighbours vote: "map5_k_nearest", "map5_similarity" (Vote::Weighted), and top1 and top5 likewise; empty
/// without a query that can be scored. Rows of length 1.
[[nodiscard]] std::map<std::string, double> voteFigures(const EmbeddedPhotos &queries, const EmbeddedPhotos &gallery, std::size_t neighbours);

/// How well a learned pair head ranks individuals, by the highest logit over their eligible photos: "map5_pairs", "top1_pairs",
/// "top5_pairs", by the definitions of retrievalScores; empty without a query that can be scored. It compares every pair by its small
/// network, some hundred times the work of a distance: minutes for thousands of photos. `onQuery` (how many are done) is called before
/// each; false ends it. Errors: Cancelled.
Result<std::map<std::string, double>> pairFigures(PairHead &head, const EmbeddedPhotos &queries, const EmbeddedPhotos &gallery,
                                                  const std::function<bool(std::size_t done)> &onQuery);

} // namespace flukeprint::learning
