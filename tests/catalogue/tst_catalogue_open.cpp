#include "core/base/partial_file.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/encounter_merges.h"
#include "core/catalogue/encounter_store.h"
#include "core/catalogue/integrity.h"
#include "core/catalogue/migration.h"
#include "core/catalogue/settings_store.h"
#include "core/catalogue/transaction.h"
#include "tests/catalogue/catalogue_fixture.h"

#include <QFile>
#include <QProcess>

#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <thread>
#include <unistd.h>

using namespace flukeprint;
using namespace flukeprint::catalogue;

namespace fs = std::filesystem;

namespace {

constexpr auto noteColumn = std::to_array<const char *>({
    "ALTER TABLE photo ADD COLUMN weather TEXT NOT NULL DEFAULT ''",
    "UPDATE photo SET weather = 'calm'",
});
constexpr auto brokenStep = std::to_array<const char *>({
    "ALTER TABLE photo ADD COLUMN weather TEXT NOT NULL DEFAULT ''",
    "UPDATE no_such_table SET weather = 'calm'",
});

std::vector<MigrationStep> stepsWith(std::span<const char *const> second)
{
    std::vector<MigrationStep> steps(schemaSteps().begin(), schemaSteps().end());
    steps.push_back({steps.back().version + 1, second});
    return steps;
}

/// A catalogue of version 1 with a row of everything that matters, brought to `version` by the steps in between.
void makeOldCatalogue(const fs::path &folder, int version)
{
    fs::create_directories(folder / "backups");
    auto database = must(Database::open(folder / "catalogue.sqlite", Database::Mode::Create));
    QFile schema(QStringLiteral(FLUKEPRINT_SOURCE_DIR "/tests/catalogue/data/schema_version_1.sql"));
    if (!schema.open(QIODevice::ReadOnly))
        qFatal("no old schema");
    for (const QString &statement : QString::fromUtf8(schema.readAll()).split(QStringLiteral("\n;\n"), Qt::SkipEmptyParts))
        must(database->run(statement));
    must(database->run(QStringLiteral("PRAGMA user_version = 1")));
    must(database->run(QStringLiteral("PRAGMA application_id = %1").arg(catalogueApplicationId)));
    for (const char *statement : {
             "INSERT INTO encounter (code, started_at, ended_at) VALUES ('morning', '2019-07-14T10:00:00', '2019-07-14T10:30:00'), "
             "('noon', '2019-07-14T12:00:00', '2019-07-14T12:30:00')",
             "INSERT INTO photo (sha256, path, file_name, byte_size, width_px, height_px, encounter_id, imported_at) VALUES "
             "('0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', '/photos/a.jpg', 'a.jpg', 10, 60, 40, 2, '2020')",
             "INSERT INTO individual (code, created_at) VALUES ('w_1', '2020')",
             "INSERT INTO annotation (photo_id, centre_x_px, centre_y_px, width_px, height_px, box_source, state, individual_id) "
             "VALUES (1, 30, 20, 60, 40, 'frame', 'identified', 1)",
             "INSERT INTO decision (id, batch, annotation_id, kind, individual_id, who, at, source) "
             "VALUES (1, 1, 1, 'confirm', 1, 'Ada', '2020', 'review')",
             "INSERT INTO model (name, file, dimension, input_width_px, input_height_px, created_at, active) "
             "VALUES ('first', 'models/first.safetensors', 2, 64, 32, '2020', 1)",
             "INSERT INTO embedding (model_id, annotation_id, box_revision, vector) VALUES (1, 1, 1, x'0000803f00000000')",
         })
        must(database->run(QString::fromUtf8(statement)));
    if (version > 1)
        must(migrate(*database, schemaSteps().first(static_cast<std::size_t>(version))));
}

std::size_t backupCount(const fs::path &folder)
{
    std::size_t count = 0;
    for ([[maybe_unused]] const auto &entry : fs::directory_iterator(folder / "backups"))
        ++count;
    return count;
}

/// Starts this program again in another role and waits until it says "ready".
void startChild(QProcess &child, const QStringList &arguments)
{
    child.setProcessChannelMode(QProcess::MergedChannels);
    child.start(QCoreApplication::applicationFilePath(), arguments);
    while (child.waitForReadyRead(20000)) {
        if (child.peek(1 << 20).contains("ready"))
            return;
    }
    qFatal("the child said: %s", child.readAll().constData());
}

// Roles of the child

/// Writes photos with decisions for ever, each pair in one transaction, until it is killed.
int writeForEver(const QString &folder)
{
    Catalogue catalogue = must(Catalogue::open(folder.toStdString()));
    DecisionLog log(catalogue, QStringLiteral("child"), DecisionSource::Review);
    for (int number = 0;; ++number) {
        Transaction transaction = must(Transaction::begin(catalogue));
        const AnnotationId annotation = addAnnotation(catalogue, number);
        must(log.newIndividual(annotation));
        must(transaction.commit());
        if (number == 50) {
            std::puts("ready");
            std::fflush(stdout);
        }
    }
}

int holdOpen(const QString &folder)
{
    const Catalogue catalogue = must(Catalogue::open(folder.toStdString()));
    std::puts("ready");
    std::fflush(stdout);
    ::pause();
    return 0;
}

/// Root may write everywhere: as nobody the folder's permissions count.
int openAsNobody(const QString &folder)
{
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0))
        return 2;
    const Result<Catalogue> writer = Catalogue::open(folder.toStdString());
    const Result<Catalogue> reader = Catalogue::open(folder.toStdString(), Access::ReadOnly);
    const std::string photos = reader ? std::to_string(must(PhotoStore(const_cast<Catalogue &>(*reader)).count()))
                                      : reader.error().debugText();
    std::printf("writer %s, reader %s, ready\n", writer ? "opened" : writer.error().debugText().c_str(),
                photos.c_str());
    return 0;
}

} // namespace

class CatalogueOpenTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void createMakesTheFolders();
    void createRefusesWhatIsThere();
    void createFinishesWhatAnInterruptedCreateBegan();
    void openRefusesWhatIsNoCatalogue();
    void openRefusesACutOffFile();
    void aSecondWriterIsToldWhoHoldsTheCatalogue();
    void readersNeedNoLock();
    void readersCannotWrite();
    void theLockOfADeadProcessIsTakenOver();
    void aFolderThatCannotBeWrittenOpensForReading();
    void anOlderCatalogueIsMigratedAfterABackup();
    void oldCataloguesComeThroughAllVersions_data();
    void oldCataloguesComeThroughAllVersions();
    void aFailedMigrationLeavesTheCatalogueAsItWas();
    void aNewerCatalogueIsRefused();
    void transactionsNest();
    void otherThreadsHaveConnectionsOfTheirOwn();
    void aFullDiskIsReportedAndNothingIsHalfWritten();
    void aKilledWriterLeavesNothingHalfWritten();
    void whatAKilledProgramLeftIsRemoved();
    void storedPathsFollowTheCatalogue();
};

void CatalogueOpenTest::createMakesTheFolders()
{
    Fixture fixture;
    for (const char *name : {"catalogue.sqlite", "thumbnails", "chips", "models", "runs", "backups"})
        QVERIFY2(fs::exists(fixture.folder / name), name);
    Database &database = fixture.catalogue->database();
    QCOMPARE(must(database.text(QStringLiteral("PRAGMA journal_mode"))), QStringLiteral("wal"));
    QCOMPARE(must(database.integer(QStringLiteral("PRAGMA foreign_keys"))), 1);
    QCOMPARE(must(database.integer(QStringLiteral("PRAGMA user_version"))), schemaSteps().back().version);
    QCOMPARE(must(database.integer(QStringLiteral("PRAGMA application_id"))), catalogueApplicationId);
}

void CatalogueOpenTest::createRefusesWhatIsThere()
{
    Fixture fixture;
    FP_FAILS(Catalogue::create(fixture.folder), ErrorCode::AlreadyExists);
    const fs::path other = pathIn(fixture.directory, "holiday");
    fs::create_directories(other);
    std::ofstream(other / "photo.jpg") << "x";
    FP_FAILS(Catalogue::create(other), ErrorCode::AlreadyExists);
    FP_FAILS(Catalogue::create(other / "photo.jpg"), ErrorCode::AlreadyExists);
    QVERIFY(fs::exists(other / "photo.jpg"));
}

void CatalogueOpenTest::createFinishesWhatAnInterruptedCreateBegan()
{
    QTemporaryDir directory;
    const fs::path folder = pathIn(directory, "half.flukeprint");
    fs::create_directories(folder / "thumbnails");
    std::ofstream(folder / "catalogue.sqlite.partial") << "half a database";
    FP_VERIFY(Catalogue::create(folder));
    QVERIFY(!fs::exists(folder / "catalogue.sqlite.partial"));
}

void CatalogueOpenTest::openRefusesWhatIsNoCatalogue()
{
    QTemporaryDir directory;
    FP_FAILS(Catalogue::open(pathIn(directory, "nowhere")), ErrorCode::FileNotFound);
    const fs::path folder = pathIn(directory, "text");
    fs::create_directories(folder);
    FP_FAILS(Catalogue::open(folder), ErrorCode::FileNotFound);
    std::ofstream(folder / "catalogue.sqlite") << "";
    FP_FAILS(Catalogue::open(folder), ErrorCode::DataDamaged);
    std::ofstream(folder / "catalogue.sqlite") << std::string(5000, 'x');
    FP_FAILS(Catalogue::open(folder), ErrorCode::DataDamaged);
    fs::remove(folder / "catalogue.sqlite");
    {
        auto foreign = must(Database::open(folder / "catalogue.sqlite", Database::Mode::Create));
        must(foreign->run(QStringLiteral("CREATE TABLE bookmark (url TEXT)")));
    }
    FP_FAILS(Catalogue::open(folder), ErrorCode::DataDamaged);
    FP_FAILS(Catalogue::open(folder, Access::ReadOnly), ErrorCode::DataDamaged);
}

void CatalogueOpenTest::openRefusesACutOffFile()
{
    Fixture fixture;
    addAnnotation(*fixture, 1);
    fixture.catalogue.reset();
    const fs::path file = fixture.folder / "catalogue.sqlite";
    fs::resize_file(file, fs::file_size(file) / 2);
    FP_FAILS(Catalogue::open(fixture.folder), ErrorCode::DataDamaged);
}

void CatalogueOpenTest::aSecondWriterIsToldWhoHoldsTheCatalogue()
{
    Fixture fixture;
    const Result<Catalogue> second = Catalogue::open(fixture.folder);
    QVERIFY(!second);
    QVERIFY(second.error().code == ErrorCode::CatalogueLocked);
    QVERIFY(second.error().args.at(1).find("pid " + std::to_string(::getpid())) != std::string::npos);
    fixture.catalogue.reset();
    QProcess child;
    startChild(child, {QStringLiteral("--hold"), QString::fromStdString(fixture.folder.string())});
    const Result<Catalogue> third = Catalogue::open(fixture.folder);
    QVERIFY(!third);
    QVERIFY(third.error().code == ErrorCode::CatalogueLocked);
    QVERIFY(third.error().args.at(1).find("pid " + std::to_string(child.processId())) != std::string::npos);
    child.kill();
    QVERIFY(child.waitForFinished());
}

void CatalogueOpenTest::readersNeedNoLock()
{
    Fixture fixture;
    addAnnotation(*fixture, 1);
    Catalogue reader = must(Catalogue::open(fixture.folder, Access::ReadOnly));
    QCOMPARE(must(PhotoStore(reader).count()), 1);
    addAnnotation(*fixture, 2);
    QCOMPARE(must(PhotoStore(reader).count()), 2);
}

void CatalogueOpenTest::readersCannotWrite()
{
    Fixture fixture;
    Catalogue reader = must(Catalogue::open(fixture.folder, Access::ReadOnly));
    FP_FAILS(PhotoStore(reader).add(photoNumber(1)), ErrorCode::CatalogueReadOnly);
    Catalogue second = must(fixture.catalogue->openReader());
    FP_FAILS(SettingsStore(second).set(QStringLiteral("a"), QStringLiteral("b")), ErrorCode::CatalogueReadOnly);
    FP_FAILS(Transaction::begin(second), ErrorCode::CatalogueReadOnly);
    QCOMPARE(must(PhotoStore(*fixture).count()), 0);
}

void CatalogueOpenTest::theLockOfADeadProcessIsTakenOver()
{
    Fixture fixture;
    fixture.catalogue.reset();
    QProcess child;
    startChild(child, {QStringLiteral("--hold"), QString::fromStdString(fixture.folder.string())});
    child.kill();
    QVERIFY(child.waitForFinished());
    QVERIFY(fs::exists(fixture.folder / "catalogue.lock"));
    FP_VERIFY(Catalogue::open(fixture.folder));
}

void CatalogueOpenTest::aFolderThatCannotBeWrittenOpensForReading()
{
    Fixture fixture;
    addAnnotation(*fixture, 1);
    fixture.catalogue.reset();
    const auto everybodyReads = fs::perms::owner_read | fs::perms::owner_exec | fs::perms::group_read
        | fs::perms::group_exec | fs::perms::others_read | fs::perms::others_exec;
    fs::permissions(fixture.directory.path().toStdString(), everybodyReads | fs::perms::owner_write);
    fs::permissions(fixture.folder, everybodyReads);
    fs::permissions(fixture.folder / "catalogue.sqlite",
                    fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
    QProcess child;
    child.start(QCoreApplication::applicationFilePath(),
                {QStringLiteral("--as-nobody"), QString::fromStdString(fixture.folder.string())});
    QVERIFY(child.waitForFinished(20000));
    const QByteArray said = child.readAllStandardOutput();
    fs::permissions(fixture.folder, everybodyReads | fs::perms::owner_write);
    if (child.exitCode() == 2 || child.exitStatus() != QProcess::NormalExit || said.isEmpty())
        QSKIP("this system lets nobody become another user, and root may write everywhere");
    QVERIFY2(said.contains("writer catalogue_read_only"), said.constData());
    QVERIFY2(said.contains("reader 1,"), said.constData());
}

void CatalogueOpenTest::anOlderCatalogueIsMigratedAfterABackup()
{
    Fixture fixture;
    addAnnotation(*fixture, 1);
    const int version = fixture.catalogue->schemaVersion();
    fixture.catalogue.reset();
    const std::vector<MigrationStep> steps = stepsWith(noteColumn);
    FP_FAILS(Catalogue::open(fixture.folder, Access::ReadOnly, steps), ErrorCode::FormatUnsupported);
    {
        Catalogue migrated = must(Catalogue::open(fixture.folder, Access::ReadWrite, steps));
        QCOMPARE(migrated.schemaVersion(), version + 1);
        QCOMPARE(must(migrated.database().text(QStringLiteral("SELECT weather FROM photo"))), QStringLiteral("calm"));
        QCOMPARE(must(PhotoStore(migrated).count()), 1);
        QVERIFY(fs::exists(migrated.migrationBackup()));
        auto backup = must(Database::open(migrated.migrationBackup(), Database::Mode::ReadOnly));
        QCOMPARE(must(backup->integer(QStringLiteral("PRAGMA user_version"))), version);
        QCOMPARE(must(backup->integer(QStringLiteral("SELECT count(*) FROM photo"))), 1);
    }
    // the second time there is nothing to do
    const Catalogue again = must(Catalogue::open(fixture.folder, Access::ReadWrite, steps));
    QVERIFY(again.migrationBackup().empty());
    QCOMPARE(backupCount(fixture.folder), std::size_t{1});
}

void CatalogueOpenTest::oldCataloguesComeThroughAllVersions_data()
{
    QTest::addColumn<int>("version");
    QTest::newRow("1 to the newest") << 1;
    QTest::newRow("2 to the newest") << 2;
}

/// The file is made by the words of the schema as they were then, not by today's.
void CatalogueOpenTest::oldCataloguesComeThroughAllVersions()
{
    QFETCH(int, version);
    const QTemporaryDir directory;
    const fs::path folder = pathIn(directory, "old.flukeprint");
    makeOldCatalogue(folder, version);
    FP_FAILS(Catalogue::open(folder, Access::ReadOnly), ErrorCode::FormatUnsupported);
    Catalogue catalogue = must(Catalogue::open(folder));
    QCOMPARE(catalogue.schemaVersion(), schemaSteps().back().version);
    auto backup = must(Database::open(catalogue.migrationBackup(), Database::Mode::ReadOnly));
    QCOMPARE(must(backup->integer(QStringLiteral("PRAGMA user_version"))), version);

    QCOMPARE(identityOf(catalogue, AnnotationId(1)), QStringLiteral("identified w_1"));
    QCOMPARE(must(PhotoStore(catalogue).get(PhotoId(1))).fileName, QStringLiteral("a.jpg"));
    QCOMPARE(must(EmbeddingStore(catalogue).find(ModelId(1), AnnotationId(1)))->size(), std::size_t{2});
    IntegrityOptions quick;
    quick.hashPhotos = false;
    for (const Finding &finding : must(verify(catalogue, quick)).findings)
        QVERIFY2(finding.code == "photo_missing" || finding.code == "model_missing", finding.code.c_str());
    // What came with the later versions works on the old rows.
    EncounterMerges merges(catalogue, QStringLiteral("Ada"));
    const std::int64_t merge = must(merges.merge(EncounterId(2), EncounterId(1)));
    QCOMPARE(must(EncounterStore(catalogue).list()).size(), std::size_t{1});
    must(merges.undo(merge));
    QCOMPARE(must(EncounterStore(catalogue).list()).size(), std::size_t{2});
    must(DecisionLog(catalogue, QStringLiteral("Ada"), DecisionSource::Review).undo());
    QCOMPARE(identityOf(catalogue, AnnotationId(1)), QStringLiteral("unidentified"));
}

void CatalogueOpenTest::aFailedMigrationLeavesTheCatalogueAsItWas()
{
    Fixture fixture;
    addAnnotation(*fixture, 1);
    fixture.catalogue.reset();
    FP_FAILS(Catalogue::open(fixture.folder, Access::ReadWrite, stepsWith(brokenStep)), ErrorCode::DatabaseFailed);
    QCOMPARE(backupCount(fixture.folder), std::size_t{1});
    Catalogue same = must(Catalogue::open(fixture.folder));
    QCOMPARE(same.schemaVersion(), schemaSteps().back().version);
    QCOMPARE(must(PhotoStore(same).count()), 1);
    FP_FAILS(same.database().text(QStringLiteral("SELECT weather FROM photo")), ErrorCode::DatabaseFailed);
}

void CatalogueOpenTest::aNewerCatalogueIsRefused()
{
    Fixture fixture;
    fixture.catalogue.reset();
    must(Catalogue::open(fixture.folder, Access::ReadWrite, stepsWith(noteColumn)));
    const Result<Catalogue> older = Catalogue::open(fixture.folder);
    QVERIFY(!older);
    QVERIFY(older.error().code == ErrorCode::VersionTooNew);
    QCOMPARE(older.error().args.at(1), std::to_string(schemaSteps().back().version + 1));
    FP_FAILS(Catalogue::open(fixture.folder, Access::ReadOnly), ErrorCode::VersionTooNew);
}

void CatalogueOpenTest::transactionsNest()
{
    Fixture fixture;
    SettingsStore settings(*fixture);
    {
        Transaction outer = must(Transaction::begin(*fixture));
        must(settings.set(QStringLiteral("outer"), QStringLiteral("1")));
        {
            const Transaction inner = must(Transaction::begin(*fixture));
            must(settings.set(QStringLiteral("inner"), QStringLiteral("1")));
        }
        must(outer.commit());
    }
    QVERIFY(must(settings.value(QStringLiteral("outer"))).has_value());
    QVERIFY(!must(settings.value(QStringLiteral("inner"))).has_value());
    {
        const Transaction abandoned = must(Transaction::begin(*fixture));
        must(settings.set(QStringLiteral("outer"), QStringLiteral("2")));
        Transaction inner = must(Transaction::begin(*fixture));
        must(settings.set(QStringLiteral("inner"), QStringLiteral("2")));
        must(inner.commit());
    }
    QCOMPARE(must(settings.value(QStringLiteral("outer"))).value_or(QString()), QStringLiteral("1"));
    QVERIFY(!must(settings.value(QStringLiteral("inner"))).has_value());
    must(settings.set(QStringLiteral("after"), QStringLiteral("3")));
    fixture.reopen();
    QVERIFY(must(SettingsStore(*fixture).value(QStringLiteral("after"))).has_value());
}

void CatalogueOpenTest::otherThreadsHaveConnectionsOfTheirOwn()
{
    Fixture fixture;
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 3; ++thread) {
        threads.emplace_back([&fixture, thread] {
            Catalogue own = must(fixture.catalogue->openConnection());
            for (int i = 0; i < 50; ++i)
                addAnnotation(own, 1000 * thread + i);
        });
    }
    for (int i = 0; i < 50; ++i)
        addAnnotation(*fixture, 1000000 + i);
    threads.clear();
    QCOMPARE(must(PhotoStore(*fixture).count()), 200);
    // the lock lives as long as any handle
    Catalogue other = must(fixture.catalogue->openConnection());
    fixture.catalogue.reset();
    FP_FAILS(Catalogue::open(fixture.folder), ErrorCode::CatalogueLocked);
    QCOMPARE(must(PhotoStore(other).count()), 200);
}

void CatalogueOpenTest::aFullDiskIsReportedAndNothingIsHalfWritten()
{
    Fixture fixture;
    const AnnotationId annotation = addAnnotation(*fixture, 1);
    const ModelId model = must(ModelStore(*fixture).add(modelNamed(QStringLiteral("wide"), 2048)));
    Database &database = fixture.catalogue->database();
    const std::int64_t pages = must(database.integer(QStringLiteral("PRAGMA page_count")));
    must(database.integer(QStringLiteral("PRAGMA max_page_count = %1").arg(pages + 20)));
    std::vector<EmbeddingKey> keys;
    for (int i = 2; i < 40; ++i)
        keys.push_back({annotation, 1});
    for (std::size_t i = 0; i < 15; ++i)
        keys[i].annotation = addAnnotation(*fixture, 100 + static_cast<int>(i));
    const std::vector<float> vectors(keys.size() * 2048, 0.5F);
    EmbeddingStore embeddings(*fixture);
    FP_FAILS(embeddings.put(model, keys, vectors), ErrorCode::DiskFull);
    QCOMPARE(must(embeddings.coverage(model)).embedded, 0);
    // with room again it works, on the same connection
    must(database.integer(QStringLiteral("PRAGMA max_page_count = 1000000")));
    FP_VERIFY(embeddings.put(model, keys, vectors));
    QCOMPARE(must(embeddings.coverage(model)).embedded, 16);
}

void CatalogueOpenTest::aKilledWriterLeavesNothingHalfWritten()
{
    Fixture fixture;
    fixture.catalogue.reset();
    QProcess child;
    startChild(child, {QStringLiteral("--write"), QString::fromStdString(fixture.folder.string())});
    ::kill(static_cast<pid_t>(child.processId()), SIGKILL);
    QVERIFY(child.waitForFinished());
    Catalogue catalogue = must(Catalogue::open(fixture.folder));
    const AnnotationStore::Counts counts = must(AnnotationStore(catalogue).counts());
    QVERIFY(counts.photos > 50);
    QCOMPARE(counts.annotations, counts.photos);
    QCOMPARE(counts.identified, counts.photos);
    QCOMPARE(counts.individuals, counts.photos);
    DecisionLog log(catalogue, QStringLiteral("test"), DecisionSource::Review);
    QCOMPARE(must(log.count()), counts.photos);
    QVERIFY(must(log.checkProjection()).empty());
    QCOMPARE(must(catalogue.database().text(QStringLiteral("PRAGMA integrity_check"))), QStringLiteral("ok"));
}

void CatalogueOpenTest::whatAKilledProgramLeftIsRemoved()
{
    Fixture fixture;
    fs::create_directories(fixture.folder / "runs" / "flukeprint-0001");
    const std::vector<fs::path> left{fixture.folder / "chips" / "256x128-1.fpc.partial", fixture.folder / "models" / ".1.partial",
                                     fixture.folder / "backups" / "before.sqlite.partial",
                                     fixture.folder / "runs" / "flukeprint-0001" / "checkpoint-7.safetensors.partial"};
    const fs::path whole = fixture.folder / "chips" / "256x128-2.fpc";
    for (const fs::path &path : left)
        std::ofstream(path) << "half";
    std::ofstream(whole) << "whole";
    // A worker that outlives its parent for a moment still writes into its run.
    const fs::path living = fixture.folder / "runs" / "flukeprint-0001" / "optimizer-7.safetensors.partial";
    const int descriptor = openPartial(living);
    QVERIFY(descriptor >= 0);
    {
        const auto reader = Catalogue::open(fixture.folder, Access::ReadOnly);
        FP_VERIFY(reader);
        QVERIFY(fs::exists(left.front())); // who only reads changes nothing
    }
    fixture.reopen();
    for (const fs::path &path : left)
        QVERIFY2(!fs::exists(path), path.c_str());
    QVERIFY(fs::exists(living) && fs::exists(whole));
    ::close(descriptor);
    fixture.reopen();
    QVERIFY(!fs::exists(living));
}

void CatalogueOpenTest::storedPathsFollowTheCatalogue()
{
    Fixture fixture;
    const Catalogue &catalogue = *fixture.catalogue;
    QCOMPARE(catalogue.stored(catalogue.photosFolder() / "a.jpg"), QStringLiteral("photos/a.jpg"));
    QCOMPARE(catalogue.stored("/season/2019/a.jpg"), QStringLiteral("/season/2019/a.jpg"));
    QCOMPARE(catalogue.resolve(QStringLiteral("photos/a.jpg")), catalogue.folder() / "photos" / "a.jpg");
    QCOMPARE(catalogue.resolve(QStringLiteral("/season/2019/a.jpg")), fs::path("/season/2019/a.jpg"));
    const fs::path sibling = catalogue.folder().string() + "-2";
    QCOMPARE(catalogue.stored(sibling / "a.jpg"), QString::fromStdString((sibling / "a.jpg").string()));
}

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == QLatin1String("--write"))
        return writeForEver(arguments.value(2));
    if (arguments.value(1) == QLatin1String("--hold"))
        return holdOpen(arguments.value(2));
    if (arguments.value(1) == QLatin1String("--as-nobody"))
        return openAsNobody(arguments.value(2));
    CatalogueOpenTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_catalogue_open.moc"
