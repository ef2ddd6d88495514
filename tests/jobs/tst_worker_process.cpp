#include "core/jobs/worker_locator.h"
#include "core/jobs/worker_process.h"
#include "tests/jobs/worker_test_tools.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace flukeprint;
using namespace flukeprint::jobs;

namespace {

/// Everything that a worker said about its jobs, in order.
class Ear : public QObject
{
public:
    explicit Ear(WorkerProcess &worker)
    {
        connect(&worker, &WorkerProcess::done, this, [this](protocol::JobNumber job, const QByteArray &json) {
            ends[job] << QStringLiteral("done ") + QString::fromUtf8(json);
        });
        connect(&worker, &WorkerProcess::failed, this, [this](protocol::JobNumber job, const Error &what) {
            ends[job] << QStringLiteral("failed ") + QString::fromStdString(what.debugText());
            lastError = what;
        });
        connect(&worker, &WorkerProcess::cancelled, this,
                [this](protocol::JobNumber job) { ends[job] << QStringLiteral("cancelled"); });
    }
    QStringList waitFor(protocol::JobNumber job, int timeoutMs = patienceMs)
    {
        (void)QTest::qWaitFor([&] { return ends.contains(job); }, timeoutMs);
        return ends.value(job);
    }

    QMap<protocol::JobNumber, QStringList> ends;
    Error lastError;
};

} // namespace

class TestWorkerProcess : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void messagesInPiecesArriveWhole();
    void garbageAfterTheHelloCostsNothing();
    void everyJobEndsOnce();
    void aCrashFailsWhatWasInFlightAndTheNextJobRuns();
    void anExitIsToldFromASignal();
    void killedFromOutsideFailsOnlyTheJobsInFlight();
    void cancelledIsToldFromFailed();
    void aStuckWorkerIsKilledAfterItsCancelTimeOut();
    void pauseAndResumeAreConfirmed();
    void aSlowHelloIsWaitedFor();
    void anotherProtocolIsRefused_data();
    void anotherProtocolIsRefused();
    void aMissingProgramFailsTheJobFromTheEventLoop();
    void theEnvironmentNamesTheWorker();
    void endingTheHostsObjectEndsTheProgram();
    void aDeafProgramIsKilledAtShutdown();
    void shutDownCancelsAndTheNextStartIsFresh();
    void logTextOfTheProgramIsHeard();
};

void TestWorkerProcess::messagesInPiecesArriveWhole()
{
    WorkerProcess worker(scriptedWorker());
    Ear ear(worker);
    QSignalSpy progress(&worker, &WorkerProcess::progressed);
    QSignalSpy logs(&worker, &WorkerProcess::logged);
    const auto job = worker.start(scriptedJob("pieces"));
    QCOMPARE(ear.waitFor(job), QStringList{QStringLiteral("done {\"count\":7}")});
    QCOMPARE(progress.count(), 1);
    const auto message = progress.first().first().value<protocol::ProgressMessage>();
    QCOMPARE(message.done, 1);
    QCOMPARE(message.total, 2);
    QCOMPARE(message.itemsPerSecond, 3.5);
    bool heard = false;
    for (const auto &log : logs)
        heard = heard || log.at(1).toString() == QStringLiteral("grüße");
    QVERIFY(heard);
}

void TestWorkerProcess::garbageAfterTheHelloCostsNothing()
{
    WorkerProcess worker(scriptedWorker());
    Ear ear(worker);
    QSignalSpy metrics(&worker, &WorkerProcess::metricArrived);
    QSignalSpy warnings(&worker, &WorkerProcess::warned);
    const auto job = worker.start(scriptedJob("garbage"));
    QCOMPARE(ear.waitFor(job), QStringList{QStringLiteral("done {}")});
    QCOMPARE(metrics.count(), 1);
    QCOMPARE(metrics.first().first().value<protocol::MetricMessage>().values.at("loss_train"), 0.75);
    QCOMPARE(warnings.count(), 1);
    QCOMPARE(warnings.first().at(1).value<Error>().code, ErrorCode::OutOfMemory);
}

void TestWorkerProcess::everyJobEndsOnce()
{
    WorkerProcess worker(scriptedWorker());
    Ear ear(worker);
    const auto first = worker.start(scriptedJob("garbage")); // says Done twice
    const auto second = worker.start(scriptedJob("fail"));
    QVERIFY(first != second);
    QCOMPARE(worker.jobsInFlight(), 2);
    QVERIFY(ear.waitFor(second).first().startsWith(QStringLiteral("failed loss_not_finite")));
    QCOMPARE(ear.ends.value(first).size(), 1);
    QCOMPARE(ear.lastError.args, std::vector<std::string>{"12"});
    QCOMPARE(worker.jobsInFlight(), 0);
}

void TestWorkerProcess::aCrashFailsWhatWasInFlightAndTheNextJobRuns()
{
    WorkerProcess worker(scriptedWorker());
    Ear ear(worker);
    const auto before = worker.start(scriptedJob("pieces"));
    const auto crashing = worker.start(scriptedJob("segfault"));
    const auto behind = worker.start(scriptedJob("pieces"));
    QVERIFY(!ear.waitFor(behind).isEmpty());
    QVERIFY(ear.ends.value(before).first().startsWith(QStringLiteral("done")));
    QVERIFY(ear.ends.value(crashing).first().startsWith(QStringLiteral("failed worker_crashed: signal 11")));
    QVERIFY(ear.ends.value(behind).first().startsWith(QStringLiteral("failed worker_crashed")));
    const auto after = worker.start(scriptedJob("pieces"));
    QVERIFY(ear.waitFor(after).first().startsWith(QStringLiteral("done")));
}

void TestWorkerProcess::anExitIsToldFromASignal()
{
    WorkerProcess worker(scriptedWorker());
    Ear ear(worker);
    ear.waitFor(worker.start(scriptedJob("exit")));
    QCOMPARE(ear.lastError.code, ErrorCode::WorkerCrashed);
    QCOMPARE(ear.lastError.args, std::vector<std::string>{"exit 3"});
}

void TestWorkerProcess::killedFromOutsideFailsOnlyTheJobsInFlight()
{
    WorkerProcess worker(scriptedWorker());
    Ear ear(worker);
    QSignalSpy ready(&worker, &WorkerProcess::ready);
    const auto job = worker.start(scriptedJob("wait"));
    QVERIFY(ready.wait(patienceMs));
    const qint64 firstProcess = worker.processId();
    ::kill(static_cast<pid_t>(firstProcess), SIGKILL);
    ear.waitFor(job);
    QCOMPARE(ear.lastError.args, std::vector<std::string>{"signal 9"});
    QVERIFY(!worker.isRunning());
    const auto next = worker.start(scriptedJob("pieces"));
    QVERIFY(ear.waitFor(next).first().startsWith(QStringLiteral("done")));
    QVERIFY(worker.processId() != firstProcess);
}

void TestWorkerProcess::cancelledIsToldFromFailed()
{
    WorkerProcess worker(scriptedWorker());
    Ear ear(worker);
    const auto job = worker.start(scriptedJob("wait"));
    worker.cancel(job); // before the program even said hello
    QCOMPARE(ear.waitFor(job), QStringList{QStringLiteral("cancelled")});
    QVERIFY(worker.isRunning());
}

void TestWorkerProcess::aStuckWorkerIsKilledAfterItsCancelTimeOut()
{
    WorkerOptions options = scriptedWorker();
    options.cancelTimeoutMs = 200;
    WorkerProcess worker(options);
    Ear ear(worker);
    QSignalSpy ready(&worker, &WorkerProcess::ready);
    const auto job = worker.start(scriptedJob("stuck"));
    QVERIFY(ready.wait(patienceMs));
    const qint64 process = worker.processId();
    worker.cancel(job);
    QCOMPARE(ear.waitFor(job), QStringList{QStringLiteral("cancelled")});
    QVERIFY(!isAlive(process));
}

void TestWorkerProcess::pauseAndResumeAreConfirmed()
{
    WorkerProcess worker(scriptedWorker());
    Ear ear(worker);
    QSignalSpy paused(&worker, &WorkerProcess::pausedChanged);
    const auto job = worker.start(scriptedJob("wait"));
    worker.pause(job);
    worker.resume(job);
    QTRY_COMPARE_WITH_TIMEOUT(paused.count(), 2, patienceMs);
    QCOMPARE(paused.at(0).at(1).toBool(), true);
    QCOMPARE(paused.at(1).at(1).toBool(), false);
    worker.cancel(job);
    QCOMPARE(ear.waitFor(job), QStringList{QStringLiteral("cancelled")});
}

void TestWorkerProcess::aSlowHelloIsWaitedFor()
{
    WorkerProcess worker(scriptedWorker(QStringLiteral("slow_hello")));
    Ear ear(worker);
    const auto job = worker.start(scriptedJob("pieces"));
    QVERIFY(ear.waitFor(job).first().startsWith(QStringLiteral("done")));
}

void TestWorkerProcess::anotherProtocolIsRefused_data()
{
    QTest::addColumn<QString>("manner");
    QTest::newRow("newer protocol") << QStringLiteral("newer_protocol");
    QTest::newRow("garbage before the hello") << QStringLiteral("garbage_first");
    QTest::newRow("no hello at all") << QStringLiteral("silent");
}

void TestWorkerProcess::anotherProtocolIsRefused()
{
    QFETCH(QString, manner);
    WorkerOptions options = scriptedWorker(manner);
    options.helloTimeoutMs = manner == QStringLiteral("silent") ? 300 : 10'000;
    WorkerProcess worker(options);
    Ear ear(worker);
    const auto job = worker.start(scriptedJob("pieces"));
    QVERIFY(ear.waitFor(job).first().startsWith(QStringLiteral("failed worker_protocol")));
    QVERIFY(!worker.isRunning());
}

void TestWorkerProcess::aMissingProgramFailsTheJobFromTheEventLoop()
{
    WorkerOptions options;
    options.program = QStringLiteral("/nowhere/flukeprint-worker");
    WorkerProcess worker(options);
    Ear ear(worker);
    const auto job = worker.start(scriptedJob("pieces"));
    QVERIFY(ear.ends.isEmpty());
    ear.waitFor(job);
    QCOMPARE(ear.lastError.code, ErrorCode::WorkerMissing);
    QCOMPARE(ear.lastError.args, std::vector<std::string>{"/nowhere/flukeprint-worker"});
}

void TestWorkerProcess::theEnvironmentNamesTheWorker()
{
    const QByteArray before = qgetenv("FLUKEPRINT_WORKER");
    qputenv("FLUKEPRINT_WORKER", SCRIPTED_WORKER);
    QCOMPARE(locateWorker().value(), QStringLiteral(SCRIPTED_WORKER));
    qputenv("FLUKEPRINT_WORKER", "/nowhere/worker");
    const auto located = locateWorker();
    QVERIFY(!located.ok());
    QCOMPARE(located.error().code, ErrorCode::WorkerMissing);
    QCOMPARE(located.error().args, std::vector<std::string>{"/nowhere/worker"});
    WorkerProcess worker;
    Ear ear(worker);
    const auto job = worker.start(scriptedJob("pieces"));
    QVERIFY(ear.waitFor(job).first().startsWith(QStringLiteral("failed worker_missing")));
    qputenv("FLUKEPRINT_WORKER", before);
}

void TestWorkerProcess::endingTheHostsObjectEndsTheProgram()
{
    qint64 process = 0;
    {
        WorkerProcess worker(scriptedWorker());
        QSignalSpy ready(&worker, &WorkerProcess::ready);
        worker.start(scriptedJob("wait"));
        QVERIFY(ready.wait(patienceMs));
        process = worker.processId();
        QVERIFY(isAlive(process));
    }
    QTRY_VERIFY_WITH_TIMEOUT(!isAlive(process), patienceMs);
}

void TestWorkerProcess::aDeafProgramIsKilledAtShutdown()
{
    qint64 process = 0;
    {
        WorkerOptions options = scriptedWorker(QStringLiteral("deaf"));
        options.shutdownGraceMs = 150;
        WorkerProcess worker(options);
        QSignalSpy ready(&worker, &WorkerProcess::ready);
        worker.warmUp();
        QVERIFY(ready.wait(patienceMs));
        process = worker.processId();
    }
    QVERIFY(isAlive(process)); // the destructor did not wait for it
    QTRY_VERIFY_WITH_TIMEOUT(!isAlive(process), patienceMs);
}

void TestWorkerProcess::shutDownCancelsAndTheNextStartIsFresh()
{
    WorkerProcess worker(scriptedWorker());
    Ear ear(worker);
    QSignalSpy ready(&worker, &WorkerProcess::ready);
    QSignalSpy stopped(&worker, &WorkerProcess::stopped);
    const auto job = worker.start(scriptedJob("wait"));
    QVERIFY(ready.wait(patienceMs));
    const qint64 process = worker.processId();
    worker.shutDown();
    QVERIFY(ear.ends.isEmpty());
    const auto next = worker.start(scriptedJob("pieces"));
    QCOMPARE(ear.waitFor(job), QStringList{QStringLiteral("cancelled")});
    QVERIFY(ear.waitFor(next).first().startsWith(QStringLiteral("done")));
    QTRY_COMPARE_WITH_TIMEOUT(stopped.count(), 1, patienceMs);
    QVERIFY(!isAlive(process));
    QVERIFY(worker.isRunning());
}

void TestWorkerProcess::logTextOfTheProgramIsHeard()
{
    WorkerProcess worker(scriptedWorker());
    QSignalSpy logs(&worker, &WorkerProcess::logged);
    worker.warmUp();
    QTRY_VERIFY_WITH_TIMEOUT(!logs.isEmpty(), patienceMs);
    QCOMPARE(logs.first().at(0).value<protocol::JobNumber>(), 0);
    QCOMPARE(logs.first().at(1).toString(), QStringLiteral("scripted worker well"));
}

QTEST_GUILESS_MAIN(TestWorkerProcess)
#include "tst_worker_process.moc"
