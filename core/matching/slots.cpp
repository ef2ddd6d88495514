#include "core/matching/slots.h"

#include <algorithm>
#include <cmath>
#include <tuple>

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

} // namespace

void takeBest(const GalleryState &state, const IdentifyQuery &query, std::span<const float> cosines,
              std::size_t firstRow, BestOfSlots &best)
{
    for (std::size_t i = 0; i < cosines.size(); ++i) {
        const std::size_t row = firstRow + i;
        const std::uint32_t slot = state.slotOfRow[row];
        if (cosines[i] < best.cosine[slot] || !isEligible(query, state.entries[row]))
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
    std::vector<RankedSlot> ranked;
    ranked.reserve(state.individuals);
    for (std::uint32_t slot = 0; slot < best.row.size(); ++slot) {
        if (best.row[slot] != noRow)
            ranked.push_back({distanceOf(best.cosine[slot]), state.individualOfSlot[slot], slot});
    }
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
