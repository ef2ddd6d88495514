#include "core/learning/sampling/sampler.h"

#include <algorithm>
#include <cassert>
#include <deque>
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
    for (const std::vector<std::int64_t> &chips : m_photos) {
        assert(!chips.empty());
        const auto count = static_cast<std::int64_t>(chips.size());
        m_drawCount += (count + options.photosPerIndividual - 1) / options.photosPerIndividual;
    }
}

std::int64_t PkSampler::classCount() const
{
    return static_cast<std::int64_t>(m_photos.size()) * (m_options.mirrorIdentity ? 2 : 1);
}

std::int64_t PkSampler::batchesPerEpoch() const { return (m_drawCount + m_individuals - 1) / m_individuals; }

std::vector<PkSampler::Draw> PkSampler::shuffledDraws(Random &random) const
{
    std::vector<Draw> draws;
    draws.reserve(static_cast<std::size_t>(m_drawCount));
    const auto step = static_cast<std::size_t>(m_options.photosPerIndividual);
    for (std::size_t individual = 0; individual < m_photos.size(); ++individual) {
        for (std::size_t first = 0; first < m_photos[individual].size(); first += step)
            draws.push_back({individual, first});
    }
    random.shuffle(std::span(draws));
    return draws;
}

std::vector<std::vector<PkSampler::Draw>> PkSampler::spread(std::vector<Draw> draws) const
{
    const std::vector<Draw> spare = draws;
    std::deque<Draw> waiting(draws.begin(), draws.end());
    std::vector<std::vector<Draw>> batches(static_cast<std::size_t>(batchesPerEpoch()));
    std::vector<std::size_t> lastBatch(m_photos.size(), 0); // 1 + the batch that an individual stands in
    std::size_t number = 0;
    for (std::vector<Draw> &batch : batches) {
        ++number;
        const auto wanted = static_cast<std::size_t>(m_individuals);
        const auto take = [&](const Draw &draw) {
            const bool free = batch.size() < wanted && std::exchange(lastBatch[draw.individual], number) != number;
            if (free)
                batch.push_back(draw);
            return free;
        };
        std::deque<Draw> deferred;
        while (batch.size() < wanted && !waiting.empty()) {
            if (!take(waiting.front()))
                deferred.push_back(waiting.front());
            waiting.pop_front();
        }
        waiting.insert(waiting.begin(), deferred.begin(), deferred.end());
        for (std::size_t i = 0; i < spare.size() && batch.size() < wanted; ++i)
            take(spare[i]);
    }
    return batches;
}

void PkSampler::appendDraw(const Draw &draw, const std::vector<std::int64_t> &photos, Random &random,
                           std::vector<BatchItem> &batch) const
{
    const auto individual = static_cast<std::int64_t>(draw.individual);
    const auto count = static_cast<std::int64_t>(m_photos.size());
    const bool mirroredDraw = random.below(2) == 1;
    for (std::int64_t k = 0; k < m_options.photosPerIndividual; ++k) {
        const std::size_t position = (draw.firstPhoto + static_cast<std::size_t>(k)) % photos.size();
        const bool mirrored = m_options.mirrorIdentity ? mirroredDraw : random.below(2) == 1;
        const std::int64_t label = m_options.mirrorIdentity && mirrored ? individual + count : individual;
        batch.push_back({photos[position], label, mirrored});
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
    for (const std::vector<Draw> &draws : spread(shuffledDraws(random))) {
        std::vector<BatchItem> &batch = batches.emplace_back();
        for (const Draw &draw : draws)
            appendDraw(draw, photos[draw.individual], random, batch);
        for (std::int64_t i = 0; i < m_options.negativesPerBatch && !unidentified.empty(); ++i) {
            batch.push_back({unidentified[nextUnidentified], -1, random.below(2) == 1});
            nextUnidentified = (nextUnidentified + 1) % unidentified.size();
        }
    }
    return batches;
}

} // namespace flukeprint::learning
