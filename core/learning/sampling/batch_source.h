#pragma once

#include <cstdint>
#include <vector>

namespace flukeprint::learning {

/// One chip in a batch.
struct BatchItem
{
    std::int64_t chip = 0; ///< the caller's number of the photo
    std::int64_t label = -1; ///< class; -1: unidentified
    bool mirrored = false;

    friend bool operator==(const BatchItem &, const BatchItem &) = default;
};

/// What the mirror image of a photo is.
enum class Mirroring {
    Never, ///< not shown
    ByChance, ///< each photo is mirrored by itself; the individual stays the same
    OtherIdentity, ///< the mirrored photos of individual i are individual i + N; photos of one individual are mirrored
                   ///< together
};

/// Where the batches of a run come from. Const functions are thread-safe.
class BatchSource
{
public:
    virtual ~BatchSource() = default;

    /// At least 1.
    [[nodiscard]] virtual std::int64_t batchesPerEpoch() const = 0;
    /// The batches of `epoch` (>= 0), identified items first. All of it follows from the source's seed and the epoch's number.
    [[nodiscard]] virtual std::vector<std::vector<BatchItem>> epoch(std::int64_t epoch) const = 0;

protected:
    BatchSource() = default;
    BatchSource(const BatchSource &) = default;
    BatchSource(BatchSource &&) = default;
    BatchSource &operator=(const BatchSource &) = default;
    BatchSource &operator=(BatchSource &&) = default;
};

} // namespace flukeprint::learning
