#include "core/base/random.h"
#include "core/learning/mining/mine_triplets.h"
#include "core/learning/mining/triplet_csv.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <set>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

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

void writeText(const QString &path, const std::string &text)
{
    std::ofstream(path.toStdString()) << text;
}

bool isEligible(const std::vector<MiningLabel> &labels, std::size_t a, std::size_t b)
{
    return a != b && (labels[a].group <= 0 || labels[a].group != labels[b].group);
}

bool isNegative(const std::vector<MiningLabel> &labels, std::size_t a, std::size_t b)
{
    return isEligible(labels, a, b) && labels[a].individual != labels[b].individual;
}

std::size_t row(std::int64_t number)
{
    return static_cast<std::size_t>(number);
}

/// Mean of each individual's embeddings; an unidentified photo is its own.
std::vector<double> centroidOf(const chips::EmbeddingTable &table, const std::vector<MiningLabel> &labels,
                               std::size_t which)
{
    std::vector<double> sum(table.dimension, 0);
    int count = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (i != which && (labels[which].individual < 0 || labels[i].individual != labels[which].individual))
            continue;
        for (std::size_t k = 0; k < table.dimension; ++k)
            sum[k] += static_cast<double>(table.row(i)[k]);
        ++count;
    }
    for (double &value : sum)
        value /= count;
    return sum;
}

double distanceTo(const chips::EmbeddingTable &table, std::size_t a, const std::vector<double> &point)
{
    double sum = 0;
    for (std::size_t k = 0; k < table.dimension; ++k)
        sum += std::pow(static_cast<double>(table.row(a)[k]) - point[k], 2);
    return std::sqrt(sum);
}

Error csvErrorOf(const QString &path, const std::string &text, std::int64_t rows = 4,
                 std::span<const MiningLabel> labels = {})
{
    writeText(path, text);
    const auto read = readTripletCsv(path.toStdString(), rows, labels);
    return read ? Error(ErrorCode::Internal, {"no error"}) : read.error();
}

} // namespace

class TestMining : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void minedTripletsAreTheHardest();
    void sameGroupIsNeitherPositiveNorNegative();
    void oneLargeIndividualIsSearchedWhole();
    void semiHardNegativesLieBeyondThePositive();
    void semiHardFallsBackToTheFarthest();
    void aSampleOfAllIsAsGoodAsAll();
    void samplesAreDrawnFromTheSeed();
    void centroidNegativesAreOfTheNearestIndividual();
    void rejectedPairsComeFirst();
    void badMiningOptionsAreErrors();
    void miningStopsWhenAsked();
    void tripletsSurviveTheirFile();
    void foreignTripletFilesAreRead();
    void badTripletLinesAreNamed_data();
    void badTripletLinesAreNamed();
    void contradictingTripletsAreNamed();
    void miningWritesTheTable();
    void miningNamesWhatIsWrong();
};

void TestMining::minedTripletsAreTheHardest()
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

void TestMining::sameGroupIsNeitherPositiveNorNegative()
{
    chips::EmbeddingTable table{
        1, {AnnotationId(1), AnnotationId(2), AnnotationId(3), AnnotationId(4), AnnotationId(5)}, {0, 10, 2, 1, 3}};
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

void TestMining::miningWritesTheTable()
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
    QCOMPARE(output.readAll(),
             QByteArray("anchor,positive,negative,distance_positive,distance_negative\n"
                        "11,12,13,4.000000,1.000000\n12,11,13,4.000000,3.000000\n"));
}

void TestMining::miningNamesWhatIsWrong()
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

void TestMining::oneLargeIndividualIsSearchedWhole()
{
    // More photos of one whale than a block has columns; its farthest pair stands at the ends.
    chips::EmbeddingTable table{1, {}, {}};
    std::vector<MiningLabel> labels;
    for (int i = 0; i < 2500; ++i) {
        table.ids.push_back(AnnotationId(i));
        table.vectors.push_back(static_cast<float>(i) / 100);
        labels.push_back({i == 1000 ? 1 : 0, 0});
    }
    const auto mined = mineHardestTriplets(table, labels, 5000);
    QVERIFY(mined.ok());
    QCOMPARE(mined->size(), std::size_t{2499});
    for (const Triplet &triplet : *mined) {
        QCOMPARE(triplet.negative, std::int64_t{1000});
        QCOMPARE(triplet.positive, std::int64_t{triplet.anchor < 1250 ? 2499 : 0});
    }
}

void TestMining::semiHardNegativesLieBeyondThePositive()
{
    const chips::EmbeddingTable table = randomTable(700, 8);
    const std::vector<MiningLabel> labels = randomLabels(700);
    MiningOptions options;
    options.negative = NegativeChoice::SemiHard;
    options.count = 700;
    const auto mined = mineTriplets(table, labels, options);
    QVERIFY(mined.ok());
    const std::vector<Triplet> hardest = bruteForce(table, labels);
    QCOMPARE(mined->size(), hardest.size());
    int beyond = 0;
    for (const Triplet &triplet : *mined) {
        const double positive = distance(table, row(triplet.anchor), row(triplet.positive));
        double nearestBeyond = std::numeric_limits<double>::infinity();
        double farthest = 0;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            if (!isNegative(labels, row(triplet.anchor), i))
                continue;
            const double d = distance(table, row(triplet.anchor), i);
            farthest = std::max(farthest, d);
            if (d > positive)
                nearestBeyond = std::min(nearestBeyond, d);
        }
        const bool any = std::isfinite(nearestBeyond);
        beyond += any ? 1 : 0;
        const double expected = any ? nearestBeyond : farthest;
        QVERIFY(std::abs(static_cast<double>(triplet.distanceNegative) - expected) < 1e-4);
    }
    QVERIFY(beyond > 300);
}

void TestMining::semiHardFallsBackToTheFarthest()
{
    const chips::EmbeddingTable table{
        1, {AnnotationId(1), AnnotationId(2), AnnotationId(3), AnnotationId(4)}, {0, 10, 3, 6}};
    const std::vector<MiningLabel> labels{{0, 0}, {0, 0}, {1, 0}, {-1, 0}};
    MiningOptions options;
    options.negative = NegativeChoice::SemiHard;
    const auto mined = mineTriplets(table, labels, options);
    QVERIFY(mined.ok());
    QCOMPARE(mined->size(), std::size_t{2});
    const auto ofFirst = std::find_if(mined->begin(), mined->end(), [](const Triplet &t) { return t.anchor == 0; });
    QCOMPARE(ofFirst->negative, std::int64_t{3}); // nothing lies beyond 10; 6 is the farthest
}

void TestMining::aSampleOfAllIsAsGoodAsAll()
{
    const chips::EmbeddingTable table = randomTable(600, 8);
    const std::vector<MiningLabel> labels = randomLabels(600);
    MiningOptions options;
    options.negative = NegativeChoice::HardestOfSample;
    options.count = 600;
    const auto sampled = mineTriplets(table, labels, options);
    const auto all = mineHardestTriplets(table, labels, 600);
    QVERIFY(sampled.ok() && all.ok());
    QCOMPARE(sampled->size(), all->size());
    for (std::size_t i = 0; i < all->size(); ++i) {
        QCOMPARE((*sampled)[i].anchor, (*all)[i].anchor);
        QCOMPARE((*sampled)[i].negative, (*all)[i].negative);
    }
}

void TestMining::samplesAreDrawnFromTheSeed()
{
    const chips::EmbeddingTable table = randomTable(900, 8);
    const std::vector<MiningLabel> labels = randomLabels(900);
    const auto negatives = [&](std::uint64_t seed) {
        MiningOptions options;
        options.negative = NegativeChoice::HardestOfSample;
        options.count = 900;
        options.sample = 64;
        options.seed = seed;
        std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
        const auto mined = mineTriplets(table, labels, options);
        for (const Triplet &triplet : mined.value()) {
            const bool allowed = isNegative(labels, row(triplet.anchor), row(triplet.negative));
            pairs.emplace_back(triplet.anchor, allowed ? triplet.negative : -1);
        }
        std::sort(pairs.begin(), pairs.end());
        return pairs;
    };
    const auto first = negatives(1);
    QCOMPARE(first, negatives(1));
    QVERIFY(first != negatives(2));
    std::set<std::int64_t> drawn;
    for (const auto &[anchor, negative] : first) {
        QVERIFY(negative >= 0);
        drawn.insert(negative);
    }
    QVERIFY(drawn.size() > 40 && drawn.size() <= 4 * 64); // four blocks of anchors, 64 photos each
}

void TestMining::centroidNegativesAreOfTheNearestIndividual()
{
    const chips::EmbeddingTable table = randomTable(300, 6);
    const std::vector<MiningLabel> labels = randomLabels(300);
    MiningOptions options;
    options.negative = NegativeChoice::CentroidOfSample;
    options.count = 300;
    const auto mined = mineTriplets(table, labels, options); // the sample holds all
    QVERIFY(mined.ok());
    std::vector<std::vector<double>> centroids;
    for (std::size_t i = 0; i < labels.size(); ++i)
        centroids.push_back(centroidOf(table, labels, i));
    int identified = 0;
    for (const Triplet &triplet : *mined) {
        double nearest = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < labels.size(); ++i) {
            if (isNegative(labels, row(triplet.anchor), i))
                nearest = std::min(nearest, distanceTo(table, row(triplet.anchor), centroids[i]));
        }
        QVERIFY(isNegative(labels, row(triplet.anchor), row(triplet.negative)));
        QVERIFY(std::abs(distanceTo(table, row(triplet.anchor), centroids[row(triplet.negative)]) - nearest) < 1e-4);
        identified += labels[row(triplet.negative)].individual >= 0 ? 1 : 0;
    }
    QVERIFY(identified > 100);
}

void TestMining::rejectedPairsComeFirst()
{
    // Whale 0 at 0 and 1, whale 1 at 5 and 20, a stranger at 9.
    const chips::EmbeddingTable table{
        1, {AnnotationId(1), AnnotationId(2), AnnotationId(3), AnnotationId(4), AnnotationId(5)}, {0, 1, 5, 20, 9}};
    const std::vector<MiningLabel> labels{{0, 0}, {0, 0}, {1, 0}, {1, 0}, {-1, 0}};
    MiningOptions options;
    options.rejectedPairs = {
        {4, 0}, {0, 3}, {0, 1}, {0, 4}}; // the third contradicts the labels, the fourth is the first again
    const auto mined = mineTriplets(table, labels, options);
    QVERIFY(mined.ok());
    QCOMPARE(mined->size(), std::size_t{3 + 4});
    const auto is = [&mined](std::size_t i, std::int64_t anchor, std::int64_t positive, std::int64_t negative) {
        const Triplet &triplet = (*mined)[i];
        return triplet.anchor == anchor && triplet.positive == positive && triplet.negative == negative;
    };
    QVERIFY(is(0, 3, 2, 0)); // 15 against 20
    QVERIFY(is(1, 0, 1, 4)); // 1 against 9
    QVERIFY(is(2, 0, 1, 3)); // 1 against 20
    QVERIFY(is(3, 2, 3, 1) || is(3, 2, 3, 4)); // 15 against 4: the hardest that was mined
    options.count = 2;
    QCOMPARE(mineTriplets(table, labels, options)->size(), std::size_t{2});
}

void TestMining::badMiningOptionsAreErrors()
{
    const chips::EmbeddingTable table = randomTable(10, 3);
    const std::vector<MiningLabel> labels = randomLabels(10);
    MiningOptions options;
    options.rejectedPairs = {{0, 10}};
    QCOMPARE(mineTriplets(table, labels, options).error().code, ErrorCode::InvalidArgument);
    options = {};
    options.sample = 0;
    QCOMPARE(mineTriplets(table, labels, options).error().code, ErrorCode::InvalidArgument);
    options = {};
    options.count = 0;
    QCOMPARE(mineTriplets(table, labels, options).error().code, ErrorCode::InvalidArgument);
    for (const auto choice : {NegativeChoice::HardestOfAll, NegativeChoice::SemiHard, NegativeChoice::HardestOfSample,
                              NegativeChoice::CentroidOfSample}) {
        options = {};
        options.negative = choice;
        const std::vector<MiningLabel> unidentified(10);
        QVERIFY(mineTriplets(table, unidentified, options).ok());
        QVERIFY(mineTriplets(table, unidentified, options)->empty());
    }
}

void TestMining::miningStopsWhenAsked()
{
    const chips::EmbeddingTable table = randomTable(50, 3);
    const std::vector<MiningLabel> labels = randomLabels(50);
    std::stop_source source;
    source.request_stop();
    for (const auto choice : {NegativeChoice::HardestOfAll, NegativeChoice::CentroidOfSample}) {
        MiningOptions options;
        options.negative = choice;
        QCOMPARE(mineTriplets(table, labels, options, source.get_token()).error().code, ErrorCode::Cancelled);
    }
}

void TestMining::tripletsSurviveTheirFile()
{
    const QTemporaryDir folder;
    const std::string path = folder.filePath("triplets.csv").toStdString();
    const std::vector<Triplet> triplets{{0, 1, 2, 0.5F, 0.25F}, {2, 3, 0, 1.5F, 0.75F}};
    QVERIFY(writeTripletCsv(path, triplets).ok());
    const auto read = readTripletCsv(path, 4);
    QVERIFY2(read.ok(), read.ok() ? "" : read.error().debugText().c_str());
    QCOMPARE(read->size(), std::size_t{2});
    QCOMPARE((*read)[1].anchor, std::int64_t{2});
    QCOMPARE((*read)[1].positive, std::int64_t{3});
    QCOMPARE((*read)[1].negative, std::int64_t{0});
    QVERIFY(!writeTripletCsv(folder.filePath("no/such/folder.csv").toStdString(), triplets).ok());
}

void TestMining::foreignTripletFilesAreRead()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("triplets.csv");
    for (const char *text :
         {"0,1,2\n3,2,1\n", "q,p,n\r\n0,1,2\r\n\r\n3,2,1", "anchor, positive, negative\n0, 1, 2\n3, 2, 1\n"}) {
        writeText(path, text);
        const auto read = readTripletCsv(path.toStdString(), 4);
        QVERIFY2(read.ok(), text);
        QCOMPARE(read->size(), std::size_t{2});
        QCOMPARE((*read)[1].anchor, std::int64_t{3});
    }
}

void TestMining::badTripletLinesAreNamed_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("what");
    QTest::newRow("row beyond the table") << "0,1,2\n0,1,4\n"
                                          << "2"
                                          << "row 4 of 4";
    QTest::newRow("negative row") << "q,p,n\n0,-1,2\n"
                                  << "2"
                                  << "row -1 of 4";
    QTest::newRow("two columns") << "0,1\n"
                                 << "1"
                                 << "fewer than three columns";
    QTest::newRow("four columns") << "0,1,2,3\n"
                                  << "1"
                                  << "more than three columns";
    QTest::newRow("a word") << "q,p,n\n\n0,one,2\n"
                            << "3"
                            << "not a row number: one";
    QTest::newRow("a fraction") << "0,1.5,2\n"
                                << "1"
                                << "not a row number: 1.5";
    QTest::newRow("an empty field") << "0,,2\n"
                                    << "1"
                                    << "not a row number: ";
    QTest::newRow("too large for a number") << "0,1,99999999999999999999\n"
                                            << "1"
                                            << "not a row number: 99999999999999999999";
    QTest::newRow("another header") << "Image,Id\n"
                                    << "1"
                                    << "header is neither q,p,n nor anchor,positive,negative";
    QTest::newRow("anchor twice") << "0,0,2\n"
                                  << "1"
                                  << "the positive is the anchor";
    QTest::newRow("negative twice") << "0,1,1\n"
                                    << "1"
                                    << "the negative is the anchor or the positive";
}

void TestMining::badTripletLinesAreNamed()
{
    QFETCH(QString, text);
    QFETCH(QString, line);
    QFETCH(QString, what);
    const QTemporaryDir folder;
    const QString path = folder.filePath("triplets.csv");
    const Error error = csvErrorOf(path, text.toStdString());
    QCOMPARE(error.code, ErrorCode::CsvInvalid);
    QCOMPARE(error.args, (std::vector<std::string>{path.toStdString(), line.toStdString(), what.toStdString()}));
}

void TestMining::contradictingTripletsAreNamed()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("triplets.csv");
    const std::vector<MiningLabel> labels{{0, 0}, {0, 0}, {1, 0}, {-1, 0}};
    writeText(path, "0,1,2\n1,0,3\n");
    QVERIFY(readTripletCsv(path.toStdString(), 4, labels).ok());
    QCOMPARE(csvErrorOf(path, "0,2,3\n", 4, labels).args.at(2),
             std::string("the positive is not of the anchor's individual"));
    QCOMPARE(csvErrorOf(path, "3,1,2\n", 4, labels).args.at(2), std::string("the anchor is unidentified"));
    const std::vector<MiningLabel> one{{0, 0}, {0, 0}, {0, 0}};
    QCOMPARE(csvErrorOf(path, "0,1,2\n", 3, one).args.at(2), std::string("the negative is of the anchor's individual"));
    QCOMPARE(csvErrorOf(path, "q,p,n\n").code, ErrorCode::NothingToDo);
    QCOMPARE(csvErrorOf(path, "0,1,2\n", 9, labels).code, ErrorCode::InvalidArgument);
    QFile::remove(path);
    QCOMPARE(readTripletCsv(path.toStdString(), 4).error().code, ErrorCode::FileNotFound);
}

QTEST_GUILESS_MAIN(TestMining)
#include "tst_mining.moc"
