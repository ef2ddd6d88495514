#include "core/base/atomic_file.h"
#include "core/learning/training/batch_plan.h"
#include "core/learning/training/trainer.h"
#include "tests/learning/toy_data.h"

#include <QTemporaryDir>
#include <QTest>

#include <set>

using namespace flukeprint;
using namespace flukeprint::learning;

/// Where triplets of a run come from beside chance: what curators rejected, and a table that somebody brings. The toy run has six
/// individuals with three training photos each: rows 0-2, 3-5 and so on.
class TestBatchPlan : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_data.reset(); }
    void theNearestPhotoStandsForTheRejectedIndividual();
    void theMiningJobTakesRejectionsAndAMiner();
    void rejectedPairsAreMinedFirst();
    void aTableOfTripletsIsEveryEpoch();
    void aTableThatDoesNotFitIsRefused_data();
    void aTableThatDoesNotFitIsRefused();
    void aRunLearnsFromATable();

private:
    using Triplets = std::set<std::vector<std::int64_t>>; ///< rows of RunData::train()

    [[nodiscard]] protocol::TrainJob job(const char *preset, std::map<std::string, std::string> more = {}) const
    {
        protocol::TrainJob job = jobFor(m_folder->path());
        job.preset = preset;
        job.settings = {{"network", "resnet18"}, {"input_width", "32"}, {"input_height", "32"}, {"dimension", "8"}, {"batch_size", "2"}};
        for (const auto &[key, value] : more)
            job.settings[key] = value;
        return job;
    }
    Triplets tripletsOf(const std::vector<std::vector<BatchItem>> &batches) const;
    [[nodiscard]] std::string table(const char *text) const
    {
        const std::string path = m_folder->filePath("triplets.csv").toStdString();
        return writeFileAtomically(path, text).ok() ? path : std::string();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<RunData> m_data;
};

void TestBatchPlan::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    writeRun(m_folder->path());
    const auto path = m_folder->filePath("snapshot.json").toStdString();
    protocol::Snapshot snapshot = protocol::readSnapshot(path).value();
    // The second photo of the first individual was once taken for the last individual.
    snapshot.rejections = {{snapshot.items[1].annotation, 5}};
    QVERIFY(protocol::writeSnapshot(path, snapshot).ok());
    const protocol::TrainJob plain = jobFor(m_folder->path());
    m_data = std::make_unique<RunData>(RunData::load(plain.runFolder, plain.packPath, configOf(plain)).value());
    QCOMPARE(m_data->train().size(), std::size_t{18});
}

TestBatchPlan::Triplets TestBatchPlan::tripletsOf(const std::vector<std::vector<BatchItem>> &batches) const
{
    std::map<std::int64_t, std::int64_t> rowOf;
    for (std::size_t row = 0; row < m_data->train().size(); ++row)
        rowOf[static_cast<std::int64_t>(m_data->train()[row].chip)] = static_cast<std::int64_t>(row);
    Triplets triplets;
    for (const std::vector<BatchItem> &batch : batches) {
        for (std::size_t i = 0; i + 2 < batch.size(); i += 3)
            triplets.insert({rowOf.at(batch[i].chip), rowOf.at(batch[i + 1].chip), rowOf.at(batch[i + 2].chip)});
    }
    return triplets;
}

void TestBatchPlan::theNearestPhotoStandsForTheRejectedIndividual()
{
    const chips::EmbeddingTable places{
        1, {AnnotationId(1), AnnotationId(2), AnnotationId(3), AnnotationId(4), AnnotationId(5)}, {0, 1, 5, 2, 9}};
    const std::vector<MiningLabel> labels{{0, 0}, {0, 3}, {1, 0}, {1, 3}, {-1, 0}};
    const auto nearest = [&](std::int64_t row, std::int32_t individual) {
        const std::vector<Rejection> rejections{{row, individual}};
        return nearestOfRejected(places, labels, rejections).value();
    };
    using Pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;
    QCOMPARE(nearest(0, 1), (Pairs{{0, 3}}));
    QCOMPARE(nearest(1, 1), (Pairs{{1, 2}})); // the nearer one is of the same group: the same moment
    QVERIFY(nearest(0, 7).empty());
    QVERIFY(nearest(0, -1).empty()); // nobody is no individual
    const std::vector<Rejection> beyond{{5, 0}};
    QCOMPARE(nearestOfRejected(places, labels, beyond).error().code, ErrorCode::InvalidArgument);
}

void TestBatchPlan::theMiningJobTakesRejectionsAndAMiner()
{
    const chips::EmbeddingTable places{
        1, {AnnotationId(11), AnnotationId(12), AnnotationId(13), AnnotationId(14), AnnotationId(15)}, {0, 4, 1, 6, 90}};
    protocol::MineJob mine;
    mine.embeddingsPath = m_folder->filePath("e.fpe").toStdString();
    mine.labelsPath = m_folder->filePath("labels.csv").toStdString();
    mine.rejectedPath = m_folder->filePath("rejected.csv").toStdString();
    mine.outputPath = m_folder->filePath("out.csv").toStdString();
    QVERIFY(chips::writeEmbeddings(mine.embeddingsPath, places).ok());
    QVERIFY(writeFileAtomically(mine.labelsPath, "annotation,individual,group\n11,0,0\n12,0,0\n13,1,0\n14,2,0\n15,2,0\n").ok());
    QVERIFY(writeFileAtomically(mine.rejectedPath, "annotation,individual\r\n15,0\r\n").ok());
    const auto firstTwo = [&mine] {
        const auto result = runMining(mine, {});
        if (!result)
            return result.error().debugText();
        const std::string text = readFile(mine.outputPath).value();
        std::size_t end = 0;
        std::string lines;
        for (int line = 0; line < 3; ++line) {
            const std::size_t start = end;
            end = text.find('\n', start) + 1;
            lines += line == 0 ? std::string() : text.substr(start, 8) + ";";
        }
        return lines;
    };
    QCOMPARE(firstTwo(), std::string("15,14,12;12,11,15;")); // 84 against 86, 4 against 86
    mine.rejectedPath.clear();
    QCOMPARE(firstTwo(), std::string("14,15,12;11,12,13;")); // 84 against 2, 4 against 1
    mine.miner = "luck";
    QCOMPARE(runMining(mine, {}).error().code, ErrorCode::InvalidArgument);
    mine.miner = "hardest";
    mine.rejectedPath = m_folder->filePath("rejected.csv").toStdString();
    QVERIFY(writeFileAtomically(mine.rejectedPath, "annotation,individual\n99,0\n").ok());
    QCOMPARE(runMining(mine, {}).error().code, ErrorCode::NotFound);
    QVERIFY(writeFileAtomically(mine.rejectedPath, "annotation,individual\n15\n").ok());
    QCOMPARE(runMining(mine, {}).error().code, ErrorCode::CsvInvalid);
}

void TestBatchPlan::rejectedPairsAreMinedFirst()
{
    // On a line, individuals 100 apart and their photos 0, 1 and 4: whatever is mined would be neighbours, never the first and the last.
    const auto embed = [] {
        std::vector<float> places;
        for (int row = 0; row < 18; ++row)
            places.push_back(static_cast<float>(100 * (row / 3) + (row % 3) * (row % 3)));
        return Result<torch::Tensor>(torch::tensor(places).view({-1, 1}));
    };
    const auto config = configOf(job("facenet-transfer", {{"coarse_epochs", "0"}, {"mined_per_epoch", "2"}, {"mining", "hardest"}}));
    auto plan = BatchPlan::make(config, *m_data);
    VERIFY_OK(plan);
    VERIFY_OK(plan->begin(0, embed, {}));
    // The last individual's nearest photo is its first; each side's farthest positive goes with it.
    QCOMPARE(tripletsOf(plan->source().epoch(0)), (Triplets{{1, 2, 15}, {15, 17, 1}}));
}

void TestBatchPlan::aTableOfTripletsIsEveryEpoch()
{
    const std::string path = table("q,p,n\n0,1,3\n3,4,0\n6,7,1\n");
    for (const char *preset : {"plankton-curriculum", "facenet-transfer"}) {
        auto plan = BatchPlan::make(configOf(job(preset)), *m_data, path);
        VERIFY_OK(plan);
        QVERIFY(plan->isFixed());
        QCOMPARE(plan->source().batchesPerEpoch(), std::int64_t{2});
        QCOMPARE(plan->expectedBatches(7), std::int64_t{2});
        bool asked = false;
        const auto embed = [&asked] {
            asked = true;
            return Result<torch::Tensor>(torch::zeros({18, 1}));
        };
        for (const std::int64_t epoch : {0, 1, 2}) {
            VERIFY_OK(plan->begin(epoch, embed, {}));
            QCOMPARE(tripletsOf(plan->source().epoch(epoch)), (Triplets{{0, 1, 3}, {3, 4, 0}, {6, 7, 1}}));
        }
        QVERIFY(!asked); // nothing is mined
        VERIFY_OK(plan->restore(plan->state(), "checkpoint"));
        QCOMPARE(tripletsOf(plan->source().epoch(3)).size(), std::size_t{3});
    }
}

void TestBatchPlan::aTableThatDoesNotFitIsRefused_data()
{
    QTest::addColumn<QString>("preset");
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("what");
    const auto csv = static_cast<int>(ErrorCode::CsvInvalid);
    QTest::newRow("a row too far") << "plankton-curriculum" << "0,1,3\n0,1,18\n" << csv << "row 18 of 18";
    QTest::newRow("positive of another") << "plankton-curriculum" << "0,3,4\n" << csv << "the positive is not of the anchor's individual";
    QTest::newRow("negative of the same") << "plankton-curriculum" << "0,1,2\n" << csv << "the negative is of the anchor's individual";
    QTest::newRow("a preset of other batches") << "batch-hard-cosine" << "0,1,3\n" << static_cast<int>(ErrorCode::InvalidArgument) << QString();
}

void TestBatchPlan::aTableThatDoesNotFitIsRefused()
{
    QFETCH(QString, preset);
    QFETCH(QString, text);
    QFETCH(int, code);
    QFETCH(QString, what);
    protocol::TrainJob wish = job(preset.toUtf8().constData());
    if (preset == "batch-hard-cosine")
        wish.settings.erase("batch_size");
    wish.tripletsPath = table(text.toUtf8().constData());
    const QStringList before = filesOf(m_folder->path(), "*");
    const auto outcome = runTraining(wish, {}, {});
    QVERIFY(!outcome.ok());
    QVERIFY2(static_cast<int>(outcome.error().code) == code, outcome.error().debugText().c_str());
    if (!what.isEmpty())
        QCOMPARE(QString::fromStdString(outcome.error().args.at(2)), what);
    QCOMPARE(filesOf(m_folder->path(), "*"), before);
}

void TestBatchPlan::aRunLearnsFromATable()
{
    protocol::TrainJob wish = job("plankton-curriculum", {{"epochs", "2"}, {"freeze_epochs", "0"}});
    wish.tripletsPath = table("q,p,n\n0,1,3\n3,4,0\n6,7,1\n9,10,0\n12,13,0\n");
    std::int64_t steps = 0;
    TrainCallbacks callbacks;
    callbacks.metric = [&steps](const protocol::MetricMessage &point) { steps = point.step; };
    VERIFY_OK(runTraining(wish, callbacks, {}));
    QCOMPARE(steps, std::int64_t{6}); // two epochs of five triplets in batches of two
    const auto log = readFile(m_folder->filePath("log.txt").toStdString());
    QVERIFY(log->find("triplets " + wish.tripletsPath) != std::string::npos);
}

QTEST_GUILESS_MAIN(TestBatchPlan)
#include "tst_batch_plan.moc"
