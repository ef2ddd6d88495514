#include "core/catalogue/database.h"
#include "core/catalogue/individual_store.h"
#include "tests/cli/cli_program.h"

#include <unistd.h>

using namespace flukeprint;
using namespace flukeprint::cli;
using workflows::Workbench;

/// Statuses, answers and errors of every command, without a worker.
class TestCliContract : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init() { m_bench = std::make_unique<Workbench>(); }
    void wrongUsageEndsWithTwo_data();
    void wrongUsageEndsWithTwo();
    void everyCommandExplainsItself_data();
    void everyCommandExplainsItself();
    void initMakesACatalogueOnce();
    void aMissingCatalogueIsBadInput_data();
    void aMissingCatalogueIsBadInput();
    void aDamagedCatalogueIsSaidToBeSo();
    void aCatalogueInUseIsLockedForWritersOnly();
    void aFolderThatCannotBeWrittenIsReadOnly();
    void withoutAModelNothingIsIdentified();
    void presetsAreListedWithTheirSettings();
    void trainingRefusesWhatItDoesNotKnow_data();
    void trainingRefusesWhatItDoesNotKnow();
    void labelsExportAndBackup();
    void verifyNamesAChangedPhoto();
    void modelsOfOtherFormatsAreRefused();
    void aDemoCatalogueIsReadyToBeTried();
    void humanOutputIsNotJson();
    void unknownCommandsAreNamed();
    void damageIsRepairedAfterACopy();
    void bulkLabelsAreTakenBack();
    void anInterruptedDemoGoesOn();
    void anInterruptedDemoOfAnotherKindIsLeftAlone();

private:
    [[nodiscard]] CliProgram cli() const { return CliProgram(*m_bench); }
    void importThree() const;

    std::unique_ptr<Workbench> m_bench;
};

void TestCliContract::initTestCase()
{
    REQUIRE_CLI();
}

void TestCliContract::importThree() const
{
    m_bench->addPhoto(QStringLiteral("photos/a.jpg"), 1);
    m_bench->addPhoto(QStringLiteral("photos/b.jpg"), 2);
    m_bench->addPhoto(QStringLiteral("photos/c.jpg"), 3);
    m_bench->addFile(QStringLiteral("labels.csv"), "Image,Id\na.jpg,w_1\nb.jpg,w_2\nc.jpg,new_whale\n");
    COMPARE_STATUS(cli().json("init c.flukeprint"), 0);
    COMPARE_STATUS(cli().json("import c.flukeprint photos --labels labels.csv"), 0);
}

void TestCliContract::wrongUsageEndsWithTwo_data()
{
    QTest::addColumn<QString>("words");
    QTest::newRow("nothing") << QString();
    QTest::newRow("unknown command") << QStringLiteral("fly");
    QTest::newRow("unknown option") << QStringLiteral("init c.flukeprint --fast");
    QTest::newRow("missing catalogue") << QStringLiteral("import");
    QTest::newRow("missing photos") << QStringLiteral("import c.flukeprint");
    QTest::newRow("missing table") << QStringLiteral("evaluate c.flukeprint");
    QTest::newRow("two tables") << QStringLiteral("evaluate c.flukeprint --split a.csv --queries b.csv");
    QTest::newRow("unknown protocol") << QStringLiteral("evaluate c.flukeprint --queries b.csv --protocol sideways");
    QTest::newRow("unknown device") << QStringLiteral("train c.flukeprint --device abacus");
    QTest::newRow("top 0") << QStringLiteral("identify c.flukeprint a.jpg --top 0");
    QTest::newRow("unknown format") << QStringLiteral("export c.flukeprint out --format poem");
    QTest::newRow("no model command") << QStringLiteral("model c.flukeprint");
    QTest::newRow("nothing to train") << QStringLiteral("train");
}

void TestCliContract::wrongUsageEndsWithTwo()
{
    QFETCH(QString, words);
    const QStringList arguments = words.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    const CliAnswer plain = cli().run(arguments);
    COMPARE_STATUS(plain, 2);
    QVERIFY(plain.out.isEmpty());
    QVERIFY(!plain.err.isEmpty());
    const CliAnswer json = cli().json(arguments);
    COMPARE_STATUS(json, 2);
    QCOMPARE(json.errorCode(), QStringLiteral("usage"));
}

void TestCliContract::everyCommandExplainsItself_data()
{
    QTest::addColumn<QString>("command");
    for (const char *command : {"init", "import", "identify", "label", "export", "train", "evaluate", "mine", "model",
                                "verify", "backup", "demo", "embed"})
        QTest::newRow(command) << QString::fromLatin1(command);
}

void TestCliContract::everyCommandExplainsItself()
{
    QFETCH(QString, command);
    const CliAnswer answer = cli().run({command, QStringLiteral("--help")});
    COMPARE_STATUS(answer, 0);
    QVERIFY(answer.out.contains("--json"));
    QVERIFY(answer.out.contains("Exit status"));
    QVERIFY(cli().run({QStringLiteral("--help")}).out.contains(command.toUtf8()));
}

void TestCliContract::initMakesACatalogueOnce()
{
    const CliAnswer made = cli().json("init c.flukeprint");
    COMPARE_STATUS(made, 0);
    QVERIFY(
        QFile::exists(made.json().value(QStringLiteral("catalogue")).toString() + QStringLiteral("/catalogue.sqlite")));
    const CliAnswer again = cli().json("init c.flukeprint");
    COMPARE_STATUS(again, 3);
    QCOMPARE(again.errorCode(), QStringLiteral("already_exists"));
    const QJsonObject error = again.json().value(QStringLiteral("error")).toObject();
    QVERIFY(error.value(QStringLiteral("args")).isArray());
    QVERIFY(error.value(QStringLiteral("message")).toString().size() > 10);
}

void TestCliContract::aMissingCatalogueIsBadInput_data()
{
    QTest::addColumn<QString>("words");
    for (const char *words :
         {"import no.flukeprint .", "identify no.flukeprint a.jpg", "label no.flukeprint --csv a.csv",
          "export no.flukeprint out --format kaggle", "train no.flukeprint", "evaluate no.flukeprint --split s.csv",
          "mine no.flukeprint out.csv", "model no.flukeprint list", "verify no.flukeprint",
          "backup no.flukeprint out.flukeprint", "embed no.flukeprint"})
        QTest::newRow(words) << QString::fromLatin1(words);
}

void TestCliContract::aMissingCatalogueIsBadInput()
{
    QFETCH(QString, words);
    const CliAnswer answer = cli().json(words.split(QLatin1Char(' ')));
    COMPARE_STATUS(answer, 3);
    QCOMPARE(answer.errorCode(), QStringLiteral("file_not_found"));
}

void TestCliContract::aDamagedCatalogueIsSaidToBeSo()
{
    m_bench->addFile(QStringLiteral("c.flukeprint/catalogue.sqlite"),
                     QByteArray("These bytes are no database. ").repeated(400));
    const CliAnswer answer = cli().json("verify c.flukeprint");
    COMPARE_STATUS(answer, 4);
    QCOMPARE(answer.errorCode(), QStringLiteral("data_damaged"));
}

void TestCliContract::aCatalogueInUseIsLockedForWritersOnly()
{
    importThree();
    const auto held = catalogue::Catalogue::open(m_bench->path(QStringLiteral("c.flukeprint")));
    QVERIFY(held.ok());
    const CliAnswer writer = cli().json("import c.flukeprint photos");
    COMPARE_STATUS(writer, 3);
    QCOMPARE(writer.errorCode(), QStringLiteral("catalogue_locked"));
    COMPARE_STATUS(cli().json("verify c.flukeprint"), 0);
    COMPARE_STATUS(cli().json("export c.flukeprint out.csv --format kaggle"), 0);
}

void TestCliContract::aFolderThatCannotBeWrittenIsReadOnly()
{
    if (::geteuid() == 0)
        QSKIP("root may write everywhere");
    importThree();
    const QString folder = QString::fromStdString(m_bench->path(QStringLiteral("c.flukeprint")).string());
    QVERIFY(QFile::setPermissions(folder, QFile::ReadOwner | QFile::ExeOwner));
    const CliAnswer answer = cli().json("import c.flukeprint photos");
    QVERIFY(QFile::setPermissions(folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    COMPARE_STATUS(answer, 3);
    QCOMPARE(answer.errorCode(), QStringLiteral("catalogue_read_only"));
}

void TestCliContract::withoutAModelNothingIsIdentified()
{
    importThree();
    m_bench->addFile(QStringLiteral("queries.csv"), "Image,Id\na.jpg,w_1\n");
    for (const char *words : {"identify c.flukeprint photos/a.jpg", "evaluate c.flukeprint --queries queries.csv",
                              "mine c.flukeprint out.csv", "embed c.flukeprint"}) {
        const CliAnswer answer = cli().json(words);
        COMPARE_STATUS(answer, 3);
        QCOMPARE(answer.errorCode(), QStringLiteral("model_missing"));
    }
    const CliAnswer list = cli().json("model c.flukeprint list");
    COMPARE_STATUS(list, 0);
    QVERIFY(list.json().value(QStringLiteral("models")).toArray().isEmpty());
    const CliAnswer promote = cli().json("model c.flukeprint promote nobody");
    COMPARE_STATUS(promote, 3);
    QCOMPARE(promote.errorCode(), QStringLiteral("not_found"));
}

void TestCliContract::presetsAreListedWithTheirSettings()
{
    const CliAnswer answer = cli().json("train --list");
    COMPARE_STATUS(answer, 0);
    const QJsonArray presets = answer.json().value(QStringLiteral("presets")).toArray();
    bool found = false;
    for (const QJsonValue &preset : presets) {
        const QJsonObject object = preset.toObject();
        found = found || object.value(QStringLiteral("name")).toString() == QLatin1String("flukeprint");
        QVERIFY(!object.value(QStringLiteral("settings")).toArray().isEmpty());
    }
    QVERIFY(found);
    QVERIFY(cli().run({QStringLiteral("train"), QStringLiteral("--list")}).out.contains("flukeprint: "));
}

void TestCliContract::trainingRefusesWhatItDoesNotKnow_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<QString>("code");
    QTest::newRow("preset") << QStringLiteral("--preset alchemy") << QStringLiteral("preset_unknown");
    QTest::newRow("setting") << QStringLiteral("--set colour=red") << QStringLiteral("setting_unknown");
    QTest::newRow("value") << QStringLiteral("--set epochs=-3") << QStringLiteral("setting_out_of_range");
    QTest::newRow("no value") << QStringLiteral("--set epochs") << QStringLiteral("invalid_argument");
    QTest::newRow("run") << QStringLiteral("--resume nothing-0001") << QStringLiteral("not_found");
    QTest::newRow("start") << QStringLiteral("--start-model nowhere.safetensors") << QStringLiteral("file_not_found");
}

void TestCliContract::trainingRefusesWhatItDoesNotKnow()
{
    QFETCH(QString, words);
    QFETCH(QString, code);
    importThree();
    const CliAnswer answer = cli().json(QStringList{QStringLiteral("train"), QStringLiteral("c.flukeprint")}
                                        + words.split(QLatin1Char(' ')));
    COMPARE_STATUS(answer, 3);
    QCOMPARE(answer.errorCode(), code);
}

void TestCliContract::labelsExportAndBackup()
{
    importThree();
    m_bench->addFile(QStringLiteral("new.csv"), "Image,Id\nc.jpg,w_3\na.jpg,w_2\ngone.jpg,w_9\n");
    const CliAnswer kept = cli().json("label c.flukeprint --csv new.csv --keep");
    COMPARE_STATUS(kept, 0);
    QCOMPARE(kept.json().value(QStringLiteral("labelled")).toInt(), 1);
    const CliAnswer labelled = cli().json("label c.flukeprint --csv new.csv");
    COMPARE_STATUS(labelled, 0);
    QCOMPARE(labelled.json().value(QStringLiteral("labelled")).toInt(), 1);
    QCOMPARE(labelled.json().value(QStringLiteral("missing")).toArray(), QJsonArray{QStringLiteral("gone.jpg")});

    const CliAnswer exported = cli().json("export c.flukeprint out.csv --format kaggle");
    COMPARE_STATUS(exported, 0);
    QCOMPARE(exported.json().value(QStringLiteral("rows")).toInt(), 3);
    QFile out(QString::fromStdString(m_bench->path(QStringLiteral("out.csv")).string()));
    QVERIFY(out.open(QIODevice::ReadOnly));
    const QByteArray table = out.readAll();
    QVERIFY(table.contains("a.jpg,w_2") && table.contains("c.jpg,w_3"));

    COMPARE_STATUS(cli().json("backup c.flukeprint copy.flukeprint"), 0);
    COMPARE_STATUS(cli().json("verify copy.flukeprint"), 0);
    const CliAnswer again = cli().json("backup c.flukeprint copy.flukeprint");
    COMPARE_STATUS(again, 3);
    QCOMPARE(again.errorCode(), QStringLiteral("already_exists"));
    const CliAnswer wrong = cli().json("label c.flukeprint --csv nowhere.csv");
    COMPARE_STATUS(wrong, 3);
    QCOMPARE(wrong.errorCode(), QStringLiteral("file_not_found"));
}

void TestCliContract::verifyNamesAChangedPhoto()
{
    importThree();
    const CliAnswer good = cli().json("verify c.flukeprint");
    COMPARE_STATUS(good, 0);
    QCOMPARE(good.json().value(QStringLiteral("photos_checked")).toInt(), 3);
    m_bench->addPhoto(QStringLiteral("photos/a.jpg"), 99);
    QVERIFY(std::filesystem::remove(m_bench->path(QStringLiteral("photos/b.jpg"))));
    const CliAnswer bad = cli().json("verify c.flukeprint");
    COMPARE_STATUS(bad, 4);
    QStringList codes;
    for (const QJsonValue &finding : bad.json().value(QStringLiteral("findings")).toArray())
        codes.append(finding.toObject().value(QStringLiteral("code")).toString());
    codes.sort();
    QCOMPARE(codes, (QStringList{QStringLiteral("photo_changed"), QStringLiteral("photo_missing")}));
    QVERIFY(!bad.json().value(QStringLiteral("ok")).toBool());
}

void TestCliContract::modelsOfOtherFormatsAreRefused()
{
    COMPARE_STATUS(cli().json("init c.flukeprint"), 0);
    m_bench->addFile(QStringLiteral("weights.pt"), "PK\x03\x04 and so on");
    const CliAnswer pickle = cli().json("model c.flukeprint import weights.pt");
    COMPARE_STATUS(pickle, 3);
    QCOMPARE(pickle.errorCode(), QStringLiteral("format_unsupported"));
    m_bench->addFile(QStringLiteral("cut.safetensors"), QByteArray("\xff\xff\xff\xff\xff\xff\xff\x7f{", 9));
    const CliAnswer cut = cli().json("model c.flukeprint import cut.safetensors");
    QVERIFY(cut.status == 3 || cut.status == 4);
    QVERIFY(!cut.errorCode().isEmpty());
    const CliAnswer missing = cli().json("model c.flukeprint import nowhere.safetensors");
    COMPARE_STATUS(missing, 3);
    QCOMPARE(missing.errorCode(), QStringLiteral("file_not_found"));
}

void TestCliContract::aDemoCatalogueIsReadyToBeTried()
{
    const CliAnswer answer = cli().json("demo demo --individuals 3 --photos 3 --seed 5");
    COMPARE_STATUS(answer, 0);
    const QJsonObject json = answer.json();
    QVERIFY(json.value(QStringLiteral("photos")).toInt() >= 6);
    QVERIFY(json.value(QStringLiteral("encounters")).toInt() >= 1);
    const CliAnswer verified =
        cli().json({QStringLiteral("verify"), json.value(QStringLiteral("catalogue")).toString()});
    COMPARE_STATUS(verified, 0);
    const CliAnswer again = cli().json("demo demo --individuals 3 --photos 3 --seed 5");
    COMPARE_STATUS(again, 3);
    QCOMPARE(again.errorCode(), QStringLiteral("already_exists"));
}

void TestCliContract::humanOutputIsNotJson()
{
    importThree();
    const CliAnswer answer = cli().run({QStringLiteral("verify"), QStringLiteral("c.flukeprint")});
    COMPARE_STATUS(answer, 0);
    QVERIFY(answer.json().isEmpty());
    QVERIFY(answer.out.contains("3 photos"));
    const CliAnswer failed = cli().run({QStringLiteral("verify"), QStringLiteral("no.flukeprint")});
    QVERIFY(failed.out.isEmpty());
    QVERIFY(failed.err.contains("does not exist"));
}

void TestCliContract::unknownCommandsAreNamed()
{
    const CliAnswer near = cli().run({QStringLiteral("idetnify"), QStringLiteral("c.flukeprint")});
    COMPARE_STATUS(near, 2);
    QVERIFY2(near.err.contains("'idetnify'") && near.err.contains("'identify'"), near.err.constData());
    const CliAnswer far = cli().json("bogus");
    COMPARE_STATUS(far, 2);
    const QString message = far.json().value(QStringLiteral("error")).toObject().value(QStringLiteral("message")).toString();
    QVERIFY2(message.contains(QStringLiteral("'bogus'")) && !message.contains(QStringLiteral("mean")), qPrintable(message));
}

void TestCliContract::damageIsRepairedAfterACopy()
{
    importThree();
    {
        auto catalogue = catalogue::Catalogue::open(m_bench->path(QStringLiteral("c.flukeprint")));
        QVERIFY(catalogue.ok());
        for (const char *sql : {"UPDATE annotation SET state = 'unusable', individual_id = NULL WHERE id = 1",
                                "DROP TRIGGER decision_no_delete"})
            QVERIFY(catalogue->database().run(QString::fromLatin1(sql)).ok());
    }
    std::filesystem::remove_all(m_bench->path(QStringLiteral("c.flukeprint/thumbnails")));
    const CliAnswer bad = cli().json("verify c.flukeprint");
    COMPARE_STATUS(bad, 4);
    QCOMPARE(bad.json().value(QStringLiteral("findings")).toArray().size(), 2);
    QCOMPARE(bad.json().value(QStringLiteral("notices")).toArray().size(), 1);
    for (const QJsonValue &finding : bad.json().value(QStringLiteral("findings")).toArray())
        QVERIFY(finding.toObject().value(QStringLiteral("message")).toString().contains(QStringLiteral("verify --repair")));
    const CliAnswer repaired = cli().json("verify c.flukeprint --repair");
    COMPARE_STATUS(repaired, 0);
    QCOMPARE(repaired.json().value(QStringLiteral("repaired")).toArray().size(), 3);
    QVERIFY(QFile::exists(repaired.json().value(QStringLiteral("backup")).toString()));
    const CliAnswer good = cli().json("verify c.flukeprint");
    COMPARE_STATUS(good, 0);
    QVERIFY(good.json().value(QStringLiteral("notices")).toArray().isEmpty());
    const CliAnswer nothing = cli().run({QStringLiteral("verify"), QStringLiteral("c.flukeprint"), QStringLiteral("--repair")});
    COMPARE_STATUS(nothing, 0);
    QVERIFY(nothing.out.contains("All is well"));
}

void TestCliContract::bulkLabelsAreTakenBack()
{
    importThree();
    const auto identityOf = [this](const char *fileName) {
        auto catalogue = catalogue::Catalogue::open(m_bench->path(QStringLiteral("c.flukeprint")), catalogue::Access::ReadOnly).value();
        const auto annotation = workflows::annotationOf(catalogue, QString::fromLatin1(fileName));
        return annotation.individual.isValid() ? catalogue::IndividualStore(catalogue).get(annotation.individual)->code : QString();
    };
    m_bench->addFile(QStringLiteral("wrong.csv"), "Image,Id\na.jpg,w_9\nb.jpg,w_9\n");
    const auto undo = [this](const CliAnswer &answer) {
        return cli().json({QStringLiteral("label"), QStringLiteral("c.flukeprint"), QStringLiteral("--undo"),
                           QString::number(answer.json().value(QStringLiteral("batch")).toInt())});
    };
    for (const char *words : {"label c.flukeprint --csv wrong.csv", "import c.flukeprint photos --labels wrong.csv --overwrite"}) {
        const CliAnswer labelled = cli().json(words);
        COMPARE_STATUS(labelled, 0);
        QCOMPARE(identityOf("a.jpg"), QStringLiteral("w_9"));
        const CliAnswer undone = undo(labelled);
        COMPARE_STATUS(undone, 0);
        QCOMPARE(undone.json().value(QStringLiteral("annotations")).toInt(), 2);
        QCOMPARE(identityOf("a.jpg"), QStringLiteral("w_1"));
        QCOMPARE(identityOf("b.jpg"), QStringLiteral("w_2"));
        COMPARE_STATUS(undo(labelled), 3);
    }
    COMPARE_STATUS(cli().json("label c.flukeprint --undo 9999"), 3);
    COMPARE_STATUS(cli().json("label c.flukeprint"), 2);
    COMPARE_STATUS(cli().json("label c.flukeprint --undo 1 --csv wrong.csv"), 2);
}

/// Ctrl-C at any moment: the same words once more lead to the same catalogue.
void TestCliContract::anInterruptedDemoGoesOn()
{
    const QStringList words{QStringLiteral("demo"), QStringLiteral("demo"), QStringLiteral("--individuals"), QStringLiteral("3"),
                            QStringLiteral("--photos"), QStringLiteral("3"), QStringLiteral("--json")};
    QProcess process;
    cli().prepare(process);
    process.setArguments(words);
    process.start();
    const auto mark = m_bench->path(QStringLiteral("demo/demo.flukeprint.unfinished"));
    QVERIFY(QTest::qWaitFor([&] { return std::filesystem::exists(m_bench->path(QStringLiteral("demo/photos"))); }, 60'000));
    QVERIFY(std::filesystem::exists(mark));
    process.kill();
    QVERIFY(process.waitForFinished());
    const CliAnswer again = cli().json(words.first(words.size() - 1));
    COMPARE_STATUS(again, 0);
    QVERIFY(again.json().value(QStringLiteral("photos")).toInt() >= 6);
    QVERIFY(!std::filesystem::exists(mark));
    COMPARE_STATUS(cli().json("verify demo/demo.flukeprint"), 0);
    COMPARE_STATUS(cli().json(words.first(words.size() - 1)), 3); // it is finished now
}

void TestCliContract::anInterruptedDemoOfAnotherKindIsLeftAlone()
{
    COMPARE_STATUS(cli().json("init demo/demo.flukeprint"), 0);
    const CliAnswer beside = cli().json("demo demo --individuals 3 --photos 3");
    COMPARE_STATUS(beside, 3);
    QCOMPARE(beside.errorCode(), QStringLiteral("already_exists"));
    QVERIFY(!std::filesystem::exists(m_bench->path(QStringLiteral("demo/demo.flukeprint.unfinished"))));
    m_bench->addFile(QStringLiteral("demo/demo.flukeprint.unfinished"), "99 9 9 0.1\n");
    COMPARE_STATUS(cli().json("demo demo --individuals 3 --photos 3"), 3);
    QVERIFY(std::filesystem::exists(m_bench->path(QStringLiteral("demo/demo.flukeprint/catalogue.sqlite"))));
}

QTEST_GUILESS_MAIN(TestCliContract)
#include "tst_cli_contract.moc"
