#include "core/base/random.h"
#include "core/evaluation/bootstrap.h"

#include <QTest>

#include <cmath>
#include <numeric>

using namespace flukeprint;
using namespace flukeprint::evaluation;

class TestBootstrap : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sameSeedSameInterval()
    {
        const std::vector<double> values{0, 1.1, 1.01, 0.5, 0.2, 1.003, 0.0007, 0.02, 1};
        const std::vector<std::int64_t> clusters{1, 1, 2, 3, 3, 3, 4, -1, -1};
        const Estimate a = bootstrapMean(values, clusters);
        const Estimate b = bootstrapMean(values, clusters);
        QCOMPARE(a.low, b.low);
        QCOMPARE(a.high, b.high);
        QCOMPARE(a.count, 9U);
        BootstrapOptions other;
        other.seed = 2;
        QVERIFY(bootstrapMean(values, clusters, other).low != a.low
                || bootstrapMean(values, clusters, other).high != a.high);
    }

    void independentItemsGiveTheTextbookInterval()
    {
        Random random(5);
        std::vector<double> values(2000);
        for (double &value : values)
            value = random.uniform() < 0.3 ? 1 : 0;
        const std::vector<std::int64_t> clusters(values.size(), -1);
        const Estimate estimate = bootstrapMean(values, clusters);
        const double standardError = std::sqrt(estimate.value * (1 - estimate.value) / 2000);
        QVERIFY(std::abs((estimate.high - estimate.value) / standardError - 1.96) < 0.25);
        QVERIFY(std::abs((estimate.value - estimate.low) / standardError - 1.96) < 0.25);
    }

    void photosOfOneIndividualAreNotIndependent()
    {
        // 20 individuals whose 50 photos agree: the interval is that of 20 draws, not of 1,000.
        std::vector<double> values;
        std::vector<std::int64_t> clusters;
        for (int individual = 0; individual < 20; ++individual) {
            for (int photo = 0; photo < 50; ++photo) {
                values.push_back(individual % 2);
                clusters.push_back(individual);
            }
        }
        const Estimate clustered = bootstrapMean(values, clusters);
        const Estimate loose = bootstrapMean(values, std::vector<std::int64_t>(values.size(), -1));
        const double expected = 2 * 1.96 * std::sqrt(0.25 / 20);
        QVERIFY(std::abs((clustered.high - clustered.low) / expected - 1) < 0.2);
        QVERIFY(loose.high - loose.low < (clustered.high - clustered.low) / 5);
    }

    void resamplesWithoutAFigureAreLeftOut()
    {
        // With two clusters, half of the resamples miss the one that carries the figure.
        const std::vector<std::int64_t> clusters{1, 2};
        const auto statistic = [](std::span<const std::uint32_t> multiplicity) {
            return multiplicity[0] > 0 ? 3.0 : std::numeric_limits<double>::quiet_NaN();
        };
        const Estimate estimate = bootstrap(clusters, statistic);
        QCOMPARE(estimate.value, 3.0);
        QCOMPARE(estimate.low, 3.0);
        QCOMPARE(estimate.high, 3.0);
    }

    void multiplicitiesCoverWholeClusters()
    {
        const std::vector<std::int64_t> clusters{4, 4, 9, -1, -1};
        bool agree = true;
        bool total = true;
        const auto statistic = [&](std::span<const std::uint32_t> multiplicity) {
            agree = agree && multiplicity[0] == multiplicity[1];
            total = total && multiplicity[0] + multiplicity[2] + multiplicity[3] + multiplicity[4] == 4;
            return 1.0;
        };
        const Estimate estimate = bootstrap(clusters, statistic);
        QCOMPARE(estimate.value, 1.0);
        QVERIFY(agree);
        QVERIFY(total);
    }

    void nothingInNothingOut()
    {
        QVERIFY(!bootstrapMean({}, {}).isAvailable());
        BootstrapOptions none;
        none.resamples = 0;
        const Estimate estimate = bootstrapMean(std::vector<double>{1, 2}, std::vector<std::int64_t>{1, 2}, none);
        QCOMPARE(estimate.value, 1.5);
        QVERIFY(std::isnan(estimate.low));
    }
};

QTEST_APPLESS_MAIN(TestBootstrap)
#include "tst_bootstrap.moc"
