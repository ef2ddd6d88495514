#include "core/learning/mining/mine_triplets.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace flukeprint::learning {

namespace {

constexpr std::int64_t blockRows = 1024;

/// What decides which pairs count, as tensors over all rows.
struct Columns
{
    torch::Tensor individual; ///< int64
    torch::Tensor group; ///< int64; every row without a group has a negative number of its own
};

Columns columnsOf(std::span<const MiningLabel> labels)
{
    const auto count = static_cast<std::int64_t>(labels.size());
    Columns columns{torch::empty({count}, torch::kLong), torch::empty({count}, torch::kLong)};
    std::int64_t *individual = columns.individual.data_ptr<std::int64_t>();
    std::int64_t *group = columns.group.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < count; ++i) {
        const MiningLabel &label = labels[static_cast<std::size_t>(i)];
        individual[i] = label.individual;
        group[i] = label.group > 0 ? label.group : -1 - i;
    }
    return columns;
}

float exactDistance(const chips::EmbeddingTable &table, std::int64_t a, std::int64_t b)
{
    const std::span<const float> first = table.row(static_cast<std::size_t>(a));
    const std::span<const float> second = table.row(static_cast<std::size_t>(b));
    double sum = 0;
    for (std::size_t i = 0; i < first.size(); ++i) {
        const double difference = static_cast<double>(first[i]) - second[i];
        sum += difference * difference;
    }
    return static_cast<float>(std::sqrt(sum));
}

bool isHarder(const Triplet &a, const Triplet &b)
{
    return a.violation() != b.violation() ? a.violation() > b.violation() : a.anchor < b.anchor;
}

/// The hardest triplet of each anchor in rows first..first+count-1.
void mineBlock(const chips::EmbeddingTable &table, const torch::Tensor &rows, const torch::Tensor &squares,
               const Columns &columns, std::int64_t first, std::int64_t count, std::vector<Triplet> &found)
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    torch::Tensor distances = rows.narrow(0, first, count).mm(rows.t()).mul_(-2).add_(squares.unsqueeze(0));
    const torch::Tensor own = columns.individual.narrow(0, first, count).unsqueeze(1);
    const torch::Tensor eligible = columns.group.narrow(0, first, count).unsqueeze(1) != columns.group.unsqueeze(0);
    const torch::Tensor same = own == columns.individual.unsqueeze(0);
    const torch::Tensor identified = own >= 0;
    const auto [farthest, positive] = distances.masked_fill(~(same & eligible & identified), -infinity).max(1);
    const auto [nearest, negative] = distances.masked_fill_(same | ~eligible | ~identified, infinity).min(1);
    const auto farthestValues = farthest.accessor<float, 1>();
    const auto nearestValues = nearest.accessor<float, 1>();
    const auto positives = positive.accessor<std::int64_t, 1>();
    const auto negatives = negative.accessor<std::int64_t, 1>();
    for (std::int64_t i = 0; i < count; ++i) {
        if (!std::isfinite(farthestValues[i]) || !std::isfinite(nearestValues[i]))
            continue;
        found.push_back({first + i, positives[i], negatives[i], exactDistance(table, first + i, positives[i]),
                         exactDistance(table, first + i, negatives[i])});
    }
}

} // namespace

Result<std::vector<Triplet>> mineHardestTriplets(const chips::EmbeddingTable &table, std::span<const MiningLabel> labels,
                                                 std::int64_t count, std::stop_token stop)
{
    if (labels.size() != table.count())
        return Error(ErrorCode::InvalidArgument, {"labels", std::to_string(labels.size()), std::to_string(table.count())});
    if (count < 1)
        return Error(ErrorCode::InvalidArgument, {"count", std::to_string(count), ">= 1"});
    const c10::InferenceMode inference;
    const auto total = static_cast<std::int64_t>(table.count());
    const torch::Tensor rows = torch::from_blob(const_cast<float *>(table.vectors.data()),
                                                {total, static_cast<std::int64_t>(table.dimension)}, torch::kFloat);
    const torch::Tensor squares = rows.square().sum(1);
    const Columns columns = columnsOf(labels);
    std::vector<Triplet> found;
    for (std::int64_t first = 0; first < total; first += blockRows) {
        if (stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        mineBlock(table, rows, squares, columns, first, std::min(blockRows, total - first), found);
    }
    const auto kept = static_cast<std::size_t>(std::min<std::int64_t>(count, static_cast<std::int64_t>(found.size())));
    std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(kept), found.end(), isHarder);
    found.resize(kept);
    return found;
}

} // namespace flukeprint::learning
