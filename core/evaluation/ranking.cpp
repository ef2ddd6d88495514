#include "core/evaluation/dot_kernel.h"
#include "core/evaluation/gallery_index.h"
#include "core/evaluation/parallel.h"
#include "core/evaluation/retrieval_metrics.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>

namespace flukeprint::evaluation {

namespace {

constexpr float unreachable = std::numeric_limits<float>::infinity();
constexpr std::size_t galleryBlock = 16 * panelRows;
constexpr std::size_t queryTile = 48; // its block of products stays in the cache: 48 x 512 floats
constexpr std::size_t tableBytes = std::size_t{48} << 20U;

double squaredNorm(std::span<const float> row)
{
    double sum = 0;
    for (const float value : row)
        sum += double{value} * double{value};
    return sum;
}

std::vector<float> squaredNorms(const PhotoSet &photos)
{
    std::vector<float> norms(photos.count());
    for (std::size_t i = 0; i < norms.size(); ++i)
        norms[i] = static_cast<float>(squaredNorm(photos.row(i)));
    return norms;
}

/// Nearest eligible photo of every individual, for a block of queries: row-major queries x individuals.
struct NearestTable
{
    std::vector<float> squaredDistance;
    std::vector<std::uint32_t> row;
};

/// Everything that the blocks share.
class BruteForce
{
public:
    BruteForce(const PhotoSet &queries, const PhotoSet &gallery, const RankingOptions &options)
        : m_queries(queries)
        , m_gallery(gallery)
        , m_options(options)
        , m_index(gallery.labels, options.unidentifiedAreIndividuals)
        , m_queryNorms(squaredNorms(queries))
        , m_galleryNorms(squaredNorms(gallery))
        , m_rankings(queries.count())
    {
        for (std::size_t i = 0; i < m_index.rows.size(); ++i)
            m_galleryRows.push_back(gallery.row(m_index.rows[i]).data());
        if (options.distance == IndividualDistance::MeanOfPhotos)
            groupRows();
    }

    /// False when stopped.
    bool run(const std::stop_token &stop)
    {
        const std::size_t rowBytes =
            std::max<std::size_t>(m_index.names.size(), 1) * (sizeof(float) + sizeof(std::uint32_t));
        const std::size_t threads = threadCount(m_options.threads, m_queries.count());
        const std::size_t fair = m_queries.count() / (threads * 4) + 1;
        const std::size_t block = std::min(fair, std::clamp<std::size_t>(tableBytes / rowBytes, queryTile, 1024));
        std::atomic<bool> stopped = false;
        parallelFor((m_queries.count() + block - 1) / block, m_options.threads, [&](std::size_t task) {
            if (stop.stop_requested())
                stopped = true;
            else
                rankBlock(task * block, std::min(m_queries.count(), (task + 1) * block));
        });
        return !stopped;
    }

    std::vector<QueryRanking> takeRankings() { return std::move(m_rankings); }

private:
    void groupRows();
    void rankBlock(std::size_t first, std::size_t end);
    void scanGalleryBlock(std::size_t first, std::size_t end, std::size_t galleryFirst, std::vector<float> &panels,
                          std::vector<float> &products, NearestTable &table) const;
    void takeNearest(std::size_t query, std::size_t galleryFirst, std::size_t count, const float *products,
                     float *squaredDistance, std::uint32_t *row) const;
    [[nodiscard]] float distanceToMean(std::size_t query, std::uint32_t individual) const;

    const PhotoSet &m_queries;
    const PhotoSet &m_gallery;
    const RankingOptions &m_options;
    GalleryIndex m_index;
    std::vector<float> m_queryNorms;
    std::vector<float> m_galleryNorms;
    std::vector<const float *> m_galleryRows; ///< of m_index.rows
    std::vector<std::vector<std::size_t>> m_rowsOf; ///< gallery rows of each dense individual; MeanOfPhotos only
    std::vector<QueryRanking> m_rankings;
};

void BruteForce::groupRows()
{
    m_rowsOf.resize(m_index.names.size());
    for (std::size_t i = 0; i < m_index.rows.size(); ++i)
        m_rowsOf[m_index.individualOfRow[i]].push_back(m_index.rows[i]);
}

void BruteForce::rankBlock(std::size_t first, std::size_t end)
{
    const std::size_t individuals = m_index.names.size();
    NearestTable table{std::vector<float>((end - first) * individuals, unreachable),
                       std::vector<std::uint32_t>((end - first) * individuals, 0)};
    std::vector<float> panels(packedSize(std::min(galleryBlock, m_index.rows.size()), m_gallery.dimension));
    std::vector<float> products(queryTile * galleryBlock);
    for (std::size_t galleryFirst = 0; galleryFirst < m_index.rows.size(); galleryFirst += galleryBlock)
        scanGalleryBlock(first, end, galleryFirst, panels, products, table);

    for (std::size_t query = first; query < end; ++query) {
        const std::span<float> distances(table.squaredDistance.data() + (query - first) * individuals, individuals);
        const std::span<const std::uint32_t> rows(table.row.data() + (query - first) * individuals, individuals);
        for (std::uint32_t i = 0; i < individuals; ++i) {
            if (std::isinf(distances[i]))
                continue;
            distances[i] = m_options.distance == IndividualDistance::MeanOfPhotos ? distanceToMean(query, i)
                                                                                  : std::sqrt(distances[i]);
        }
        m_rankings[query] =
            rankIndividuals(m_queries.labels[query].individual, m_index, distances, rows, m_options.keepNearest);
    }
}

void BruteForce::scanGalleryBlock(std::size_t first, std::size_t end, std::size_t galleryFirst,
                                  std::vector<float> &panels, std::vector<float> &products, NearestTable &table) const
{
    const std::size_t individuals = m_index.names.size();
    const std::size_t count = std::min(galleryBlock, m_index.rows.size() - galleryFirst);
    packRows(m_galleryRows.data() + galleryFirst, count, m_gallery.dimension, panels.data());
    const float *left[queryTile];
    for (std::size_t tile = first; tile < end; tile += queryTile) {
        const std::size_t tileCount = std::min(queryTile, end - tile);
        for (std::size_t i = 0; i < tileCount; ++i)
            left[i] = m_queries.row(tile + i).data();
        dotBlock(left, tileCount, panels.data(), (count + panelRows - 1) / panelRows, m_gallery.dimension,
                 products.data(), galleryBlock);
        for (std::size_t i = 0; i < tileCount; ++i) {
            const std::size_t offset = (tile + i - first) * individuals;
            takeNearest(tile + i, galleryFirst, count, products.data() + i * galleryBlock,
                        table.squaredDistance.data() + offset, table.row.data() + offset);
        }
    }
}

void BruteForce::takeNearest(std::size_t query, std::size_t galleryFirst, std::size_t count, const float *products,
                             float *squaredDistance, std::uint32_t *row) const
{
    const PhotoLabel &label = m_queries.labels[query];
    for (std::size_t j = 0; j < count; ++j) {
        const std::size_t galleryRow = m_index.rows[galleryFirst + j];
        const float squared = std::max(0.0F, m_queryNorms[query] + m_galleryNorms[galleryRow] - 2.0F * products[j]);
        const std::uint32_t individual = m_index.individualOfRow[galleryFirst + j];
        if (squared < squaredDistance[individual] && isEligible(label, m_gallery.labels[galleryRow])) {
            squaredDistance[individual] = squared;
            row[individual] = static_cast<std::uint32_t>(galleryRow);
        }
    }
}

float BruteForce::distanceToMean(std::size_t query, std::uint32_t individual) const
{
    std::vector<double> mean(m_gallery.dimension, 0.0);
    double count = 0;
    for (const std::size_t galleryRow : m_rowsOf[individual]) {
        if (!isEligible(m_queries.labels[query], m_gallery.labels[galleryRow]))
            continue;
        const std::span<const float> values = m_gallery.row(galleryRow);
        for (std::size_t k = 0; k < mean.size(); ++k)
            mean[k] += double{values[k]};
        ++count;
    }
    const std::span<const float> values = m_queries.row(query);
    double squared = 0;
    for (std::size_t k = 0; k < mean.size(); ++k) {
        const double difference = double{values[k]} - mean[k] / count;
        squared += difference * difference;
    }
    return static_cast<float>(std::sqrt(squared));
}

} // namespace

Result<std::vector<QueryRanking>> rankQueries(const PhotoSet &queries, const PhotoSet &gallery,
                                              const RankingOptions &options, std::stop_token stop)
{
    if (const Result<void> checked = checkPhotoSet(queries, "queries"); !checked)
        return checked.error();
    if (const Result<void> checked = checkPhotoSet(gallery, "gallery"); !checked)
        return checked.error();
    if (queries.count() > 0 && gallery.count() > 0 && queries.dimension != gallery.dimension)
        return Error(ErrorCode::InvalidArgument,
                     {"dimension", std::to_string(queries.dimension), std::to_string(gallery.dimension)});
    if (gallery.count() >= GalleryIndex::none)
        return Error(ErrorCode::InvalidArgument,
                     {"gallery", std::to_string(gallery.count()), "fewer than 2^32 photos"});
    BruteForce search(queries, gallery, options);
    if (!search.run(stop))
        return Error(ErrorCode::Cancelled);
    return search.takeRankings();
}

Result<std::vector<QueryRanking>> rankFromDistances(std::span<const float> distances,
                                                    std::span<const PhotoLabel> queries,
                                                    std::span<const PhotoLabel> gallery, const RankingOptions &options)
{
    if (distances.size() != queries.size() * gallery.size())
        return Error(ErrorCode::InvalidArgument,
                     {"distances", std::to_string(distances.size()),
                      std::to_string(queries.size()) + " x " + std::to_string(gallery.size())});
    if (options.distance != IndividualDistance::NearestPhoto)
        return Error(ErrorCode::InvalidArgument, {"distance", "MeanOfPhotos", "NearestPhoto"});
    if (std::any_of(distances.begin(), distances.end(), [](float value) { return std::isnan(value); }))
        return Error(ErrorCode::InvalidArgument, {"distances", "NaN", "numbers"});

    const GalleryIndex index(gallery, options.unidentifiedAreIndividuals);
    std::vector<QueryRanking> rankings;
    rankings.reserve(queries.size());
    for (std::size_t query = 0; query < queries.size(); ++query) {
        std::vector<float> nearest(index.names.size(), unreachable);
        std::vector<std::uint32_t> rows(index.names.size(), 0);
        for (std::size_t i = 0; i < index.rows.size(); ++i) {
            const std::size_t row = index.rows[i];
            const float distance = distances[query * gallery.size() + row];
            const std::uint32_t individual = index.individualOfRow[i];
            if (distance < nearest[individual] && isEligible(queries[query], gallery[row])) {
                nearest[individual] = distance;
                rows[individual] = static_cast<std::uint32_t>(row);
            }
        }
        rankings.push_back(rankIndividuals(queries[query].individual, index, nearest, rows, options.keepNearest));
    }
    return rankings;
}

} // namespace flukeprint::evaluation
