#include "core/catalogue/repair.h"
#include "core/catalogue/schema_check.h"
#include "tests/catalogue/complete_catalogue.h"

using namespace flukeprint;
using namespace flukeprint::catalogue;

/// What verify finds.
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
    void changedAndMissingPhotosAreNamed();
    void theCallersHashIsUsed();
    void verifyCanBeCancelled();
    void aDamagedPageIsFound();
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
    addDamages();
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

QTEST_GUILESS_MAIN(IntegrityTest)
#include "tst_integrity.moc"
