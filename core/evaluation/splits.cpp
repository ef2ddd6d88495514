#include "core/evaluation/splits.h"

#include "core/base/random.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string_view>
#include <unordered_map>

namespace flukeprint::evaluation {

namespace {

/// Joins items that share a key.
class Components
{
public:
    explicit Components(std::span<const SplitItem> items)
        : m_parent(items.size())
    {
        std::iota(m_parent.begin(), m_parent.end(), std::size_t{0});
        std::unordered_map<std::int64_t, std::size_t> firstOfGroup;
        std::unordered_map<std::int64_t, std::size_t> firstOfEncounter;
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (items[i].group > 0)
                join(i, firstOfGroup.try_emplace(items[i].group, i).first->second);
            if (items[i].encounter > 0)
                join(i, firstOfEncounter.try_emplace(items[i].encounter, i).first->second);
        }
    }

    /// Dense numbers in order of first appearance.
    std::vector<std::size_t> numbers()
    {
        std::vector<std::size_t> result(m_parent.size());
        std::unordered_map<std::size_t, std::size_t> dense;
        for (std::size_t i = 0; i < m_parent.size(); ++i)
            result[i] = dense.try_emplace(root(i), dense.size()).first->second;
        return result;
    }

private:
    std::size_t root(std::size_t item)
    {
        while (m_parent[item] != item) {
            m_parent[item] = m_parent[m_parent[item]];
            item = m_parent[item];
        }
        return item;
    }

    void join(std::size_t a, std::size_t b) { m_parent[root(a)] = root(b); }

    std::vector<std::size_t> m_parent;
};

/// Photos that stay together.
struct Block
{
    std::vector<std::size_t> items;
    std::map<std::int32_t, std::size_t> photosOf; ///< identified photos of each individual in it
    std::size_t identified = 0;
    bool isHeldOut = false;
};

class Splitter
{
public:
    Splitter(std::span<const SplitItem> items, const SplitOptions &options)
        : m_items(items)
        , m_options(options)
        , m_random(options.seed, "split")
        , m_mostHeldOut(options.maximumValidationPhotos)
    {
        const std::vector<std::size_t> numbers = Components(items).numbers();
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (numbers[i] == m_blocks.size())
                m_blocks.emplace_back();
            Block &block = m_blocks[numbers[i]];
            block.items.push_back(i);
            m_split.groups.push_back(static_cast<std::int64_t>(numbers[i]) + 1);
            if (items[i].individual < 0)
                continue;
            ++block.identified;
            ++block.photosOf[items[i].individual];
            ++m_trainPhotosOf[items[i].individual];
            m_blocksOf[items[i].individual].insert(numbers[i]);
        }
    }

    Split run()
    {
        holdOutIndividuals();
        assignRoles();
        keepNewOnesAside();
        return std::move(m_split);
    }

private:
    /// Every individual of the block keeps so many training photos elsewhere.
    [[nodiscard]] bool canMove(const Block &block, std::size_t keeping = 1) const
    {
        return !block.isHeldOut && block.identified > 0
            && std::all_of(block.photosOf.begin(), block.photosOf.end(),
                           [&](const auto &entry) { return m_trainPhotosOf.at(entry.first) >= entry.second + keeping; });
    }

    void holdOutIndividuals();
    void holdOutMore(std::span<const std::int32_t> candidates);
    bool holdOutOneOf(std::int32_t individual, std::size_t keeping = 1);
    void assignRoles();
    void keepNewOnesAside();

    std::span<const SplitItem> m_items;
    const SplitOptions &m_options;
    Random m_random;
    std::vector<Block> m_blocks;
    std::map<std::int32_t, std::size_t> m_trainPhotosOf;
    std::map<std::int32_t, std::set<std::size_t>> m_blocksOf;
    std::set<std::int32_t> m_heldOut; ///< individuals with a validation photo
    std::size_t m_mostHeldOut; ///< photos
    Split m_split;
};

void Splitter::holdOutIndividuals()
{
    const double share = std::clamp(m_options.validationShare, 0.0, 0.5);
    if (!(share > 0))
        return;
    std::vector<std::int32_t> candidates;
    for (const auto &[individual, blocks] : m_blocksOf) {
        if (std::any_of(blocks.begin(), blocks.end(), [&](std::size_t block) { return canMove(m_blocks[block]); }))
            candidates.push_back(individual);
    }
    const auto wanted = std::max<std::size_t>(
        1, static_cast<std::size_t>(std::llround(share * static_cast<double>(candidates.size()))));
    m_random.shuffle(std::span(candidates));
    for (const std::int32_t individual : candidates) {
        if (m_heldOut.size() >= wanted)
            break;
        if (!m_heldOut.contains(individual))
            holdOutOneOf(individual);
    }
    holdOutMore(candidates);
}

/// One group of each individual in turn, those first that gave none.
void Splitter::holdOutMore(std::span<const std::int32_t> candidates)
{
    std::size_t identified = 0;
    for (const Block &block : m_blocks)
        identified += block.identified;
    constexpr std::size_t greatestPart = 5;
    constexpr std::size_t photosLeft = 2; // a pair to learn from
    m_mostHeldOut = std::min(m_options.maximumValidationPhotos, identified / greatestPart);
    const std::size_t goal = std::min(m_options.leastValidationPhotos, m_mostHeldOut);
    std::vector<std::int32_t> order(candidates.begin(), candidates.end());
    std::stable_partition(order.begin(), order.end(), [this](std::int32_t individual) { return !m_heldOut.contains(individual); });
    for (bool gave = true; gave && m_split.validationPhotos < goal;) {
        gave = false;
        for (const std::int32_t individual : order) {
            if (m_split.validationPhotos >= goal)
                return;
            gave = holdOutOneOf(individual, photosLeft) || gave;
        }
    }
}

bool Splitter::holdOutOneOf(std::int32_t individual, std::size_t keeping)
{
    const std::set<std::size_t> &own = m_blocksOf.at(individual);
    std::vector<std::size_t> order(own.begin(), own.end());
    m_random.shuffle(std::span(order));
    for (const std::size_t number : order) {
        Block &block = m_blocks[number];
        if (!canMove(block, keeping) || m_split.validationPhotos + block.identified > m_mostHeldOut)
            continue;
        block.isHeldOut = true;
        m_split.validationPhotos += block.identified;
        for (const auto &[name, photos] : block.photosOf) {
            m_trainPhotosOf[name] -= photos;
            m_heldOut.insert(name);
        }
        return true;
    }
    return false;
}

void Splitter::assignRoles()
{
    m_split.roles.assign(m_items.size(), SplitRole::Train);
    m_split.validationIndividuals = m_heldOut.size();
    for (const Block &block : m_blocks) {
        for (const std::size_t item : block.items) {
            const bool isIdentified = m_items[item].individual >= 0;
            if (isIdentified)
                m_split.roles[item] = block.isHeldOut ? SplitRole::Validation : SplitRole::Train;
            else
                m_split.roles[item] = block.isHeldOut ? SplitRole::NewCalibration : SplitRole::Negative;
            m_split.newCalibrationPhotos += !isIdentified && block.isHeldOut ? 1 : 0;
        }
    }
}

void Splitter::keepNewOnesAside()
{
    const double share = std::clamp(m_options.newCalibrationShare, 0.0, 1.0);
    const auto unidentified = static_cast<double>(
        std::count_if(m_items.begin(), m_items.end(), [](const SplitItem &item) { return item.individual < 0; }));
    const std::size_t wanted =
        std::min(m_options.maximumNewCalibration, static_cast<std::size_t>(std::llround(share * unidentified)));
    std::vector<std::size_t> order;
    for (std::size_t number = 0; number < m_blocks.size(); ++number) {
        if (m_blocks[number].identified == 0)
            order.push_back(number);
    }
    m_random.shuffle(std::span(order));
    for (const std::size_t number : order) {
        const std::vector<std::size_t> &items = m_blocks[number].items;
        if (m_split.newCalibrationPhotos + items.size() > wanted)
            continue;
        m_split.newCalibrationPhotos += items.size();
        for (const std::size_t item : items)
            m_split.roles[item] = SplitRole::NewCalibration;
    }
}

} // namespace

Split splitForTraining(std::span<const SplitItem> items, const SplitOptions &options)
{
    return Splitter(items, options).run();
}

} // namespace flukeprint::evaluation
