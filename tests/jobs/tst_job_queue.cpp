#include "core/jobs/job_queue.h"
#include "core/jobs/rate_meter.h"
#include "core/jobs/thread_job.h"
#include "core/jobs/worker_job.h"
#include "tests/jobs/worker_test_tools.h"

#include <QSignalSpy>
#include <QTest>

#include <atomic>

using namespace flukeprint;
using namespace flukeprint::jobs;

namespace {

/// A job that the test ends by hand.
class HandJob : public Job
{
public:
    explicit HandJob(JobLane lane, bool restartable = false)
        : Job(JobTraits{{"embed", {"model"}}, lane, true, true, restartable})
    {
    }
    void start() override { ++starts; }
    void cancel() override { ++cancels; }
    void pause() override { Q_EMIT pausedChanged(true); }
    void resume() override { Q_EMIT pausedChanged(false); }

    int starts = 0;
    int cancels = 0;
};

HandJob *addHandJob(JobQueue &queue, JobLane lane, JobKey &key, bool restartable = false)
{
    auto job = std::make_unique<HandJob>(lane, restartable);
    HandJob *raw = job.get();
    key = queue.add(std::move(job));
    return raw;
}

} // namespace

class TestJobQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneHeavyJobAtATime();
    void pauseCancelAndRestartFollowTheState();
    void aQueuedJobIsCancelledWithoutEverStarting();
    void progressBecomesRateAndTimeLeft();
    void failuresAndWarningsAreKept();
    void endedJobsCanBeRemovedFromTheirOwnEndSignal();
    void aWorkerJobRunsAndCanBeRestartedAfterACrash();
    void destroyingTheQueueStopsTheThreads();
    void rateForgetsWhatIsLongAgo();
};

void TestJobQueue::oneHeavyJobAtATime()
{
    JobQueue queue;
    QSignalSpy counts(&queue, &JobQueue::activeCountChanged);
    JobKey trainKey;
    JobKey embedKey;
    JobKey freeKey;
    HandJob *train = addHandJob(queue, JobLane::Worker, trainKey);
    const HandJob *embed = addHandJob(queue, JobLane::Worker, embedKey);
    const HandJob *freeJob = addHandJob(queue, JobLane::Free, freeKey);
    QCOMPARE(train->starts, 0); // only from the event loop
    QTRY_COMPARE_WITH_TIMEOUT(train->starts, 1, patienceMs);
    QCOMPARE(freeJob->starts, 1);
    QCOMPARE(embed->starts, 0);
    QCOMPARE(queue.status(embedKey)->state, JobState::Queued);
    QCOMPARE(queue.activeCount(), 3);
    QCOMPARE(counts.last().first().toInt(), 3);
    Q_EMIT train->finished();
    QCOMPARE(queue.status(trainKey)->state, JobState::Finished);
    QTRY_COMPARE_WITH_TIMEOUT(embed->starts, 1, patienceMs);
    QCOMPARE(queue.keys(), (std::vector{trainKey, embedKey, freeKey}));
    QCOMPARE(counts.last().first().toInt(), 2);
}

void TestJobQueue::pauseCancelAndRestartFollowTheState()
{
    JobQueue queue;
    JobKey key;
    HandJob *job = addHandJob(queue, JobLane::Worker, key, true);
    QTRY_COMPARE_WITH_TIMEOUT(queue.status(key)->state, JobState::Running, patienceMs);
    QVERIFY(queue.status(key)->canPause && !queue.status(key)->canRestart && !queue.status(key)->canRemove);
    queue.pause(key);
    QCOMPARE(queue.status(key)->state, JobState::Paused);
    QVERIFY(queue.status(key)->canResume && queue.status(key)->canCancel);
    queue.resume(key);
    QCOMPARE(queue.status(key)->state, JobState::Running);
    queue.cancel(key);
    queue.cancel(key); // once is enough
    QCOMPARE(job->cancels, 1);
    QVERIFY(queue.status(key)->cancelRequested);
    QCOMPARE(queue.status(key)->state, JobState::Running); // until the job agrees
    Q_EMIT job->cancelled();
    QCOMPARE(queue.status(key)->state, JobState::Cancelled);
    QVERIFY(queue.status(key)->canRestart);
    queue.restart(key);
    QTRY_COMPARE_WITH_TIMEOUT(job->starts, 2, patienceMs);
    QVERIFY(!queue.status(key)->cancelRequested);
    queue.remove(key); // not while it runs
    QVERIFY(queue.status(key).has_value());
}

void TestJobQueue::aQueuedJobIsCancelledWithoutEverStarting()
{
    JobQueue queue;
    JobKey first;
    JobKey second;
    HandJob *running = addHandJob(queue, JobLane::Worker, first);
    const HandJob *waiting = addHandJob(queue, JobLane::Worker, second);
    QTRY_COMPARE_WITH_TIMEOUT(running->starts, 1, patienceMs);
    queue.cancel(second);
    QCOMPARE(queue.status(second)->state, JobState::Cancelled);
    Q_EMIT running->finished();
    QCoreApplication::processEvents();
    QCOMPARE(waiting->starts, 0);
}

void TestJobQueue::progressBecomesRateAndTimeLeft()
{
    RateMeter meter;
    meter.add(0, 0);
    QCOMPARE(meter.perSecond(), 0.0);
    QVERIFY(!meter.secondsLeft(100).has_value());
    meter.add(1'000, 10);
    meter.add(2'000, 40);
    QCOMPARE(meter.perSecond(), 20.0);
    QCOMPARE(meter.secondsLeft(100).value(), 3.0);
    QVERIFY(!meter.secondsLeft(0).has_value());

    JobQueue queue;
    JobKey key;
    HandJob *job = addHandJob(queue, JobLane::Free, key);
    QTRY_COMPARE_WITH_TIMEOUT(job->starts, 1, patienceMs);
    QSignalSpy changes(&queue, &JobQueue::jobChanged);
    for (int i = 0; i < 100; ++i)
        Q_EMIT job->progressed({"embedding", i, 200, "IMG_7.jpg"});
    QVERIFY(changes.wait(patienceMs));
    QVERIFY2(changes.count() < 20, "a chatty job must not repaint the window for every photo");
    QCOMPARE(queue.status(key)->progress.done, 99);
    QCOMPARE(queue.status(key)->progress.item, std::string("IMG_7.jpg"));
}

void TestJobQueue::rateForgetsWhatIsLongAgo()
{
    RateMeter meter(10'000);
    meter.add(0, 0);
    for (int second = 100; second <= 120; ++second)
        meter.add(second * 1'000, (second - 100) * 5);
    QCOMPARE(meter.perSecond(), 5.0);
    meter.add(121'000, 0); // a new stage
    QCOMPARE(meter.perSecond(), 0.0);
}

void TestJobQueue::failuresAndWarningsAreKept()
{
    JobQueue queue;
    QSignalSpy ended(&queue, &JobQueue::jobEnded);
    JobKey key;
    HandJob *job = addHandJob(queue, JobLane::Free, key);
    QTRY_COMPARE_WITH_TIMEOUT(job->starts, 1, patienceMs);
    for (int i = 0; i < 300; ++i)
        Q_EMIT job->warned(Error(ErrorCode::FileNotFound, {std::to_string(i)}));
    Q_EMIT job->failed(Error(ErrorCode::DiskFull, {"/x"}));
    const auto status = queue.status(key);
    QCOMPARE(status->state, JobState::Failed);
    QCOMPARE(status->error.code, ErrorCode::DiskFull);
    QCOMPARE(status->warnings.size(), 200U);
    QCOMPARE(status->warningCount, 300);
    QVERIFY(!status->canRestart); // this one was not made for it
    QCOMPARE(ended.count(), 1);
    QCOMPARE(ended.first().at(1).value<JobState>(), JobState::Failed);
}

void TestJobQueue::endedJobsCanBeRemovedFromTheirOwnEndSignal()
{
    JobQueue queue;
    QSignalSpy removed(&queue, &JobQueue::jobRemoved);
    connect(&queue, &JobQueue::jobEnded, &queue, [&](JobKey key) { queue.remove(key); });
    JobKey key;
    HandJob *job = addHandJob(queue, JobLane::Free, key);
    QTRY_COMPARE_WITH_TIMEOUT(job->starts, 1, patienceMs);
    Q_EMIT job->finished();
    QCOMPARE(removed.count(), 1);
    QVERIFY(!queue.status(key).has_value());
    QCOMPARE(queue.activeCount(), 0);
}

void TestJobQueue::aWorkerJobRunsAndCanBeRestartedAfterACrash()
{
    JobQueue queue;
    QByteArray answer;
    const auto keep = [&](const QByteArray &json) { answer = json; };
    JobTraits traits{{"mine", {}}, JobLane::Worker, true, true, true};
    const JobKey good = queue.add(std::make_unique<WorkerJob>(traits, scriptedJob("pieces"), keep, scriptedWorker()));
    const JobKey bad = queue.add(std::make_unique<WorkerJob>(traits, scriptedJob("segfault"), keep, scriptedWorker()));
    const JobKey waiting = queue.add(std::make_unique<WorkerJob>(traits, scriptedJob("wait"), keep, scriptedWorker()));
    QTRY_COMPARE_WITH_TIMEOUT(queue.status(good)->state, JobState::Finished, patienceMs);
    QCOMPARE(answer, QByteArray(R"({"count":7})"));
    QTRY_COMPARE_WITH_TIMEOUT(queue.status(bad)->state, JobState::Failed, patienceMs);
    QCOMPARE(queue.status(bad)->error.code, ErrorCode::WorkerCrashed);
    QTRY_COMPARE_WITH_TIMEOUT(queue.status(waiting)->state, JobState::Running, patienceMs);
    queue.pause(waiting);
    QTRY_COMPARE_WITH_TIMEOUT(queue.status(waiting)->state, JobState::Paused, patienceMs);
    queue.cancel(waiting);
    QTRY_COMPARE_WITH_TIMEOUT(queue.status(waiting)->state, JobState::Cancelled, patienceMs);
    queue.restart(bad);
    QTRY_COMPARE_WITH_TIMEOUT(queue.status(bad)->state, JobState::Running, patienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(queue.status(bad)->state, JobState::Failed,
                              patienceMs); // fails again, in a program of its own
}

void TestJobQueue::destroyingTheQueueStopsTheThreads()
{
    std::atomic<int> stopped = 0;
    {
        JobQueue queue;
        std::atomic<int> started = 0;
        for (int i = 0; i < 3; ++i) {
            queue.add(std::make_unique<ThreadJob>(JobTraits{}, [&](const WorkContext &context) -> Result<void> {
                ++started;
                while (!context.stop.stop_requested())
                    std::this_thread::yield();
                ++stopped;
                return Error(ErrorCode::Cancelled);
            }));
        }
        QTRY_COMPARE_WITH_TIMEOUT(started.load(), 3, patienceMs);
    }
    QCOMPARE(stopped.load(), 3);
}

QTEST_GUILESS_MAIN(TestJobQueue)
#include "tst_job_queue.moc"
