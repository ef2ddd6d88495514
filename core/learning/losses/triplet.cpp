#include "core/learning/losses/triplet.h"

#include "core/learning/networks/upload.h"

#include <torch/torch.h>

#include <limits>
#include <tuple>

namespace flukeprint::learning {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A batch seen pair by pair, [N, N].
struct Pairs
{
    torch::Tensor distances;
    torch::Tensor positives; ///< bool: row is an anchor, column one of its positives
    torch::Tensor negatives;
    torch::Tensor anchors; ///< [A], rows; as all of them on the distances' device
    torch::Tensor cells; ///< [Q] of the positives, counted row by row
};

Pairs pairsOf(const torch::Tensor &embeddings, const torch::Tensor &labels, Distance distance)
{
    const torch::Tensor same = labels.unsqueeze(1) == labels.unsqueeze(0);
    const torch::Tensor identified = (labels >= 0).unsqueeze(1);
    const torch::Tensor self = torch::eye(labels.size(0), same.options());
    // Who lacks either is no anchor at all.
    const torch::Tensor isPositive = same & identified & ~self;
    const torch::Tensor isNegative = ~same & identified;
    const torch::Tensor isAnchor = isPositive.any(1) & isNegative.any(1);
    const torch::Tensor positives = isPositive & isAnchor.unsqueeze(1);
    const torch::Device device = embeddings.device();
    return {pairwiseDistances(embeddings, embeddings, distance), uploaded(positives, device),
            uploaded(isNegative & isAnchor.unsqueeze(1), device), uploaded(isAnchor.nonzero().squeeze(1), device),
            uploaded(positives.flatten().nonzero().squeeze(1), device)};
}

TripletResult nothing(const torch::Tensor &embeddings)
{
    const torch::Tensor none = torch::zeros({0}, embeddings.options());
    return {embeddings.sum() * 0, none, none, torch::zeros({}, embeddings.options())};
}

struct Hardest
{
    torch::Tensor farthest; ///< [A]
    torch::Tensor nearest;
};

Hardest hardestOf(const Pairs &pairs)
{
    return {std::get<0>(pairs.distances.masked_fill(~pairs.positives, -infinity).index_select(0, pairs.anchors).max(1)),
            std::get<0>(pairs.distances.masked_fill(~pairs.negatives, infinity).index_select(0, pairs.anchors).min(1))};
}

/// Every pair (anchor, positive), with what its anchor sees.
struct PositivePairs
{
    torch::Tensor own; ///< [Q] distance of the pair
    torch::Tensor others; ///< [Q, N] distances of the anchor to all rows
    torch::Tensor negatives; ///< bool [Q, N]
};

PositivePairs positivePairsOf(const Pairs &pairs)
{
    const torch::Tensor anchors = torch::floor_divide(pairs.cells, pairs.positives.size(1));
    return {pairs.distances.flatten().index_select(0, pairs.cells), pairs.distances.index_select(0, anchors),
            pairs.negatives.index_select(0, anchors)};
}

TripletResult summarised(const torch::Tensor &loss, const Hardest &hardest, const torch::Tensor &activeShare)
{
    return {loss, hardest.farthest.detach(), hardest.nearest.detach(), activeShare.detach()};
}

} // namespace

torch::Tensor TripletForm::cost(const torch::Tensor &gaps) const
{
    switch (kind) {
    case Kind::Hinge:
        return torch::relu(gaps + margin);
    case Kind::CappedHinge:
        return torch::relu(gaps + margin).clamp_max(cap);
    case Kind::SoftMargin:
        break;
    }
    return torch::softplus(gaps * sharpness) / sharpness;
}

torch::Tensor TripletForm::isActive(const torch::Tensor &gaps) const
{
    return kind == Kind::SoftMargin ? gaps >= 0 : gaps > -margin;
}

TripletResult tripletLoss(const torch::Tensor &anchors, const torch::Tensor &positives, const torch::Tensor &negatives,
                          const TripletOptions &options)
{
    if (anchors.size(0) == 0)
        return nothing(anchors);
    const Hardest rows{rowDistances(anchors, positives, options.distance),
                       rowDistances(anchors, negatives, options.distance)};
    const torch::Tensor gaps = rows.farthest - rows.nearest;
    return summarised(options.form.cost(gaps).mean(), rows, options.form.isActive(gaps).to(gaps.scalar_type()).mean());
}

TripletResult batchHardTriplet(const torch::Tensor &embeddings, const torch::Tensor &labels,
                               const TripletOptions &options)
{
    const Hardest hardest = hardestOf(pairsOf(embeddings, labels, options.distance));
    if (hardest.farthest.numel() == 0)
        return nothing(embeddings);
    const torch::Tensor gaps = hardest.farthest - hardest.nearest;
    return summarised(options.form.cost(gaps).mean(), hardest,
                      options.form.isActive(gaps).to(gaps.scalar_type()).mean());
}

TripletResult batchAllTriplet(const torch::Tensor &embeddings, const torch::Tensor &labels,
                              const TripletOptions &options)
{
    const Pairs pairs = pairsOf(embeddings, labels, options.distance);
    const PositivePairs positive = positivePairsOf(pairs);
    if (positive.own.numel() == 0)
        return nothing(embeddings);
    const torch::Tensor gaps = positive.own.unsqueeze(1) - positive.others;
    const torch::Tensor cost = options.form.cost(gaps) * positive.negatives;
    const torch::Tensor active = options.form.isActive(gaps) & positive.negatives;
    const torch::Tensor loss = cost.sum() / (cost > 0).sum().clamp_min(1);
    return summarised(loss, hardestOf(pairs), active.sum().to(cost.scalar_type()) / positive.negatives.sum());
}

TripletResult semiHardTriplet(const torch::Tensor &embeddings, const torch::Tensor &labels,
                              const TripletOptions &options)
{
    const Pairs pairs = pairsOf(embeddings, labels, options.distance);
    const PositivePairs positive = positivePairsOf(pairs);
    if (positive.own.numel() == 0)
        return nothing(embeddings);
    const torch::Tensor beyond = positive.negatives & (positive.others > positive.own.unsqueeze(1));
    const torch::Tensor nearestBeyond = std::get<0>(positive.others.masked_fill(~beyond, infinity).min(1));
    const torch::Tensor farthest = std::get<0>(positive.others.masked_fill(~positive.negatives, -infinity).max(1));
    const torch::Tensor gaps = positive.own - torch::where(beyond.any(1), nearestBeyond, farthest);
    return summarised(options.form.cost(gaps).mean(), hardestOf(pairs),
                      options.form.isActive(gaps).to(gaps.scalar_type()).mean());
}

TripletResult supervisedContrastive(const torch::Tensor &embeddings, const torch::Tensor &labels, double temperature)
{
    const Pairs pairs = pairsOf(embeddings, labels, Distance::Cosine);
    const Hardest hardest = hardestOf(pairs);
    if (hardest.farthest.numel() == 0)
        return nothing(embeddings);
    const torch::Tensor self = torch::eye(embeddings.size(0), torch::TensorOptions(torch::kBool).device(embeddings.device()));
    const torch::Tensor logits = (-pairs.distances / temperature).masked_fill(self, -infinity).index_select(0, pairs.anchors);
    const torch::Tensor positives = pairs.positives.index_select(0, pairs.anchors);
    const torch::Tensor ofPositives = torch::log_softmax(logits, 1).masked_fill(~positives, 0).sum(1) / positives.sum(1);
    const torch::Tensor gaps = hardest.farthest - hardest.nearest;
    return summarised(-ofPositives.mean(), hardest, (gaps >= 0).to(gaps.scalar_type()).mean());
}

} // namespace flukeprint::learning
