#pragma once

#include "core/base/result.h"
#include "core/learning/sampling/sampler.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace flukeprint::learning {

struct TupleSamplerOptions
{
    enum class Kind {
        Pairs, ///< two photos: the first half of a batch of one individual, the second of two; an odd one more of the
               ///< first
        Triplets, ///< anchor, positive, negative
    };

    Kind kind = Kind::Triplets;
    std::int64_t tuplesPerBatch = 20;
    std::int64_t batchesPerEpoch = 0; ///< 0: enough that every photo leads a tuple about once
    Mirroring mirroring = Mirroring::Never;
    std::uint64_t seed = 1;
};

/// Random pairs or triplets. A batch lists its tuples one behind the other: items 2 i and 2 i + 1, or 3 i to 3 i + 2.
/// The first photo of each tuple is dealt from all photos in random order, the others are drawn. Photos of the same
/// individual differ where it has several; only without any such individual a photo is its own partner, and
/// augmentation tells the copies apart. All of an epoch follows from the seed and its number. Const functions are
/// thread-safe.
class TupleSampler : public BatchSource
{
public:
    /// `photos[i]`: chips of individual i; individuals without photos are never drawn, but keep their label.
    /// Errors: TooFewIndividuals {found, 2}; InvalidArgument (tuplesPerBatch < 1, batchesPerEpoch < 0).
    static Result<TupleSampler> make(const std::vector<std::vector<std::int64_t>> &photos,
                                     const TupleSamplerOptions &options);

    [[nodiscard]] std::int64_t classCount() const;
    [[nodiscard]] std::int64_t batchesPerEpoch() const override { return m_batchCount; }
    [[nodiscard]] std::vector<std::vector<BatchItem>> epoch(std::int64_t epoch) const override;

private:
    struct Photo
    {
        std::int64_t chip = 0;
        std::int64_t individual = 0;
    };

    TupleSampler() = default;
    [[nodiscard]] BatchItem partner(const BatchItem &first, Random &random) const;
    [[nodiscard]] BatchItem stranger(const BatchItem &first, Random &random) const;
    [[nodiscard]] BatchItem shown(const Photo &photo, Random &random) const;

    TupleSamplerOptions m_options;
    std::vector<std::vector<std::int64_t>> m_photos;
    std::vector<Photo> m_all;
    std::vector<Photo> m_withPartner; ///< those that can lead a tuple with a second photo of their individual
    std::int64_t m_batchCount = 0;
};

struct ClassBalancedOptions
{
    std::int64_t batchSize = 64;
    std::int64_t batchesPerEpoch = 0; ///< 0: as many photos as there are
    Mirroring mirroring = Mirroring::Never;
    std::uint64_t seed = 1;
};

/// Batches in which every individual is as frequent as any other, however many photos it has: individuals take turns in
/// random order, and so do the photos of each. All of an epoch follows from the seed and its number. Const functions
/// are thread-safe.
class ClassBalancedSampler : public BatchSource
{
public:
    /// As TupleSampler::make.
    static Result<ClassBalancedSampler> make(const std::vector<std::vector<std::int64_t>> &photos,
                                             const ClassBalancedOptions &options);

    [[nodiscard]] std::int64_t batchesPerEpoch() const override { return m_batchCount; }
    [[nodiscard]] std::vector<std::vector<BatchItem>> epoch(std::int64_t epoch) const override;

private:
    ClassBalancedSampler() = default;

    ClassBalancedOptions m_options;
    std::vector<std::vector<std::int64_t>> m_photos;
    std::vector<std::size_t> m_individuals; ///< those with photos
    std::int64_t m_batchCount = 0;
};

/// One triplet for each photo of a batch that has a partner and a stranger in it: rows (anchor, positive, negative),
/// both drawn at random. `labels`: -1 for unidentified rows, which serve as strangers only.
[[nodiscard]] std::vector<std::array<std::int64_t, 3>> randomTripletsOf(std::span<const std::int64_t> labels,
                                                                        Random &random);

} // namespace flukeprint::learning
