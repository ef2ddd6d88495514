#include "core/learning/sampling/sampler.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <string>
#include <utility>

namespace flukeprint::learning {

PkSampler::PkSampler(std::vector<std::vector<std::int64_t>> photos, std::vector<std::int64_t> unidentified,
                     const SamplerOptions &options)
    : m_photos(std::move(photos))
    , m_unidentified(std::move(unidentified))
    , m_options(options)
    , m_individuals(std::min(options.individualsPerBatch, static_cast<std::int64_t>(m_photos.size())))
{
    assert(m_photos.size() >= 2 && options.photosPerIndividual >= 1 && options.individualsPerBatch >= 1);
    std::int64_t draws = 0;
    for (const std::vector<std::int64_t> &chips : m_photos) {
        assert(!chips.empty());
        const std::int64_t own = divideUp(static_cast<std::int64_t>(chips.size()), options.photosPerIndividual);
        draws += own;
        m_batchCount = std::max(m_batchCount, own);
    }
    m_batchCount = std::max(m_batchCount, divideUp(draws, m_individuals));
}

std::int64_t PkSampler::classCount() const
{
    return static_cast<std::int64_t>(m_photos.size()) * (m_options.mirroring == Mirroring::OtherIdentity ? 2 : 1);
}

std::int64_t PkSampler::batchesPerEpoch() const { return m_batchCount; }

std::vector<std::vector<PkSampler::Draw>> PkSampler::spreadDraws(Random &random) const
{
    std::vector<std::size_t> individuals(m_photos.size());
    std::iota(individuals.begin(), individuals.end(), std::size_t{0});
    random.shuffle(std::span(individuals));
    std::vector<std::vector<Draw>> batches(static_cast<std::size_t>(m_batchCount));
    const auto step = static_cast<std::size_t>(m_options.photosPerIndividual);
    std::size_t next = 0;
    // Dealt out like cards: nobody has more draws than there are batches, so nobody gets two places in one.
    for (const std::size_t individual : individuals) {
        for (std::size_t first = 0; first < m_photos[individual].size(); first += step)
            batches[next++ % batches.size()].push_back({individual, first});
    }
    const auto wanted = static_cast<std::size_t>(m_individuals);
    for (std::vector<Draw> &batch : batches) {
        while (batch.size() < wanted) {
            const std::size_t other = random.below(m_photos.size());
            const bool taken = std::any_of(batch.begin(), batch.end(), [other](const Draw &draw) { return draw.individual == other; });
            if (!taken)
                batch.push_back({other, 0});
        }
    }
    random.shuffle(std::span(batches));
    return batches;
}

void PkSampler::appendDraw(const Draw &draw, const std::vector<std::int64_t> &photos, Random &random,
                           std::vector<BatchItem> &batch) const
{
    const auto individual = static_cast<std::int64_t>(draw.individual);
    const auto count = static_cast<std::int64_t>(m_photos.size());
    const bool otherIdentity = m_options.mirroring == Mirroring::OtherIdentity;
    const bool mirroredDraw = otherIdentity && random.below(2) == 1;
    for (std::int64_t k = 0; k < m_options.photosPerIndividual; ++k) {
        const std::size_t position = (draw.firstPhoto + static_cast<std::size_t>(k)) % photos.size();
        const bool mirrored = m_options.mirroring == Mirroring::ByChance ? random.below(2) == 1 : mirroredDraw;
        batch.push_back({photos[position], otherIdentity && mirrored ? individual + count : individual, mirrored});
    }
}

std::vector<std::vector<BatchItem>> PkSampler::epoch(std::int64_t epoch) const
{
    Random random(m_options.seed, "sampler/" + std::to_string(epoch));
    std::vector<std::vector<std::int64_t>> photos = m_photos;
    for (std::vector<std::int64_t> &chips : photos)
        random.shuffle(std::span(chips));
    std::vector<std::int64_t> unidentified = m_unidentified;
    random.shuffle(std::span(unidentified));

    std::vector<std::vector<BatchItem>> batches;
    std::size_t nextUnidentified = 0;
    for (const std::vector<Draw> &draws : spreadDraws(random)) {
        std::vector<BatchItem> &batch = batches.emplace_back();
        for (const Draw &draw : draws)
            appendDraw(draw, photos[draw.individual], random, batch);
        for (std::int64_t i = 0; i < m_options.negativesPerBatch && !unidentified.empty(); ++i) {
            const bool mirrored = m_options.mirroring != Mirroring::Never && random.below(2) == 1;
            batch.push_back({unidentified[nextUnidentified], -1, mirrored});
            nextUnidentified = (nextUnidentified + 1) % unidentified.size();
        }
    }
    return batches;
}

} // namespace flukeprint::learning
