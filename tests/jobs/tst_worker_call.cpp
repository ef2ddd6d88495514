#include "core/jobs/worker_call.h"
#include "tests/jobs/worker_test_tools.h"

#include <QTest>

#include <atomic>
#include <thread>

using namespace flukeprint;
using namespace flukeprint::jobs;

/// callWorker from a plain thread, as background work uses it.
class TestWorkerCall : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void answersInABackgroundThread();
    void aStopRequestFromAnotherThreadCancels();
    void pausingFromAnotherThreadReachesTheWorker();
    void aCrashIsAnErrorAndTheNextCallWorks();
    void theProgramEndsWithItsThread();
};

void TestWorkerCall::answersInABackgroundThread()
{
    Result<QByteArray> answer = Error();
    std::vector<std::int64_t> progress;
    std::jthread([&](const std::stop_token &stop) {
        WorkerProcess worker(scriptedWorker());
        WorkerListener listener;
        listener.onProgress = [&](const protocol::ProgressMessage &message) { progress.push_back(message.done); };
        answer = callWorker(worker, scriptedJob("pieces"), stop, listener);
    }).join();
    QVERIFY(answer.ok());
    QCOMPARE(answer.value(), QByteArray(R"({"count":7})"));
    QCOMPARE(progress, std::vector<std::int64_t>{1});
}

void TestWorkerCall::aStopRequestFromAnotherThreadCancels()
{
    Result<QByteArray> answer = Error();
    std::atomic<bool> started = false;
    std::jthread thread([&](const std::stop_token &stop) {
        WorkerProcess worker(scriptedWorker());
        QObject::connect(&worker, &WorkerProcess::ready, &worker, [&] { started = true; });
        answer = callWorker(worker, scriptedJob("wait"), stop);
    });
    QTRY_VERIFY_WITH_TIMEOUT(started, patienceMs);
    thread.request_stop();
    thread.join();
    QVERIFY(!answer.ok());
    QCOMPARE(answer.error().code, ErrorCode::Cancelled);
}

void TestWorkerCall::pausingFromAnotherThreadReachesTheWorker()
{
    PauseSwitch pause;
    pause.setPaused(true); // before the call, too
    std::atomic<int> confirmed = 0;
    std::jthread thread([&](const std::stop_token &stop) {
        WorkerProcess worker(scriptedWorker());
        WorkerListener listener;
        listener.onPaused = [&](bool paused) { confirmed += paused ? 1 : 10; };
        (void)callWorker(worker, scriptedJob("wait"), stop, listener, &pause).ok();
    });
    QTRY_COMPARE_WITH_TIMEOUT(confirmed.load(), 1, patienceMs);
    pause.setPaused(false);
    QTRY_COMPARE_WITH_TIMEOUT(confirmed.load(), 11, patienceMs);
    pause.setPaused(true);
    QTRY_COMPARE_WITH_TIMEOUT(confirmed.load(), 12, patienceMs);
    thread.request_stop();
    thread.join();
    pause.setPaused(false); // nobody listens any more
}

void TestWorkerCall::aCrashIsAnErrorAndTheNextCallWorks()
{
    WorkerProcess worker(scriptedWorker());
    const auto crashed = callWorker(worker, scriptedJob("segfault"), {});
    QVERIFY(!crashed.ok());
    QCOMPARE(crashed.error().code, ErrorCode::WorkerCrashed);
    QVERIFY(callWorker(worker, scriptedJob("pieces"), {}).ok());
}

void TestWorkerCall::theProgramEndsWithItsThread()
{
    qint64 process = 0;
    std::jthread([&](const std::stop_token &stop) {
        WorkerProcess worker(scriptedWorker());
        (void)callWorker(worker, scriptedJob("pieces"), stop).ok();
        process = worker.processId();
    }).join();
    QVERIFY(process > 0);
    QVERIFY(!isAlive(process));
}

QTEST_GUILESS_MAIN(TestWorkerCall)
#include "tst_worker_call.moc"
