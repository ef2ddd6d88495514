#include "core/jobs/job_queue.h"
#include "core/protocol/presets.h"
#include "ui/text/decision_text.h"
#include "ui/text/format.h"
#include "ui/text/messages.h"
#include "ui/text/training_text.h"

#include <QLocale>
#include <QTest>

using namespace flukeprint;
using namespace flukeprint::ui;

class TestText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }
    void everyErrorIsASentence();
    void errorsNameTheFileAndNotItsPath();
    void photosKnownAlreadyAskForNoOtherName();
    void faultsOfTablesAreInWords_data();
    void faultsOfTablesAreInWords();
    void missingArgumentsDoNotLeavePlaceholders();
    void jobsSayWhatTheyDoAndHowFarTheyAre();
    void failedJobsSayWhy();
    void warningsNeverAskToStartAgain();
    void fullDisksNameTheFileThatAPersonKnows();
    void numbersAndTimes_data();
    void numbersAndTimes();
    void datesOfTheCatalogue();
    void undoStepsSayWhatTheyUndo();
    void everyPresetAndSettingIsInWords();
    void everyFindingIsASentence();
};

void TestText::everyErrorIsASentence()
{
    for (int code = 0; code <= static_cast<int>(ErrorCode::NothingToDo); ++code) {
        const Error error(static_cast<ErrorCode>(code), {"/photos/a.jpg", "12", "24"});
        const QString text = messageFor(error);
        QVERIFY2(text.endsWith(QLatin1Char('.')), qPrintable(text));
        QVERIFY2(text.size() >= 10, qPrintable(text));
        QVERIFY2(!text.contains(QLatin1Char('%')), qPrintable(text));
        QVERIFY(!shortReason(error).isEmpty());
    }
}

void TestText::everyFindingIsASentence()
{
    for (const std::string_view code : catalogue::findingCodes()) {
        const QString text = findingText({std::string(code), {"1", "/photos/a.jpg", "3", "4", "5", "b.jpg"}});
        QVERIFY2(text.contains(QLatin1Char(' ')), qPrintable(text));
        QVERIFY2(!text.contains(QLatin1Char('%')), qPrintable(text));
        QVERIFY2(!text.contains(QLatin1Char('_')), qPrintable(text)); // no code shines through
    }
}

void TestText::errorsNameTheFileAndNotItsPath()
{
    const QString text = messageFor(Error(ErrorCode::FileTruncated, {"/media/card/DCIM/IMG_1.jpg"}));
    QVERIFY(text.contains(QStringLiteral("IMG_1.jpg")));
    QVERIFY(!text.contains(QStringLiteral("DCIM")));
}

void TestText::photosKnownAlreadyAskForNoOtherName()
{
    const QString text = messageFor(Error(ErrorCode::AlreadyExists, {"photo", "/season/IMG_7.jpg"}));
    QVERIFY2(text.contains(QStringLiteral("\u201cIMG_7.jpg\u201d")), qPrintable(text));
    QVERIFY(!text.contains(QStringLiteral("name")));
}

void TestText::faultsOfTablesAreInWords_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<QStringList>("named");
    const auto row = [](const char *what, const QStringList &named) { QTest::newRow(what) << QString::fromLatin1(what) << named; };
    row("missing_column:Image", {QStringLiteral("no column \u201cImage\u201d")});
    row("duplicate_column:Id", {QStringLiteral("\u201cId\u201d")});
    row("column_count:3:2", {QStringLiteral("3 fields"), QStringLiteral("has 2")});
    row("not_utf8", {QStringLiteral("UTF-8")});
    row("unclosed_quote", {QStringLiteral("never closed")});
    row("text_after_quote", {QStringLiteral("quotation mark")});
    row("quote_in_field", {QStringLiteral("quotation mark")});
    row("empty", {QStringLiteral("empty")});
    row("empty_image", {QStringLiteral("no photo")});
    row("code_invalid:a:b", {QStringLiteral("\u201ca:b\u201d")});
    row("not_a_number:x", {QStringLiteral("\u201cx\u201d")});
    row("duplicate_image:7:a:b.jpg", {QStringLiteral("a:b.jpg"), QStringLiteral("line 7")});
    row("conflicting_id:7:a.jpg", {QStringLiteral("a.jpg"), QStringLiteral("line 7")});
    row("box_empty", {QStringLiteral("box")});
    row("unknown_role:sideways", {QStringLiteral("sideways")});
}

void TestText::faultsOfTablesAreInWords()
{
    QFETCH(QString, what);
    QFETCH(QStringList, named);
    const QString text = messageFor(Error(ErrorCode::CsvInvalid, {"/data/labels.csv", "12", what.toStdString()}));
    for (const QString &part : named + QStringList{QStringLiteral("Line 12"), QStringLiteral("labels.csv")})
        QVERIFY2(text.contains(part), qPrintable(text));
    QVERIFY2(!text.contains(QLatin1Char('_')), qPrintable(text));
}

void TestText::missingArgumentsDoNotLeavePlaceholders()
{
    for (int code = 0; code <= static_cast<int>(ErrorCode::NothingToDo); ++code)
        QVERIFY(!messageFor(Error(static_cast<ErrorCode>(code))).contains(QLatin1Char('%')));
}

void TestText::jobsSayWhatTheyDoAndHowFarTheyAre()
{
    QVERIFY(jobTitle({"import", {"/data/season 2025"}}).contains(QStringLiteral("season 2025")));
    QVERIFY(!jobTitle({"something new", {}}).isEmpty());
    jobs::JobStatus status;
    status.state = jobs::JobState::Running;
    status.progress = {"importing", 64, 100, {}};
    status.perSecond = 212;
    status.secondsLeft = 13;
    const QString text = jobStanding(status);
    for (const char *part : {"64%", "212/s", "13 s left"})
        QVERIFY2(text.contains(QString::fromLatin1(part)), qPrintable(text));
    status.title.code = "train";
    QVERIFY(!jobStanding(status).contains(QStringLiteral("/s")));
    status.cancelRequested = true;
    QCOMPARE(jobStanding(status), QStringLiteral("stopping"));
}

void TestText::failedJobsSayWhy()
{
    jobs::JobStatus status;
    status.state = jobs::JobState::Failed;
    status.error = Error(ErrorCode::DiskFull, {"/x/catalogue.sqlite"});
    QCOMPARE(jobStanding(status), messageFor(status.error));
}

void TestText::warningsNeverAskToStartAgain()
{
    const Error crash(ErrorCode::WorkerCrashed, {"signal 9"});
    QVERIFY(messageFor(crash).contains(QStringLiteral("again")));
    for (const Error &warning : {crash, Error(ErrorCode::WorkerProtocol), Error(ErrorCode::JobFailed, {"localiser", "worker_crashed", "signal 9"}),
                                 Error(ErrorCode::JobFailed, {"localiser", "worker_protocol"}), Error(ErrorCode::JobFailed, {"localiser"})}) {
        const QString text = warningFor(warning);
        QVERIFY2(!text.contains(QStringLiteral("again")), qPrintable(text));
        QVERIFY2(text.endsWith(QLatin1Char('.')) && !text.contains(QLatin1Char('%')), qPrintable(text));
    }
    const QString text = warningFor(Error(ErrorCode::JobFailed, {"localiser", "worker_crashed", "signal 9"}));
    QVERIFY2(text.contains(QStringLiteral("boxes")) && text.contains(QStringLiteral("signal 9")), qPrintable(text));
    QCOMPARE(warningFor(Error(ErrorCode::FileEmpty, {"a.jpg"})), messageFor(Error(ErrorCode::FileEmpty, {"a.jpg"})));
    jobs::JobStatus status;
    status.state = jobs::JobState::Finished;
    status.warningCount = 2; // of what kind, the list below it says
    QVERIFY2(jobStanding(status).contains(QStringLiteral("2 warning")), qPrintable(jobStanding(status)));
}

void TestText::fullDisksNameTheFileThatAPersonKnows()
{
    for (const char *path :
         {"/x/Season.flukeprint.partial", "/x/Season.flukeprint", "/x/a.flukeprint.partial/thumbnails/Season.flukeprint.1234567890.partial"}) {
        const QString text = messageFor(Error(ErrorCode::DiskFull, {path}));
        QVERIFY2(text.contains(QStringLiteral("\u201cSeason.flukeprint\u201d")), qPrintable(text));
    }
}

void TestText::numbersAndTimes_data()
{
    QTest::addColumn<QString>("shown");
    QTest::addColumn<QString>("expected");
    QTest::newRow("percent") << percentText(0.924) << QStringLiteral("92%");
    QTest::newRow("never quite certain") << percentText(0.9999) << QStringLiteral(">99%");
    QTest::newRow("never quite impossible") << percentText(0.0004) << QStringLiteral("<1%");
    QTest::newRow("certain") << percentText(1.0) << QStringLiteral("100%");
    QTest::newRow("nothing") << percentText(0.0) << QStringLiteral("0%");
    QTest::newRow("seconds") << durationText(12.3) << QStringLiteral("13 s");
    QTest::newRow("minutes") << durationText(250) << QStringLiteral("4 min 10 s");
    QTest::newRow("hours") << durationText(7500) << QStringLiteral("2 h 5 min");
    QTest::newRow("slow") << rateText(3.42) << QStringLiteral("3.4");
    QTest::newRow("distance") << distanceText(0.4149) << QStringLiteral("0.41");
    QTest::newRow("no metric") << metricText(std::nan("")) << QStringLiteral("-");
    QTest::newRow("south west") << placeText(-42.307, -70.249) << QStringLiteral("42.31 S 70.25 W");
}

void TestText::numbersAndTimes()
{
    QFETCH(QString, shown);
    QFETCH(QString, expected);
    QCOMPARE(shown, expected);
}

void TestText::datesOfTheCatalogue()
{
    QCOMPARE(dateText("2017-06-13T09:41:22+02:00"), QStringLiteral("13 Jun 2017"));
    QCOMPARE(dateTimeText("2017-06-13T09:41:22+02:00"), QStringLiteral("13 Jun 2017 09:41")); // the camera's own clock
    QCOMPARE(monthText("2021-08-02"), QStringLiteral("Aug 2021"));
    QVERIFY(dateText("").isEmpty());
    QVERIFY(dateText("nonsense").isEmpty());
}

void TestText::undoStepsSayWhatTheyUndo()
{
    catalogue::UndoStep step;
    step.kind = catalogue::DecisionKind::Confirm;
    step.individualCode = QStringLiteral("w_1287fbc");
    QVERIFY(undoStepText(step).contains(QStringLiteral("w_1287fbc")));
    step.kind = catalogue::DecisionKind::Unusable;
    step.count = 12;
    QVERIFY(undoStepText(step).contains(QStringLiteral("12")));
}

void TestText::everyPresetAndSettingIsInWords()
{
    for (const protocol::PresetSpec &preset : protocol::presets()) {
        QVERIFY2(!presetDescription(preset.name).isEmpty(), preset.name.c_str());
        for (const protocol::SettingSpec &setting : preset.settings) {
            QVERIFY2(settingLabel(setting.key) != QString::fromStdString(setting.key) || setting.key.find('_') == std::string::npos,
                     setting.key.c_str());
            QVERIFY2(!settingExplanation(setting.key).isEmpty(), setting.key.c_str());
            for (const std::string &choice : setting.choices)
                QVERIFY2(!choiceLabel(setting.key, choice).contains(QLatin1Char('_')), choice.c_str());
        }
    }
}

QTEST_MAIN(TestText)
#include "tst_ui_text.moc"
