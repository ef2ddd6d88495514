#include "core/learning/training/probe.h"

#include "core/base/random.h"
#include "core/evaluation/cluster_statistics.h"
#include "core/learning/embedding/embedder.h"
#include "core/learning/training/out_of_memory.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace flukeprint::learning {

namespace {

constexpr std::size_t mostOfAnIndividual = 4;
constexpr std::size_t photosAtATime = 32;
constexpr double costShare = 0.02;
constexpr double forwardShare = 1.0 / 3; ///< of a training step's work
constexpr std::int64_t fewestStepsBetween = 10; ///< as the other points of the curves

std::vector<RunPhoto> drawSample(const RunData &data, std::int64_t wanted, std::uint64_t seed)
{
    std::map<std::int32_t, std::vector<const RunPhoto *>> photosOf;
    for (const std::vector<RunPhoto> *photos : {&data.validation(), &data.train()}) {
        for (const RunPhoto &photo : *photos)
            photosOf[photo.item.individual].push_back(&photo);
    }
    std::vector<std::vector<const RunPhoto *>> individuals;
    for (auto &[individual, photos] : photosOf)
        individuals.push_back(std::move(photos));
    Random(seed, "probe").shuffle(std::span(individuals));
    // One photo alone says nothing about its individual's cluster.
    std::stable_partition(individuals.begin(), individuals.end(), [](const auto &photos) { return photos.size() > 1; });
    std::vector<RunPhoto> sample;
    for (const auto &photos : individuals) {
        const std::size_t room = static_cast<std::size_t>(wanted) - sample.size();
        const std::size_t taken = std::min({photos.size(), mostOfAnIndividual, room});
        for (std::size_t i = 0; i < taken; ++i)
            sample.push_back(*photos[i]);
    }
    return sample;
}

void keepFinite(Probe::Figures &figures, const std::string &name, double value)
{
    if (std::isfinite(value))
        figures[name] = value;
}

} // namespace

Probe::Probe(const RunData &data, const ModelInfo &info, torch::Device device, std::int64_t photos, std::uint64_t seed)
    : m_normalisation(info.normalisation)
    , m_device(device)
{
    m_photos = drawSample(data, photos, seed);
    for (const RunPhoto &photo : m_photos)
        m_labels.push_back({photo.item.annotation.value, photo.item.individual, photo.item.group});
    if (!m_photos.empty())
        m_chips = data.interleavedChips(m_photos).to(device);
}

std::int64_t Probe::timesAnEpoch(std::int64_t steps, std::int64_t batchPhotos) const
{
    if (m_labels.empty())
        return 0;
    const double photosAnEpoch = static_cast<double>(steps * batchPhotos);
    const double affordable = costShare * photosAnEpoch / (forwardShare * static_cast<double>(m_labels.size()));
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(affordable), 1, std::max<std::int64_t>(1, steps / fewestStepsBetween));
}

bool Probe::isDue(std::int64_t position, std::int64_t steps, std::int64_t times)
{
    return position * times / steps > (position - 1) * times / steps;
}

torch::Tensor Probe::embeddings(EmbeddingNetwork &network) const
{
    if (m_features)
        return m_features->embed(network, m_photos, TestTime::Plain);
    std::vector<torch::Tensor> parts;
    std::size_t atATime = photosAtATime;
    const bool fits = fitsInHalves(atATime, [&] {
        parts.clear();
        for (const torch::Tensor &chips : m_chips.split(static_cast<std::int64_t>(atATime))) {
            if (beforeEmbedding)
                beforeEmbedding(chips.size(0));
            parts.push_back(network->embed(prepareChips(chips, m_normalisation)).to(torch::kCPU));
        }
    });
    return fits ? torch::cat(parts) : torch::Tensor();
}

std::optional<Probe::Measured> Probe::measure(EmbeddingNetwork &network) const
{
    const torch::NoGradGuard noGradient;
    torch::Tensor rows = embeddings(network);
    if (!rows.defined())
        return std::nullopt;
    rows = rows.contiguous();
    const evaluation::PhotoSet set{std::span(rows.data_ptr<float>(), static_cast<std::size_t>(rows.numel())),
                                   static_cast<std::size_t>(rows.size(1)), m_labels};
    const auto health = evaluation::embeddingHealth(set);
    const auto clusters = evaluation::clusterStatistics(set, 1);
    if (!health || !clusters)
        return std::nullopt;
    Measured measured{{}, *health};
    keepFinite(measured.figures, "probe_radius", clusters->radius);
    keepFinite(measured.figures, "probe_separation", clusters->separation);
    keepFinite(measured.figures, "probe_hardest_positive", health->hardestPositive);
    keepFinite(measured.figures, "probe_hardest_negative", health->hardestNegative);
    keepFinite(measured.figures, "probe_active_triplets", health->activeTriplets);
    keepFinite(measured.figures, "alignment", health->alignment);
    keepFinite(measured.figures, "uniformity", health->uniformity);
    keepFinite(measured.figures, "spread", health->spread);
    keepFinite(measured.figures, "effective_rank", health->effectiveRank);
    keepFinite(measured.figures, "top_variance_share", health->topShare);
    return measured;
}

} // namespace flukeprint::learning
