// What the training page says of a run beside its charts.
#include "core/jobs/job_queue.h"
#include "ui/text/messages.h"
#include "ui/training/run_chart.h"
#include "ui/training/run_curves.h"
#include "ui/training/run_header.h"
#include "ui/training/run_readout.h"
#include "ui/training/setting_form.h"

#include <QApplication>
#include <QChart>
#include <QChartView>
#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QRegularExpression>
#include <QTest>
#include <QValueAxis>

#include <cmath>
#include <optional>

using namespace flukeprint;
using namespace flukeprint::ui;

class TestTrainingWidgets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }
    void headerAndStripAgreeOnTheTimeLeft();
    void headerAndStripShowOneShare();
    void aLimitInMinutesIsNamed();
    void theFirstStepHasAUnit();
    void theLastWorkIsNamed();
    void pauseHandsTheFocusToResume();
    void promoteLeavesTheFocusToThePage();
    void chartsEndWhereTheRunEnded();
    void theFormFitsItsColumn();
    void unidentifiedPhotosAreNewAnimalsOnlyWhenSaid();
    void zeroIsSaidInWords();
    void numbersOutOfBoundsAreCorrectedAndSaid();
    void readoutShowsTheProbe();
    void readoutGivesWayToAnAlarm();
};

void TestTrainingWidgets::headerAndStripAgreeOnTheTimeLeft()
{
    RunStanding standing;
    standing.run.state = catalogue::RunState::Running;
    standing.step = 300;
    standing.epoch = 3;
    standing.epochs = 30;
    standing.secondsInTraining = 10; // what the share of epochs alone would make 90 s of
    standing.progress = {"training", 300, 3000, {}, 754};
    standing.secondsLeft = standing.progress.secondsLeft;
    RunHeader header;
    header.setStanding(standing, true);
    QStringList shown;
    for (const QLabel *label : header.findChildren<QLabel *>())
        shown << label->text();
    jobs::JobStatus status;
    status.state = jobs::JobState::Running;
    status.progress = standing.progress;
    status.secondsLeft = standing.progress.secondsLeft;
    QVERIFY2(jobStanding(status).contains(QStringLiteral("12 min 34 s left")), qPrintable(jobStanding(status)));
    QVERIFY2(shown.join('|').contains(QStringLiteral("12 min 34 s left")), qPrintable(shown.join('|')));
    standing.secondsLeft.reset();
    header.setStanding(standing, true);
    for (const QLabel *label : header.findChildren<QLabel *>())
        QVERIFY(!label->text().contains(QStringLiteral("left"))); // nothing is better than a guess
}

namespace {

RunStanding runningAt(std::int64_t step, std::int64_t steps)
{
    RunStanding standing;
    standing.run.state = catalogue::RunState::Running;
    standing.step = step;
    standing.epochs = 30;
    standing.progress = {"training", step, steps, {}};
    return standing;
}

QString textOf(const RunHeader &header, const char *label) { return header.findChild<QLabel *>(QString::fromLatin1(label))->text(); }

} // namespace

void TestTrainingWidgets::headerAndStripShowOneShare()
{
    RunStanding standing = runningAt(230, 1000);
    standing.epoch = 0.6; // of 30: what the header alone would call 2%
    standing.minutes = 2;
    RunHeader header;
    header.setStanding(standing, true);
    const auto *bar = header.findChild<QProgressBar *>(QStringLiteral("runProgress"));
    QCOMPARE(100 * bar->value() / bar->maximum(), 23);
    jobs::JobStatus status;
    status.title.code = "train";
    status.state = jobs::JobState::Running;
    status.progress = standing.progress;
    QVERIFY2(jobStanding(status).contains(QStringLiteral("23%")), qPrintable(jobStanding(status)));
}

void TestTrainingWidgets::aLimitInMinutesIsNamed()
{
    RunStanding standing = runningAt(20, 100);
    standing.epoch = 2.5;
    RunHeader header;
    header.setStanding(standing, true);
    QVERIFY2(textOf(header, "runPlace").contains(QStringLiteral("epoch 3 of 30")), qPrintable(textOf(header, "runPlace")));
    standing.minutes = 2;
    header.setStanding(standing, true);
    QVERIFY2(textOf(header, "runPlace").contains(QStringLiteral("limit 2 min")), qPrintable(textOf(header, "runPlace")));
    QVERIFY(!textOf(header, "runPlace").contains(QStringLiteral("30"))); // it will not come to them
}

void TestTrainingWidgets::theFirstStepHasAUnit()
{
    RunStanding standing = runningAt(0, 19);
    standing.progress.done = 1;
    RunHeader header;
    header.setStanding(standing, true);
    QCOMPARE(textOf(header, "runPlace"), QStringLiteral("epoch 1 of 30   step 1"));
}

void TestTrainingWidgets::theLastWorkIsNamed()
{
    RunStanding standing = runningAt(100, 100);
    standing.progress = {"finishing", 0, 0, {}, 10};
    standing.secondsLeft = 10;
    RunHeader header;
    header.setStanding(standing, true);
    QVERIFY2(textOf(header, "runPlace").contains(QStringLiteral("measuring and calibrating")), qPrintable(textOf(header, "runPlace")));
    QVERIFY(!textOf(header, "runRate").contains(QStringLiteral("left"))); // it stood still
    QCOMPARE(header.findChild<QProgressBar *>(QStringLiteral("runProgress"))->maximum(), 0); // nobody knows how far
    jobs::JobStatus status;
    status.title.code = "train";
    status.state = jobs::JobState::Running;
    status.progress = standing.progress;
    status.secondsLeft = 10;
    QCOMPARE(jobStanding(status), textOf(header, "runPlace"));
    // A run that was cancelled is not measured any more, and neither paused nor cancelled again.
    standing.isStopping = status.cancelRequested = true;
    header.setStanding(standing, true);
    QCOMPARE(jobStanding(status), QStringLiteral("stopping"));
    QVERIFY2(textOf(header, "runPlace").endsWith(QStringLiteral("stopping")), qPrintable(textOf(header, "runPlace")));
    QVERIFY(!textOf(header, "runPlace").contains(QStringLiteral("measuring")));
    for (const char *button : {"pauseRun", "resumeRun", "cancelRun"})
        QVERIFY(header.findChild<QPushButton *>(QString::fromLatin1(button))->isHidden());
}

void TestTrainingWidgets::pauseHandsTheFocusToResume()
{
    RunStanding standing = runningAt(20, 100);
    RunHeader header;
    header.setStanding(standing, true);
    header.show();
    header.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&header));
    auto *pause = header.findChild<QPushButton *>(QStringLiteral("pauseRun"));
    auto *resume = header.findChild<QPushButton *>(QStringLiteral("resumeRun"));
    pause->setFocus();
    standing.run.state = catalogue::RunState::Paused;
    header.setStanding(standing, true);
    QVERIFY(resume->hasFocus());
    standing.run.state = catalogue::RunState::Running;
    header.setStanding(standing, true);
    QVERIFY(pause->hasFocus());
    // Finished while Pause had the focus: there is nothing to pause, and nothing else is pressed by the next Space.
    int left = 0;
    connect(&header, &RunHeader::focusLeft, this, [&left] { ++left; });
    standing.run.state = catalogue::RunState::Finished;
    header.setStanding(standing, true);
    QCOMPARE(left, 1);
    QVERIFY(!header.isAncestorOf(QApplication::focusWidget()));
}

void TestTrainingWidgets::promoteLeavesTheFocusToThePage()
{
    RunStanding standing;
    standing.run.state = catalogue::RunState::Finished;
    standing.run.model = ModelId(1);
    RunHeader header;
    header.setStanding(standing, true);
    header.show();
    header.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&header));
    header.findChild<QPushButton *>(QStringLiteral("promoteRun"))->setFocus();
    int left = 0;
    connect(&header, &RunHeader::focusLeft, this, [&left] { ++left; });
    standing.serving = true;
    header.setStanding(standing, true);
    QCOMPARE(left, 1);
    QVERIFY(!header.isAncestorOf(QApplication::focusWidget()));
}

void TestTrainingWidgets::chartsEndWhereTheRunEnded()
{
    RunChart chart(QStringLiteral("MAP@5"), [](double value) { return QString::number(value); });
    chart.setShare(true);
    const int curve = chart.addCurve(QStringLiteral("this run"), CurveRole::Main);
    chart.setCurve(curve, {{0, 0.5}, {1, 0.9}, {2.4, 1.0}});
    chart.setEpochs(3);
    const auto *view = chart.findChild<QChartView *>();
    const auto axes = view->chart()->axes();
    QCOMPARE(axes.size(), 2);
    for (const QAbstractAxis *axis : axes) {
        const auto *values = qobject_cast<const QValueAxis *>(axis);
        if (axis->orientation() == Qt::Horizontal) {
            QCOMPARE(values->max(), 3.0);
            QCOMPARE(values->titleText(), QStringLiteral("epoch"));
        } else {
            QVERIFY(values->max() > 1.0); // the best there is does not lie on the frame
            QVERIFY(std::fmod(1.0, values->tickInterval()) == 0.0);
        }
    }
}

void TestTrainingWidgets::unidentifiedPhotosAreNewAnimalsOnlyWhenSaid()
{
    SettingForm form;
    auto *box = form.findChild<QCheckBox *>(QStringLiteral("unidentifiedAreNew"));
    QVERIFY(!form.request().unidentifiedAreNew.has_value());
    box->setChecked(true);
    QCOMPARE(form.request().unidentifiedAreNew, std::optional(true));
    auto *preset = form.findChild<QComboBox *>(QStringLiteral("presetChoice"));
    preset->setCurrentIndex(preset->findData(QStringLiteral("semi-hard-mlp")));
    QCOMPARE(form.request().unidentifiedAreNew, std::optional(true)); // of the photos, not of the preset
    box->setChecked(false);
    QVERIFY(!form.request().unidentifiedAreNew.has_value());
}

void TestTrainingWidgets::theFormFitsItsColumn()
{
    SettingForm form;
    form.findChild<QPushButton *>(QStringLiteral("moreSettings"))->setChecked(true);
    QComboBox *presets = form.findChild<QComboBox *>(QStringLiteral("presetChoice"));
    form.resize(288, 4000); // the column without its frame and a scroll bar
    form.show();
    for (int preset = 0; preset < presets->count(); ++preset) {
        presets->setCurrentIndex(preset);
        QVERIFY2(form.minimumSizeHint().width() <= 288,
                 qPrintable(QStringLiteral("%1: %2").arg(presets->currentText()).arg(form.minimumSizeHint().width())));
        QApplication::processEvents();
        int left = -1;
        for (const QWidget *field : form.findChildren<QWidget *>(QRegularExpression(QStringLiteral("^setting_")))) {
            if (qobject_cast<const QCheckBox *>(field))
                continue;
            const int x = field->mapTo(&form, QPoint()).x();
            left = left < 0 ? x : left;
            QVERIFY2(x == left, qPrintable(field->objectName())); // one column of fields in both parts
            QVERIFY2(x + field->width() <= form.width(), qPrintable(field->objectName()));
        }
    }
    // The preset is explained right below its field.
    const auto *text = form.findChild<QLabel *>(QStringLiteral("presetText"));
    QVERIFY(!text->text().isEmpty());
    QVERIFY(text->mapTo(&form, QPoint()).y() - presets->mapTo(&form, QPoint(0, presets->height())).y() < 20);
}

void TestTrainingWidgets::zeroIsSaidInWords()
{
    SettingForm form;
    auto *minutes = form.findChild<QAbstractSpinBox *>(QStringLiteral("setting_minutes"));
    QCOMPARE(minutes->text(), QStringLiteral("no limit"));
    QCOMPARE(form.value("minutes"), std::string("0"));
    QCOMPARE(form.findChild<QAbstractSpinBox *>(QStringLiteral("setting_validate_every"))->text(), QStringLiteral("automatic"));
    form.show();
    form.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&form));
    minutes->setFocus(Qt::MouseFocusReason);
    QTRY_VERIFY(minutes->findChild<QLineEdit *>()->hasSelectedText());
    QTest::keyClicks(minutes, QStringLiteral("2"));
    QCOMPARE(form.value("minutes"), std::string("2"));
    QCOMPARE(form.request().settings.at("minutes"), std::string("2"));
}

void TestTrainingWidgets::numbersOutOfBoundsAreCorrectedAndSaid()
{
    SettingForm form;
    form.show();
    form.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&form));
    QString said;
    connect(&form, &SettingForm::corrected, this, [&said](const QString &text) { said = text; });
    auto *epochs = form.findChild<QSpinBox *>(QStringLiteral("setting_epochs"));
    epochs->setFocus();
    epochs->selectAll();
    QTest::keyClicks(epochs, QStringLiteral("99999"));
    QTest::keyClick(epochs, Qt::Key_Return);
    QCOMPARE(epochs->value(), epochs->maximum());
    QVERIFY2(said.contains(QStringLiteral("99999")) && said.contains(QString::number(epochs->maximum())), qPrintable(said));
    auto *rate = form.findChild<QDoubleSpinBox *>(QStringLiteral("setting_learning_rate"));
    rate->setFocus();
    rate->selectAll();
    QTest::keyClicks(rate, QStringLiteral("77"));
    QTest::keyClick(rate, Qt::Key_Return);
    QCOMPARE(rate->value(), rate->maximum());
    QVERIFY2(said.contains(QStringLiteral("77")), qPrintable(said));
    // What is being typed when a run is started by its key counts too.
    epochs->setFocus();
    epochs->selectAll();
    QTest::keyClicks(epochs, QStringLiteral("88888"));
    QCOMPARE(form.request().settings.at("epochs"), std::to_string(epochs->maximum()));
}

void TestTrainingWidgets::readoutShowsTheProbe()
{
    RunReadout readout;
    RunCurves curves;
    readout.showFigures(curves);
    QVERIFY(readout.text().isEmpty());
    const int empty = readout.minimumSizeHint().expandedTo(readout.minimumSize()).height();
    const std::vector<catalogue::MetricPoint> points{{10, 1, 5, QStringLiteral("alignment"), 0.314},
                                                     {10, 1, 5, QStringLiteral("effective_rank"), 86.7},
                                                     {10, 1, 5, QStringLiteral("memory_mib"), 1536}};
    curves.add(points);
    readout.showFigures(curves);
    // The line had its place before: charts above it do not move.
    QCOMPARE(readout.minimumSizeHint().expandedTo(readout.minimumSize()).height(), empty);
    QVERIFY(readout.findChild<QLabel *>(QStringLiteral("readout_uniformity"))->toolTip().contains(QStringLiteral("lower is better")));
    for (const char *part : {"alignment 0.31", "directions 87", "memory 1.5 GB"})
        QVERIFY2(readout.text().contains(QString::fromLatin1(part)), qPrintable(readout.text()));
    QVERIFY(!readout.text().contains(QStringLiteral("uniformity"))); // was not measured
}

void TestTrainingWidgets::readoutGivesWayToAnAlarm()
{
    RunReadout readout;
    const QString sentence = messageFor(Error(ErrorCode::EmbeddingsCollapsed, {"120", "point", "1"}));
    QVERIFY(sentence.contains(QStringLiteral("120")));
    readout.setAlarm(sentence);
    QCOMPARE(readout.text(), sentence);
    QCOMPARE(readout.findChild<QLabel *>(QStringLiteral("readoutAlarm"))->property("role").toString(), QStringLiteral("attention"));
    readout.setAlarm({});
    QVERIFY(readout.text().isEmpty());
}

QTEST_MAIN(TestTrainingWidgets)
#include "tst_ui_training.moc"
