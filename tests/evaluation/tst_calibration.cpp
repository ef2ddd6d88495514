#include "core/base/random.h"
#include "core/evaluation/protocols.h"

#include <QTest>

#include <cmath>
#include <numeric>

using namespace flukeprint;
using namespace flukeprint::evaluation;

namespace {

constexpr std::size_t dimension = 24;

/// Whales as random directions, photos as noisy views of them; some photos are much noisier than others, as in the
/// field.
class Ocean
{
public:
    Ocean(std::size_t individuals, std::uint64_t seed)
        : m_random(seed)
    {
        for (std::size_t i = 0; i < individuals; ++i)
            m_centres.push_back(unit(direction()));
        for (std::size_t i = 0; i < individuals; ++i) {
            for (std::uint64_t photo = 0; photo <= m_random.below(4); ++photo)
                append(m_gallery, m_galleryLabels, view(m_centres[i]), static_cast<std::int32_t>(i));
        }
    }

    std::vector<QueryRanking> known(std::size_t count)
    {
        std::vector<float> rows;
        std::vector<PhotoLabel> labels;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t whale = m_random.below(m_centres.size());
            append(rows, labels, view(m_centres[whale]), static_cast<std::int32_t>(whale));
        }
        return rank(rows, std::move(labels));
    }

    std::vector<QueryRanking> strangers(std::size_t count)
    {
        std::vector<float> rows;
        std::vector<PhotoLabel> labels;
        for (std::size_t i = 0; i < count; ++i)
            append(rows, labels, view(unit(direction())), noIndividual);
        return rank(rows, std::move(labels));
    }

private:
    using Row = std::array<double, dimension>;

    Row direction()
    {
        Row row;
        for (double &value : row)
            value = m_random.normal();
        return row;
    }

    static Row unit(Row row)
    {
        const double length = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0));
        for (double &value : row)
            value /= length;
        return row;
    }

    Row view(const Row &centre)
    {
        const double noise = 0.1 + 0.16 * m_random.uniform();
        Row row = direction();
        for (std::size_t k = 0; k < dimension; ++k)
            row[k] = centre[k] + noise * row[k];
        return unit(row);
    }

    static void append(std::vector<float> &rows, std::vector<PhotoLabel> &labels, const Row &row,
                       std::int32_t individual)
    {
        for (const double value : row)
            rows.push_back(static_cast<float>(value));
        labels.push_back({.individual = individual});
    }

    std::vector<QueryRanking> rank(const std::vector<float> &rows, std::vector<PhotoLabel> labels) const
    {
        return *rankQueries({rows, dimension, std::move(labels)}, {m_gallery, dimension, m_galleryLabels});
    }

    Random m_random;
    std::vector<Row> m_centres;
    std::vector<float> m_gallery;
    std::vector<PhotoLabel> m_galleryLabels;
};

ScoreCalibration fitOn(Ocean &ocean, std::size_t known, std::size_t strangers)
{
    std::vector<CalibrationQuery> queries = calibrationQueries(ocean.known(known), false);
    for (CalibrationQuery &query : calibrationQueries(ocean.strangers(strangers), true))
        queries.push_back(std::move(query));
    return ScoreCalibration::fit(queries);
}

/// ECE with another prior than the stored one.
CalibrationFigures judged(const ScoreCalibration &calibration, std::span<const QueryRanking> known,
                          std::span<const QueryRanking> strangers)
{
    BootstrapOptions noInterval;
    noInterval.resamples = 0;
    return calibrationFigures(calibration, known, strangers, noInterval);
}

/// The probabilities that each query is new.
std::vector<double> shown(const ScoreCalibration &calibration, std::span<const QueryRanking> rankings)
{
    std::vector<double> probabilities;
    for (const QueryRanking &ranking : rankings) {
        std::vector<float> distances;
        for (const RankedIndividual &individual : ranking.nearest)
            distances.push_back(individual.distance);
        probabilities.push_back(calibration.apply(distances, ranking.individualsRanked)->newIndividual);
    }
    return probabilities;
}

ScoreCalibration withPrior(const ScoreCalibration &calibration, double prior)
{
    std::map<std::string, double> map = calibration.toMap();
    map["new_prior"] = prior;
    return *ScoreCalibration::fromMap(map);
}

} // namespace

class TestCalibration : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void probabilitiesAreFrequencies()
    {
        Ocean ocean(300, 11);
        const ScoreCalibration calibration = fitOn(ocean, 250, 100);
        QVERIFY(calibration.isCalibrated());
        QVERIFY(std::abs(calibration.newPrior() - 100.0 / 350) < 1e-9);
        const auto known = ocean.known(2500);
        const auto strangers = ocean.strangers(1000);
        const double top1 = retrievalScores(known).top1;
        QVERIFY2(top1 > 0.5 && top1 < 0.95, "the simulated task must be neither trivial nor hopeless");
        const CalibrationFigures figures = judged(calibration, known, strangers);
        qInfo("ECE first candidate %.4f, new individual %.4f", figures.firstCandidate.value,
              figures.newIndividual.value);
        QVERIFY(figures.firstCandidate.value < 0.05);
        QVERIFY(figures.newIndividual.value < 0.05);
        QCOMPARE(figures.aurocNew.value, areaUnderRoc(shown(calibration, strangers), shown(calibration, known)));
        QCOMPARE(figures.aurocNew.count, known.size() + strangers.size());
    }

    void probabilitiesStaySoAsTheCatalogueGrows()
    {
        Ocean small(150, 12);
        const ScoreCalibration calibration = fitOn(small, 300, 120);
        Ocean large(2400, 13);
        const CalibrationFigures figures = judged(calibration, large.known(1500), large.strangers(600));
        qInfo("ECE first candidate %.4f, new individual %.4f", figures.firstCandidate.value,
              figures.newIndividual.value);
        QVERIFY(figures.firstCandidate.value < 0.08);
        QVERIFY(figures.newIndividual.value < 0.08);
    }

    void anotherShareOfNewWhalesIsSaidOpenly()
    {
        Ocean ocean(300, 14);
        const ScoreCalibration calibration = fitOn(ocean, 250, 100);
        const auto known = ocean.known(500);
        const auto strangers = ocean.strangers(1500);
        const double told = judged(withPrior(calibration, 0.75), known, strangers).newIndividual.value;
        const double untold = judged(calibration, known, strangers).newIndividual.value;
        QVERIFY(told < 0.06);
        QVERIFY(told < untold);
        // A season's own photos tell the share without labels.
        std::vector<CalibrationQuery> queue = calibrationQueries(known, false);
        for (CalibrationQuery &query : calibrationQueries(strangers, true))
            queue.push_back(std::move(query));
        const auto estimated = estimateNewPrior(calibration, queue);
        QVERIFY(estimated.has_value());
        QVERIFY(std::abs(*estimated - 0.75) < 0.08);
    }

    void strangersAreMadeUpWhereNoneExist()
    {
        Ocean ocean(300, 15);
        const ScoreCalibration calibration = ScoreCalibration::fit(calibrationQueries(ocean.known(300), false));
        QVERIFY(calibration.isCalibrated());
        QCOMPARE(calibration.newPrior(), 0.3);
        const CalibrationFigures figures = judged(calibration, ocean.known(1400), ocean.strangers(600));
        QVERIFY(figures.firstCandidate.value < 0.06);
        QVERIFY(figures.newIndividual.value < 0.06);
    }

    void probabilitiesAreADistribution()
    {
        Ocean ocean(200, 16);
        const ScoreCalibration calibration = fitOn(ocean, 200, 60);
        for (const QueryRanking &ranking : ocean.known(200)) {
            std::vector<float> distances;
            for (const RankedIndividual &individual : ranking.nearest)
                distances.push_back(individual.distance);
            const auto answer = calibration.apply(distances, ranking.individualsRanked);
            double sum = answer->newIndividual;
            QVERIFY(answer->newIndividual > 0 && answer->newIndividual < 1);
            for (std::size_t i = 0; i < answer->candidates.size(); ++i) {
                QVERIFY(answer->candidates[i] > 0 && answer->candidates[i] < 1);
                QVERIFY(i == 0 || answer->candidates[i] <= answer->candidates[i - 1]);
                sum += answer->candidates[i];
            }
            QVERIFY(sum <= 1 + 1e-9);
        }
    }

    void extremesAreNeverCertain()
    {
        Ocean ocean(200, 17);
        const ScoreCalibration calibration = fitOn(ocean, 200, 60);
        const auto same = calibration.apply(std::vector<float>{0.F, 1.4F, 1.4F, 1.4F}, 4);
        QVERIFY(same->candidates[0] > 0.8 && same->candidates[0] <= 0.995 + 0.005);
        QVERIFY(same->newIndividual > 0);
        const auto far = calibration.apply(std::vector<float>{2.F, 2.F, 2.F}, 1000);
        QVERIFY(far->newIndividual > 0.5 && far->newIndividual < 1);
        const auto nobody = calibration.apply({}, 0);
        QVERIFY(nobody->candidates.empty());
        QVERIFY(nobody->newIndividual > 0.5 && nobody->newIndividual < 1);
        const auto alone = calibration.apply(std::vector<float>{0.5F}, 1);
        QVERIFY(std::abs(alone->candidates[0] + alone->newIndividual - 1) < 1e-9);
        const auto silly = calibration.apply(std::vector<float>{0.5F, 0.6F}, 1, 7.0);
        QVERIFY(silly->newIndividual < 1);
    }

    void fewQueriesAreNotCalibrated()
    {
        Ocean ocean(100, 18);
        const ScoreCalibration calibration = fitOn(ocean, 29, 100);
        QVERIFY(!calibration.isCalibrated());
        QVERIFY(!calibration.apply(std::vector<float>{0.1F}, 1).has_value());
        QVERIFY(!estimateNewPrior(calibration, {}).has_value());
        QVERIFY(!ScoreCalibration::fit({}).isCalibrated());
        QVERIFY(fitOn(ocean, 30, 0).isCalibrated());
    }

    void uselessDistancesGiveModestProbabilities()
    {
        // The true individual stands anywhere: nothing may be claimed with confidence.
        Random random(19);
        std::vector<CalibrationQuery> queries;
        for (int i = 0; i < 200; ++i) {
            CalibrationQuery query;
            for (int k = 0; k < 50; ++k)
                query.distances.push_back(static_cast<float>(1.0 + 0.2 * random.uniform()));
            std::sort(query.distances.begin(), query.distances.end());
            query.individualsRanked = 50;
            query.truePosition = random.below(50);
            query.isNew = i % 4 == 0;
            queries.push_back(std::move(query));
        }
        const ScoreCalibration calibration = ScoreCalibration::fit(queries);
        double largest = 0;
        for (const CalibrationQuery &query : queries)
            largest = std::max(largest, calibration.apply(query.distances, 50)->candidates[0]);
        QVERIFY(largest < 0.25);
    }

    void survivesBeingStored()
    {
        Ocean ocean(200, 20);
        const ScoreCalibration calibration = fitOn(ocean, 100, 40);
        const auto again = ScoreCalibration::fromMap(calibration.toMap());
        QVERIFY(again.ok());
        const std::vector<float> distances{0.4F, 0.9F, 1.0F, 1.1F};
        QCOMPARE(again->apply(distances, 4)->candidates[0], calibration.apply(distances, 4)->candidates[0]);
        QCOMPARE(again->queriesUsed(), 140U);
        QVERIFY(!ScoreCalibration::fromMap({})->isCalibrated());
        QVERIFY(!ScoreCalibration::fromMap(ScoreCalibration().toMap())->isCalibrated());
    }

    void damagedFormsAreRefused()
    {
        Ocean ocean(100, 21);
        const std::map<std::string, double> good = fitOn(ocean, 60, 30).toMap();
        for (const auto &[key, value] : good) {
            std::map<std::string, double> missing = good;
            missing.erase(key);
            const auto read = ScoreCalibration::fromMap(missing);
            QVERIFY2(!read.ok(), key.c_str());
            QCOMPARE(read.error().code, ErrorCode::InvalidArgument);
            std::map<std::string, double> nan = good;
            nan[key] = std::nan("");
            QVERIFY2(!ScoreCalibration::fromMap(nan).ok(), key.c_str());
        }
        std::map<std::string, double> negative = good;
        negative["slope"] = -1;
        QVERIFY(!ScoreCalibration::fromMap(negative).ok());
    }

    void queriesFromRankings()
    {
        QueryRanking ranking;
        ranking.individual = 7;
        ranking.rank = 2;
        ranking.individualsRanked = 9;
        ranking.nearest = {{3, 0.1F, 0}, {7, 0.2F, 1}, {4, 0.3F, 2}};
        const std::vector<QueryRanking> rankings{ranking, QueryRanking{}};
        const auto known = calibrationQueries(rankings, false);
        QCOMPARE(known.size(), 1U);
        QCOMPARE(known[0].truePosition, 1U);
        const auto taken = calibrationQueries(rankings, true);
        QCOMPARE(taken.size(), 2U);
        QVERIFY(taken[0].isNew);
        QCOMPARE(taken[0].individualsRanked, 8U);
        QCOMPARE(taken[0].distances.size(), 2U);
        QCOMPARE(taken[0].distances[1], 0.3F);
    }
};

QTEST_APPLESS_MAIN(TestCalibration)
#include "tst_calibration.moc"
