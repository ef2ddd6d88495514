#pragma once

#include "core/base/result.h"
#include "core/learning/losses/pair_losses.h"
#include "core/learning/model/tensor_file.h"
#include "core/learning/training/run_data.h"

#include <torch/types.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace flukeprint::learning {

/// Photos of a run with their embeddings.
struct EmbeddedPhotos
{
    const std::vector<RunPhoto> &photos;
    torch::Tensor rows; ///< float [photos, D], CPU
};

/// The pair head among `tensors` ("pair_head.*" of a model file); none where it is not there whole.
[[nodiscard]] std::optional<PairHead> pairHeadOf(const NamedTensors &tensors, std::int64_t dimension);

/// How well a learned pair head ranks individuals, by the highest logit over their eligible photos: "map5_pairs", "top1_pairs",
/// "top5_pairs", by the definitions of retrievalScores; empty without a query that can be scored. It compares every pair by its small
/// network, some hundred times the work of a distance: minutes for thousands of photos. `onQuery` (how many are done) is called before
/// each; false ends it. Errors: Cancelled.
Result<std::map<std::string, double>> pairFigures(PairHead &head, const EmbeddedPhotos &queries, const EmbeddedPhotos &gallery,
                                                  const std::function<bool(std::size_t done)> &onQuery);

} // namespace flukeprint::learning
