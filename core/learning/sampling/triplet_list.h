#pragma once

#include "core/base/result.h"
#include "core/learning/mining/mine_triplets.h"
#include "core/learning/sampling/sampler.h"

#include <cstdint>
#include <span>
#include <vector>

namespace flukeprint::learning {

/// Batches from a list of triplets, mined or read from a CSV: each epoch shows every triplet once, in an order that
/// follows from the seed and the epoch's number; the last batch may be smaller. Items 3 i to 3 i + 2 of a batch are a
/// triplet. Const functions are thread-safe.
class TripletListSampler : public BatchSource
{
public:
    /// `chips` and `labels`: of each row that the triplets name. Errors: NothingToDo (no triplets); InvalidArgument
    /// (batch size < 1, a row beyond `chips`, labels of another number).
    static Result<TripletListSampler> make(std::span<const Triplet> triplets, std::span<const std::int64_t> chips,
                                           std::span<const std::int64_t> labels, std::int64_t tripletsPerBatch,
                                           std::uint64_t seed);

    [[nodiscard]] std::int64_t batchesPerEpoch() const override;
    [[nodiscard]] std::vector<std::vector<BatchItem>> epoch(std::int64_t epoch) const override;

private:
    TripletListSampler() = default;

    std::vector<std::vector<BatchItem>> m_triplets;
    std::int64_t m_batchSize = 1;
    std::uint64_t m_seed = 1;
};

} // namespace flukeprint::learning
