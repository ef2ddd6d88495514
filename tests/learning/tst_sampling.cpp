#include "core/base/random.h"
#include "core/learning/mining/mine_triplets.h"
#include "core/learning/sampling/sampler.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

/// Individuals with 1, 2, 3, ... photos; chips numbered through.
std::vector<std::vector<std::int64_t>> stairs(std::size_t individuals)
{
    std::vector<std::vector<std::int64_t>> photos(individuals);
    std::int64_t chip = 0;
    for (std::size_t i = 0; i < individuals; ++i) {
        for (std::size_t k = 0; k <= i % 5; ++k)
            photos[i].push_back(chip++);
    }
    return photos;
}

SamplerOptions options(std::int64_t individuals, std::int64_t photos, std::int64_t negatives = 0)
{
    SamplerOptions result;
    result.individualsPerBatch = individuals;
    result.photosPerIndividual = photos;
    result.negativesPerBatch = negatives;
    return result;
}

double distance(const chips::EmbeddingTable &table, std::size_t a, std::size_t b)
{
    double sum = 0;
    for (std::size_t i = 0; i < table.dimension; ++i)
        sum += std::pow(static_cast<double>(table.row(a)[i]) - table.row(b)[i], 2);
    return std::sqrt(sum);
}

chips::EmbeddingTable randomTable(std::size_t count, std::uint32_t dimension)
{
    Random random(5);
    chips::EmbeddingTable table;
    table.dimension = dimension;
    for (std::size_t i = 0; i < count; ++i)
        table.ids.push_back(AnnotationId(static_cast<std::int64_t>(1000 + 3 * i)));
    for (std::size_t i = 0; i < count * dimension; ++i)
        table.vectors.push_back(static_cast<float>(random.normal()));
    return table;
}

std::vector<MiningLabel> randomLabels(std::size_t count)
{
    Random random(6);
    std::vector<MiningLabel> labels(count);
    for (MiningLabel &label : labels)
        label = {static_cast<std::int32_t>(random.below(40)) - 1, static_cast<std::int64_t>(random.below(30))};
    return labels;
}

/// Plain loops over all pairs.
std::vector<Triplet> bruteForce(const chips::EmbeddingTable &table, const std::vector<MiningLabel> &labels)
{
    std::vector<Triplet> triplets;
    for (std::size_t a = 0; a < labels.size(); ++a) {
        Triplet best{static_cast<std::int64_t>(a), -1, -1, -1, 1e9F};
        for (std::size_t b = 0; labels[a].individual >= 0 && b < labels.size(); ++b) {
            const bool sameGroup = labels[a].group > 0 && labels[a].group == labels[b].group;
            if (a == b || sameGroup)
                continue;
            const auto d = static_cast<float>(distance(table, a, b));
            const bool same = labels[a].individual == labels[b].individual;
            if (same && d > best.distancePositive) {
                best.positive = static_cast<std::int64_t>(b);
                best.distancePositive = d;
            } else if (!same && d < best.distanceNegative) {
                best.negative = static_cast<std::int64_t>(b);
                best.distanceNegative = d;
            }
        }
        if (best.positive >= 0 && best.negative >= 0)
            triplets.push_back(best);
    }
    std::stable_sort(triplets.begin(), triplets.end(),
                     [](const Triplet &a, const Triplet &b) { return a.violation() > b.violation(); });
    return triplets;
}

void writeText(const QString &path, const std::string &text) { std::ofstream(path.toStdString()) << text; }

} // namespace

class TestSampling : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void batchesHoldEveryIndividualWithItsPhotos();
    void anEpochShowsEveryPhoto();
    void mirroredPhotosAreAnotherClass();
    void withoutMirrorIdentityTheClassStays();
    void singlePhotosStandTwice();
    void fewerIndividualsThanABatchWants();
    void unidentifiedPhotosComeLastAndTakeTurns();
    void anEpochFollowsFromSeedAndNumberAlone();

    void minedTripletsAreTheHardest();
    void sameGroupIsNeitherPositiveNorNegative();
    void miningWritesTheTable();
    void miningNamesWhatIsWrong();
};

void TestSampling::batchesHoldEveryIndividualWithItsPhotos()
{
    const auto photos = stairs(30);
    const PkSampler sampler(photos, {}, options(8, 3));
    for (const auto &batch : sampler.epoch(0)) {
        QCOMPARE(batch.size(), std::size_t{24});
        std::set<std::int64_t> individuals;
        for (std::size_t i = 0; i < batch.size(); i += 3) {
            const std::int64_t individual = batch[i].label % 30;
            QVERIFY(individuals.insert(individual).second);
            const auto &own = photos[static_cast<std::size_t>(individual)];
            for (std::size_t k = i; k < i + 3; ++k) {
                QCOMPARE(batch[k].label, batch[i].label);
                QVERIFY(std::find(own.begin(), own.end(), batch[k].chip) != own.end());
            }
        }
    }
}

void TestSampling::anEpochShowsEveryPhoto()
{
    const auto photos = stairs(40);
    const PkSampler sampler(photos, {}, options(8, 2));
    std::set<std::int64_t> shown;
    const auto epoch = sampler.epoch(3);
    QCOMPARE(static_cast<std::int64_t>(epoch.size()), sampler.batchesPerEpoch());
    for (const auto &batch : epoch) {
        for (const BatchItem &item : batch)
            shown.insert(item.chip);
    }
    QCOMPARE(shown.size(), std::size_t{8 * (1 + 2 + 3 + 4 + 5)});
}

void TestSampling::mirroredPhotosAreAnotherClass()
{
    const PkSampler sampler(stairs(20), {}, options(10, 2));
    QCOMPARE(sampler.classCount(), std::int64_t{40});
    int mirrored = 0;
    int plain = 0;
    for (const auto &batch : sampler.epoch(1)) {
        for (const BatchItem &item : batch) {
            QCOMPARE(item.label >= 20, item.mirrored);
            ++(item.mirrored ? mirrored : plain);
        }
    }
    QVERIFY(mirrored > 0 && plain > 0);
}

void TestSampling::withoutMirrorIdentityTheClassStays()
{
    SamplerOptions same = options(10, 2);
    same.mirrorIdentity = false;
    const PkSampler sampler(stairs(20), {}, same);
    QCOMPARE(sampler.classCount(), std::int64_t{20});
    bool mixed = false;
    for (const auto &batch : sampler.epoch(1)) {
        for (std::size_t i = 0; i < batch.size(); i += 2) {
            QVERIFY(batch[i].label < 20);
            mixed = mixed || batch[i].mirrored != batch[i + 1].mirrored;
        }
    }
    QVERIFY(mixed);
}

void TestSampling::singlePhotosStandTwice()
{
    const PkSampler sampler({{7}, {8}, {9}}, {}, options(3, 2));
    for (const auto &batch : sampler.epoch(0)) {
        for (std::size_t i = 0; i < batch.size(); i += 2)
            QCOMPARE(batch[i], batch[i + 1]);
    }
}

void TestSampling::fewerIndividualsThanABatchWants()
{
    const PkSampler sampler({{1, 2, 3}, {4}}, {}, options(32, 4));
    QCOMPARE(sampler.individualsPerBatch(), std::int64_t{2});
    for (const auto &batch : sampler.epoch(0))
        QCOMPARE(batch.size(), std::size_t{8});
}

void TestSampling::unidentifiedPhotosComeLastAndTakeTurns()
{
    const PkSampler sampler(stairs(20), {100, 101, 102}, options(5, 2, 2));
    std::map<std::int64_t, int> shown;
    for (const auto &batch : sampler.epoch(0)) {
        QCOMPARE(batch.size(), std::size_t{12});
        for (std::size_t i = 0; i < batch.size(); ++i) {
            QCOMPARE(batch[i].label < 0, i >= 10);
            if (i >= 10)
                ++shown[batch[i].chip];
        }
    }
    QCOMPARE(shown.size(), std::size_t{3});
    QVERIFY(std::abs(shown[100] - shown[102]) <= 1);
}

void TestSampling::anEpochFollowsFromSeedAndNumberAlone()
{
    const PkSampler first(stairs(25), {90, 91}, options(6, 2, 1));
    const PkSampler second(stairs(25), {90, 91}, options(6, 2, 1));
    (void)first.epoch(0);
    (void)first.epoch(1);
    QCOMPARE(first.epoch(2), second.epoch(2));
    QVERIFY(first.epoch(2) != first.epoch(3));
    SamplerOptions other = options(6, 2, 1);
    other.seed = 2;
    QVERIFY(PkSampler(stairs(25), {90, 91}, other).epoch(2) != first.epoch(2));
}

void TestSampling::minedTripletsAreTheHardest()
{
    // More rows than one block holds.
    const chips::EmbeddingTable table = randomTable(1300, 12);
    const std::vector<MiningLabel> labels = randomLabels(1300);
    const std::vector<Triplet> expected = bruteForce(table, labels);
    const auto mined = mineHardestTriplets(table, labels, 500);
    QVERIFY(mined.ok());
    QCOMPARE(mined->size(), std::size_t{500});
    for (std::size_t i = 0; i < mined->size(); ++i) {
        QCOMPARE((*mined)[i].anchor, expected[i].anchor);
        QCOMPARE((*mined)[i].positive, expected[i].positive);
        QCOMPARE((*mined)[i].negative, expected[i].negative);
        QVERIFY(std::abs((*mined)[i].violation() - expected[i].violation()) < 1e-5F);
    }
    QCOMPARE(mineHardestTriplets(table, labels, 100000)->size(), expected.size());
}

void TestSampling::sameGroupIsNeitherPositiveNorNegative()
{
    chips::EmbeddingTable table{1, {AnnotationId(1), AnnotationId(2), AnnotationId(3), AnnotationId(4), AnnotationId(5)},
                                {0, 10, 2, 1, 3}};
    // Row 1 is the farthest of the same whale and row 3 the nearest stranger, but both share row 0's group.
    const std::vector<MiningLabel> labels{{0, 7}, {0, 7}, {0, 8}, {1, 7}, {-1, 0}};
    const auto mined = mineHardestTriplets(table, labels, 10);
    QVERIFY(mined.ok());
    const auto ofFirst = std::find_if(mined->begin(), mined->end(), [](const Triplet &t) { return t.anchor == 0; });
    QVERIFY(ofFirst != mined->end());
    QCOMPARE(ofFirst->positive, std::int64_t{2});
    QCOMPARE(ofFirst->negative, std::int64_t{4}); // unidentified photos serve as strangers
    QVERIFY(std::none_of(mined->begin(), mined->end(), [](const Triplet &t) { return t.anchor >= 3; }));
}

void TestSampling::miningWritesTheTable()
{
    const QTemporaryDir folder;
    chips::EmbeddingTable table{1, {AnnotationId(11), AnnotationId(12), AnnotationId(13)}, {0, 4, 1}};
    protocol::MineJob job;
    job.embeddingsPath = folder.filePath("e.fpe").toStdString();
    job.labelsPath = folder.filePath("labels.csv").toStdString();
    job.outputPath = folder.filePath("out.csv").toStdString();
    QVERIFY(chips::writeEmbeddings(job.embeddingsPath, table).ok());
    writeText(folder.filePath("labels.csv"), "annotation,individual,group\n11,0,1\r\n12,0,2\n13,1,3\n");
    const auto result = runMining(job, {});
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().debugText().c_str());
    QCOMPARE(*result, std::string("{\"count\":2}"));
    QFile output(folder.filePath("out.csv"));
    QVERIFY(output.open(QIODevice::ReadOnly));
    QCOMPARE(output.readAll(), QByteArray("anchor,positive,negative,distance_positive,distance_negative\n"
                                          "11,12,13,4.000000,1.000000\n12,11,13,4.000000,3.000000\n"));
}

void TestSampling::miningNamesWhatIsWrong()
{
    const QTemporaryDir folder;
    protocol::MineJob job;
    job.embeddingsPath = folder.filePath("e.fpe").toStdString();
    job.labelsPath = folder.filePath("labels.csv").toStdString();
    job.outputPath = folder.filePath("out.csv").toStdString();
    QCOMPARE(runMining(job, {}).error().code, ErrorCode::FileNotFound);
    chips::EmbeddingTable table{1, {AnnotationId(11), AnnotationId(12)}, {0, 4}};
    QVERIFY(chips::writeEmbeddings(job.embeddingsPath, table).ok());
    writeText(folder.filePath("labels.csv"), "annotation,individual,group\n11,zero,1\n");
    QCOMPARE(runMining(job, {}).error().code, ErrorCode::CsvInvalid);
    writeText(folder.filePath("labels.csv"), "annotation,individual,group\n99,0,1\n");
    QCOMPARE(runMining(job, {}).error().code, ErrorCode::NotFound);
    writeText(folder.filePath("labels.csv"), "annotation,individual,group\n11,0,1\n12,1,2\n");
    QCOMPARE(runMining(job, {}).error().code, ErrorCode::NothingToDo);
    QCOMPARE(mineHardestTriplets(table, {}, 5).error().code, ErrorCode::InvalidArgument);
    QVERIFY(!QFile::exists(folder.filePath("out.csv")));
}

QTEST_GUILESS_MAIN(TestSampling)
#include "tst_sampling.moc"
