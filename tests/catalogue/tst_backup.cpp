#include "core/catalogue/backup.h"
#include "tests/catalogue/complete_catalogue.h"

#include <atomic>
#include <thread>

using namespace flukeprint;
using namespace flukeprint::catalogue;

/// A copy of a catalogue while it is in use, and where nothing can be written.
class BackupTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aBackupIsACompleteCatalogue();
    void aBackupWhileOthersWriteIsConsistent();
    void whoMayOnlyReadCanBackUp_data();
    void whoMayOnlyReadCanBackUp();
    void aBackupNeverOverwrites();
};

void BackupTest::aBackupIsACompleteCatalogue()
{
    Complete complete;
    const fs::path target = pathIn(complete.directory, "backup.flukeprint");
    const BackupReport report = must(backUp(*complete, target));
    QCOMPARE(report.files, 1 + 1 + 3 + 4 + 3); // database, model, thumbnails, run, copied photos
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

void BackupTest::aBackupWhileOthersWriteIsConsistent()
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

void BackupTest::whoMayOnlyReadCanBackUp_data()
{
    QTest::addColumn<bool>("openedForReading");
    QTest::newRow("a reader beside the writer") << false;
    QTest::newRow("a catalogue opened for reading") << true;
}

void BackupTest::whoMayOnlyReadCanBackUp()
{
    QFETCH(bool, openedForReading);
    Complete complete;
    Catalogue reader = openedForReading ? must(Catalogue::open(complete.folder, Access::ReadOnly)) : must(complete.catalogue->openReader());
    const fs::path target = pathIn(complete.directory, "backup.flukeprint");
    must(backUp(reader, target));
    FP_FAILS(reader.database().run(QStringLiteral("DELETE FROM photo")), ErrorCode::CatalogueReadOnly);
    QVERIFY(!reader.database().each(QStringLiteral("DELETE FROM photo"), {}, [](const Row &) { return true; }).ok()); // SQLite still refuses as well
    Catalogue copy = must(Catalogue::open(target));
    QVERIFY(must(verify(copy)).findings.empty());
    QCOMPARE(identityOf(copy, complete.annotations[0]), QStringLiteral("identified w_1"));
}

void BackupTest::aBackupNeverOverwrites()
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

QTEST_GUILESS_MAIN(BackupTest)
#include "tst_backup.moc"
