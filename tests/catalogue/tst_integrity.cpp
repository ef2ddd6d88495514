#include "core/catalogue/backup.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/integrity.h"
#include "core/catalogue/run_store.h"
#include "tests/catalogue/catalogue_fixture.h"

#include <QCryptographicHash>

#include <atomic>
#include <fstream>
#include <thread>

using namespace flukeprint;
using namespace flukeprint::catalogue;

namespace fs = std::filesystem;

namespace {

void writeText(const fs::path &path, const std::string &text)
{
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

/// A catalogue whose photos, model and run really lie on the disk.
struct Complete : Fixture
{
    std::vector<AnnotationId> annotations;
    std::vector<fs::path> files;
    ModelId model;

    Complete()
    {
        for (int i = 0; i < 3; ++i) {
            files.push_back(catalogue->photosFolder() / ("photo" + std::to_string(i) + ".jpg"));
            const std::string bytes = "bytes of photo " + std::to_string(i);
            writeText(files.back(), bytes);
            Photo photo = photoNumber(i);
            photo.sha256 = QString::fromLatin1(
                QCryptographicHash::hash(QByteArray::fromStdString(bytes), QCryptographicHash::Sha256).toHex());
            photo.path = catalogue->stored(files.back());
            photo.copied = true;
            annotations.push_back(
                must(AnnotationStore(*catalogue).add(wholeFrame(must(PhotoStore(*catalogue).add(photo))))));
            writeText(catalogue->thumbnailPath(photo.sha256), "small");
        }
        writeText(catalogue->modelsFolder() / "first.safetensors", "weights");
        model = must(ModelStore(*catalogue).add(modelNamed(QStringLiteral("first"))));
        must(EmbeddingStore(*catalogue)
                 .put(model, std::vector<EmbeddingKey>{{annotations[0], 1}}, std::vector<float>{1, 2, 3, 4}));
        Run run;
        run.name = QStringLiteral("flukeprint-0001");
        run.preset = QStringLiteral("flukeprint");
        run.folder = QStringLiteral("runs/flukeprint-0001");
        must(RunStore(*catalogue).add(run));
        writeText(catalogue->runsFolder() / "flukeprint-0001" / "log.txt", "started");
        DecisionLog log(*catalogue, QStringLiteral("Ada"), DecisionSource::Review);
        must(log.confirm(annotations[0], addIndividual(*catalogue, QStringLiteral("w_1"))));
    }

    QStringList findings(const IntegrityOptions &options = {})
    {
        QStringList codes;
        for (const Finding &finding : must(verify(*catalogue, options)).findings)
            codes << QString::fromStdString(finding.code);
        return codes;
    }
    void damage(const char *sql)
    {
        Database &database = catalogue->database();
        must(database.integer(QStringLiteral("PRAGMA foreign_keys = OFF")));
        must(database.integer(QStringLiteral("PRAGMA ignore_check_constraints = ON")));
        must(database.run(QString::fromLatin1(sql)));
    }
};

} // namespace

class IntegrityTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aSoundCatalogueHasNoFindings();
    void damageIsNamed_data();
    void damageIsNamed();
    void changedAndMissingPhotosAreNamed();
    void theCallersHashIsUsed();
    void verifyCanBeCancelled();
    void aDamagedPageIsFound();
    void aBackupIsACompleteCatalogue();
    void aBackupWhileOthersWriteIsConsistent();
    void aBackupNeverOverwrites();
};

void IntegrityTest::aSoundCatalogueHasNoFindings()
{
    Complete complete;
    const IntegrityReport report = must(verify(*complete));
    QVERIFY2(report.findings.empty(), report.findings.empty() ? "" : report.findings.front().code.c_str());
    QCOMPARE(report.photosChecked, 3);
    QCOMPARE(report.decisionsChecked, 1);
    QCOMPARE(report.embeddingsChecked, 1);
    Catalogue reader = must(Catalogue::open(complete.folder, Access::ReadOnly));
    QVERIFY(must(verify(reader)).findings.empty());
}

void IntegrityTest::damageIsNamed_data()
{
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("code");
    QTest::newRow("reference") << "UPDATE annotation SET photo_id = 99 WHERE id = 2"
                               << "reference";
    QTest::newRow("projection") << "UPDATE annotation SET state = 'identified', individual_id = 1 WHERE id = 2"
                                << "projection_annotation";
    QTest::newRow("retired") << "UPDATE individual SET retired = 1"
                             << "projection_individual";
    QTest::newRow("no active model") << "UPDATE model SET active = 0"
                                     << "no_active_model";
    QTest::newRow("model file") << "UPDATE model SET file = 'models/gone.safetensors'"
                                << "model_missing";
    QTest::newRow("embedding") << "UPDATE embedding SET vector = x'00112233'"
                               << "embedding_size";
    QTest::newRow("run folder") << "UPDATE run SET folder = 'runs/gone'"
                                << "run_folder_missing";
}

void IntegrityTest::damageIsNamed()
{
    QFETCH(QString, sql);
    QFETCH(QString, code);
    Complete complete;
    complete.damage(sql.toLatin1().constData());
    const QStringList found = complete.findings();
    QVERIFY2(found.contains(code), qPrintable(found.join(u' ')));
}

void IntegrityTest::changedAndMissingPhotosAreNamed()
{
    Complete complete;
    writeText(complete.files[0], "other bytes");
    fs::remove(complete.files[1]);
    QCOMPARE(complete.findings(), (QStringList{QStringLiteral("photo_changed"), QStringLiteral("photo_missing")}));
    IntegrityOptions quick;
    quick.hashPhotos = false;
    QCOMPARE(complete.findings(quick), QStringList{QStringLiteral("photo_missing")});
}

void IntegrityTest::theCallersHashIsUsed()
{
    Complete complete;
    int calls = 0;
    IntegrityOptions options;
    options.hashFile = [&](const fs::path &path) -> Result<std::string> {
        if (++calls == 1)
            return Error(ErrorCode::FileUnreadable, {path.string(), "the disk is ill"});
        return std::string(64, 'f');
    };
    QCOMPARE(complete.findings(options),
             (QStringList{QStringLiteral("photo_unreadable"), QStringLiteral("photo_changed"),
                          QStringLiteral("photo_changed")}));
    QCOMPARE(calls, 3);
}

void IntegrityTest::verifyCanBeCancelled()
{
    Complete complete;
    std::stop_source stop;
    int photos = 0;
    const auto stopAtFirstPhoto = [&](const Progress &progress) {
        if (progress.stage == "photos" && ++photos == 1)
            stop.request_stop();
    };
    FP_FAILS(verify(*complete, {}, stopAtFirstPhoto, stop.get_token()), ErrorCode::Cancelled);
    QCOMPARE(photos, 1);
}

void IntegrityTest::aDamagedPageIsFound()
{
    Complete complete;
    complete.catalogue.reset();
    const fs::path file = complete.folder / "catalogue.sqlite";
    const auto size = fs::file_size(file);
    {
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        for (auto offset = static_cast<std::streamoff>(size / 2); offset < static_cast<std::streamoff>(size);
             offset += 4096) {
            stream.seekp(offset);
            stream << std::string(64, '\x7f');
        }
    }
    Result<Catalogue> damaged = Catalogue::open(complete.folder, Access::ReadOnly);
    if (!damaged) {
        QVERIFY2(damaged.error().code == ErrorCode::DataDamaged, damaged.error().debugText().c_str());
        return;
    }
    const Result<IntegrityReport> report = verify(*damaged);
    if (report)
        QVERIFY(!report->findings.empty());
    else
        QVERIFY2(report.error().code == ErrorCode::DataDamaged, report.error().debugText().c_str());
}

void IntegrityTest::aBackupIsACompleteCatalogue()
{
    Complete complete;
    const fs::path target = pathIn(complete.directory, "backup.flukeprint");
    const BackupReport report = must(backUp(*complete, target));
    QCOMPARE(report.files, 1 + 1 + 3 + 1 + 3); // database, model, thumbnails, run, copied photos
    QVERIFY(report.bytes > 0);
    fs::remove_all(complete.folder / "photos"); // the backup does not lean on the original
    Catalogue copy = must(Catalogue::open(target));
    QVERIFY(must(verify(copy)).findings.empty());
    QCOMPARE(identityOf(copy, complete.annotations[0]), QStringLiteral("identified w_1"));
    QVERIFY(must(ModelStore(copy).active()).name == QLatin1String("first"));
    must(DecisionLog(copy, QStringLiteral("Ada"), DecisionSource::Review).undo());
    QCOMPARE(identityOf(copy, complete.annotations[0]), QStringLiteral("unidentified"));
    QCOMPARE(identityOf(*complete, complete.annotations[0]), QStringLiteral("identified w_1"));
}

void IntegrityTest::aBackupWhileOthersWriteIsConsistent()
{
    Complete complete;
    std::atomic<bool> enough = false;
    std::jthread writer([&] {
        Catalogue own = must(complete.catalogue->openConnection());
        DecisionLog log(own, QStringLiteral("writer"), DecisionSource::Review);
        for (int i = 100; !enough; ++i)
            must(log.newIndividual(addAnnotation(own, i)));
    });
    for (int i = 0; i < 5; ++i) {
        const fs::path target = pathIn(complete.directory, ("backup" + std::to_string(i)).c_str());
        const Result<BackupReport> report = backUp(*complete, target);
        if (!report)
            enough = true;
        FP_VERIFY(report);
        Catalogue copy = must(Catalogue::open(target));
        IntegrityOptions options;
        options.hashPhotos = false;
        for (const Finding &finding : must(verify(copy, options)).findings)
            QCOMPARE(finding.code, std::string("photo_missing")); // the writer's photos are only rows
    }
    enough = true;
}

void IntegrityTest::aBackupNeverOverwrites()
{
    Complete complete;
    const fs::path target = pathIn(complete.directory, "backup.flukeprint");
    fs::create_directories(target);
    FP_FAILS(backUp(*complete, target), ErrorCode::AlreadyExists);
    FP_FAILS(backUp(*complete, complete.folder / "backups" / "inside"), ErrorCode::InvalidArgument);
    FP_FAILS(backUpDatabase(*complete, complete.folder / "catalogue.sqlite"), ErrorCode::AlreadyExists);
    fs::remove(target);
    std::stop_source stop;
    stop.request_stop();
    FP_FAILS(backUp(*complete, target, {}, {}, stop.get_token()), ErrorCode::Cancelled);
    QVERIFY(!fs::exists(target));
    QVERIFY(!fs::exists(target.string() + ".partial"));
}

QTEST_GUILESS_MAIN(IntegrityTest)
#include "tst_integrity.moc"
