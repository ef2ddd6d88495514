#include "core/evaluation/cluster_statistics.h"

#include "core/evaluation/gallery_index.h"
#include "core/evaluation/retrieval_metrics.h"

#include <cmath>
#include <numeric>

namespace flukeprint::evaluation {

namespace {

struct Centroids
{
    std::vector<float> vectors; ///< row-major, one row a dense individual
    std::vector<std::size_t> photos; ///< of each
};

Centroids centroidsOf(const PhotoSet &photos, const GalleryIndex &index)
{
    std::vector<double> sums(index.names.size() * photos.dimension, 0.0);
    Centroids centroids{std::vector<float>(sums.size()), std::vector<std::size_t>(index.names.size(), 0)};
    for (std::size_t i = 0; i < index.rows.size(); ++i) {
        const std::size_t individual = index.individualOfRow[i];
        ++centroids.photos[individual];
        const std::span<const float> row = photos.row(index.rows[i]);
        for (std::size_t k = 0; k < row.size(); ++k)
            sums[individual * photos.dimension + k] += double{row[k]};
    }
    for (std::size_t i = 0; i < sums.size(); ++i)
        centroids.vectors[i] =
            static_cast<float>(sums[i] / static_cast<double>(centroids.photos[i / photos.dimension]));
    return centroids;
}

double meanOf(const std::vector<double> &values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

void setRadius(ClusterStatistics &statistics, const PhotoSet &photos, const GalleryIndex &index,
               const Centroids &centroids)
{
    std::vector<double> sums(index.names.size(), 0.0);
    for (std::size_t i = 0; i < index.rows.size(); ++i) {
        const std::size_t individual = index.individualOfRow[i];
        const std::span<const float> row = photos.row(index.rows[i]);
        const float *centroid = centroids.vectors.data() + individual * photos.dimension;
        double squared = 0;
        for (std::size_t k = 0; k < row.size(); ++k) {
            const double difference = double{row[k]} - double{centroid[k]};
            squared += difference * difference;
        }
        sums[individual] += std::sqrt(squared);
    }
    for (std::size_t individual = 0; individual < sums.size(); ++individual) {
        if (centroids.photos[individual] < 2)
            continue;
        statistics.radii.push_back(sums[individual] / static_cast<double>(centroids.photos[individual]));
    }
    statistics.individualsWithPairs = statistics.radii.size();
    if (!statistics.radii.empty())
        statistics.radius = meanOf(statistics.radii);
}

Result<void> setSeparation(ClusterStatistics &statistics, const PhotoSet &photos, const Centroids &centroids,
                           unsigned threads)
{
    PhotoSet set{centroids.vectors, photos.dimension, {}};
    for (std::size_t i = 0; i < statistics.individuals; ++i)
        set.labels.push_back({static_cast<std::int64_t>(i) + 1, static_cast<std::int32_t>(i), noGroup});
    RankingOptions options;
    options.keepNearest = 1;
    options.threads = threads;
    const Result<std::vector<QueryRanking>> rankings = rankQueries(set, set, options);
    if (!rankings)
        return rankings.error();
    for (const QueryRanking &ranking : *rankings)
        statistics.separations.push_back(double{ranking.nearestDistance()});
    statistics.separation = meanOf(statistics.separations);
    return {};
}

} // namespace

Result<ClusterStatistics> clusterStatistics(const PhotoSet &photos, unsigned threads)
{
    if (const Result<void> checked = checkPhotoSet(photos, "photos"); !checked)
        return checked.error();
    ClusterStatistics statistics;
    const GalleryIndex index(photos.labels, false);
    statistics.individuals = index.names.size();
    if (statistics.individuals == 0)
        return statistics;
    const Centroids centroids = centroidsOf(photos, index);
    setRadius(statistics, photos, index, centroids);
    if (statistics.individuals >= 2) {
        if (const Result<void> done = setSeparation(statistics, photos, centroids, threads); !done)
            return done.error();
    }
    return statistics;
}

} // namespace flukeprint::evaluation
