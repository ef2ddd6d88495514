#include "core/learning/sampling/triplet_list.h"

#include <string>

namespace flukeprint::learning {

Result<TripletListSampler> TripletListSampler::make(std::span<const Triplet> triplets,
                                                    std::span<const std::int64_t> chips,
                                                    std::span<const std::int64_t> labels, std::int64_t tripletsPerBatch,
                                                    std::uint64_t seed)
{
    const auto rows = static_cast<std::int64_t>(chips.size());
    if (triplets.empty())
        return Error(ErrorCode::NothingToDo, {"triplets"});
    if (tripletsPerBatch < 1)
        return Error(ErrorCode::InvalidArgument, {"batch size", std::to_string(tripletsPerBatch), ">= 1"});
    if (labels.size() != chips.size())
        return Error(ErrorCode::InvalidArgument, {"labels", std::to_string(labels.size()), std::to_string(rows)});
    TripletListSampler sampler;
    sampler.m_batchSize = tripletsPerBatch;
    sampler.m_seed = seed;
    for (const Triplet &triplet : triplets) {
        std::vector<BatchItem> items;
        for (const std::int64_t row : {triplet.anchor, triplet.positive, triplet.negative}) {
            if (row < 0 || row >= rows)
                return Error(ErrorCode::InvalidArgument, {"row", std::to_string(row), "below " + std::to_string(rows)});
            items.push_back({chips[static_cast<std::size_t>(row)], labels[static_cast<std::size_t>(row)], false});
        }
        sampler.m_triplets.push_back(std::move(items));
    }
    return sampler;
}

std::int64_t TripletListSampler::batchesPerEpoch() const
{
    return (static_cast<std::int64_t>(m_triplets.size()) + m_batchSize - 1) / m_batchSize;
}

std::vector<std::vector<BatchItem>> TripletListSampler::epoch(std::int64_t epoch) const
{
    Random random(m_seed, "triplets/" + std::to_string(epoch));
    std::vector<std::size_t> order(m_triplets.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    random.shuffle(std::span(order));
    std::vector<std::vector<BatchItem>> batches(static_cast<std::size_t>(batchesPerEpoch()));
    for (std::size_t i = 0; i < order.size(); ++i) {
        const std::vector<BatchItem> &items = m_triplets[order[i]];
        std::vector<BatchItem> &batch = batches[i / static_cast<std::size_t>(m_batchSize)];
        batch.insert(batch.end(), items.begin(), items.end());
    }
    return batches;
}

} // namespace flukeprint::learning
