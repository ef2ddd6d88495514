#include "core/jobs/thread_job.h"
#include "tests/jobs/worker_test_tools.h"

#include <QSignalSpy>
#include <QTest>
#include <QThread>

#include <atomic>

using namespace flukeprint;
using namespace flukeprint::jobs;

class TestThreadJob : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theResultArrivesInTheOwnersThreadBeforeTheEnd();
    void theLastProgressAndAllWarningsArrive();
    void cancellingReachesPausedWork();
    void anExceptionIsAFailedJob();
    void canRunAgain();
    void destroyingItStopsTheThread();
};

void TestThreadJob::theResultArrivesInTheOwnersThreadBeforeTheEnd()
{
    int result = 0;
    const QThread *deliveredIn = nullptr;
    bool endedWhenDelivered = true;
    std::unique_ptr<ThreadJob> job;
    QThread *workedIn = nullptr;
    bool ended = false;
    job = makeThreadJob<int>(
        {},
        [&](const WorkContext &) -> Result<int> {
            workedIn = QThread::currentThread();
            return 42;
        },
        [&](const Result<int> &value) {
            result = value.valueOr(0);
            deliveredIn = QThread::currentThread();
            endedWhenDelivered = ended;
        });
    connect(job.get(), &Job::finished, this, [&] { ended = true; });
    job->start();
    QTRY_VERIFY_WITH_TIMEOUT(ended, patienceMs);
    QCOMPARE(result, 42);
    QCOMPARE(deliveredIn, QThread::currentThread());
    QVERIFY(workedIn != QThread::currentThread());
    QVERIFY(!endedWhenDelivered);
}

void TestThreadJob::theLastProgressAndAllWarningsArrive()
{
    ThreadJob job({}, [](const WorkContext &context) -> Result<void> {
        for (int i = 1; i <= 50'000; ++i)
            context.progress({"counting", i, 50'000, {}});
        context.warn(Error(ErrorCode::FileNotFound, {"a.jpg"}));
        context.warn(Error(ErrorCode::FileNotFound, {"b.jpg"}));
        return {};
    });
    QSignalSpy progress(&job, &Job::progressed);
    QSignalSpy warnings(&job, &Job::warned);
    QSignalSpy finished(&job, &Job::finished);
    job.start();
    QVERIFY(finished.wait(patienceMs));
    QCOMPARE(progress.last().first().value<Progress>().done, 50'000);
    QVERIFY2(progress.count() < 5'000, "progress is gathered, not passed on one by one");
    QCOMPARE(warnings.count(), 2);
    QCOMPARE(warnings.last().first().value<Error>().args.front(), std::string("b.jpg"));
}

void TestThreadJob::cancellingReachesPausedWork()
{
    std::atomic<bool> waiting = false;
    ThreadJob job({}, [&](const WorkContext &context) -> Result<void> {
        while (!context.pause->isPaused())
            std::this_thread::yield();
        waiting = true;
        context.pause->waitWhilePaused(context.stop);
        if (context.stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        return {};
    });
    QSignalSpy cancelled(&job, &Job::cancelled);
    QSignalSpy paused(&job, &Job::pausedChanged);
    job.start();
    job.pause();
    QCOMPARE(paused.count(), 1);
    QTRY_VERIFY_WITH_TIMEOUT(waiting, patienceMs);
    job.cancel();
    QVERIFY(cancelled.wait(patienceMs));
}

void TestThreadJob::anExceptionIsAFailedJob()
{
    ThreadJob job(JobTraits{.title = {"verify", {}}},
                  [](const WorkContext &) -> Result<void> { throw std::bad_alloc(); });
    QSignalSpy failed(&job, &Job::failed);
    job.start();
    QVERIFY(failed.wait(patienceMs));
    QCOMPARE(failed.first().first().value<Error>().code, ErrorCode::OutOfMemory);
}

void TestThreadJob::canRunAgain()
{
    std::atomic<int> runs = 0;
    ThreadJob job({}, [&](const WorkContext &) -> Result<void> {
        if (++runs == 1)
            return Error(ErrorCode::DiskFull, {"x"});
        return {};
    });
    QSignalSpy failed(&job, &Job::failed);
    QSignalSpy finished(&job, &Job::finished);
    job.start();
    QVERIFY(failed.wait(patienceMs));
    job.start();
    QVERIFY(finished.wait(patienceMs));
    QCOMPARE(runs.load(), 2);
}

void TestThreadJob::destroyingItStopsTheThread()
{
    std::atomic<bool> left = false;
    {
        ThreadJob job({}, [&](const WorkContext &context) -> Result<void> {
            while (!context.stop.stop_requested())
                std::this_thread::yield();
            left = true;
            return Error(ErrorCode::Cancelled);
        });
        job.start();
    }
    QVERIFY(left);
}

QTEST_GUILESS_MAIN(TestThreadJob)
#include "tst_thread_job.moc"
