#include "core/base/atomic_file.h"
#include "core/workflows/training/freeze_snapshot.h"
#include "core/workflows/training/triplet_table.h"
#include "tests/workflows/model_files.h"
#include "tests/workflows/training_catalogue.h"

#include <QTest>

#include <memory>

using namespace flukeprint;
using namespace flukeprint::workflows;

/// Triplets that somebody brings, against the data of a run: W-001 and W-002 with photos 0 and 1 to train with and 2 to validate.
class TestTripletTable : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_catalogue.reset(); }
    void photosAreNamedInThreeWays_data();
    void photosAreNamedInThreeWays();
    void heldOutPhotosAreLeftOutAndCounted();
    void faultsAreNamedByLine_data();
    void faultsAreNamedByLine();
    void rowNumbersNeedASplit();
    void rowsAreThoseOfTheTrainingPhotos();

private:
    Result<TripletTable> read(QByteArray text)
    {
        for (int individual = 1; individual <= 2; ++individual) {
            for (int photo = 0; photo < 3; ++photo) // "{12}": the annotation of W-001-2
                text.replace(QStringLiteral("{%1%2}").arg(individual).arg(photo).toUtf8(), QByteArray::number(3 * (individual - 1) + photo + 1));
        }
        const QString path = m_catalogue->path(QStringLiteral("triplets.csv"));
        writeFile(path, text);
        return readTriplets(**m_catalogue, path.toStdString(), m_split, m_snapshot);
    }

    std::unique_ptr<TrainingCatalogue> m_catalogue;
    std::filesystem::path m_split;
    protocol::Snapshot m_snapshot;
};

void TestTripletTable::init()
{
    m_catalogue = std::make_unique<TrainingCatalogue>();
    m_catalogue->fill(2, 3);
    m_catalogue->addPhoto(QStringLiteral("n.png"), {}, 0, 9);
    const QString split = m_catalogue->path(QStringLiteral("split.csv"));
    writeFile(split, "Image,Id,role,near_duplicate_group\nn.png,new_whale,train,0\n"
                     "W-001-0.png,W-001,train,1\nW-001-1.png,W-001,train,2\nW-001-2.png,W-001,validation,3\n"
                     "W-002-0.png,W-002,train,4\nW-002-1.png,W-002,train,5\nW-002-2.png,W-002,validation,6\n");
    m_split = split.toStdString();
    FreezeOptions options;
    options.splitFile = m_split;
    m_snapshot = freezeSnapshot(**m_catalogue, options).value().snapshot;
}

void TestTripletTable::photosAreNamedInThreeWays_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("annotations, as mined") << QByteArray("anchor,positive,negative,distance_positive,distance_negative,anchor_image\n"
                                                         "{10},{11},{20},0.5,0.25,W-001-0.png\n");
    QTest::newRow("columns in another order") << QByteArray("negative,anchor,positive\n{20},{10},{11}\n");
    QTest::newRow("images") << QByteArray("anchor_image,positive_image,negative_image\nW-001-0.png,W-001-1.png,W-002-0.png\n");
    QTest::newRow("rows of the split") << QByteArray("q,p,n\n1,2,4\n");
    QTest::newRow("rows without a header") << QByteArray("1,2,4\r\n");
}

void TestTripletTable::photosAreNamedInThreeWays()
{
    QFETCH(QByteArray, text);
    const auto table = read(text);
    QVERIFY2(table.ok(), table.ok() ? "" : table.error().debugText().c_str());
    QCOMPARE(table->triplets.size(), std::size_t{1});
    QCOMPARE(table->triplets.front().anchor, AnnotationId(1));
    QCOMPARE(table->triplets.front().positive, AnnotationId(2));
    QCOMPARE(table->triplets.front().negative, AnnotationId(4));
    QCOMPARE(table->heldOut, std::int64_t{0});
}

void TestTripletTable::heldOutPhotosAreLeftOutAndCounted()
{
    const auto table = read("anchor,positive,negative\n{10},{11},{20}\n{10},{12},{20}\n{10},{11},{22}\n");
    QVERIFY(table.ok());
    QCOMPARE(table->triplets.size(), std::size_t{1});
    QCOMPARE(table->heldOut, std::int64_t{2});
    QCOMPARE(table->firstHeldOut, 3);
    QCOMPARE(read("anchor,positive,negative\n{10},{12},{20}\n").error().code, ErrorCode::NothingToDo);
}

void TestTripletTable::faultsAreNamedByLine_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("what");
    const QByteArray good = "anchor,positive,negative\n{10},{11},{20}\n";
    QTest::newRow("unknown annotation") << good + "{10},{11},77\n" << "3" << "unknown_photo:77";
    QTest::newRow("not a number") << good + "{10},one,{20}\n" << "3" << "unknown_photo:one";
    QTest::newRow("unidentified") << good + "{10},{11},7\n" << "3" << "unknown_photo:7";
    QTest::newRow("positive of another") << good + "\n{10},{20},{21}\n" << "4" << "positive_of_another";
    QTest::newRow("negative of the same") << good + "{20},{21},{22}\n" << "3" << "negative_of_the_same";
    QTest::newRow("positive is the anchor") << good + "{10},{10},{20}\n" << "3" << "same_photo";
    QTest::newRow("too few columns") << good + "{10},{11}\n" << "3" << "column_count:2:3";
    QTest::newRow("held out and wrong") << good + "{12},{20},{21}\n" << "3" << "positive_of_another";
    QTest::newRow("unknown image") << QByteArray("anchor_image,positive_image,negative_image\nno.png,W-001-1.png,W-002-0.png\n") << "2"
                                   << "unknown_photo:no.png";
    QTest::newRow("row beyond the split") << QByteArray("1,2,7\n") << "1" << "row_out_of_range:7";
    QTest::newRow("row of an unidentified photo") << QByteArray("q,p,n\n0,2,4\n") << "2" << "unknown_photo:n.png";
    QTest::newRow("other columns") << QByteArray("a,b,c\n1,2,3\n") << "1" << "missing_column:anchor";
}

void TestTripletTable::faultsAreNamedByLine()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, line);
    QFETCH(QString, what);
    const auto table = read(text);
    QVERIFY(!table.ok());
    QCOMPARE(table.error().code, ErrorCode::CsvInvalid);
    QCOMPARE(QString::fromStdString(table.error().args.at(1)), line);
    QCOMPARE(QString::fromStdString(table.error().args.at(2)), what);
}

void TestTripletTable::rowNumbersNeedASplit()
{
    m_split.clear();
    QCOMPARE(read("q,p,n\n1,2,4\n").error().args.at(2), std::string("rows_need_a_split"));
}

void TestTripletTable::rowsAreThoseOfTheTrainingPhotos()
{
    const auto table = read("anchor,positive,negative\n{10},{11},{20}\n{21},{20},{10}\n");
    QVERIFY(table.ok());
    const std::filesystem::path rows = m_catalogue->path(QStringLiteral("rows.csv")).toStdString();
    QVERIFY(writeTripletRows(rows, *table, m_snapshot).ok());
    QCOMPARE(QByteArray::fromStdString(*readFile(rows)).replace("\r", ""), QByteArray("q,p,n\n0,1,2\n3,2,0\n"));
    // W-001-1 turned out to be unreadable.
    std::erase_if(m_snapshot.items, [](const auto &item) { return item.annotation == AnnotationId(2); });
    QVERIFY(writeTripletRows(rows, *table, m_snapshot).ok());
    QCOMPARE(QByteArray::fromStdString(*readFile(rows)).replace("\r", ""), QByteArray("q,p,n\n2,1,0\n"));
    m_snapshot.items.clear();
    QVERIFY(std::filesystem::remove(rows));
    QCOMPARE(writeTripletRows(rows, *table, m_snapshot).error().code, ErrorCode::NothingToDo);
    QVERIFY(!std::filesystem::exists(rows));
}

QTEST_GUILESS_MAIN(TestTripletTable)
#include "tst_triplet_table.moc"
