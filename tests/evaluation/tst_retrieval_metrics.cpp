#include "core/base/random.h"
#include "core/evaluation/cluster_statistics.h"
#include "core/evaluation/dot_kernel.h"
#include "core/evaluation/retrieval_metrics.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace flukeprint;
using namespace flukeprint::evaluation;

namespace {

/// Owns what a PhotoSet looks at.
struct Photos
{
    std::vector<float> values;
    PhotoSet set;

    Photos(std::size_t dimension, std::vector<float> rows, std::vector<PhotoLabel> labels)
        : values(std::move(rows))
        , set{values, dimension, std::move(labels)}
    {
    }
};

Photos randomPhotos(std::size_t count, std::size_t dimension, int individuals, std::uint64_t seed)
{
    Random random(seed);
    std::vector<float> values(count * dimension);
    for (float &value : values)
        value = static_cast<float>(random.normal());
    std::vector<PhotoLabel> labels(count);
    for (std::size_t i = 0; i < count; ++i) {
        labels[i].photo = static_cast<std::int64_t>(i) + 1;
        labels[i].individual = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(individuals) + 1)) - 1;
        labels[i].group = static_cast<std::int64_t>(random.below(count / 3));
    }
    return {dimension, std::move(values), std::move(labels)};
}

/// Plain double loops, as the definition reads.
std::vector<float> distanceMatrix(const PhotoSet &queries, const PhotoSet &gallery)
{
    std::vector<float> distances;
    for (std::size_t q = 0; q < queries.count(); ++q) {
        for (std::size_t g = 0; g < gallery.count(); ++g) {
            double squared = 0;
            for (std::size_t k = 0; k < queries.dimension; ++k)
                squared += std::pow(double{queries.row(q)[k]} - double{gallery.row(g)[k]}, 2);
            distances.push_back(static_cast<float>(std::sqrt(squared)));
        }
    }
    return distances;
}

std::vector<QueryRanking> ranked(const std::vector<float> &distances, const std::vector<PhotoLabel> &queries,
                                 const std::vector<PhotoLabel> &gallery, RankingOptions options = {})
{
    Result<std::vector<QueryRanking>> result = rankFromDistances(distances, queries, gallery, options);
    return result ? *result : std::vector<QueryRanking>{};
}

} // namespace

class TestRetrievalMetrics : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tieCountsAgainstUs()
    {
        const auto rankings =
            ranked({0.5F, 0.5F, 0.7F}, {{.individual = 1}}, {{.individual = 1}, {.individual = 2}, {.individual = 3}});
        QCOMPARE(rankings.size(), 1U);
        QCOMPARE(rankings[0].rank, 2U);
        QCOMPARE(rankings[0].nearest[0].individual, 2); // the true one comes last among equals
        QCOMPARE(rankings[0].nearest[1].individual, 1);
        QCOMPARE(rankings[0].individualsRanked, 3U);
        QCOMPARE(rankings[0].ownDistance, 0.5F);
    }

    void individualIsAsFarAsItsNearestPhoto()
    {
        const auto rankings =
            ranked({0.9F, 0.2F, 0.3F, 0.1F}, {{.individual = 1}},
                   {{.individual = 1}, {.individual = 1}, {.individual = 2}, {.individual = noIndividual}});
        QCOMPARE(rankings[0].rank, 1U);
        QCOMPARE(rankings[0].nearest.size(), 2U);
        QCOMPARE(rankings[0].nearest[0].galleryRow, 1U);
    }

    void unidentifiedPhotosCanBeIndividualsOfTheirOwn()
    {
        RankingOptions options;
        options.unidentifiedAreIndividuals = true;
        const auto rankings =
            ranked({0.3F, 0.1F, 0.2F}, {{.individual = 1}},
                   {{.individual = 1}, {.individual = noIndividual}, {.individual = noIndividual}}, options);
        QCOMPARE(rankings[0].rank, 3U);
        QCOMPARE(rankings[0].individualsRanked, 3U);
        QCOMPARE(rankings[0].nearest[0].individual, noIndividual);
        QCOMPARE(rankings[0].nearest[0].galleryRow, 1U);
    }

    void queryNeverMeetsItselfNorItsGroup()
    {
        const std::vector<PhotoLabel> gallery{{.photo = 1, .individual = 1, .group = 7},
                                              {.photo = 2, .individual = 1, .group = 7},
                                              {.photo = 3, .individual = 1, .group = 8},
                                              {.photo = 4, .individual = 2, .group = noGroup}};
        const auto rankings = ranked({0.0F, 0.1F, 0.6F, 0.5F}, {gallery[0]}, gallery);
        QCOMPARE(rankings[0].ownDistance, 0.6F);
        QCOMPARE(rankings[0].rank, 2U);
        // "No group" is not a group that two photos could share.
        const auto loose = ranked({0.1F}, {{.photo = 9, .individual = 1, .group = noGroup}},
                                  {{.photo = 8, .individual = 1, .group = noGroup}});
        QCOMPARE(loose[0].rank, 1U);
        const auto unnumbered = ranked({0.1F}, {{.photo = 0, .individual = 1}}, {{.photo = 0, .individual = 1}});
        QCOMPARE(unnumbered[0].rank, 1U);
    }

    void queryWithoutEligiblePhotoIsNotScored()
    {
        const auto rankings = ranked({0.1F, 0.2F, 0.1F, 0.2F, 0.3F, 0.1F},
                                     {{.individual = 5}, {.individual = 1}, {.individual = noIndividual}},
                                     {{.individual = 1}, {.individual = 2}});
        QCOMPARE(rankings[0].rank, 0U);
        QVERIFY(std::isinf(rankings[0].ownDistance));
        QCOMPARE(rankings[0].nearestDistance(), 0.1F); // still has candidates
        QVERIFY(rankings[1].isScored());
        QVERIFY(!rankings[2].isScored());
        const RetrievalScores scores = retrievalScores(rankings);
        QCOMPARE(scores.scored, 1U);
        QCOMPARE(scores.queries, 3U);
        QCOMPARE(scores.top1, 1.0);
    }

    void scoresAreMeansOverScoredQueries()
    {
        std::vector<QueryRanking> rankings(5);
        const std::size_t ranks[] = {1, 2, 5, 6, 0};
        for (std::size_t i = 0; i < rankings.size(); ++i) {
            rankings[i].individual = static_cast<std::int32_t>(i);
            rankings[i].rank = ranks[i];
        }
        const RetrievalScores scores = retrievalScores(rankings);
        QCOMPARE(scores.scored, 4U);
        QCOMPARE(scores.top1, 0.25);
        QCOMPARE(scores.top5, 0.75);
        QCOMPARE(scores.map5, (1 + 0.5 + 0.2) / 4);
        const RetrievalFigures figures = retrievalFigures(rankings);
        QCOMPARE(figures.map5.value, scores.map5);
        QCOMPARE(figures.scored, 4U);
        QVERIFY(figures.map5.low < figures.map5.value && figures.map5.value < figures.map5.high);
        QVERIFY(!retrievalFigures({}).map5.isAvailable());
        QCOMPARE(retrievalScores({}).map5, 0.0);
    }

    void bruteForceAgreesWithTheDefinition_data()
    {
        QTest::addColumn<int>("dimension");
        QTest::addColumn<int>("gallery");
        QTest::newRow("tiny") << 1 << 3;
        QTest::newRow("odd sizes") << 37 << 701;
        QTest::newRow("several blocks") << 128 << 1300;
    }
    void bruteForceAgreesWithTheDefinition()
    {
        QFETCH(int, dimension);
        QFETCH(int, gallery);
        const Photos left = randomPhotos(101, static_cast<std::size_t>(dimension), 20, 1);
        const Photos right =
            randomPhotos(static_cast<std::size_t>(gallery), static_cast<std::size_t>(dimension), 20, 2);
        for (const bool alone : {false, true}) {
            RankingOptions options;
            options.unidentifiedAreIndividuals = alone;
            const auto wanted = ranked(distanceMatrix(left.set, right.set), left.set.labels, right.set.labels, options);
            const auto found = rankQueries(left.set, right.set, options);
            QVERIFY(found.ok());
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                QCOMPARE((*found)[i].rank, wanted[i].rank);
                QCOMPARE((*found)[i].individualsRanked, wanted[i].individualsRanked);
                QCOMPARE((*found)[i].nearest.size(), wanted[i].nearest.size());
                for (std::size_t k = 0; k < wanted[i].nearest.size(); ++k) {
                    QCOMPARE((*found)[i].nearest[k].galleryRow, wanted[i].nearest[k].galleryRow);
                    QVERIFY(std::abs((*found)[i].nearest[k].distance - wanted[i].nearest[k].distance) < 1e-4F);
                }
            }
        }
    }

    void everyCpusKernelMultipliesRight()
    {
        // 19 x 45 rows of 33: remainders of every tile size.
        const Photos left = randomPhotos(19, 33, 3, 5);
        const Photos right = randomPhotos(45, 33, 3, 6);
        std::vector<const float *> leftRows;
        std::vector<const float *> rightRows;
        for (std::size_t i = 0; i < left.set.count(); ++i)
            leftRows.push_back(left.set.row(i).data());
        for (std::size_t i = 0; i < right.set.count(); ++i)
            rightRows.push_back(right.set.row(i).data());
        std::vector<float> panels(packedSize(45, 33), -1.0F);
        packRows(rightRows.data(), rightRows.size(), 33, panels.data());
        QCOMPARE(panels.size(), 64U * 33U);
        for (const NamedDotKernel &kernel : supportedDotKernels()) {
            std::vector<float> products(19 * 70, 7.0F);
            kernel.function(leftRows.data(), 19, panels.data(), 2, 33, products.data(), 70);
            for (std::size_t i = 0; i < 19; ++i) {
                for (std::size_t j = 0; j < 70; ++j) {
                    double wanted = j < 64 ? 0.0 : 7.0; // padding gives 0; beyond it nothing is touched
                    for (std::size_t k = 0; k < 33 && j < 45; ++k)
                        wanted += double{leftRows[i][k]} * double{rightRows[j][k]};
                    QVERIFY2(std::abs(double{products[i * 70 + j]} - wanted) < 1e-4, kernel.name);
                }
            }
        }
    }

    void answersDoNotDependOnThreads()
    {
        const Photos photos = randomPhotos(1500, 64, 80, 3);
        RankingOptions one;
        one.threads = 1;
        RankingOptions many;
        many.threads = 4;
        const auto a = rankQueries(photos.set, photos.set, one);
        const auto b = rankQueries(photos.set, photos.set, many);
        for (std::size_t i = 0; i < photos.set.count(); ++i) {
            QCOMPARE((*a)[i].rank, (*b)[i].rank);
            QCOMPARE((*a)[i].ownDistance, (*b)[i].ownDistance);
        }
    }

    void equalPhotosTieExactly()
    {
        // Copies of one photo under two names must tie wherever they stand in the gallery.
        Photos gallery = randomPhotos(600, 50, 0, 4);
        const std::vector<float> copy(gallery.values.begin(), gallery.values.begin() + 50);
        for (const std::size_t row : {70U, 411U, 599U})
            std::copy(copy.begin(), copy.end(), gallery.values.begin() + static_cast<std::ptrdiff_t>(row * 50));
        for (std::size_t i = 0; i < 600; ++i)
            gallery.set.labels[i] = {.individual = static_cast<std::int32_t>(i)};
        Photos query(50, std::vector<float>(50, 0.3F), {{.individual = 0}});
        const auto rankings = rankQueries(query.set, gallery.set);
        const auto all = ranked(distanceMatrix(query.set, gallery.set), query.set.labels, gallery.set.labels);
        QCOMPARE((*rankings)[0].rank, all[0].rank);
        QVERIFY((*rankings)[0].rank >= 4);
    }

    void meanOfPhotosUsesEligiblePhotosOnly()
    {
        const Photos gallery(2, {1, 0, 0, 1, 4, 0, 0.6F, 0.6F},
                             {{1, 1, 5}, {2, 1, noGroup}, {3, 1, 9}, {4, 2, noGroup}});
        const Photos query(2, {0.5F, 0.5F}, {{10, 1, 9}}); // group 9: the outlier at (4, 0) does not count
        RankingOptions options;
        options.distance = IndividualDistance::MeanOfPhotos;
        const auto rankings = rankQueries(query.set, gallery.set, options);
        QCOMPARE((*rankings)[0].rank, 1U);
        QVERIFY(std::abs((*rankings)[0].ownDistance) < 1e-6F);
        const auto nearest = rankQueries(query.set, gallery.set);
        QCOMPARE((*nearest)[0].rank, 2U);
    }

    void badInputIsRefused()
    {
        Photos photos(2, {1, 0, 0, 1}, {{.individual = 0}, {.individual = 1}});
        Photos other(3, {1, 0, 0}, {{.individual = 0}});
        QCOMPARE(rankQueries(photos.set, other.set).error().code, ErrorCode::InvalidArgument);
        PhotoSet tooShort = photos.set;
        tooShort.labels.emplace_back();
        QCOMPARE(rankQueries(tooShort, photos.set).error().code, ErrorCode::InvalidArgument);
        photos.values[1] = std::numeric_limits<float>::quiet_NaN();
        QCOMPARE(rankQueries(photos.set, photos.set).error().code, ErrorCode::InvalidArgument);
        QCOMPARE(clusterStatistics(photos.set).error().code, ErrorCode::InvalidArgument);
        QCOMPARE(rankFromDistances(std::vector<float>{1.F}, photos.set.labels, photos.set.labels).error().code,
                 ErrorCode::InvalidArgument);
        const std::vector<float> nan(4, std::numeric_limits<float>::quiet_NaN());
        QCOMPARE(rankFromDistances(nan, photos.set.labels, photos.set.labels).error().code, ErrorCode::InvalidArgument);
        std::stop_source stop;
        stop.request_stop();
        photos.values[1] = 0;
        QCOMPARE(rankQueries(photos.set, photos.set, {}, stop.get_token()).error().code, ErrorCode::Cancelled);
    }

    void emptySetsAreFine()
    {
        const Photos photos(2, {1, 0}, {{.individual = 0}});
        const Photos none(2, {}, {});
        QCOMPARE(rankQueries(none.set, photos.set)->size(), 0U);
        const auto rankings = rankQueries(photos.set, none.set);
        QCOMPARE(rankings->size(), 1U);
        QVERIFY(!(*rankings)[0].isScored());
        QVERIFY(std::isinf((*rankings)[0].nearestDistance()));
        QVERIFY(std::isnan(clusterStatistics(none.set)->radius));
    }

    void clusterStatisticsByHand()
    {
        // Individual 1: (0,0) and (2,0), centroid (1,0), radius 1. Individual 2: (1,3). Individual 3: (1,7) twice,
        // radius 0.
        const Photos photos(2, {0, 0, 2, 0, 1, 3, 1, 7, 1, 7, 50, 50},
                            {{.individual = 1},
                             {.individual = 1},
                             {.individual = 2},
                             {.individual = 3},
                             {.individual = 3},
                             {.individual = noIndividual}});
        const auto statistics = clusterStatistics(photos.set);
        QCOMPARE(statistics->individuals, 3U);
        QCOMPARE(statistics->individualsWithPairs, 2U);
        QVERIFY(std::abs(statistics->radius - 0.5) < 1e-6);
        QVERIFY(std::abs(statistics->separation - (3.0 + 3.0 + 4.0) / 3) < 1e-5);
    }

    void areaUnderRocCountsTiesHalf()
    {
        QCOMPARE(areaUnderRoc(std::vector<double>{2, 3}, std::vector<double>{1, 2}), (1 + 0.5 + 1 + 1) / 4);
        QCOMPARE(areaUnderRoc(std::vector<double>{1, 1}, std::vector<double>{1}), 0.5);
        QCOMPARE(areaUnderRoc(std::vector<double>{0}, std::vector<double>{1}), 0.0);
        QVERIFY(std::isnan(areaUnderRoc({}, std::vector<double>{1})));
    }

    void calibrationErrorInBinsOfEqualCount()
    {
        // Two bins: {0.1, 0.2} with one hit, {0.8, 0.9} with two: (|0.3 - 1| + |1.7 - 2|) / 4.
        const std::vector<double> probability{0.9, 0.1, 0.8, 0.2};
        const std::vector<std::uint8_t> correct{1, 0, 1, 1};
        QVERIFY(std::abs(expectedCalibrationError(probability, correct, 2) - 0.25) < 1e-12);
        QVERIFY(std::isnan(expectedCalibrationError({}, {})));
        // 300 tosses of a coin in 15 bins of 20: the mean distance of a bin's share from 1/2 is sqrt(2 / pi) * 0.5 / sqrt(20) = 0.0892
        // but for what the binomial differs from the normal distribution (0.0881).
        const std::vector<double> coin(300, 0.5);
        const Estimate byChance = calibrationErrorByChance(coin);
        QVERIFY2(std::abs(byChance.value - 0.0881) < 0.002, qPrintable(QString::number(byChance.value)));
        QVERIFY(byChance.low < byChance.value && byChance.value < byChance.high && byChance.low > 0.05 && byChance.high < 0.13);
        QCOMPARE(calibrationErrorByChance(std::vector<double>{0, 1, 1}, 3).value, 0.0); // nothing left to chance
        QVERIFY(!calibrationErrorByChance({}).isAvailable());
        // 47 samples in 15 bins, computed with numpy.
        std::vector<double> p;
        std::vector<std::uint8_t> y;
        for (int j = 0; j < 47; ++j) {
            p.push_back((j * 37 + 11) % 101 / 100.0);
            y.push_back((j * j * 7 + 3) % 10 < 5 ? 1 : 0);
        }
        QVERIFY(std::abs(expectedCalibrationError(p, y) - 0.5272340425531914) < 1e-12);
    }
};

QTEST_APPLESS_MAIN(TestRetrievalMetrics)
#include "tst_retrieval_metrics.moc"
