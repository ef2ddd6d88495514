#include "core/catalogue/backup.h"
#include "core/catalogue/database.h"
#include "core/workflows/care/verify_catalogue.h"
#include "core/workflows/demo.h"
#include "core/workflows/maintenance.h"
#include "core/workflows/models/register_model.h"
#include "core/workflows/pausing.h"
#include "tests/workflows/model_files.h"
#include "tests/workflows/workbench.h"

#include <QTest>

#include <atomic>
#include <fstream>
#include <functional>
#include <thread>

using namespace flukeprint;
using namespace flukeprint::workflows;

using Work = std::function<bool(catalogue::Catalogue &, const jobs::WorkContext &)>;
Q_DECLARE_METATYPE(Work)

namespace fs = std::filesystem;

/// Damage to files, and the repair of what can be made anew from the photos.
class TestVerifyCatalogue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void aFreshImportIsSound();
    void damagedModelFilesAreNamed_data();
    void damagedModelFilesAreNamed();
    void chipsThatAreCutOffAreForgotten();
    void thumbnailsAreDrawnAnew();
    void sizesAreMeasuredAnew();
    void repairOfASoundCatalogueChangesNothing();
    void withoutACopyNothingIsRepaired();
    void careCanBePaused();
    void whileItIsPausedNothingGoesOn_data();
    void whileItIsPausedNothingGoesOn();

private:
    [[nodiscard]] catalogue::IntegrityReport verified() { return verifyCatalogue(*m_catalogue).value(); }
    [[nodiscard]] fs::path modelFile() const { return m_catalogue->modelsFolder() / "m.safetensors"; }
    void damage(const char *sql) { QVERIFY(m_catalogue->database().run(QString::fromLatin1(sql)).ok()); }

    std::unique_ptr<Workbench> m_bench;
    std::unique_ptr<catalogue::Catalogue> m_catalogue;
};

namespace {

QStringList codes(const std::vector<catalogue::Finding> &findings)
{
    QStringList list;
    for (const catalogue::Finding &finding : findings)
        list << QString::fromStdString(finding.code);
    return list;
}

/// One tensor of two numbers.
QByteArray modelWithWeights()
{
    const QJsonObject tensor{{QStringLiteral("dtype"), QStringLiteral("F32")},
                             {QStringLiteral("shape"), QJsonArray{2}},
                             {QStringLiteral("data_offsets"), QJsonArray{0, 8}}};
    const QJsonObject header{{QStringLiteral("__metadata__"), ownMetadata()}, {QStringLiteral("w"), tensor}};
    return safetensorsBytes(QJsonDocument(header).toJson(QJsonDocument::Compact)) + QByteArray(8, '\1');
}

} // namespace

void TestVerifyCatalogue::init()
{
    m_bench = std::make_unique<Workbench>();
    m_catalogue = std::make_unique<catalogue::Catalogue>(m_bench->createCatalogue());
    m_bench->addPhoto(QStringLiteral("photos/a.jpg"), 1);
    m_bench->addPhoto(QStringLiteral("photos/b.jpg"), 2);
    ImportRequest request;
    request.paths = {m_bench->path(QStringLiteral("photos"))};
    QVERIFY(importPhotos(*m_catalogue, request).ok());
    const fs::path source = m_bench->addFile(QStringLiteral("m.safetensors"), modelWithWeights());
    QVERIFY(registerModel(*m_catalogue, QStringLiteral("m"), {},
                          [&](const fs::path &target) { return copyFile(source, target); })
                .ok());
}

void TestVerifyCatalogue::cleanup()
{
    m_catalogue.reset();
    m_bench.reset();
}

void TestVerifyCatalogue::aFreshImportIsSound()
{
    const auto report = verified();
    QCOMPARE(codes(report.findings) + codes(report.notices), QStringList());
    QCOMPARE(report.photosChecked, 2);
}

void TestVerifyCatalogue::damagedModelFilesAreNamed_data()
{
    QTest::addColumn<QByteArray>("bytes");
    const QByteArray whole = modelWithWeights();
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("within the header") << whole.first(100);
    QTest::newRow("within the weights") << whole.chopped(4);
    QTest::newRow("longer") << whole + "more";
    QTest::newRow("other weights") << whole.chopped(4) + QByteArray(4, '\2');
    QTest::newRow("no model") << QByteArray("words, words and words");
    QTest::newRow("a tensor that cannot be") << QByteArray(whole).replace("\"F32\"", "\"F64\"");
}

void TestVerifyCatalogue::damagedModelFilesAreNamed()
{
    QFETCH(QByteArray, bytes);
    writeFile(QString::fromStdString(modelFile().string()), bytes);
    const auto report = verified();
    QCOMPARE(codes(report.findings), QStringList{QStringLiteral("model_damaged")});
    QVERIFY(report.findings.front().cause.has_value());
    const auto outcome = repairCatalogue(*m_catalogue);
    QVERIFY(outcome.ok());
    QCOMPARE(codes(outcome->left.findings), QStringList{QStringLiteral("model_damaged")}); // only a person has another
}

void TestVerifyCatalogue::chipsThatAreCutOffAreForgotten()
{
    fs::path pack;
    for (const auto &entry : fs::directory_iterator(m_catalogue->chipsFolder()))
        pack = entry.path();
    QVERIFY(!pack.empty());
    damage("UPDATE chip SET pack_index = 9999 WHERE annotation_id = 1");
    QCOMPARE(codes(verified().findings), QStringList{QStringLiteral("chip_place")});
    fs::resize_file(pack, 100);
    QCOMPARE(codes(verified().findings), QStringList{QStringLiteral("chip_pack_damaged")});
    const auto outcome = repairCatalogue(*m_catalogue);
    QVERIFY2(outcome.ok(), outcome.ok() ? "" : outcome.error().debugText().c_str());
    QCOMPARE(codes(outcome->repaired), QStringList{QStringLiteral("chip_pack_damaged")});
    QCOMPARE(codes(outcome->left.findings), QStringList());
    QVERIFY(fs::is_regular_file(outcome->backup));
}

void TestVerifyCatalogue::thumbnailsAreDrawnAnew()
{
    const fs::path thumbnail = m_catalogue->thumbnailPath(photoNamed(*m_catalogue, QStringLiteral("a.jpg")).sha256);
    QVERIFY(fs::remove(thumbnail));
    const auto report = verified();
    QCOMPARE(codes(report.findings), QStringList());
    QCOMPARE(codes(report.notices), QStringList{QStringLiteral("thumbnails_missing")});
    QCOMPARE(report.notices.front().args, (std::vector<std::string>{"1", "a.jpg"}));
    const auto outcome = repairCatalogue(*m_catalogue);
    QVERIFY(outcome.ok());
    QCOMPARE(codes(outcome->left.notices), QStringList());
    const auto drawn = imaging::decodeFile(thumbnail);
    QVERIFY(drawn.ok());
    QCOMPARE(drawn->image.width, Workbench::widthPx);
}

void TestVerifyCatalogue::sizesAreMeasuredAnew()
{
    damage("UPDATE photo SET byte_size = 1, width_px = 5 WHERE id = 2");
    QCOMPARE(codes(verified().findings), QStringList{QStringLiteral("photo_size")});
    const auto outcome = repairCatalogue(*m_catalogue);
    QVERIFY(outcome.ok());
    QCOMPARE(codes(outcome->left.findings), QStringList());
    QCOMPARE(photoNamed(*m_catalogue, QStringLiteral("b.jpg")).widthPx, Workbench::widthPx);
}

void TestVerifyCatalogue::repairOfASoundCatalogueChangesNothing()
{
    const auto outcome = repairCatalogue(*m_catalogue);
    QVERIFY(outcome.ok());
    QVERIFY(outcome->backup.empty());
    QVERIFY(outcome->repaired.empty());
    QVERIFY(fs::is_empty(m_catalogue->backupsFolder()));
}

void TestVerifyCatalogue::withoutACopyNothingIsRepaired()
{
    damage("UPDATE annotation SET state = 'unusable', individual_id = NULL WHERE id = 1");
    const auto wrong = codes(verified().findings);
    QVERIFY(!wrong.isEmpty());
    fs::remove_all(m_catalogue->backupsFolder());
    std::ofstream(m_catalogue->backupsFolder()) << "a file where the folder of copies should be";
    const auto outcome = repairCatalogue(*m_catalogue);
    QVERIFY(!outcome.ok());
    QCOMPARE(outcome.error().code, ErrorCode::FileUnwritable);
    QCOMPARE(outcome.error().args.front(), m_catalogue->backupsFolder().string());
    QCOMPARE(codes(verified().findings), wrong);
}

void TestVerifyCatalogue::careCanBePaused()
{
    const fs::path target = m_bench->path(QStringLiteral("copy.flukeprint"));
    QVERIFY(makeVerifyJob(*m_catalogue, {})->traits().canPause);
    QVERIFY(makeBackupJob(*m_catalogue, target, {}, {})->traits().canPause);
    QVERIFY(makeExportJob(*m_catalogue, QStringLiteral("kaggle"), target, {})->traits().canPause);
    QVERIFY(makeDemoJob(*m_catalogue, {}, {})->traits().canPause);
}

void TestVerifyCatalogue::whileItIsPausedNothingGoesOn_data()
{
    QTest::addColumn<Work>("work");
    QTest::newRow("verify") << Work([](catalogue::Catalogue &own, const jobs::WorkContext &context) {
        return verifyCatalogue(own, true, context).ok();
    });
    QTest::newRow("backup") << Work([this](catalogue::Catalogue &own, const jobs::WorkContext &context) {
        return catalogue::backUp(own, m_bench->path(QStringLiteral("copy.flukeprint")), {}, pausingProgress(context), context.stop).ok();
    });
    QTest::newRow("demo") << Work([this](catalogue::Catalogue &own, const jobs::WorkContext &context) {
        DemoRequest request;
        request.photos.individuals = 2;
        request.photos.photosPerIndividual = 2;
        request.embed = false;
        return fillDemo(own, m_bench->path(QStringLiteral("drawn")), request, context).ok();
    });
}

/// Paused before it begins, it gets as far as its first report.
void TestVerifyCatalogue::whileItIsPausedNothingGoesOn()
{
    QFETCH(Work, work);
    jobs::PauseSwitch pause;
    pause.setPaused(true);
    std::atomic<int> reports = 0;
    std::atomic<bool> done = false;
    jobs::WorkContext context;
    context.pause = &pause;
    context.progress = [&reports](const Progress &) { ++reports; };
    std::jthread thread([&] {
        auto own = m_catalogue->openConnection();
        done = own.ok() && work(*own, context);
    });
    QTRY_COMPARE_WITH_TIMEOUT(reports.load(), 1, 60'000);
    QTest::qWait(100);
    QCOMPARE(reports.load(), 1);
    QVERIFY(!done);
    pause.setPaused(false);
    thread.join();
    QVERIFY(done);
    QVERIFY(reports > 1);
}

QTEST_GUILESS_MAIN(TestVerifyCatalogue)
#include "tst_verify_catalogue.moc"
