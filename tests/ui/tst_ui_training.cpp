// What the training page says of a run beside its charts.
#include "core/jobs/job_queue.h"
#include "ui/text/messages.h"
#include "ui/training/run_curves.h"
#include "ui/training/run_header.h"
#include "ui/training/run_readout.h"

#include <QLabel>
#include <QLocale>
#include <QTest>

using namespace flukeprint;
using namespace flukeprint::ui;

class TestTrainingWidgets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }
    void headerAndStripAgreeOnTheTimeLeft();
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

void TestTrainingWidgets::readoutShowsTheProbe()
{
    RunReadout readout;
    RunCurves curves;
    readout.showFigures(curves);
    QVERIFY(readout.isHidden());
    const std::vector<catalogue::MetricPoint> points{{10, 1, 5, QStringLiteral("alignment"), 0.314},
                                                     {10, 1, 5, QStringLiteral("effective_rank"), 86.7},
                                                     {10, 1, 5, QStringLiteral("memory_mib"), 1536}};
    curves.add(points);
    readout.showFigures(curves);
    QVERIFY(!readout.isHidden());
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
    QCOMPARE(readout.property("role").toString(), QStringLiteral("attention"));
    readout.setAlarm({});
    QVERIFY(readout.isHidden());
}

QTEST_MAIN(TestTrainingWidgets)
#include "tst_ui_training.moc"
