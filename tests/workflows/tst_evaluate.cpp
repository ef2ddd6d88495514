#include "core/workflows/evaluate.h"
#include "core/workflows/label.h"
#include "tests/workflows/workbench.h"

#include <QTest>

using namespace flukeprint;
using namespace flukeprint::workflows;

/// Individuals sit 60 degrees apart on a circle, their photos within 4 degrees: everything is found unless a test says
/// otherwise.
class TestEvaluate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void aSplitGivesEveryProtocol();
    void imagesThatAreMissingAreNamed();
    void anUnknownRoleIsRefusedWithItsLine();
    void nearDuplicatesAreNoMatches();
    void queriesAgainstTheConfirmedPhotos();
    void queriesAgainstAGalleryTable();
    void newWhalesCountInTheOpenProtocol();
    void disjointQueriesFindEachOther();
    void anotherModelCanBeMeasured();
    void labelsFromATableAreOneBatch();

private:
    void add(const QString &name, const QString &code, double angleDeg);
    std::filesystem::path writeTable(const QByteArray &rows) const;
    QueryReport ask(const QByteArray &rows, QueryProtocol protocol = QueryProtocol::Closed);

    std::unique_ptr<Workbench> m_bench;
    std::optional<catalogue::Catalogue> m_catalogue;
    ModelId m_model;
    std::uint64_t m_seed = 0;
};

void TestEvaluate::init()
{
    m_bench = std::make_unique<Workbench>();
    m_catalogue.emplace(m_bench->createCatalogue());
    m_model = addModel(*m_catalogue, 2);
    for (int whale = 0; whale < 3; ++whale) {
        for (int photo = 0; photo < 3; ++photo)
            add(QStringLiteral("w%1-%2.jpg").arg(whale).arg(photo), QStringLiteral("w%1").arg(whale),
                60.0 * whale + 2 * photo);
    }
    add(QStringLiteral("n0.jpg"), {}, 200);
    add(QStringLiteral("n1.jpg"), {}, 300);
}

void TestEvaluate::cleanup()
{
    m_catalogue.reset();
    m_bench.reset();
}

void TestEvaluate::add(const QString &name, const QString &code, double angleDeg)
{
    ImportRequest request;
    request.paths = {m_bench->addPhoto(QStringLiteral("photos/") + name, ++m_seed)};
    request.labels = m_bench->addFile(QStringLiteral("label.csv"), ("Image,Id\n" + name + ',' + code + '\n').toUtf8());
    QVERIFY(importPhotos(*m_catalogue, request).ok());
    setEmbedding(*m_catalogue, m_model, annotationOf(*m_catalogue, name).id, angleDeg);
}

std::filesystem::path TestEvaluate::writeTable(const QByteArray &rows) const
{
    return m_bench->addFile(QStringLiteral("table.csv"), rows);
}

QueryReport TestEvaluate::ask(const QByteArray &rows, QueryProtocol protocol)
{
    QueryRequest request;
    request.queries = writeTable(rows);
    request.protocol = protocol;
    request.options.resamples = 50;
    const auto report = evaluateQueries(*m_catalogue, request);
    if (!report)
        qFatal("no report: %s", report.error().debugText().c_str());
    return *report;
}

void TestEvaluate::aSplitGivesEveryProtocol()
{
    SplitRequest request;
    request.split = writeTable("Image,Id,role,near_duplicate_group\n"
                               "w0-0.jpg,w0,train,0\nw0-1.jpg,w0,test_known,1\nw0-2.jpg,w0,validation,2\n"
                               "w1-0.jpg,w1,train,3\nw1-1.jpg,w1,test_known,4\nw1-2.jpg,w1,validation,5\n"
                               "w2-0.jpg,w2,test_disjoint,6\nw2-1.jpg,w2,test_disjoint,7\nw2-2.jpg,w2,test_disjoint,8\n"
                               "n0.jpg,new_whale,train,9\nn1.jpg,new_whale,test_new,10\n");
    request.calibrationNew = m_bench->addFile(QStringLiteral("new.txt"), "n0.jpg\n");
    request.options.resamples = 50;
    request.options.command = "command";
    const auto report = evaluateSplit(*m_catalogue, request);
    QVERIFY2(report.ok(), report.ok() ? "" : report.error().debugText().c_str());
    const evaluation::ProtocolFigures &figures = report->report.figures;
    QCOMPARE(report->photos, std::size_t{11});
    QCOMPARE(figures.galleryPhotos, std::size_t{2});
    QCOMPARE(figures.closed.scored, std::size_t{2});
    QCOMPARE(figures.closed.map5.value, 1.0);
    QCOMPARE(figures.disjoint.scored, std::size_t{3});
    QCOMPARE(figures.disjoint.top1.value, 1.0);
    QCOMPARE(figures.aurocNew.value, 1.0);
    QCOMPARE(figures.kaggle.map5.value, 1.0);
    QCOMPARE(figures.kaggle.queries, std::size_t{3});
    QCOMPARE(report->report.context.model, std::string("test"));
    QCOMPARE(report->report.context.snapshotHash, std::string("abc"));
    QCOMPARE(report->report.context.command, std::string("command"));
}

void TestEvaluate::imagesThatAreMissingAreNamed()
{
    SplitRequest request;
    request.split = writeTable(
        "Image,Id,role,near_duplicate_group\nw0-0.jpg,w0,train,0\nw0-1.jpg,w0,test_known,1\ngone.jpg,w0,train,2\n");
    const auto report = evaluateSplit(*m_catalogue, request);
    QVERIFY(report.ok());
    QCOMPARE(report->missing, std::vector<QString>{QStringLiteral("gone.jpg")});
    request.split = writeTable("Image,Id,role,near_duplicate_group\ngone.jpg,w0,train,2\n");
    QCOMPARE(evaluateSplit(*m_catalogue, request).error().code, ErrorCode::NothingToDo);
}

void TestEvaluate::anUnknownRoleIsRefusedWithItsLine()
{
    SplitRequest request;
    request.split = writeTable("Image,Id,role,near_duplicate_group\nw0-0.jpg,w0,train,0\nw0-1.jpg,w0,examination,1\n");
    const auto report = evaluateSplit(*m_catalogue, request);
    QCOMPARE(report.error().code, ErrorCode::CsvInvalid);
    QCOMPARE(report.error().args.at(1), std::string("3"));
    request.options.model = "nobody";
    QCOMPARE(evaluateSplit(*m_catalogue, request).error().code, ErrorCode::NotFound);
}

void TestEvaluate::nearDuplicatesAreNoMatches()
{
    SplitRequest request;
    request.split = writeTable(
        "Image,Id,role,near_duplicate_group\nw0-0.jpg,w0,train,7\nw0-1.jpg,w0,test_known,7\nw1-0.jpg,w1,train,8\n");
    const auto report = evaluateSplit(*m_catalogue, request);
    QVERIFY(report.ok());
    QCOMPARE(report->report.figures.closed.queries, std::size_t{1});
    QCOMPARE(report->report.figures.closed.scored, std::size_t{0});
}

void TestEvaluate::queriesAgainstTheConfirmedPhotos()
{
    const QueryReport report = ask("Image,Id\nw0-0.jpg,w0\nphotos/w1-0.jpg,W1\nw2-0.jpg,w0\ngone.jpg,w0\n");
    QCOMPARE(report.queries, std::size_t{3});
    QCOMPARE(report.known.scored, std::size_t{3});
    QCOMPARE(report.known.top1.value, 2.0 / 3);
    QCOMPARE(report.galleryPhotos, std::size_t{9});
    QCOMPARE(report.missing, std::vector<QString>{QStringLiteral("gone.jpg")});
    QCOMPARE(report.calibration, CalibrationSource::None);
    QVERIFY(!report.aurocNew.isAvailable());
}

void TestEvaluate::queriesAgainstAGalleryTable()
{
    QueryRequest request;
    request.queries = writeTable("Image,Id\nw0-0.jpg,w0\nw1-0.jpg,w1\n");
    request.gallery = m_bench->addFile(QStringLiteral("gallery.csv"), "Image,Id\nw0-1.jpg,w0\nw2-1.jpg,w2\n");
    request.options.resamples = 50;
    const auto report = evaluateQueries(*m_catalogue, request);
    QVERIFY(report.ok());
    QCOMPARE(report->galleryPhotos, std::size_t{2});
    QCOMPARE(report->known.scored, std::size_t{1}); // w1 is not in this gallery
    QCOMPARE(report->newQueries, std::size_t{1});
    QCOMPARE(report->aurocNew.value, 1.0);
}

void TestEvaluate::newWhalesCountInTheOpenProtocol()
{
    const QByteArray rows = "Image,Id\nw0-0.jpg,w0\nw1-0.jpg,w1\nn0.jpg,new_whale\nn1.jpg,unheard_of\n";
    const QueryReport uncalibrated = ask(rows, QueryProtocol::Open);
    QVERIFY(!uncalibrated.openMap5.isAvailable());
    QCOMPARE(uncalibrated.newQueries, std::size_t{2});
    QCOMPARE(uncalibrated.aurocNew.value, 1.0);

    std::vector<evaluation::CalibrationQuery> queries;
    for (int i = 0; i < 60; ++i) {
        const float near = 0.02F + 0.001F * static_cast<float>(i % 10);
        queries.push_back({{near, 1.0F, 1.7F}, 0, false, 3});
        queries.push_back({{0.9F + near, 1.2F, 1.8F}, 0, true, 3});
    }
    const auto calibration = evaluation::ScoreCalibration::fit(queries);
    QVERIFY(calibration.isCalibrated());
    QStringList fields;
    for (const auto &[key, value] : calibration.toMap())
        fields.append(QStringLiteral("\"%1\":%2").arg(QString::fromStdString(key)).arg(value, 0, 'g', 17));
    const QString json = QLatin1Char('{') + fields.join(QLatin1Char(',')) + QLatin1Char('}');
    QVERIFY(catalogue::ModelStore(*m_catalogue).setCalibration(m_model, json).ok());
    const QueryReport report = ask(rows, QueryProtocol::Open);
    QCOMPARE(report.calibration, CalibrationSource::Model);
    QCOMPARE(report.openMap5.value, 1.0);
    QCOMPARE(report.openTop1.value, 1.0);
    QVERIFY(report.ece.isAvailable());
    QCOMPARE(report.aurocNewShown.value, 1.0);
    QVERIFY(!uncalibrated.aurocNewShown.isAvailable());
}

void TestEvaluate::disjointQueriesFindEachOther()
{
    QueryRequest request;
    request.queries = writeTable("Image,Id\nw0-0.jpg,w0\nw0-1.jpg,w0\nn0.jpg,lonely\n");
    request.gallery = m_bench->addFile(QStringLiteral("gallery.csv"), "Image,Id\nw1-0.jpg,w1\nn1.jpg,new_whale\n");
    request.protocol = QueryProtocol::Disjoint;
    request.options.resamples = 50;
    const auto report = evaluateQueries(*m_catalogue, request);
    QVERIFY(report.ok());
    QCOMPARE(report->known.scored, std::size_t{2});
    QCOMPARE(report->known.map5.value, 1.0);
    QCOMPARE(report->galleryPhotos, std::size_t{5});
}

void TestEvaluate::anotherModelCanBeMeasured()
{
    QueryRequest request;
    request.queries = writeTable("Image,Id\nw0-0.jpg,w0\n");
    request.options.model = "test";
    QVERIFY(evaluateQueries(*m_catalogue, request).ok());
    request.options.model = "nobody";
    QCOMPARE(evaluateQueries(*m_catalogue, request).error().code, ErrorCode::NotFound);
}

void TestEvaluate::labelsFromATableAreOneBatch()
{
    LabelRequest request;
    request.csv = writeTable("Image,Id\nn0.jpg,w9\nw0-0.jpg,w1\nw0-1.jpg,new_whale\nw0-2.jpg,w0\ngone.jpg,w0\n");
    const auto report = labelFromCsv(*m_catalogue, request);
    QVERIFY(report.ok());
    QCOMPARE(report->labels.applied, 2);
    QCOMPARE(report->labels.unchanged, 1);
    QCOMPARE(report->labels.unidentified, 1);
    QCOMPARE(report->labels.newIndividuals, 1);
    QCOMPARE(report->labels.conflicts.size(), std::size_t{1});
    QCOMPARE(report->missing, std::vector<QString>{QStringLiteral("gone.jpg")});
    QCOMPARE(annotationOf(*m_catalogue, QStringLiteral("w0-1.jpg")).state, catalogue::IdentityState::Identified);
    QVERIFY(
        catalogue::DecisionLog(*m_catalogue, {}, catalogue::DecisionSource::Cli).undoBatch(report->labels.batch).ok());
    QCOMPARE(annotationOf(*m_catalogue, QStringLiteral("n0.jpg")).state, catalogue::IdentityState::Unidentified);
}

QTEST_GUILESS_MAIN(TestEvaluate)
#include "tst_evaluate.moc"
