#include "core/learning/sampling/tuple_sampler.h"

#include <algorithm>
#include <string>

namespace flukeprint::learning {

namespace {

using Photos = std::vector<std::vector<std::int64_t>>;

constexpr std::int64_t neededIndividuals = 2;

std::vector<std::size_t> individualsWithPhotos(const Photos &photos)
{
    std::vector<std::size_t> individuals;
    for (std::size_t i = 0; i < photos.size(); ++i) {
        if (!photos[i].empty())
            individuals.push_back(i);
    }
    return individuals;
}

Result<void> check(const Photos &photos, std::int64_t size, std::int64_t batches)
{
    if (size < 1)
        return Error(ErrorCode::InvalidArgument, {"batch size", std::to_string(size), ">= 1"});
    if (batches < 0)
        return Error(ErrorCode::InvalidArgument, {"batches per epoch", std::to_string(batches), ">= 0"});
    const auto found = static_cast<std::int64_t>(individualsWithPhotos(photos).size());
    if (found < neededIndividuals)
        return Error(ErrorCode::TooFewIndividuals, {std::to_string(found), std::to_string(neededIndividuals)});
    return {};
}

/// Uniform in 0..count-1.
std::size_t drawn(std::size_t count, Random &random)
{
    return static_cast<std::size_t>(random.below(count));
}

/// Items in random order, again and again; a new order each time round.
template <typename T> class Dealer
{
public:
    Dealer(std::vector<T> items, Random &random)
        : m_items(std::move(items))
        , m_random(random)
    {
    }
    const T &next()
    {
        if (m_next == 0)
            m_random.shuffle(std::span(m_items));
        const T &item = m_items[m_next];
        m_next = (m_next + 1) % m_items.size();
        return item;
    }

private:
    std::vector<T> m_items;
    Random &m_random;
    std::size_t m_next = 0;
};

BatchItem mirroredBy(Mirroring mirroring, std::int64_t chip, std::int64_t individual, std::size_t individuals,
                     Random &random)
{
    const bool mirrored = mirroring != Mirroring::Never && random.below(2) == 1;
    const bool other = mirrored && mirroring == Mirroring::OtherIdentity;
    return {chip, individual + (other ? static_cast<std::int64_t>(individuals) : 0), mirrored};
}

} // namespace

Result<TupleSampler> TupleSampler::make(const Photos &photos, const TupleSamplerOptions &options)
{
    if (Result<void> checked = check(photos, options.tuplesPerBatch, options.batchesPerEpoch); !checked)
        return checked.error();
    TupleSampler sampler;
    sampler.m_options = options;
    sampler.m_photos = photos;
    for (std::size_t i = 0; i < photos.size(); ++i) {
        for (const std::int64_t chip : photos[i]) {
            sampler.m_all.push_back({chip, static_cast<std::int64_t>(i)});
            if (photos[i].size() > 1)
                sampler.m_withPartner.push_back(sampler.m_all.back());
        }
    }
    if (sampler.m_withPartner.empty())
        sampler.m_withPartner = sampler.m_all;
    const auto leaders =
        options.kind == TupleSamplerOptions::Kind::Pairs ? sampler.m_all.size() : sampler.m_withPartner.size();
    sampler.m_batchCount = options.batchesPerEpoch > 0
        ? options.batchesPerEpoch
        : divideUp(static_cast<std::int64_t>(leaders), options.tuplesPerBatch);
    return sampler;
}

std::int64_t TupleSampler::classCount() const
{
    return static_cast<std::int64_t>(m_photos.size()) * (m_options.mirroring == Mirroring::OtherIdentity ? 2 : 1);
}

BatchItem TupleSampler::shown(const Photo &photo, Random &random) const
{
    return mirroredBy(m_options.mirroring, photo.chip, photo.individual, m_photos.size(), random);
}

BatchItem TupleSampler::partner(const BatchItem &first, Random &random) const
{
    const auto individual = static_cast<std::size_t>(first.label) % m_photos.size();
    const std::vector<std::int64_t> &own = m_photos[individual];
    std::int64_t chip = first.chip;
    if (own.size() > 1) {
        const auto place = static_cast<std::size_t>(std::find(own.begin(), own.end(), first.chip) - own.begin());
        chip = own[(place + 1 + drawn(own.size() - 1, random)) % own.size()];
    }
    if (m_options.mirroring == Mirroring::OtherIdentity)
        return {chip, first.label, first.mirrored};
    return shown({chip, static_cast<std::int64_t>(individual)}, random);
}

BatchItem TupleSampler::stranger(const BatchItem &first, Random &random) const
{
    const auto individual = first.label % static_cast<std::int64_t>(m_photos.size());
    for (;;) {
        const Photo &photo = m_all[drawn(m_all.size(), random)];
        if (photo.individual != individual)
            return shown(photo, random);
    }
}

std::vector<std::vector<BatchItem>> TupleSampler::epoch(std::int64_t epoch) const
{
    Random random(m_options.seed, "tuples/" + std::to_string(epoch));
    Dealer<Photo> any(m_all, random);
    Dealer<Photo> paired(m_withPartner, random);
    const bool triplets = m_options.kind == TupleSamplerOptions::Kind::Triplets;
    const std::int64_t sameFirst = triplets ? m_options.tuplesPerBatch : divideUp(m_options.tuplesPerBatch, 2);
    std::vector<std::vector<BatchItem>> batches(static_cast<std::size_t>(m_batchCount));
    for (std::vector<BatchItem> &batch : batches) {
        for (std::int64_t i = 0; i < m_options.tuplesPerBatch; ++i) {
            const bool same = i < sameFirst;
            const BatchItem first = shown(same ? paired.next() : any.next(), random);
            batch.push_back(first);
            if (same)
                batch.push_back(partner(first, random));
            if (triplets || !same)
                batch.push_back(stranger(first, random));
        }
    }
    return batches;
}

Result<ClassBalancedSampler> ClassBalancedSampler::make(const Photos &photos, const ClassBalancedOptions &options)
{
    if (Result<void> checked = check(photos, options.batchSize, options.batchesPerEpoch); !checked)
        return checked.error();
    ClassBalancedSampler sampler;
    sampler.m_options = options;
    sampler.m_photos = photos;
    sampler.m_individuals = individualsWithPhotos(photos);
    std::int64_t count = 0;
    for (const std::vector<std::int64_t> &own : photos)
        count += static_cast<std::int64_t>(own.size());
    sampler.m_batchCount = options.batchesPerEpoch > 0 ? options.batchesPerEpoch : divideUp(count, options.batchSize);
    return sampler;
}

std::vector<std::vector<BatchItem>> ClassBalancedSampler::epoch(std::int64_t epoch) const
{
    Random random(m_options.seed, "balanced/" + std::to_string(epoch));
    Dealer<std::size_t> individuals(m_individuals, random);
    std::vector<Dealer<std::int64_t>> photos;
    for (const std::vector<std::int64_t> &own : m_photos)
        photos.emplace_back(own, random);
    std::vector<std::vector<BatchItem>> batches(static_cast<std::size_t>(m_batchCount));
    for (std::vector<BatchItem> &batch : batches) {
        for (std::int64_t i = 0; i < m_options.batchSize; ++i) {
            const std::size_t individual = individuals.next();
            const std::int64_t chip = photos[individual].next();
            batch.push_back(
                mirroredBy(m_options.mirroring, chip, static_cast<std::int64_t>(individual), m_photos.size(), random));
        }
    }
    return batches;
}

std::vector<std::array<std::int64_t, 3>> randomTripletsOf(std::span<const std::int64_t> labels, Random &random)
{
    std::vector<std::array<std::int64_t, 3>> triplets;
    std::vector<std::int64_t> partners, strangers;
    for (std::size_t anchor = 0; anchor < labels.size(); ++anchor) {
        if (labels[anchor] < 0)
            continue;
        partners.clear();
        strangers.clear();
        for (std::size_t row = 0; row < labels.size(); ++row) {
            if (labels[row] != labels[anchor])
                strangers.push_back(static_cast<std::int64_t>(row));
            else if (row != anchor)
                partners.push_back(static_cast<std::int64_t>(row));
        }
        if (!partners.empty() && !strangers.empty())
            triplets.push_back({static_cast<std::int64_t>(anchor), partners[drawn(partners.size(), random)],
                                strangers[drawn(strangers.size(), random)]});
    }
    return triplets;
}

} // namespace flukeprint::learning
