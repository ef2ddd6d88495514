#include "core/evaluation/collapse_watch.h"
#include "core/evaluation/embedding_health.h"
#include "core/evaluation/symmetric_eigenvalues.h"

#include <QTest>

#include <cmath>
#include <vector>

using namespace flukeprint;
using namespace flukeprint::evaluation;

namespace {

struct Sample
{
    std::vector<float> vectors;
    std::vector<PhotoLabel> labels;
    std::size_t dimension = 6;

    [[nodiscard]] PhotoSet set() const { return {vectors, dimension, labels}; }
};

/// Four individuals in turn; the last two photos are unidentified, and the first two of individual 0 share a group.
Sample referenceSample()
{
    Sample sample;
    for (int i = 0; i < 14; ++i) {
        for (int k = 0; k < 6; ++k)
            sample.vectors.push_back(static_cast<float>(std::sin(1.3 * i + 0.7 * k * k + 0.2 * i * k) + (i % 4 == k ? 0.3 : 0.0)));
        sample.labels.push_back({i + 1, i < 12 ? i % 4 : noIndividual, i == 0 || i == 4 ? 5 : noGroup});
    }
    return sample;
}

/// `photos` embeddings around (1, 0, 0, ...) that differ by `along` in one direction and by `across` in all others.
Sample cloud(std::size_t dimension, float along, float across)
{
    Sample sample;
    sample.dimension = dimension;
    for (int i = 0; i < 24; ++i) {
        for (std::size_t k = 0; k < dimension; ++k) {
            const auto wave = static_cast<float>(std::sin(2.1 * i * (static_cast<double>(k) + 1) + 0.3 * i * i));
            sample.vectors.push_back((k == 0 ? 1.0F : 0.0F) + wave * (k == 1 ? along : across));
        }
        sample.labels.push_back({i + 1, i / 2, noGroup});
    }
    return sample;
}

bool near(double value, double expected) { return std::abs(value - expected) < 2e-6 * std::max(1.0, std::abs(expected)); }

} // namespace

class TestEmbeddingHealth : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void figuresAreThoseOfNumpyAndTorch();
    void eigenvaluesAreThoseOfNumpy();
    void whatASampleLacksIsNotInvented();
    void photosThatAreAllAlikeHaveNoRank();
    void badNumbersAreRefused();
    void collapseIsSaidOnceAndAgainOnlyAfterRecovery();
    void anUntrainedHeadIsNoCollapse();
    void fewDimensionsMayBeALine();
};

void TestEmbeddingHealth::figuresAreThoseOfNumpyAndTorch()
{
    // torch.cdist, torch.pdist, numpy.cov(bias=True) and numpy.linalg.eigvalsh on the same numbers in double precision.
    const Sample sample = referenceSample();
    const auto health = embeddingHealth(sample.set());
    QVERIFY(health.ok());
    QVERIFY2(near(health->hardestPositive, 2.376128610111), qPrintable(QString::number(health->hardestPositive, 'g', 12)));
    QVERIFY2(near(health->hardestNegative, 1.763025434270), qPrintable(QString::number(health->hardestNegative, 'g', 12)));
    QVERIFY2(near(health->activeTriplets, 0.252066115702), qPrintable(QString::number(health->activeTriplets, 'g', 12)));
    QVERIFY2(near(health->alignment, 1.450994938815), qPrintable(QString::number(health->alignment, 'g', 12)));
    QVERIFY2(near(health->uniformity, -3.209027632535), qPrintable(QString::number(health->uniformity, 'g', 12)));
    QVERIFY2(near(health->spread, 0.986333702246), qPrintable(QString::number(health->spread, 'g', 12)));
    QVERIFY2(near(health->effectiveRank, 4.770944890566), qPrintable(QString::number(health->effectiveRank, 'g', 12)));
    QVERIFY2(near(health->topShare, 0.349810196496), qPrintable(QString::number(health->topShare, 'g', 12)));
    QCOMPARE(health->dimension, std::size_t{6});
}

void TestEmbeddingHealth::eigenvaluesAreThoseOfNumpy()
{
    // numpy.linalg.eigvalsh of the 7 x 7 matrix cos(i j) + (i = j) i.
    std::vector<double> matrix;
    for (int i = 0; i < 7; ++i) {
        for (int j = 0; j < 7; ++j)
            matrix.push_back(std::cos(i * j) + (i == j ? i : 0));
    }
    const std::vector<double> expected{6.88933719798159, 6.44231056546419, 4.17484332887993, 2.14529038216856,
                                       1.72946199614204, 0.50523034104642, -1.00536574665018};
    const std::vector<double> found = symmetricEigenvalues(matrix, 7);
    QCOMPARE(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        QVERIFY2(std::abs(found[i] - expected[i]) < 1e-11, qPrintable(QString::number(found[i], 'g', 15)));
    QCOMPARE(symmetricEigenvalues({4}, 1), std::vector<double>{4});
}

void TestEmbeddingHealth::whatASampleLacksIsNotInvented()
{
    Sample sample = referenceSample();
    for (PhotoLabel &label : sample.labels)
        label.individual = noIndividual;
    const auto unknown = embeddingHealth(sample.set());
    QVERIFY(unknown.ok());
    QVERIFY(std::isnan(unknown->hardestPositive) && std::isnan(unknown->hardestNegative));
    QVERIFY(std::isnan(unknown->activeTriplets) && std::isnan(unknown->alignment));
    QVERIFY(near(unknown->uniformity, -3.209027632535)); // needs no identity
    sample.vectors.resize(sample.dimension);
    sample.labels.resize(1);
    const auto single = embeddingHealth(sample.set());
    QVERIFY(single.ok());
    QVERIFY(std::isnan(single->uniformity) && std::isnan(single->effectiveRank));
}

void TestEmbeddingHealth::photosThatAreAllAlikeHaveNoRank()
{
    const Sample sample = cloud(12, 0, 0);
    const auto health = embeddingHealth(sample.set());
    QVERIFY(health.ok());
    QVERIFY(std::abs(health->spread) < 1e-9);
    QCOMPARE(health->effectiveRank, 0.0);
    QCOMPARE(health->uniformity, 0.0);
    QCOMPARE(health->alignment, 0.0);
    QCOMPARE(health->activeTriplets, 1.0);
}

void TestEmbeddingHealth::badNumbersAreRefused()
{
    Sample sample = referenceSample();
    sample.vectors[3] = std::nanf("");
    QCOMPARE(embeddingHealth(sample.set()).error().code, ErrorCode::InvalidArgument);
    sample = referenceSample();
    sample.vectors.pop_back();
    QCOMPARE(embeddingHealth(sample.set()).error().code, ErrorCode::InvalidArgument);
}

void TestEmbeddingHealth::collapseIsSaidOnceAndAgainOnlyAfterRecovery()
{
    const auto healthy = embeddingHealth(cloud(16, 0.5F, 0.5F).set());
    const auto point = embeddingHealth(cloud(16, 0.01F, 0.01F).set());
    const auto line = embeddingHealth(cloud(16, 1.0F, 0.01F).set());
    QVERIFY(healthy.ok() && point.ok() && line.ok());
    CollapseWatch watch;
    QVERIFY(watch.judge(*healthy) == CollapseWatch::Kind::None);
    QVERIFY(watch.judge(*point) == CollapseWatch::Kind::Point);
    QVERIFY(watch.judge(*point) == CollapseWatch::Kind::None);
    QVERIFY(watch.judge(*healthy) == CollapseWatch::Kind::None);
    QVERIFY(watch.judge(*line) == CollapseWatch::Kind::Line);
}

void TestEmbeddingHealth::anUntrainedHeadIsNoCollapse()
{
    // Photos nearly alike from the first measurement on: nothing was lost.
    const auto start = embeddingHealth(cloud(16, 0.02F, 0.02F).set());
    QVERIFY(start.ok());
    QVERIFY(start->spread < CollapseWatch::pointSpread);
    CollapseWatch watch;
    QVERIFY(watch.judge(*start) == CollapseWatch::Kind::None);
    QVERIFY(watch.judge(*start) == CollapseWatch::Kind::None);
}

void TestEmbeddingHealth::fewDimensionsMayBeALine()
{
    CollapseWatch watch;
    const auto plane = embeddingHealth(cloud(2, 0.5F, 0.5F).set());
    const auto line = embeddingHealth(cloud(2, 1.0F, 0.001F).set());
    QVERIFY(plane.ok() && line.ok());
    QVERIFY(line->topShare > CollapseWatch::lineShare);
    QVERIFY(watch.judge(*plane) == CollapseWatch::Kind::None);
    QVERIFY(watch.judge(*line) == CollapseWatch::Kind::None);
}

QTEST_GUILESS_MAIN(TestEmbeddingHealth)
#include "tst_embedding_health.moc"
