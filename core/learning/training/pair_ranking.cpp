#include "core/learning/training/pair_ranking.h"

#include <torch/torch.h>

#include <algorithm>
#include <limits>

namespace flukeprint::learning {

namespace {

constexpr std::string_view headPrefix = "pair_head.";
constexpr float unreachable = -std::numeric_limits<float>::infinity();

bool isEligible(const RunPhoto &query, const RunPhoto &photo)
{
    const bool sharesGroup = query.item.group > 0 && query.item.group == photo.item.group;
    return query.item.annotation != photo.item.annotation && !sharesGroup;
}

/// Logits of one embedding against all of the gallery.
std::vector<float> logitsOf(PairHead &head, const torch::Tensor &query, const torch::Tensor &gallery)
{
    constexpr std::int64_t rowsAtATime = 512; // the comparisons of a row are 32 times as long as the row
    std::vector<float> logits;
    for (const torch::Tensor &part : gallery.split(rowsAtATime)) {
        const torch::Tensor answer = head->forward(query.expand_as(part), part).contiguous();
        logits.insert(logits.end(), answer.data_ptr<float>(), answer.data_ptr<float>() + answer.numel());
    }
    return logits;
}

/// 0: its individual has no eligible photo. A tie counts against us.
std::size_t rankOf(const RunPhoto &query, const std::vector<float> &logits, const std::vector<RunPhoto> &gallery)
{
    std::map<std::int64_t, float> best;
    for (std::size_t i = 0; i < gallery.size(); ++i) {
        if (!isEligible(query, gallery[i]))
            continue;
        float &own = best.try_emplace(gallery[i].label, unreachable).first->second;
        own = std::max(own, logits[i]);
    }
    const auto own = best.find(query.label);
    if (own == best.end())
        return 0;
    const auto ahead = std::count_if(best.begin(), best.end(), [&own](const auto &other) {
        return other.first != own->first && other.second >= own->second;
    });
    return 1 + static_cast<std::size_t>(ahead);
}

} // namespace

std::optional<PairHead> pairHeadOf(const NamedTensors &tensors, std::int64_t dimension)
{
    const torch::NoGradGuard noGradient;
    PairHead head(dimension);
    for (const auto &parameter : head->named_parameters()) {
        const auto found = tensors.find(std::string(headPrefix) + parameter.key());
        if (found == tensors.end() || found->second.sizes() != parameter.value().sizes())
            return std::nullopt;
        parameter.value().copy_(found->second);
    }
    return head;
}

Result<std::map<std::string, double>> pairFigures(PairHead &head, const EmbeddedPhotos &queries, const EmbeddedPhotos &gallery,
                                                  const std::function<bool(std::size_t done)> &onQuery)
{
    const torch::NoGradGuard noGradient;
    double scored = 0, reciprocal = 0, first = 0, amongFive = 0;
    for (std::size_t i = 0; i < queries.photos.size(); ++i) {
        if (!onQuery(i))
            return Error(ErrorCode::Cancelled);
        if (queries.photos[i].label < 0)
            continue;
        const torch::Tensor query = queries.rows[static_cast<std::int64_t>(i)];
        const std::size_t rank = rankOf(queries.photos[i], logitsOf(head, query, gallery.rows), gallery.photos);
        if (rank == 0)
            continue;
        ++scored;
        first += rank == 1 ? 1 : 0;
        amongFive += rank <= 5 ? 1 : 0;
        reciprocal += rank <= 5 ? 1.0 / static_cast<double>(rank) : 0;
    }
    if (scored == 0)
        return std::map<std::string, double>();
    return std::map<std::string, double>{
        {"map5_pairs", reciprocal / scored}, {"top1_pairs", first / scored}, {"top5_pairs", amongFive / scored}};
}

} // namespace flukeprint::learning
