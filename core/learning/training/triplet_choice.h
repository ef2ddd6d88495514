#pragma once

#include "core/learning/losses/triplet.h"
#include "core/protocol/presets.h"

namespace flukeprint::learning {

/// The settings `distance`, `form`, `margin` and `cap` of a run.
[[nodiscard]] TripletOptions tripletOptions(const protocol::RunConfig &config);

/// Where triplets come from within a batch; the setting `miner`.
enum class BatchMiner { BatchAll, BatchHard, SemiHard };

/// Of "batch_all", "batch_hard" and "semi_hard"; batch-hard for any other text.
[[nodiscard]] BatchMiner batchMinerNamed(const std::string &name);

/// batchAllTriplet, batchHardTriplet or semiHardTriplet, which say what the arguments are.
[[nodiscard]] TripletResult minedTriplets(BatchMiner miner, const torch::Tensor &embeddings, const torch::Tensor &labels,
                                          const TripletOptions &options);

} // namespace flukeprint::learning
