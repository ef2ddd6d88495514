#include "core/matching/slots.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>

namespace flukeprint::matching {

namespace {

bool isEligible(const IdentifyQuery &query, const GalleryEntry &entry)
{
    const bool isItself = query.annotation.isValid() && query.annotation == entry.annotation;
    const bool sharesGroup = query.group > 0 && query.group == entry.group;
    return !isItself && !sharesGroup;
}

float distanceOf(float cosine)
{
    return std::sqrt(std::max(0.0F, 2.0F - 2.0F * cosine));
}

struct RankedSlot
{
    float distance;
    IndividualId individual;
    std::uint32_t slot;

    friend bool operator<(const RankedSlot &a, const RankedSlot &b)
    {
        return std::tie(a.distance, a.individual) < std::tie(b.distance, b.individual);
    }
};

/// From the query to the mean of a slot's eligible photos. `leftOut`: the rows of the slot that are not.
float distanceToMean(const GalleryState &state, std::uint32_t slot, double cosineSum, std::span<const std::uint32_t> leftOut)
{
    const double *sum = state.sumOfSlot.data() + slot * state.dimension;
    double squaredNorm = 0;
    for (std::size_t k = 0; k < state.dimension; ++k) {
        double value = sum[k];
        for (const std::uint32_t row : leftOut)
            value -= double{state.row(row)[k]};
        squaredNorm += value * value;
    }
    const auto count = static_cast<double>(state.photosInSlot[slot] - leftOut.size());
    return static_cast<float>(std::sqrt(std::max(0.0, 1 - 2 * cosineSum / count + squaredNorm / (count * count))));
}

/// Distance of each slot that has an eligible photo, by the gallery's rule.
std::vector<RankedSlot> rankedSlots(const GalleryState &state, const BestOfSlots &best)
{
    std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> leftOut;
    for (const std::uint32_t row : best.leftOut)
        leftOut[state.slotOfRow[row]].push_back(row);
    std::vector<RankedSlot> ranked;
    ranked.reserve(state.individuals);
    for (std::uint32_t slot = 0; slot < best.row.size(); ++slot) {
        if (best.row[slot] == noRow)
            continue;
        float distance = distanceOf(best.cosine[slot]);
        if (state.ranksMeans) {
            const auto rows = leftOut.find(slot);
            distance = distanceToMean(state, slot, best.cosineSum[slot],
                                      rows == leftOut.end() ? std::span<const std::uint32_t>() : rows->second);
        }
        ranked.push_back({distance, state.individualOfSlot[slot], slot});
    }
    return ranked;
}

/// Is the row eligible? What means need is noted either way.
bool take(const GalleryState &state, const IdentifyQuery &query, std::size_t row, float cosine, BestOfSlots &best)
{
    const bool eligible = isEligible(query, state.entries[row]);
    if (state.ranksMeans && eligible)
        best.cosineSum[state.slotOfRow[row]] += double{cosine};
    else if (state.ranksMeans)
        best.leftOut.push_back(static_cast<std::uint32_t>(row));
    return eligible;
}

} // namespace

void takeBest(const GalleryState &state, const IdentifyQuery &query, std::span<const float> cosines,
              std::size_t firstRow, BestOfSlots &best)
{
    if (state.ranksMeans)
        best.cosineSum.resize(best.row.size(), 0.0);
    for (std::size_t i = 0; i < cosines.size(); ++i) {
        const std::size_t row = firstRow + i;
        const std::uint32_t slot = state.slotOfRow[row];
        const bool mayBeBest = cosines[i] >= best.cosine[slot];
        if ((!mayBeBest && !state.ranksMeans) || !take(state, query, row, cosines[i], best) || !mayBeBest)
            continue;
        // Rows move when others are removed; among equals the photo must not depend on that.
        const bool isTie = cosines[i] == best.cosine[slot];
        if (isTie && state.entries[best.row[slot]].annotation < state.entries[row].annotation)
            continue;
        best.cosine[slot] = cosines[i];
        best.row[slot] = static_cast<std::uint32_t>(row);
    }
}

Identification identificationFrom(const GalleryState &state, const BestOfSlots &best,
                                  const evaluation::ScoreCalibration &calibration, const IdentifyOptions &options)
{
    std::vector<RankedSlot> ranked = rankedSlots(state, best);
    Identification answer;
    answer.individualsRanked = ranked.size();
    const std::size_t wanted = std::max(options.top, calibration.isCalibrated() ? calibration.wantedDistances() : 0);
    const std::size_t kept = std::min(wanted, ranked.size());
    std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(kept), ranked.end());

    std::vector<float> distances(kept);
    std::transform(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(kept), distances.begin(),
                   [](const RankedSlot &slot) { return slot.distance; });
    std::optional<evaluation::CalibratedAnswer> probabilities;
    if (kept > 0)
        probabilities = calibration.apply(distances, ranked.size(), options.newPrior);
    answer.calibrated = probabilities.has_value();
    if (probabilities)
        answer.newProbability = probabilities->newIndividual;
    for (std::size_t i = 0; i < std::min(options.top, kept); ++i) {
        const std::uint32_t slot = ranked[i].slot;
        Candidate candidate{ranked[i].individual,
                            ranked[i].distance,
                            {},
                            state.entries[best.row[slot]].annotation,
                            state.photosInSlot[slot]};
        if (probabilities)
            candidate.probability = probabilities->candidates[i];
        answer.candidates.push_back(candidate);
    }
    return answer;
}

} // namespace flukeprint::matching
