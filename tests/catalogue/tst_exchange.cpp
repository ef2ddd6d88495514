#include "core/catalogue/exchange/csv.h"
#include "core/catalogue/exchange/export.h"
#include "core/catalogue/exchange/tables.h"
#include "tests/catalogue/catalogue_fixture.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace flukeprint;
using namespace flukeprint::catalogue;
using namespace flukeprint::catalogue::exchange;

namespace {

QByteArray contentOf(const std::filesystem::path &path)
{
    QFile file(QString::fromStdString(path.string()));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(cannot be read)");
}

struct TextFile
{
    QTemporaryDir directory;
    std::filesystem::path path = pathIn(directory, "table.csv");
    explicit TextFile(const QByteArray &content)
    {
        QFile file(QString::fromStdString(path.string()));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write the test's table");
    }
};

QString problemOf(const Error &error)
{
    return QString::fromStdString(std::string(errorCodeName(error.code)) + ':' + error.args.at(1) + ':'
                                  + error.args.at(2));
}

} // namespace

class ExchangeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void csvIsReadAsTheRfcSays();
    void badCsvIsRefusedWithItsLine_data();
    void badCsvIsRefusedWithItsLine();
    void csvSurvivesARoundTrip();
    void kaggleLabelsAreRead();
    void badTablesAreRefused_data();
    void badTablesAreRefused();
    void boxesAreRead();
    void splitsAndQueriesAreRead();
    void theRealTablesAreRead();
    void everyFormatWrites();
    void exportedLabelsCanBeImportedAgain();
    void exportsAreWrittenWholeOrNotAtAll();
};

void ExchangeTest::csvIsReadAsTheRfcSays()
{
    const QByteArray text = "\xEF\xBB\xBFImage,Id,Note\r\na.jpg,w_1,\"says \"\"hi\"\", "
                            "twice\"\r\n\r\n\"b,c.jpg\",,\"two\r\nlines\"\nd.jpg,w_2,Húsavík";
    const CsvTable table = must(parseCsv(text, QStringLiteral("x")));
    QCOMPARE(table.header, (QStringList{QStringLiteral("Image"), QStringLiteral("Id"), QStringLiteral("Note")}));
    QCOMPARE(table.records.size(), std::size_t{3});
    QCOMPARE(table.records[0].fields[2], QStringLiteral("says \"hi\", twice"));
    QCOMPARE(table.records[1].fields[0], QStringLiteral("b,c.jpg"));
    QCOMPARE(table.records[1].fields[1], QString());
    QCOMPARE(table.records[1].fields[2], QStringLiteral("two\r\nlines"));
    QCOMPARE(table.records[1].line, 4);
    QCOMPARE(table.records[2].line, 6);
    QCOMPARE(table.records[2].fields[2], QStringLiteral("Húsavík"));
    QCOMPARE(table.column(QStringLiteral("ID")), 1);
    QCOMPARE(table.column(QStringLiteral("role")), -1);
}

void ExchangeTest::badCsvIsRefusedWithItsLine_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("problem");
    QTest::newRow("nothing") << QByteArray() << "csv_invalid:1:empty";
    QTest::newRow("blank lines") << QByteArray("\n \n\r\n") << "csv_invalid:1:empty";
    QTest::newRow("too few") << QByteArray("Image,Id\na,b\nc\n") << "csv_invalid:3:column_count:1:2";
    QTest::newRow("too many") << QByteArray("Image,Id\r\na,b,c\r\n") << "csv_invalid:2:column_count:3:2";
    QTest::newRow("open quote") << QByteArray("Image,Id\na,\"b\nc,d\n") << "csv_invalid:2:unclosed_quote";
    QTest::newRow("after quote") << QByteArray("Image,Id\na,\"b\"c\n") << "csv_invalid:2:text_after_quote";
    QTest::newRow("quote inside") << QByteArray("Image,Id\na,b\"c\n") << "csv_invalid:2:quote_in_field";
    QTest::newRow("latin 1") << QByteArray("Image,Id\na,b\nH\xFAsav\xEDk,c\n") << "csv_invalid:3:not_utf8";
    QTest::newRow("utf 16") << QByteArray("I\0m\0a\0,\0I\0d\0\n\0", 14) << "csv_invalid:1:not_utf8";
    QTest::newRow("missing column") << QByteArray("Image,Whale\na,b\n") << "csv_invalid:1:missing_column:Id";
    QTest::newRow("twice the same column") << QByteArray("Image,Id,id\na,b,c\n") << "csv_invalid:1:duplicate_column:id";
}

void ExchangeTest::badCsvIsRefusedWithItsLine()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, problem);
    const Result<CsvTable> table = parseCsv(text, QStringLiteral("x"), {QStringLiteral("Image"), QStringLiteral("Id")});
    QVERIFY(!table);
    QCOMPARE(problemOf(table.error()), problem);
}

void ExchangeTest::csvSurvivesARoundTrip()
{
    const QStringList awkward{QStringLiteral("a,b"),        QStringLiteral("say \"x\""),
                              QStringLiteral("two\nlines"), QString(),
                              QStringLiteral(" padded "),   QStringLiteral("Ünïcödé 鯨"),
                              QStringLiteral("\r"),         QStringLiteral("plain")};
    QTemporaryDir directory;
    const std::filesystem::path path = pathIn(directory, "out.csv");
    QStringList header;
    for (qsizetype i = 0; i < awkward.size(); ++i)
        header << QStringLiteral("c%1").arg(i);
    FP_VERIFY(writeCsv(path, header, [&](const CsvRowSink &rows) -> Result<void> {
        rows(awkward);
        return {};
    }));
    const CsvTable table = must(readCsv(path));
    QCOMPARE(table.records.size(), std::size_t{1});
    QCOMPARE(table.records.front().fields, awkward);
}

void ExchangeTest::kaggleLabelsAreRead()
{
    const TextFile file("Image,Id\na.jpg,w_1\nb.jpg,new_whale\nc.jpg,\nd.jpg,NEW_WHALE\na.jpg,W_1\ne.jpg, w_2 \n");
    const std::vector<LabelRow> rows = must(readLabels(file.path));
    QCOMPARE(rows.size(), std::size_t{5}); // a.jpg said the same thing twice
    QCOMPARE(rows[0].id, QStringLiteral("w_1"));
    for (const std::size_t i : {1, 2, 3})
        QVERIFY(rows[i].id.isEmpty());
    QCOMPARE(rows[4].id, QStringLiteral("w_2"));
    QCOMPARE(rows[4].line, 7);
}

void ExchangeTest::badTablesAreRefused_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("problem");
    QTest::newRow("two whales in one photo") << "labels" << QByteArray("Image,Id\na.jpg,w_1\nb.jpg,w_2\na.jpg,w_3\n")
                                             << "csv_invalid:4:conflicting_id:2:a.jpg";
    QTest::newRow("a whale and nobody") << "labels" << QByteArray("Image,Id\na.jpg,w_1\na.jpg,new_whale\n")
                                        << "csv_invalid:3:conflicting_id:2:a.jpg";
    QTest::newRow("no image") << "labels" << QByteArray("Image,Id\n,w_1\n") << "csv_invalid:2:empty_image";
    QTest::newRow("code with a tab") << "labels" << QByteArray("Image,Id\na.jpg,w\t1\n")
                                     << "csv_invalid:2:code_invalid:w\t1";
    QTest::newRow("text for a number") << "boxes" << QByteArray("Image,x0_px,y0_px,x1_px,y1_px\na.jpg,1,2,wide,4\n")
                                       << "csv_invalid:2:not_a_number:wide";
    QTest::newRow("infinite box") << "boxes" << QByteArray("Image,x0_px,y0_px,x1_px,y1_px\na.jpg,1,2,inf,4\n")
                                  << "csv_invalid:2:not_a_number:inf";
    QTest::newRow("box turned round") << "boxes" << QByteArray("Image,x0_px,y0_px,x1_px,y1_px\na.jpg,9,2,3,4\n")
                                      << "csv_invalid:2:box_empty";
    QTest::newRow("box column missing") << "boxes" << QByteArray("Image,x0_px,y0_px,x1_px\na.jpg,1,2,3\n")
                                        << "csv_invalid:1:missing_column:y1_px";
    QTest::newRow("photo in two roles") << "split"
                                        << QByteArray(
                                               "Image,Id,role,near_duplicate_group\na,w,train,1\na,w,validation,2\n")
                                        << "csv_invalid:3:duplicate_image:2:a";
    QTest::newRow("group of letters") << "split" << QByteArray("Image,Id,role,near_duplicate_group\na,w,train,x\n")
                                      << "csv_invalid:2:not_a_number:x";
    QTest::newRow("no roles") << "split" << QByteArray("Image,Id\na,w\n") << "csv_invalid:1:missing_column:role";
}

void ExchangeTest::badTablesAreRefused()
{
    QFETCH(QString, kind);
    QFETCH(QByteArray, text);
    QFETCH(QString, problem);
    const TextFile file(text);
    Error error;
    if (kind == QLatin1String("labels")) {
        const auto rows = readLabels(file.path);
        QVERIFY(!rows);
        error = rows.error();
    } else if (kind == QLatin1String("boxes")) {
        const auto rows = readBoxes(file.path);
        QVERIFY(!rows);
        error = rows.error();
    } else {
        const auto rows = readSplit(file.path);
        QVERIFY(!rows);
        error = rows.error();
    }
    QCOMPARE(problemOf(error), problem);
    QCOMPARE(error.args.front(), file.path.string());
}

void ExchangeTest::boxesAreRead()
{
    const TextFile file("Image,x0_px,y0_px,x1_px,y1_px\r\na.jpg,18.5,16,84.5,78\r\na.jpg,0,0,10,10\r\n");
    const std::vector<BoxRow> rows = must(readBoxes(file.path));
    QCOMPARE(rows.size(), std::size_t{2}); // two animals in one photo
    QVERIFY((rows[0].box == RotatedBox{51.5, 47, 66, 62, 0}));
    QCOMPARE(rows[1].line, 3);
}

void ExchangeTest::splitsAndQueriesAreRead()
{
    const TextFile split("Image,Id,role,near_duplicate_group\na.jpg,w_1,train,0\nb.jpg,new_whale,test_new,\n");
    const std::vector<SplitRow> rows = must(readSplit(split.path));
    QCOMPARE(rows[0].role, QStringLiteral("train"));
    QCOMPARE(rows[0].nearDuplicateGroup, 0);
    QVERIFY(rows[1].id.isEmpty());
    QCOMPARE(rows[1].nearDuplicateGroup, -1);
    const TextFile queries("Image,Id\n/photos/x.jpg,w_1\n");
    QCOMPARE(must(readQueries(queries.path)).front().image, QStringLiteral("/photos/x.jpg"));
    FP_FAILS(readQueries(queries.path / "missing.csv"), ErrorCode::FileUnreadable);
    FP_FAILS(readSplit("/no/such/table.csv"), ErrorCode::FileNotFound);
}

void ExchangeTest::theRealTablesAreRead()
{
    const std::filesystem::path flukes = FLUKEPRINT_SHARED_DATA_DIR "/data/flukes";
    if (!std::filesystem::exists(flukes))
        QSKIP("the real photos' tables are not on this machine");
    const std::vector<LabelRow> labels = must(readLabels(flukes / "train.csv"));
    const std::vector<SplitRow> split = must(readSplit(flukes / "split.csv"));
    QVERIFY(labels.size() > 1000);
    QCOMPARE(labels.size(), split.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        QCOMPARE(labels[i].image, split[i].image);
        QCOMPARE(labels[i].id, split[i].id);
    }
    QVERIFY(must(readBoxes(flukes / "boxes.csv")).size() > 500);
}

void ExchangeTest::everyFormatWrites()
{
    Fixture fixture;
    DecisionLog log(*fixture, QStringLiteral("Ada, \"the curator\""), DecisionSource::Review);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const AnnotationId b = addAnnotation(*fixture, 2);
    const AnnotationId c = addAnnotation(*fixture, 3);
    must(log.confirm(a, addIndividual(*fixture, QStringLiteral("w_1")), {{}, 0.25, {}, 1, {}, {}}));
    must(log.markUnusable(b));
    must(log.newIndividual(c, QStringLiteral("w_2")));
    must(log.undo());
    for (const ExportFormat &format : exportFormats()) {
        const std::filesystem::path path = pathIn(fixture.directory, format.name);
        const Result<std::int64_t> written = exportCatalogue(*fixture, QString::fromLatin1(format.name), path);
        FP_VERIFY(written);
        QVERIFY2(*written > 0, format.name);
    }
    QCOMPARE(contentOf(pathIn(fixture.directory, "kaggle")),
             QByteArray("Image,Id\r\nIMG_000001.jpg,w_1\r\nIMG_000003.jpg,new_whale\r\n"));

    const CsvTable decisions = must(readCsv(pathIn(fixture.directory, "decisions")));
    QCOMPARE(decisions.records.size(), std::size_t{4});
    const auto field = [&](std::size_t record, const char *column) {
        return decisions.records[record].fields[decisions.column(QString::fromLatin1(column))];
    };
    QCOMPARE(field(0, "who"), QStringLiteral("Ada, \"the curator\""));
    QCOMPARE(field(0, "distance"), QStringLiteral("0.25"));
    QCOMPARE(field(0, "probability"), QString());
    QCOMPARE(field(2, "effective"), QStringLiteral("0"));
    QCOMPARE(field(3, "kind"), QStringLiteral("undo"));
    QCOMPARE(field(3, "undoes"), field(2, "decision"));

    const CsvTable photos = must(readCsv(pathIn(fixture.directory, "photos")));
    QCOMPARE(photos.records.size(), std::size_t{3});
    QCOMPARE(photos.records[1].fields[photos.column(QStringLiteral("state"))], QStringLiteral("unusable"));
    const CsvTable individuals = must(readCsv(pathIn(fixture.directory, "individuals")));
    QCOMPARE(individuals.records.size(), std::size_t{2});
    QCOMPARE(individuals.records[1].fields[individuals.column(QStringLiteral("retired"))], QStringLiteral("1"));

    const QJsonObject document = QJsonDocument::fromJson(contentOf(pathIn(fixture.directory, "json"))).object();
    QCOMPARE(document.value(QLatin1String("format")).toString(), QStringLiteral("flukeprint-catalogue"));
    QCOMPARE(document.value(QLatin1String("photos")).toArray().size(), 3);
    QCOMPARE(document.value(QLatin1String("decisions")).toArray().size(), 4);
    QCOMPARE(document.value(QLatin1String("encounters")).toArray().size(), 0);
}

void ExchangeTest::exportedLabelsCanBeImportedAgain()
{
    Fixture fixture;
    DecisionLog log(*fixture, QStringLiteral("Ada"), DecisionSource::Review);
    for (int i = 0; i < 30; ++i) {
        const AnnotationId annotation = addAnnotation(*fixture, i);
        if (i % 3 != 0)
            must(log.confirm(annotation, addIndividual(*fixture, QStringLiteral("w_%1").arg(i % 7))));
    }
    const std::filesystem::path path = pathIn(fixture.directory, "labels.csv");
    QCOMPARE(must(exportCatalogue(*fixture, QStringLiteral("kaggle"), path)), 30);
    const std::vector<LabelRow> rows = must(readLabels(path));
    QCOMPARE(rows.size(), std::size_t{30});
    std::vector<Label> labels;
    for (const LabelRow &row : rows) {
        const Photo photo = must(PhotoStore(*fixture).findByFileName(row.image)).front();
        labels.push_back({must(AnnotationStore(*fixture).ofPhoto(photo.id)).front().id, row.id});
    }
    const LabelReport report = must(log.importLabels(labels, ConflictPolicy::Overwrite));
    QCOMPARE(report.unchanged, 20);
    QCOMPARE(report.unidentified, 10);
    QCOMPARE(report.applied, 0);
}

void ExchangeTest::exportsAreWrittenWholeOrNotAtAll()
{
    Fixture fixture;
    addAnnotation(*fixture, 1);
    const std::filesystem::path path = pathIn(fixture.directory, "out.csv");
    FP_FAILS(exportCatalogue(*fixture, QStringLiteral("xml"), path), ErrorCode::FormatUnknown);
    std::stop_source stop;
    stop.request_stop();
    FP_FAILS(exportCatalogue(*fixture, QStringLiteral("photos"), path, {}, stop.get_token()), ErrorCode::Cancelled);
    FP_FAILS(exportCatalogue(*fixture, QStringLiteral("json"), path, {}, stop.get_token()), ErrorCode::Cancelled);
    FP_FAILS(exportCatalogue(*fixture, QStringLiteral("photos"), "/no/such/folder/out.csv"), ErrorCode::FileUnwritable);
    QVERIFY(!std::filesystem::exists(path));
    // the catalogue is free for writing afterwards
    addAnnotation(*fixture, 2);
}

QTEST_GUILESS_MAIN(ExchangeTest)
#include "tst_exchange.moc"
