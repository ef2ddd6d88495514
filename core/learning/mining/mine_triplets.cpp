#include "core/learning/mining/mine_triplets.h"

#include "core/learning/mining/negative_search.h"
#include "core/learning/mining/sorted_rows.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <unordered_map>

namespace flukeprint::learning {

namespace {

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

Result<void> check(const chips::EmbeddingTable &table, std::span<const MiningLabel> labels,
                   const MiningOptions &options)
{
    const auto rows = static_cast<std::int64_t>(table.count());
    if (labels.size() != table.count())
        return Error(ErrorCode::InvalidArgument, {"labels", std::to_string(labels.size()), std::to_string(rows)});
    if (options.count < 1)
        return Error(ErrorCode::InvalidArgument, {"count", std::to_string(options.count), ">= 1"});
    if (options.sample < 1)
        return Error(ErrorCode::InvalidArgument, {"sample", std::to_string(options.sample), ">= 1"});
    for (const auto &[a, b] : options.rejectedPairs) {
        if (std::min(a, b) < 0 || std::max(a, b) >= rows)
            return Error(
                ErrorCode::InvalidArgument,
                {"rejected pair", std::to_string(a) + "," + std::to_string(b), "rows below " + std::to_string(rows)});
    }
    return {};
}

/// Triplets of the pairs that a curator told apart, hardest first.
std::vector<Triplet> ofRejectedPairs(const chips::EmbeddingTable &table, std::span<const MiningLabel> labels,
                                     const std::vector<std::int64_t> &positiveOfRow, const MiningOptions &options)
{
    std::vector<Triplet> triplets;
    std::set<std::pair<std::int64_t, std::int64_t>> seen;
    for (const auto &[a, b] : options.rejectedPairs) {
        const MiningLabel &first = labels[static_cast<std::size_t>(a)];
        const MiningLabel &second = labels[static_cast<std::size_t>(b)];
        const bool sameIndividual = first.individual >= 0 && first.individual == second.individual;
        if (a == b || sameIndividual || (first.group > 0 && first.group == second.group))
            continue;
        for (const auto &[anchor, negative] : {std::pair(a, b), std::pair(b, a)}) {
            const std::int64_t positive = positiveOfRow[static_cast<std::size_t>(anchor)];
            if (positive >= 0 && seen.insert({anchor, negative}).second)
                triplets.push_back({anchor, positive, negative, exactDistance(table, anchor, positive),
                                    exactDistance(table, anchor, negative)});
        }
    }
    std::sort(triplets.begin(), triplets.end(), isHarder);
    return triplets;
}

std::vector<Triplet> joined(std::vector<Triplet> rejected, std::vector<Triplet> mined, std::int64_t count)
{
    std::set<std::tuple<std::int64_t, std::int64_t, std::int64_t>> known;
    for (const Triplet &triplet : rejected)
        known.insert({triplet.anchor, triplet.positive, triplet.negative});
    std::erase_if(mined, [&known](const Triplet &t) { return known.contains({t.anchor, t.positive, t.negative}); });
    const auto wanted = static_cast<std::size_t>(count);
    rejected.resize(std::min(rejected.size(), wanted));
    const std::size_t kept = std::min(wanted - rejected.size(), mined.size());
    std::partial_sort(mined.begin(), mined.begin() + static_cast<std::ptrdiff_t>(kept), mined.end(), isHarder);
    rejected.insert(rejected.end(), mined.begin(), mined.begin() + static_cast<std::ptrdiff_t>(kept));
    return rejected;
}

} // namespace

std::optional<NegativeChoice> negativeChoiceNamed(std::string_view name)
{
    constexpr std::pair<std::string_view, NegativeChoice> names[]{{"hardest", NegativeChoice::HardestOfAll},
                                                                  {"sample", NegativeChoice::HardestOfSample},
                                                                  {"semi_hard", NegativeChoice::SemiHard},
                                                                  {"centroid", NegativeChoice::CentroidOfSample}};
    for (const auto &[known, choice] : names) {
        if (known == name)
            return choice;
    }
    return std::nullopt;
}

Result<std::vector<std::pair<std::int64_t, std::int64_t>>> nearestOfRejected(const chips::EmbeddingTable &table,
                                                                             std::span<const MiningLabel> labels,
                                                                             std::span<const Rejection> rejections)
{
    std::unordered_map<std::int32_t, std::vector<std::int64_t>> rowsOf;
    for (std::size_t row = 0; !rejections.empty() && row < labels.size(); ++row) {
        if (labels[row].individual >= 0)
            rowsOf[labels[row].individual].push_back(static_cast<std::int64_t>(row));
    }
    std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
    for (const Rejection &rejection : rejections) {
        if (rejection.row < 0 || rejection.row >= static_cast<std::int64_t>(std::min(table.count(), labels.size())))
            return Error(ErrorCode::InvalidArgument,
                         {"rejection", std::to_string(rejection.row), "rows below " + std::to_string(table.count())});
        const std::int64_t group = labels[static_cast<std::size_t>(rejection.row)].group;
        std::int64_t nearest = -1;
        float distance = 0;
        for (const std::int64_t row : rowsOf[rejection.individual]) {
            const float here = exactDistance(table, rejection.row, row);
            const bool apart = row != rejection.row && (group <= 0 || group != labels[static_cast<std::size_t>(row)].group);
            if (apart && (nearest < 0 || here < distance)) {
                nearest = row;
                distance = here;
            }
        }
        if (nearest >= 0)
            pairs.emplace_back(rejection.row, nearest);
    }
    return pairs;
}

Result<std::vector<Triplet>> mineTriplets(const chips::EmbeddingTable &table, std::span<const MiningLabel> labels,
                                          const MiningOptions &options, std::stop_token stop)
{
    if (Result<void> checked = check(table, labels, options); !checked)
        return checked.error();
    const c10::InferenceMode inference;
    const SortedRows rows(table, labels);
    const Result<std::vector<Positive>> positives = farthestPositives(rows, stop);
    if (!positives)
        return positives.error();
    const Result<std::vector<std::int64_t>> negatives = chooseNegatives(rows, *positives, options, stop);
    if (!negatives)
        return negatives.error();
    std::vector<Triplet> mined;
    std::vector<std::int64_t> positiveOfRow(table.count(), -1);
    for (std::int64_t i = 0; i < rows.anchors(); ++i) {
        const std::int64_t positive = (*positives)[static_cast<std::size_t>(i)].position;
        const std::int64_t negative = (*negatives)[static_cast<std::size_t>(i)];
        if (positive < 0)
            continue;
        const std::int64_t anchor = rows.rowAt(i);
        positiveOfRow[static_cast<std::size_t>(anchor)] = rows.rowAt(positive);
        if (negative >= 0)
            mined.push_back({anchor, rows.rowAt(positive), rows.rowAt(negative),
                             exactDistance(table, anchor, rows.rowAt(positive)),
                             exactDistance(table, anchor, rows.rowAt(negative))});
    }
    return joined(ofRejectedPairs(table, labels, positiveOfRow, options), std::move(mined), options.count);
}

Result<std::vector<Triplet>> mineHardestTriplets(const chips::EmbeddingTable &table,
                                                 std::span<const MiningLabel> labels, std::int64_t count,
                                                 std::stop_token stop)
{
    MiningOptions options;
    options.count = count;
    return mineTriplets(table, labels, options, std::move(stop));
}

} // namespace flukeprint::learning
