#include "core/evaluation/embedding_health.h"

#include "core/evaluation/gallery_index.h"
#include "core/evaluation/symmetric_eigenvalues.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace flukeprint::evaluation {

namespace {

double mean(double sum, std::size_t count)
{
    return count > 0 ? sum / static_cast<double>(count) : EmbeddingHealth::none;
}

double dot(std::span<const float> a, std::span<const float> b)
{
    double sum = 0;
    for (std::size_t k = 0; k < a.size(); ++k)
        sum += double{a[k]} * double{b[k]};
    return sum;
}

/// Every product of two rows, count x count.
class Products
{
public:
    explicit Products(const PhotoSet &photos)
        : m_count(photos.count())
        , m_values(m_count * m_count)
    {
        for (std::size_t i = 0; i < m_count; ++i) {
            for (std::size_t j = i; j < m_count; ++j)
                m_values[i * m_count + j] = m_values[j * m_count + i] = dot(photos.row(i), photos.row(j));
        }
    }
    [[nodiscard]] double at(std::size_t i, std::size_t j) const { return m_values[i * m_count + j]; }
    [[nodiscard]] std::size_t count() const { return m_count; }
    [[nodiscard]] double distance(std::size_t i, std::size_t j) const
    {
        return std::sqrt(std::max(0.0, at(i, i) + at(j, j) - 2 * at(i, j)));
    }
    /// Squared, between the rows brought to length 1; a row of zeros stays one.
    [[nodiscard]] double unitSquared(std::size_t i, std::size_t j) const
    {
        const double lengths = std::sqrt(at(i, i) * at(j, j));
        const double ends = (at(i, i) > 0 ? 1.0 : 0.0) + (at(j, j) > 0 ? 1.0 : 0.0);
        return std::max(0.0, ends - (lengths > 0 ? 2 * at(i, j) / lengths : 0.0));
    }

private:
    std::size_t m_count;
    std::vector<double> m_values;
};

/// Sums over anchors of what their triplets look like.
struct TripletSums
{
    double hardestPositive = 0;
    double hardestNegative = 0;
    std::size_t anchorsWithPositive = 0;
    std::size_t anchorsWithNegative = 0;
    std::size_t triplets = 0;
    std::size_t active = 0;

    void add(std::vector<double> &positives, std::vector<double> &negatives)
    {
        if (!positives.empty()) {
            hardestPositive += *std::max_element(positives.begin(), positives.end());
            ++anchorsWithPositive;
        }
        if (!negatives.empty()) {
            hardestNegative += *std::min_element(negatives.begin(), negatives.end());
            ++anchorsWithNegative;
        }
        triplets += positives.size() * negatives.size();
        std::sort(negatives.begin(), negatives.end());
        for (const double positive : positives)
            active += static_cast<std::size_t>(std::upper_bound(negatives.begin(), negatives.end(), positive) - negatives.begin());
    }
};

void setDistances(EmbeddingHealth &health, const PhotoSet &photos, const Products &products)
{
    TripletSums sums;
    for (std::size_t anchor = 0; anchor < photos.count(); ++anchor) {
        const PhotoLabel &label = photos.labels[anchor];
        if (label.individual < 0)
            continue;
        std::vector<double> positives;
        std::vector<double> negatives;
        for (std::size_t other = 0; other < photos.count(); ++other) {
            if (other == anchor || !isEligible(label, photos.labels[other]))
                continue;
            const bool same = photos.labels[other].individual == label.individual;
            (same ? positives : negatives).push_back(products.distance(anchor, other));
        }
        sums.add(positives, negatives);
    }
    health.hardestPositive = mean(sums.hardestPositive, sums.anchorsWithPositive);
    health.hardestNegative = mean(sums.hardestNegative, sums.anchorsWithNegative);
    health.activeTriplets = mean(static_cast<double>(sums.active), sums.triplets);
}

void setAlignmentAndUniformity(EmbeddingHealth &health, const PhotoSet &photos, const Products &products)
{
    constexpr double temperature = 2;
    double alignment = 0;
    std::size_t positives = 0;
    double potential = 0;
    std::size_t pairs = 0;
    for (std::size_t i = 0; i < photos.count(); ++i) {
        for (std::size_t j = i + 1; j < photos.count(); ++j) {
            const double squared = products.unitSquared(i, j);
            potential += std::exp(-temperature * squared);
            ++pairs;
            const bool same = photos.labels[i].individual >= 0 && photos.labels[i].individual == photos.labels[j].individual;
            if (!same || !isEligible(photos.labels[i], photos.labels[j]))
                continue;
            alignment += squared;
            ++positives;
        }
    }
    health.alignment = mean(alignment, positives);
    health.uniformity = std::log(mean(potential, pairs));
}

/// The products of the rows less their mean, over the number of rows: a matrix with the covariance's eigenvalues besides zeros.
std::vector<double> centredGram(const Products &products)
{
    const std::size_t count = products.count();
    const auto number = static_cast<double>(count);
    std::vector<double> rowMeans(count, 0.0);
    double total = 0;
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t j = 0; j < count; ++j)
            rowMeans[i] += products.at(i, j) / number;
        total += rowMeans[i] / number;
    }
    std::vector<double> gram(count * count);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t j = 0; j < count; ++j)
            gram[i * count + j] = (products.at(i, j) - rowMeans[i] - rowMeans[j] + total) / number;
    }
    return gram;
}

void setSpectrum(EmbeddingHealth &health, const Products &products)
{
    double squaredLength = 0;
    for (std::size_t i = 0; i < products.count(); ++i)
        squaredLength += products.at(i, i) / static_cast<double>(products.count());
    const std::vector<double> eigenvalues = symmetricEigenvalues(centredGram(products), products.count());
    double variance = 0;
    for (const double eigenvalue : eigenvalues)
        variance += std::max(0.0, eigenvalue);
    health.spread = squaredLength > 0 ? variance / squaredLength : 0;
    // What is left of photos that are all alike is rounding, and has no directions.
    constexpr double rounding = 1e-12;
    if (health.spread <= rounding) {
        health.effectiveRank = 0;
        health.topShare = 1;
        return;
    }
    double entropy = 0;
    for (const double eigenvalue : eigenvalues) {
        const double share = eigenvalue / variance;
        entropy -= share > 0 ? share * std::log(share) : 0;
    }
    health.effectiveRank = std::exp(entropy);
    health.topShare = eigenvalues.front() / variance;
}

} // namespace

Result<EmbeddingHealth> embeddingHealth(const PhotoSet &photos)
{
    if (const Result<void> checked = checkPhotoSet(photos, "photos"); !checked)
        return checked.error();
    EmbeddingHealth health;
    health.dimension = photos.dimension;
    if (photos.count() < 2)
        return health;
    const Products products(photos);
    setDistances(health, photos, products);
    setAlignmentAndUniformity(health, photos, products);
    setSpectrum(health, products);
    return health;
}

} // namespace flukeprint::evaluation
