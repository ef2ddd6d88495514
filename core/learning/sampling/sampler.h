#pragma once

#include "core/base/random.h"
#include "core/learning/sampling/batch_source.h"

#include <cstdint>
#include <vector>

namespace flukeprint::learning {

/// How many groups of `size` > 0 hold `count` >= 0 things.
[[nodiscard]] constexpr std::int64_t divideUp(std::int64_t count, std::int64_t size)
{
    return (count + size - 1) / size;
}

struct SamplerOptions
{
    std::int64_t individualsPerBatch = 32; ///< P
    std::int64_t photosPerIndividual = 2; ///< K
    std::int64_t negativesPerBatch = 0; ///< unidentified photos added to each batch
    /// With OtherIdentity each draw of an individual shows one of its two sides. Unidentified photos are nobody's on
    /// either side: they are mirrored by chance unless Never.
    Mirroring mirroring = Mirroring::OtherIdentity;
    std::uint64_t seed = 1;
};

/// P x K batches (Hermans et al., 2017): P individuals with K photos each, so that every anchor has a positive. An epoch gives each
/// individual ceil(photos / K) draws, so it shows about every photo once; who has fewer than K photos repeats them, and
/// augmentation tells the copies apart. All of an epoch follows from the seed and its number: the whole state of a sampler is
/// how far it got. Const functions are thread-safe.
class PkSampler : public BatchSource
{
public:
    /// `photos[i]`: chips of individual i, at least one each, two individuals at least. `unidentified` may be empty.
    PkSampler(std::vector<std::vector<std::int64_t>> photos, std::vector<std::int64_t> unidentified,
              const SamplerOptions &options);

    /// Twice the individuals with Mirroring::OtherIdentity.
    [[nodiscard]] std::int64_t classCount() const;
    /// Batches of one epoch, at least 1. Where the draws do not fill them evenly, further individuals fill them up.
    [[nodiscard]] std::int64_t batchesPerEpoch() const override;
    /// Individuals of one batch: P, or all of them where there are fewer.
    [[nodiscard]] std::int64_t individualsPerBatch() const { return m_individuals; }
    /// The batches of `epoch` (>= 0), identified items first, an individual's K items side by side. No individual stands twice in
    /// a batch.
    [[nodiscard]] std::vector<std::vector<BatchItem>> epoch(std::int64_t epoch) const override;

private:
    struct Draw
    {
        std::size_t individual = 0;
        std::size_t firstPhoto = 0; ///< in the epoch's order of its photos
    };
    [[nodiscard]] std::vector<std::vector<Draw>> spreadDraws(Random &random) const;
    void appendDraw(const Draw &draw, const std::vector<std::int64_t> &photos, Random &random,
                    std::vector<BatchItem> &batch) const;

    std::vector<std::vector<std::int64_t>> m_photos;
    std::vector<std::int64_t> m_unidentified;
    SamplerOptions m_options;
    std::int64_t m_individuals = 0;
    std::int64_t m_batchCount = 0;
};

} // namespace flukeprint::learning
