#include "core/workflows/import/near_duplicates.h"

#include "core/catalogue/photo_store.h"
#include "core/catalogue/transaction.h"
#include "core/imaging/perceptual_hash.h"

#include <algorithm>
#include <array>
#include <bit>
#include <unordered_map>

namespace flukeprint::workflows {

namespace {

constexpr std::size_t groupsPerTransaction = 500;

/// Finds hashes within a distance without looking at all of them: of b + 1 bands, two hashes that differ in at most b bits share
/// one (pigeonhole).
class HashIndex
{
public:
    explicit HashIndex(int maxBits)
        : m_maxBits(maxBits)
        , m_bands(static_cast<std::size_t>(maxBits) + 1)
    {
    }

    void add(std::int32_t item, std::uint64_t hash)
    {
        for (std::size_t band = 0; band < m_bands.size(); ++band)
            m_bands[band][key(hash, band)].push_back({item, hash});
    }

    /// The nearest item, the earliest of equals; -1: none within the distance.
    [[nodiscard]] std::int32_t nearest(std::uint64_t hash) const
    {
        std::int32_t best = -1;
        int bestBits = m_maxBits + 1;
        for (std::size_t band = 0; band < m_bands.size(); ++band) {
            const auto found = m_bands[band].find(key(hash, band));
            if (found == m_bands[band].end())
                continue;
            for (const Entry &entry : found->second) {
                const int bits = std::popcount(entry.hash ^ hash);
                if (bits < bestBits || (bits == bestBits && entry.item < best)) {
                    best = entry.item;
                    bestBits = bits;
                }
            }
        }
        return best;
    }

private:
    struct Entry
    {
        std::int32_t item;
        std::uint64_t hash;
    };

    [[nodiscard]] std::uint64_t key(std::uint64_t hash, std::size_t band) const
    {
        const std::size_t from = 64 * band / m_bands.size();
        const std::size_t to = 64 * (band + 1) / m_bands.size();
        const std::size_t width = to - from;
        return width >= 64 ? hash : (hash >> from) & ((std::uint64_t {1} << width) - 1);
    }

    int m_maxBits;
    std::vector<std::unordered_map<std::uint64_t, std::vector<Entry>>> m_bands;
};

} // namespace

std::vector<std::int32_t> linkNearDuplicates(std::span<const std::uint64_t> hashes, int maxBits)
{
    std::vector<std::int32_t> groups(hashes.size(), -1);
    HashIndex firsts(maxBits);
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        const auto item = static_cast<std::int32_t>(i);
        const std::int32_t first = firsts.nearest(hashes[i]);
        if (first < 0) {
            firsts.add(item, hashes[i]);
            continue;
        }
        groups[static_cast<std::size_t>(first)] = first;
        groups[i] = first;
    }
    return groups;
}

Result<std::int64_t> groupNearDuplicates(catalogue::Catalogue &catalogue, const ProgressFn &progress,
                                         const std::stop_token &stop)
{
    catalogue::PhotoStore photos(catalogue);
    const auto rows = photos.perceptualHashes();
    if (!rows)
        return rows.error();
    std::vector<std::uint64_t> hashes;
    hashes.reserve(rows->size());
    for (const catalogue::PhotoStore::HashRow &row : *rows)
        hashes.push_back(row.perceptualHash);
    const std::vector<std::int32_t> groups = linkNearDuplicates(hashes, imaging::nearDuplicateMaxBits);

    struct Change
    {
        PhotoId photo;
        std::int64_t group;
    };
    std::vector<Change> changes;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (groups[i] < 0)
            continue;
        const catalogue::PhotoStore::HashRow &first = (*rows)[static_cast<std::size_t>(groups[i])];
        const std::int64_t group = first.duplicateGroup > 0 ? first.duplicateGroup : first.id.value;
        if ((*rows)[i].duplicateGroup == 0)
            changes.push_back({(*rows)[i].id, group});
    }
    for (std::size_t from = 0; from < changes.size(); from += groupsPerTransaction) {
        if (stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        auto transaction = catalogue::Transaction::begin(catalogue);
        if (!transaction)
            return transaction.error();
        const std::size_t to = std::min(changes.size(), from + groupsPerTransaction);
        for (std::size_t i = from; i < to; ++i) {
            const Result<void> set = photos.setDuplicateGroup(changes[i].photo, changes[i].group);
            if (!set)
                return set.error();
        }
        const Result<void> committed = transaction->commit();
        if (!committed)
            return committed.error();
        if (progress)
            progress({"grouping", static_cast<std::int64_t>(to), static_cast<std::int64_t>(changes.size()), {}});
    }
    return static_cast<std::int64_t>(changes.size());
}

} // namespace flukeprint::workflows
