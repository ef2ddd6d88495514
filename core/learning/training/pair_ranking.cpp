#include "core/learning/training/pair_ranking.h"

#include "core/evaluation/retrieval_metrics.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
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

struct Score
{
    double votes = 0;
    float best = unreachable;

    [[nodiscard]] bool isBelow(const Score &other) const { return votes < other.votes || (votes == other.votes && best < other.best); }
};

/// The photos that have a say: row numbers, the most similar first.
std::vector<std::size_t> mostSimilar(std::span<const float> similarities, const std::vector<std::size_t> &eligible, std::size_t count)
{
    std::vector<std::size_t> rows = eligible;
    const auto kept = rows.begin() + static_cast<std::ptrdiff_t>(std::min(count, rows.size()));
    std::partial_sort(rows.begin(), kept, rows.end(), [&](std::size_t a, std::size_t b) { return similarities[a] > similarities[b]; });
    rows.erase(kept, rows.end());
    return rows;
}

/// Sums over the queries that could be scored.
class Tally
{
public:
    void add(std::size_t rank)
    {
        if (rank == 0)
            return;
        ++m_scored;
        m_first += rank == 1 ? 1 : 0;
        m_amongFive += rank <= 5 ? 1 : 0;
        m_reciprocal += evaluation::precisionAt5(rank);
    }
    void writeTo(std::map<std::string, double> &figures, const std::string &suffix) const
    {
        if (m_scored == 0)
            return;
        figures["map5_" + suffix] = m_reciprocal / m_scored;
        figures["top1_" + suffix] = m_first / m_scored;
        figures["top5_" + suffix] = m_amongFive / m_scored;
    }

private:
    double m_scored = 0;
    double m_reciprocal = 0;
    double m_first = 0;
    double m_amongFive = 0;
};

} // namespace

std::size_t rankByVote(const RunPhoto &query, std::span<const float> similarities, const std::vector<RunPhoto> &gallery, Vote vote,
                       std::size_t neighbours)
{
    std::vector<std::size_t> eligible;
    std::map<std::int64_t, Score> scores;
    for (std::size_t row = 0; row < gallery.size(); ++row) {
        if (!isEligible(query, gallery[row]))
            continue;
        eligible.push_back(row);
        Score &score = scores[gallery[row].label];
        score.best = std::max(score.best, similarities[row]);
        if (vote == Vote::Weighted)
            score.votes += std::exp(double{similarities[row]}); // the softmax's sum is the same for all
    }
    const auto own = scores.find(query.label);
    if (own == scores.end())
        return 0;
    if (vote == Vote::KNearest) {
        for (const std::size_t row : mostSimilar(similarities, eligible, neighbours))
            ++scores[gallery[row].label].votes;
    }
    const auto ahead = std::count_if(scores.begin(), scores.end(), [&own](const auto &other) {
        return other.first != own->first && !other.second.isBelow(own->second);
    });
    return 1 + static_cast<std::size_t>(ahead);
}

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
    Tally tally;
    for (std::size_t i = 0; i < queries.photos.size(); ++i) {
        if (!onQuery(i))
            return Error(ErrorCode::Cancelled);
        if (queries.photos[i].label < 0)
            continue;
        const torch::Tensor query = queries.rows[static_cast<std::int64_t>(i)];
        tally.add(rankByVote(queries.photos[i], logitsOf(head, query, gallery.rows), gallery.photos, Vote::Best));
    }
    std::map<std::string, double> figures;
    tally.writeTo(figures, std::string(pairFigureEnd.substr(1)));
    return figures;
}

std::map<std::string, double> voteFigures(const EmbeddedPhotos &queries, const EmbeddedPhotos &gallery, std::size_t neighbours)
{
    const torch::NoGradGuard noGradient;
    Tally nearest, weighted;
    for (std::size_t i = 0; i < queries.photos.size(); ++i) {
        if (queries.photos[i].label < 0)
            continue;
        const torch::Tensor cosines = gallery.rows.mv(queries.rows[static_cast<std::int64_t>(i)]).contiguous();
        const std::span<const float> similarities(cosines.data_ptr<float>(), gallery.photos.size());
        nearest.add(rankByVote(queries.photos[i], similarities, gallery.photos, Vote::KNearest, neighbours));
        weighted.add(rankByVote(queries.photos[i], similarities, gallery.photos, Vote::Weighted));
    }
    std::map<std::string, double> figures;
    nearest.writeTo(figures, "k_nearest");
    weighted.writeTo(figures, "similarity");
    return figures;
}

} // namespace flukeprint::learning
