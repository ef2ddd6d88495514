#include "core/catalogue/exchange/csv.h"
#include "core/catalogue/individual_store.h"
#include "core/jobs/worker_locator.h"
#include "core/workflows/mine.h"
#include "tests/workflows/training_catalogue.h"
#include "tests/workflows/workbench.h"

#include <QTest>

#include <memory>

using namespace flukeprint;
using namespace flukeprint::workflows;

/// Mining a catalogue with the real worker. Embeddings are brought by the test: points of a circle, by their angle.
class TestMine : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup() { m_catalogue.reset(); }
    void rejectedPairsComeFirst();
    void theMinerIsAChoice();
    void aWrongMinerIsRefused();

private:
    struct Row
    {
        QString anchor, positive, negative;
        friend bool operator==(const Row &, const Row &) = default;
    };
    /// File names without their ends.
    std::vector<Row> mined(const char *miner, MineReport &report);
    AnnotationId add(const char *name, const char *code, double angleDeg);

    std::unique_ptr<TrainingCatalogue> m_catalogue;
    ModelId m_model;
};

void TestMine::initTestCase()
{
    if (!jobs::locateWorker())
        QFAIL("flukeprint-worker is not built");
}

void TestMine::init()
{
    m_catalogue = std::make_unique<TrainingCatalogue>();
    m_model = addModel(**m_catalogue, 2);
    add("a1", "A", 0);
    add("a2", "A", 50);
    add("b1", "B", 20);
    add("b2", "B", 100);
    add("c1", "C", 180);
    add("c2", "C", 181);
}

AnnotationId TestMine::add(const char *name, const char *code, double angleDeg)
{
    const AnnotationId id = m_catalogue->addPhoto(QLatin1String(name) + QStringLiteral(".png"), QLatin1String(code), 0, 1);
    setEmbedding(**m_catalogue, m_model, id, angleDeg);
    return id;
}

std::vector<TestMine::Row> TestMine::mined(const char *miner, MineReport &report)
{
    MineRequest request;
    request.output = m_catalogue->path(QStringLiteral("triplets.csv")).toStdString();
    request.miner = miner;
    const auto answer = mineTriplets(**m_catalogue, request);
    if (!answer) {
        qWarning("%s", answer.error().debugText().c_str());
        return {};
    }
    report = *answer;
    const auto table = catalogue::exchange::readCsv(request.output).value();
    std::vector<Row> rows;
    for (const auto &record : table.records) {
        const auto name = [&](const char *column) { return record.fields.value(table.column(QLatin1String(column))).section(u'.', 0, 0); };
        rows.push_back({name("anchor_image"), name("positive_image"), name("negative_image")});
    }
    return rows;
}

void TestMine::rejectedPairsComeFirst()
{
    MineReport report;
    const auto before = mined("hardest", report);
    QCOMPARE(report.rejections, std::int64_t{0});
    QCOMPARE(before.size(), std::size_t{6});
    QVERIFY(before.front() == (Row{"b1", "b2", "a1"}));
    // c1 was taken for A once: the easiest triplet of all, were it not for that.
    const AnnotationId c1 = annotationOf(**m_catalogue, QStringLiteral("c1.png")).id;
    catalogue::IndividualStore individuals(**m_catalogue);
    QVERIFY(m_catalogue->log().relabel(c1, (*individuals.find(QStringLiteral("A")).value()).id).ok());
    QVERIFY(m_catalogue->log().relabel(c1, (*individuals.find(QStringLiteral("C")).value()).id).ok());
    const auto after = mined("hardest", report);
    QCOMPARE(report.rejections, std::int64_t{1});
    QVERIFY(report.hardest.size() == 6
            && report.hardest[0] == workflows::annotationOf(**m_catalogue, QStringLiteral("a2.png")).id); // each anchor once
    QCOMPARE(after.size(), std::size_t{8});
    // a2 is A's nearest photo; of the two triplets the harder one comes first.
    QVERIFY(after[0] == (Row{"a2", "a1", "c1"}));
    QVERIFY(after[1] == (Row{"c1", "c2", "a2"}));
    QVERIFY(std::equal(before.begin(), before.end(), after.begin() + 2));
}

void TestMine::theMinerIsAChoice()
{
    MineReport report;
    const auto negativeOf = [&](const char *miner, const QString &anchor) {
        for (const Row &row : mined(miner, report)) {
            if (row.anchor == anchor)
                return row.negative;
        }
        return QString();
    };
    QCOMPARE(negativeOf("hardest", QStringLiteral("a1")), QStringLiteral("b1"));
    QCOMPARE(negativeOf("sample", QStringLiteral("a1")), QStringLiteral("b1")); // the sample holds them all
    QCOMPARE(negativeOf("semi_hard", QStringLiteral("a1")), QStringLiteral("b2")); // b1 is nearer than a2
    // B's middle lies at 60 degrees, and so B is nearest on the whole; its b1 and b2 are equally good.
    QVERIFY(negativeOf("centroid", QStringLiteral("a1")).startsWith(QLatin1Char('b')));
}

void TestMine::aWrongMinerIsRefused()
{
    MineRequest request;
    request.output = m_catalogue->path(QStringLiteral("triplets.csv")).toStdString();
    request.miner = "gold";
    const auto answer = mineTriplets(**m_catalogue, request);
    QVERIFY(!answer.ok());
    QCOMPARE(answer.error().code, ErrorCode::InvalidArgument);
    QVERIFY(!std::filesystem::exists(request.output));
}

QTEST_GUILESS_MAIN(TestMine)
#include "tst_mine.moc"
