#include "core/catalogue/backup.h"
#include "core/catalogue/chip_cache.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/encounter_store.h"
#include "core/catalogue/integrity.h"
#include "core/catalogue/repair.h"
#include "core/catalogue/run_store.h"
#include "core/catalogue/schema_check.h"
#include "tests/catalogue/catalogue_fixture.h"

#include <QCryptographicHash>
#include <QRegularExpression>

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

QStringList codesOf(const std::vector<Finding> &findings)
{
    QStringList codes;
    for (const Finding &finding : findings)
        codes << QString::fromStdString(finding.code);
    return codes;
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
            photo.byteSize = static_cast<std::int64_t>(bytes.size());
            photo.copied = true;
            annotations.push_back(
                must(AnnotationStore(*catalogue).add(wholeFrame(must(PhotoStore(*catalogue).add(photo))))));
            writeText(catalogue->thumbnailPath(photo.sha256), "small");
        }
        writeText(catalogue->modelsFolder() / "first.safetensors", "weights");
        model = must(ModelStore(*catalogue).add(modelNamed(QStringLiteral("first"))));
        must(EmbeddingStore(*catalogue)
                 .put(model, std::vector<EmbeddingKey>{{annotations[0], 1}}, std::vector<float>{1, 2, 3, 4}));
        writeText(catalogue->chipsFolder() / "0001.fpc", "chips");
        must(ChipCache(*catalogue, 64, 32).put(std::vector<ChipPlace>{{annotations[0], 1, QStringLiteral("chips/0001.fpc"), 0}}));
        Run run;
        run.name = QStringLiteral("flukeprint-0001");
        run.preset = QStringLiteral("flukeprint");
        run.folder = QStringLiteral("runs/flukeprint-0001");
        const RunId id = must(RunStore(*catalogue).add(run));
        for (const char *name : {"config.json", "snapshot.json", "metrics.jsonl", "log.txt"})
            writeText(catalogue->runsFolder() / "flukeprint-0001" / name, "{}");
        must(RunStore(*catalogue).setState(id, RunState::Finished));
        const EncounterId day = must(EncounterStore(*catalogue).add({{}, QStringLiteral("day"), {}, {}, {}, {}, {}}));
        must(EncounterStore(*catalogue).add({{}, QStringLiteral("night"), {}, {}, {}, {}, {}}));
        must(PhotoStore(*catalogue).setEncounter(must(AnnotationStore(*catalogue).get(annotations[0])).photo, day));
        DecisionLog log(*catalogue, QStringLiteral("Ada"), DecisionSource::Review);
        must(log.confirm(annotations[0], addIndividual(*catalogue, QStringLiteral("w_1"))));
        must(log.skip(annotations[1]));
    }

    QStringList findings(const IntegrityOptions &options = {})
    {
        return codesOf(must(verify(*catalogue, options)).findings);
    }
    /// Statements parted by "; " (within a trigger they end with ";" and a word).
    void damage(const QString &sql)
    {
        Database &database = catalogue->database();
        must(database.integer(QStringLiteral("PRAGMA foreign_keys = OFF")));
        must(database.integer(QStringLiteral("PRAGMA ignore_check_constraints = ON")));
        static const QRegularExpression between(QStringLiteral("; (?!END)"));
        for (const QString &statement : sql.split(between, Qt::SkipEmptyParts))
            must(database.run(statement));
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
    void whatIsMadeAnewIsOnlyNoticed_data();
    void whatIsMadeAnewIsOnlyNoticed();
    void everyRuleOfTheSchemaIsRead();
    void filesAreJudgedByTheCaller();
    void repairPutsRightWhatFollowsFromTheRest_data();
    void repairPutsRightWhatFollowsFromTheRest();
    void repairKeepsWhatALostDecisionSaid();
    void repairFollowsALaterWordOfTheLog();
    void repairKeepsIdentitiesWithoutAnyLog();
    void repairDoesNotTakeAnUndoForALaterWord();
    void repairKeepsAMergeWhoseEntriesAreLost();
    void repairNeedsACatalogueThatCanBeWritten();
    void changedAndMissingPhotosAreNamed();
    void theCallersHashIsUsed();
    void verifyCanBeCancelled();
    void aDamagedPageIsFound();
    void aBackupIsACompleteCatalogue();
    void aBackupWhileOthersWriteIsConsistent();
    void whoMayOnlyReadCanBackUp_data();
    void whoMayOnlyReadCanBackUp();
    void aBackupNeverOverwrites();
};

void IntegrityTest::aSoundCatalogueHasNoFindings()
{
    Complete complete;
    const IntegrityReport report = must(verify(*complete));
    QVERIFY2(report.findings.empty(), report.findings.empty() ? "" : report.findings.front().code.c_str());
    QCOMPARE(report.photosChecked, 3);
    QCOMPARE(report.decisionsChecked, 2);
    QCOMPARE(report.embeddingsChecked, 1);
    Catalogue reader = must(Catalogue::open(complete.folder, Access::ReadOnly));
    QVERIFY(must(verify(reader)).findings.empty());
}

void IntegrityTest::damageIsNamed_data()
{
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("codes");
    const auto row = [](const char *name, const char *sql, const char *codes) {
        QTest::newRow(name) << QString::fromLatin1(sql) << QString::fromLatin1(codes);
    };
    row("a reference",
        "UPDATE annotation SET photo_id = 99 WHERE id = 2",
        "reference");
    row("the projection",
        "UPDATE annotation SET state = 'identified', individual_id = 1 WHERE id = 2",
        "projection_annotation");
    row("proposed without candidates",
        "UPDATE annotation SET state = 'proposed' WHERE id = 2",
        "projection_annotation");
    row("retired",
        "UPDATE individual SET retired = 1",
        "projection_individual");
    row("merged into itself",
        "UPDATE individual SET merged_into = id, retired = 1",
        "merged_without_target merge_circle projection_individual");
    row("no active model",
        "UPDATE model SET active = 0",
        "no_active_model");
    row("two active models",
        "DROP INDEX model_active; INSERT INTO model (name, file, dimension, input_width_px, "
        "input_height_px, created_at, active) SELECT 'x', file, 4, 1, 1, '', 1 FROM model",
        "schema_missing several_active_models");
    row("model file",
        "UPDATE model SET file = 'models/gone.safetensors'",
        "model_missing");
    row("embedding of another size",
        "UPDATE embedding SET vector = x'00112233'",
        "embedding_size");
    row("embedding with a NaN",
        "UPDATE embedding SET vector = CAST(x'0000c07f' || substr(vector, 5) AS BLOB)",
        "embedding_not_finite");
    row("embedding of nothing",
        "UPDATE embedding SET vector = zeroblob(16)",
        "embedding_zero");
    row("embedding of a box to come",
        "UPDATE embedding SET box_revision = 9",
        "embedding_revision");
    row("run folder",
        "UPDATE run SET folder = 'runs/gone'",
        "run_folder_missing");
    row("files of a run",
        "UPDATE run SET folder = 'models'",
        "run_file_missing run_file_missing run_file_missing run_file_missing");
    row("a rule of annotations",
        "UPDATE annotation SET width_px = -4 WHERE id = 2",
        "constraint");
    row("a rule with text in it",
        "UPDATE individual SET sex = 'both' WHERE id = 1",
        "constraint");
    row("a rule of two columns",
        "UPDATE annotation SET individual_id = 1 WHERE id = 2",
        "constraint projection_annotation");
    row("a trigger dropped",
        "DROP TRIGGER decision_no_update",
        "schema_missing");
    row("a trigger changed",
        "DROP TRIGGER decision_no_update; CREATE TRIGGER decision_no_update BEFORE UPDATE ON "
        "decision BEGIN SELECT 1; END",
        "schema_changed");
    row("a foreign trigger",
        "CREATE TRIGGER spy AFTER UPDATE ON photo BEGIN UPDATE individual SET notes = ''; END",
        "trigger_unknown");
    row("an index dropped",
        "DROP INDEX annotation_state",
        "schema_missing");
    row("a table dropped",
        "DROP TABLE alias",
        "schema_missing schema_missing schema_missing");
    row("a table of caches dropped",
        "DROP TABLE proposal",
        "schema_missing schema_missing schema_missing schema_missing");
    row("a decision deleted",
        "DROP TRIGGER decision_no_delete; DELETE FROM decision WHERE id = 1",
        "schema_missing decision_missing projection_annotation");
    row("undo of nothing",
        "INSERT INTO decision (id, batch, annotation_id, kind, who, at, source, undoes) VALUES (3, "
        "3, 1, 'undo', 'x', '2026', 'review', 7777)",
        "undo_without_decision");
    row("encounter merged into itself",
        "UPDATE encounter SET merged_into = id WHERE id = 2",
        "merge_circle");
    row("encounters merged in a circle",
        "UPDATE encounter SET merged_into = 3 - id",
        "merge_circle merge_circle");
    row("a group that nobody founded",
        "UPDATE photo SET duplicate_group = 999 WHERE id = 2",
        "duplicate_group");
    row("size of a photo",
        "UPDATE photo SET byte_size = 1 WHERE id = 2",
        "photo_size");
}

/// What a connection that cannot write finds: it may not even look at what it would need to write.
void IntegrityTest::damageIsNamed()
{
    QFETCH(QString, sql);
    QFETCH(QString, codes);
    Complete complete;
    complete.damage(sql);
    complete.catalogue.reset();
    Catalogue reader = must(Catalogue::open(complete.folder, Access::ReadOnly));
    QStringList found = codesOf(must(verify(reader)).findings);
    QStringList wanted = codes.split(QLatin1Char(' '));
    found.sort();
    wanted.sort();
    QCOMPARE(found, wanted);
}

void IntegrityTest::whatIsMadeAnewIsOnlyNoticed_data()
{
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("gone");
    QTest::addColumn<QString>("code");
    const auto row = [](const char *name, const char *sql, const char *gone, const char *code) {
        QTest::newRow(name) << QString::fromLatin1(sql) << QString::fromLatin1(gone) << QString::fromLatin1(code);
    };
    row("thumbnails", "", "thumbnails", "thumbnails_missing");
    row("a pack of chips", "", "chips", "chip_pack_missing");
    row("a mark on a photo", "UPDATE photo SET missing = 1 WHERE id = 2", "", "photo_marked_missing");
    row("the picture of another animal", "UPDATE individual SET representative_id = 2", "", "representative_elsewhere");
    row("an embedding of an older box", "UPDATE annotation SET box_revision = 2 WHERE id = 1", "", "embeddings_outdated");
}

void IntegrityTest::whatIsMadeAnewIsOnlyNoticed()
{
    QFETCH(QString, sql);
    QFETCH(QString, gone);
    QFETCH(QString, code);
    Complete complete;
    complete.damage(sql);
    if (!gone.isEmpty())
        fs::remove_all(complete.folder / gone.toStdString());
    const IntegrityReport report = must(verify(*complete));
    QCOMPARE(codesOf(report.findings), QStringList());
    QCOMPARE(codesOf(report.notices), QStringList{code});
}

void IntegrityTest::everyRuleOfTheSchemaIsRead()
{
    QCOMPARE(checkConditions(QStringLiteral("CREATE TABLE t (a TEXT CHECK (a <> ')'), b INTEGER CHECK(b IN (1, 2)), "
                                            "CHECK ((a = 'it''s (') = (b IS NULL)))")),
             (QStringList{QStringLiteral("a <> ')'"), QStringLiteral("b IN (1, 2)"),
                          QStringLiteral("(a = 'it''s (') = (b IS NULL)")}));
    int tables = 0;
    qsizetype rules = 0;
    for (const SchemaObject &object : must(expectedSchema())) {
        const qsizetype found = checkConditions(object.sql).size();
        QCOMPARE(found, object.sql.count(QLatin1String("CHECK")));
        rules += found;
        tables += object.kind == QLatin1String("table") ? 1 : 0;
    }
    QVERIFY(tables > 10);
    QVERIFY(rules > 15);
}

void IntegrityTest::filesAreJudgedByTheCaller()
{
    Complete complete;
    IntegrityOptions options;
    options.inspectModel = [](const Model &model, const fs::path &path) -> Result<void> {
        return Error(ErrorCode::FileTruncated, {path.string(), model.name.toStdString()});
    };
    options.inspectPack = [&](const fs::path &) { return Result(std::vector<AnnotationId>{complete.annotations[1]}); };
    QCOMPARE(complete.findings(options), (QStringList{QStringLiteral("model_damaged"), QStringLiteral("chip_place")}));
    options.inspectModel = {};
    options.inspectPack = [&](const fs::path &) { return Result(complete.annotations); };
    QCOMPARE(complete.findings(options), QStringList());
    complete.damage(QStringLiteral("UPDATE chip SET pack_index = 9999"));
    QCOMPARE(complete.findings(options), QStringList{QStringLiteral("chip_place")});
    options.inspectPack = [](const fs::path &path) -> Result<std::vector<AnnotationId>> {
        return Error(ErrorCode::FileTruncated, {path.string()});
    };
    QCOMPARE(complete.findings(options), QStringList{QStringLiteral("chip_pack_damaged")});
    options.inspectPack = {};
    options.inspectPhoto = [](const fs::path &path) -> Result<PhotoFacts> {
        const QString hash = QString::fromLatin1(QCryptographicHash::hash(
            QByteArray::fromStdString("bytes of photo " + std::string(1, path.stem().string().back())), QCryptographicHash::Sha256).toHex());
        return PhotoFacts{hash.toStdString(), 16, 1050, path.stem() == "photo1" ? 701 : 700};
    };
    const IntegrityReport report = must(verify(*complete, options));
    QCOMPARE(codesOf(report.findings), QStringList{QStringLiteral("photo_size")});
    QCOMPARE(report.findings.front().args.back(), std::string("1050 x 701 px, 16 bytes"));
}

void IntegrityTest::repairPutsRightWhatFollowsFromTheRest_data()
{
    damageIsNamed_data();
}

/// What repair promises, and that nothing else changes: where it can do nothing, the same is found again.
void IntegrityTest::repairPutsRightWhatFollowsFromTheRest()
{
    QFETCH(QString, sql);
    QFETCH(QString, codes);
    static const QStringList beyond{
        QStringLiteral("a reference"),     QStringLiteral("model file"),      QStringLiteral("run folder"),
        QStringLiteral("files of a run"),  QStringLiteral("a table dropped"), QStringLiteral("a rule of annotations"),
        QStringLiteral("a rule with text in it"), QStringLiteral("undo of nothing"), QStringLiteral("size of a photo")};
    Complete complete;
    complete.damage(sql);
    complete.reopen();
    const IntegrityReport before = must(verify(*complete));
    const Result<fs::path> copy = repair(*complete, before);
    FP_VERIFY(copy);
    QVERIFY(fs::is_regular_file(*copy));
    const IntegrityReport after = must(verify(*complete));
    const auto repaired = repairedFindings(before, after);
    QCOMPARE(repaired.size(), before.findings.size() + before.notices.size() - after.findings.size() - after.notices.size());
    for (const Finding &finding : repaired)
        QVERIFY2(!isLeftToAPerson(finding), finding.code.c_str()); // nobody is told to do what the program does
    const QString name = QString::fromLatin1(QTest::currentDataTag());
    if (name == QLatin1String("a decision deleted"))
        QCOMPARE(codesOf(after.findings), QStringList{QStringLiteral("decision_missing")}); // gone is gone
    else if (beyond.contains(name))
        QVERIFY2(!after.findings.empty(), qPrintable(name));
    else
        QCOMPARE(codesOf(after.findings), QStringList());
}

void IntegrityTest::repairKeepsWhatALostDecisionSaid()
{
    Complete complete;
    const AnnotationId whale = complete.annotations[0];
    complete.damage(QStringLiteral("DROP TRIGGER decision_no_delete; DELETE FROM decision WHERE id = 1"));
    complete.reopen();
    FP_VERIFY(repair(*complete, must(verify(*complete))));
    const Annotation kept = must(AnnotationStore(*complete).get(whale));
    QCOMPARE(kept.state, IdentityState::Identified);
    QCOMPARE(must(IndividualStore(*complete).get(kept.individual)).code, QStringLiteral("w_1"));
    DecisionLog log(*complete, QStringLiteral("Ada"), DecisionSource::Review);
    const std::vector<Decision> history = must(log.history(whale));
    QCOMPARE(history.size(), 1U);
    QCOMPARE(history.front().who, QStringLiteral("repair"));
    QCOMPARE(history.front().evidence.note, lostDecisionNote);
    must(log.undo()); // a person who knows better takes it back like any other
    QCOMPARE(must(AnnotationStore(*complete).get(whale)).state, IdentityState::Unidentified);
}

void IntegrityTest::repairFollowsALaterWordOfTheLog()
{
    Complete complete;
    const AnnotationId whale = complete.annotations[0];
    const IndividualId other = addIndividual(*complete, QStringLiteral("w_2"));
    must(DecisionLog(*complete, QStringLiteral("Ada"), DecisionSource::Review).relabel(whale, other));
    complete.damage(QStringLiteral("DROP TRIGGER decision_no_delete; DELETE FROM decision WHERE id = 1; "
                                   "UPDATE annotation SET individual_id = (SELECT id FROM individual WHERE code = 'w_1') WHERE id = 1"));
    complete.reopen();
    FP_VERIFY(repair(*complete, must(verify(*complete))));
    QCOMPARE(must(AnnotationStore(*complete).get(whale)).individual, other);
    QCOMPARE(must(DecisionLog(*complete, QStringLiteral("Ada"), DecisionSource::Review).history(whale)).size(), 1U);
}

void IntegrityTest::repairKeepsIdentitiesWithoutAnyLog()
{
    Complete complete;
    complete.damage(QStringLiteral("DROP TRIGGER decision_no_delete; DELETE FROM decision"));
    complete.reopen();
    const IntegrityReport before = must(verify(*complete));
    QVERIFY(codesOf(before.findings).contains(QStringLiteral("decision_missing")));
    FP_VERIFY(repair(*complete, before));
    QCOMPARE(must(AnnotationStore(*complete).get(complete.annotations[0])).state, IdentityState::Identified);
    QVERIFY(must(verify(*complete)).findings.empty());
}

void IntegrityTest::repairDoesNotTakeAnUndoForALaterWord()
{
    Complete complete;
    const AnnotationId whale = complete.annotations[0];
    DecisionLog log(*complete, QStringLiteral("Ada"), DecisionSource::Review);
    must(log.unidentify(whale));
    must(log.undo());
    complete.damage(QStringLiteral("DROP TRIGGER decision_no_delete; DELETE FROM decision WHERE id = 1"));
    complete.reopen();
    FP_VERIFY(repair(*complete, must(verify(*complete))));
    QCOMPARE(must(AnnotationStore(*complete).get(whale)).state, IdentityState::Identified);
}

void IntegrityTest::repairKeepsAMergeWhoseEntriesAreLost()
{
    Complete complete;
    const AnnotationId whale = complete.annotations[0];
    const IndividualId first = must(AnnotationStore(*complete).get(whale)).individual;
    const IndividualId into = addIndividual(*complete, QStringLiteral("w_2"));
    const std::int64_t batch = must(DecisionLog(*complete, QStringLiteral("Ada"), DecisionSource::Review).merge(first, into));
    must(DecisionLog(*complete, QStringLiteral("Ada"), DecisionSource::Review).skip(complete.annotations[1])); // behind the gap
    complete.damage(QStringLiteral("DROP TRIGGER decision_no_delete; DELETE FROM decision WHERE batch = %1").arg(batch));
    complete.reopen();
    FP_VERIFY(repair(*complete, must(verify(*complete))));
    QCOMPARE(must(AnnotationStore(*complete).get(whale)).individual, into);
    QVERIFY(must(IndividualStore(*complete).get(first)).retired);
    QCOMPARE(codesOf(must(verify(*complete)).findings), QStringList{QStringLiteral("decision_missing")});
}

void IntegrityTest::repairNeedsACatalogueThatCanBeWritten()
{
    Complete complete;
    complete.damage(QStringLiteral("UPDATE individual SET retired = 1"));
    complete.catalogue.reset();
    Catalogue reader = must(Catalogue::open(complete.folder, Access::ReadOnly));
    FP_FAILS(repair(reader, must(verify(reader))), ErrorCode::CatalogueReadOnly);
}

void IntegrityTest::changedAndMissingPhotosAreNamed()
{
    Complete complete;
    writeText(complete.files[0], "other bytes");
    fs::remove(complete.files[1]);
    QCOMPARE(complete.findings(), (QStringList{QStringLiteral("photo_changed"), QStringLiteral("photo_missing")}));
    const IntegrityReport report = must(verify(*complete));
    QVERIFY(std::ranges::all_of(report.findings, isLeftToAPerson));
    IntegrityOptions quick;
    quick.hashPhotos = false;
    QCOMPARE(complete.findings(quick), QStringList{QStringLiteral("photo_missing")});
}

void IntegrityTest::theCallersHashIsUsed()
{
    Complete complete;
    int calls = 0;
    IntegrityOptions options;
    options.inspectPhoto = [&](const fs::path &path) -> Result<PhotoFacts> {
        if (++calls == 1)
            return Error(ErrorCode::FileUnreadable, {path.string(), "the disk is ill"});
        return PhotoFacts{std::string(64, 'f'), 16};
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

void IntegrityTest::whoMayOnlyReadCanBackUp_data()
{
    QTest::addColumn<bool>("openedForReading");
    QTest::newRow("a reader beside the writer") << false;
    QTest::newRow("a catalogue opened for reading") << true;
}

void IntegrityTest::whoMayOnlyReadCanBackUp()
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
