#include "core/learning/mining/negative_search.h"

#include "core/base/random.h"
#include "core/learning/worker/runtime.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_set>

namespace flukeprint::learning {

namespace {

constexpr std::int64_t blockRows = 2048; ///< and columns: the distances of a block stay in the last level of cache
constexpr std::int64_t sampleRows = 256; ///< anchors that share a sample
constexpr float infinity = std::numeric_limits<float>::infinity();

struct Found
{
    std::int64_t place = -1;
    float value = infinity;
};

/// The first smallest of `values` above `threshold`, if it is smaller than `best`.
void findSmallest(std::span<const float> values, float threshold, std::int64_t firstPlace, Found &best)
{
    // Lanes side by side become vector instructions, a single running minimum does not.
    constexpr std::size_t lanes = 32;
    std::array<float, lanes> smallest;
    smallest.fill(infinity);
    std::size_t i = 0;
    for (; i + lanes <= values.size(); i += lanes) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            const float value = values[i + lane] > threshold ? values[i + lane] : infinity;
            smallest[lane] = value < smallest[lane] ? value : smallest[lane];
        }
    }
    float minimum = *std::min_element(smallest.begin(), smallest.end());
    for (; i < values.size(); ++i)
        minimum = values[i] > threshold ? std::min(minimum, values[i]) : minimum;
    if (!(minimum < best.value))
        return;
    const auto found = std::find(values.begin(), values.end(), minimum);
    best = {firstPlace + (found - values.begin()), minimum};
}

/// Sets the distances to whatever cannot be a negative of `anchor` to infinity. `values`: positions from `first` on.
void hideOwn(const SortedRows &rows, std::int64_t anchor, std::span<float> values, std::int64_t first)
{
    const std::int64_t last = first + static_cast<std::int64_t>(values.size());
    const SortedRows::Range own = rows.individualOf(anchor);
    for (std::int64_t position = std::max(own.first, first); position < std::min(own.last, last); ++position)
        values[static_cast<std::size_t>(position - first)] = infinity;
    const std::span<const std::int64_t> group = rows.groupOf(anchor);
    for (auto member = std::lower_bound(group.begin(), group.end(), first); member != group.end() && *member < last;
         ++member)
        values[static_cast<std::size_t>(*member - first)] = infinity;
}

bool isNegative(const SortedRows &rows, std::int64_t anchor, std::int64_t position)
{
    const SortedRows::Range own = rows.individualOf(anchor);
    return (position < own.first || position >= own.last) && !rows.sameGroup(anchor, position);
}

/// Row of a block of distances.
std::span<float> rowOf(torch::Tensor &distances, std::int64_t row)
{
    const auto columns = static_cast<std::size_t>(distances.size(1));
    return {distances.data_ptr<float>() + static_cast<std::size_t>(row) * columns, columns};
}

/// Where the matrix product has threads of its own (OpenBLAS's), LibTorch's sleep in this scope: OpenMP's spin for a while after whatever they did
/// together, which keeps the others from their cores, and two cores were no faster than one.
class MatrixThreadsAlone
{
public:
    MatrixThreadsAlone()
    {
        if (blasHasThreadsOfItsOwn())
            at::set_num_threads(1);
    }
    MatrixThreadsAlone(const MatrixThreadsAlone &) = delete;
    MatrixThreadsAlone &operator=(const MatrixThreadsAlone &) = delete;
    ~MatrixThreadsAlone() { at::set_num_threads(m_before); }

private:
    int m_before = at::get_num_threads();
};

/// Walks over all pairs of blocks: HardestOfAll and SemiHard.
class FullSearch
{
public:
    FullSearch(const SortedRows &rows, const std::vector<Positive> &positives, bool semiHard)
        : m_rows(rows)
        , m_positives(positives)
        , m_semiHard(semiHard)
        , m_nearest(static_cast<std::size_t>(rows.anchors()))
        , m_farthest(semiHard ? m_nearest.size() : 0)
    {
    }

    Result<std::vector<std::int64_t>> run(const std::stop_token &stop)
    {
        const MatrixThreadsAlone alone;
        for (std::int64_t first = 0; first < m_rows.anchors(); first += blockRows) {
            const torch::Tensor anchors = m_rows.gather(first, std::min(blockRows, m_rows.anchors() - first));
            for (std::int64_t column = 0; column < m_rows.count(); column += blockRows) {
                if (stop.stop_requested())
                    return Error(ErrorCode::Cancelled);
                const torch::Tensor others = m_rows.gather(column, std::min(blockRows, m_rows.count() - column));
                torch::Tensor distances = comparableDistances(anchors, others);
                // By this thread alone: on two cores further ones lose more to the spinning of OpenBLAS's than they take over.
                for (std::int64_t i = 0; i < anchors.size(0); ++i)
                    lookAt(first + i, rowOf(distances, i), column);
            }
        }
        std::vector<std::int64_t> negatives;
        for (std::int64_t anchor = 0; anchor < m_rows.anchors(); ++anchor) {
            const auto index = static_cast<std::size_t>(anchor);
            const bool noneBeyond = m_semiHard && m_nearest[index].place < 0;
            negatives.push_back(noneBeyond ? m_farthest[index].place : m_nearest[index].place);
        }
        return negatives;
    }

private:
    void lookAt(std::int64_t anchor, std::span<float> distances, std::int64_t column)
    {
        const auto index = static_cast<std::size_t>(anchor);
        const Positive &positive = m_positives[index];
        if (positive.position < 0)
            return;
        hideOwn(m_rows, anchor, distances, column);
        findSmallest(distances, m_semiHard ? positive.distance : -infinity, column, m_nearest[index]);
        if (!m_semiHard || m_nearest[index].place >= 0)
            return;
        for (std::size_t i = 0; i < distances.size(); ++i) {
            Found &farthest = m_farthest[index];
            if (distances[i] < infinity && (farthest.place < 0 || distances[i] > farthest.value))
                farthest = {column + static_cast<std::int64_t>(i), distances[i]};
        }
    }

    const SortedRows &m_rows;
    const std::vector<Positive> &m_positives;
    bool m_semiHard;
    std::vector<Found> m_nearest;
    std::vector<Found> m_farthest;
};

/// `count` different positions, ascending; all of them where there are no more.
std::vector<std::int64_t> sampleOf(std::int64_t total, std::int64_t count, Random &random)
{
    std::vector<std::int64_t> positions;
    if (count >= total) {
        positions.resize(static_cast<std::size_t>(total));
        std::iota(positions.begin(), positions.end(), std::int64_t{0});
        return positions;
    }
    // Floyd's way needs no list of all positions.
    std::unordered_set<std::int64_t> taken;
    for (std::int64_t upper = total - count; upper < total; ++upper) {
        const auto drawn = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(upper) + 1));
        const std::int64_t position = taken.contains(drawn) ? upper : drawn;
        taken.insert(position);
        positions.push_back(position);
    }
    std::sort(positions.begin(), positions.end());
    return positions;
}

/// Centroids of the individuals, [I, D], and which of them each position has; unidentified positions: -1.
struct Centroids
{
    torch::Tensor vectors;
    std::vector<std::int64_t> ofPosition;
};

Centroids centroidsOf(const SortedRows &rows)
{
    Centroids centroids{{}, std::vector<std::int64_t>(static_cast<std::size_t>(rows.count()), -1)};
    std::int64_t individuals = 0;
    for (std::int64_t first = 0; first < rows.anchors(); first = rows.individualOf(first).last) {
        const SortedRows::Range own = rows.individualOf(first);
        std::fill(centroids.ofPosition.begin() + own.first, centroids.ofPosition.begin() + own.last, individuals++);
    }
    for (std::int64_t first = 0; first < rows.anchors(); first = rows.individualOf(first).last) {
        const SortedRows::Range own = rows.individualOf(first);
        const torch::Tensor mean = rows.gather(own.first, own.last - own.first).mean(0);
        if (!centroids.vectors.defined())
            centroids.vectors = torch::empty({individuals, mean.size(0)});
        centroids.vectors[centroids.ofPosition[static_cast<std::size_t>(first)]].copy_(mean);
    }
    return centroids;
}

/// What stands for the sampled photos: their individuals' centroids, or themselves where they have none.
torch::Tensor standingFor(const SortedRows &rows, const Centroids &centroids, const std::vector<std::int64_t> &sample)
{
    torch::Tensor vectors = rows.gather(sample);
    std::vector<std::int64_t> places, individuals;
    for (std::size_t i = 0; i < sample.size(); ++i) {
        const std::int64_t individual = centroids.ofPosition[static_cast<std::size_t>(sample[i])];
        if (individual < 0)
            continue;
        places.push_back(static_cast<std::int64_t>(i));
        individuals.push_back(individual);
    }
    if (!places.empty())
        vectors.index_copy_(0, torch::tensor(places), centroids.vectors.index_select(0, torch::tensor(individuals)));
    return vectors;
}

Result<std::vector<std::int64_t>> searchSamples(const SortedRows &rows, const std::vector<Positive> &positives,
                                                const MiningOptions &options, const std::stop_token &stop)
{
    const bool byCentroid = options.negative == NegativeChoice::CentroidOfSample && rows.anchors() > 0;
    const Centroids centroids = byCentroid ? centroidsOf(rows) : Centroids();
    std::vector<std::int64_t> negatives(static_cast<std::size_t>(rows.anchors()), -1);
    for (std::int64_t first = 0; first < rows.anchors(); first += sampleRows) {
        if (stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        Random random(options.seed, "mining/" + std::to_string(first / sampleRows));
        const std::vector<std::int64_t> sample = sampleOf(rows.count(), options.sample, random);
        const torch::Tensor others = byCentroid ? standingFor(rows, centroids, sample) : rows.gather(sample);
        torch::Tensor distances =
            comparableDistances(rows.gather(first, std::min(sampleRows, rows.anchors() - first)), others);
        for (std::int64_t i = 0; i < distances.size(0); ++i) {
            const std::int64_t anchor = first + i;
            if (positives[static_cast<std::size_t>(anchor)].position < 0)
                continue;
            const std::span<const float> row = rowOf(distances, i);
            Found nearest;
            for (std::size_t k = 0; k < sample.size(); ++k) {
                if (row[k] < nearest.value && isNegative(rows, anchor, sample[k]))
                    nearest = {sample[k], row[k]};
            }
            negatives[static_cast<std::size_t>(anchor)] = nearest.place;
        }
    }
    return negatives;
}

} // namespace

Result<std::vector<Positive>> farthestPositives(const SortedRows &rows, const std::stop_token &stop)
{
    std::vector<Positive> positives(static_cast<std::size_t>(rows.anchors()));
    // Anchors side by side are of few individuals, whose photos are one stretch of columns: a hundredth of the whole
    // search as a rule.
    for (std::int64_t first = 0; first < rows.anchors(); first += sampleRows) {
        if (stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        const std::int64_t count = std::min(sampleRows, rows.anchors() - first);
        const std::int64_t from = rows.individualOf(first).first;
        const std::int64_t to = rows.individualOf(first + count - 1).last;
        const torch::Tensor anchors = rows.gather(first, count);
        for (std::int64_t column = from; column < to; column += blockRows) {
            torch::Tensor distances =
                comparableDistances(anchors, rows.gather(column, std::min(blockRows, to - column)));
            for (std::int64_t i = 0; i < count; ++i) {
                const std::int64_t anchor = first + i;
                const SortedRows::Range own = rows.individualOf(anchor);
                const std::span<const float> row = rowOf(distances, i);
                Positive &best = positives[static_cast<std::size_t>(anchor)];
                const std::int64_t last = std::min(own.last, column + distances.size(1));
                for (std::int64_t other = std::max(own.first, column); other < last; ++other) {
                    const float distance = row[static_cast<std::size_t>(other - column)];
                    if (distance > best.distance && other != anchor && !rows.sameGroup(anchor, other))
                        best = {other, distance};
                }
            }
        }
    }
    return positives;
}

Result<std::vector<std::int64_t>> chooseNegatives(const SortedRows &rows, const std::vector<Positive> &positives,
                                                  const MiningOptions &options, const std::stop_token &stop)
{
    const bool semiHard = options.negative == NegativeChoice::SemiHard;
    if (semiHard || options.negative == NegativeChoice::HardestOfAll)
        return FullSearch(rows, positives, semiHard).run(stop);
    return searchSamples(rows, positives, options, stop);
}

} // namespace flukeprint::learning
