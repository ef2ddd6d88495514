// Training in the real worker program, ended in the ways that a program and a disk can end: what may be lost, and what must not.
#include "tests/learning/toy_run.h"
#include "tests/learning/worker_program.h"

#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace flukeprint;
using namespace flukeprint::learning;
using namespace flukeprint::protocol;

namespace {

constexpr int bytesPerWrite = 1 << 16;

TrainJob sixEpochs(const QString &folder, bool resume = false)
{
    TrainJob job = jobFor(folder, {{"epochs", "6"}});
    job.resume = resume;
    return job;
}

/// Says until which step the run goes and stops there, in between two steps, or nullopt if the run ends before.
std::optional<std::int64_t> pauseAfterStep(Worker &worker, std::int64_t wanted)
{
    for (;;) {
        const auto metric = worker.wait<MetricMessage>();
        if (!metric)
            return std::nullopt;
        if (metric->step < wanted)
            continue;
        worker.send(PauseRequest{1});
        return worker.wait<PausedMessage>() ? std::optional(metric->step) : std::nullopt;
    }
}

/// Trains to the end; false with a message otherwise.
bool trainToTheEnd(const TrainJob &job)
{
    Worker worker;
    worker.send(StartRequest{1, job});
    return worker.wait<DoneMessage>().has_value();
}

QByteArray logOf(const QString &folder)
{
    QFile log(folder + "/log.txt");
    return log.open(QIODevice::ReadOnly) ? log.readAll() : QByteArray();
}

std::int64_t stepOf(const QString &checkpoint) { return checkpoint.section('-', 1).section('.', 0, 0).toLongLong(); }

/// A file system of its own that the test's end unmounts.
class SmallDisk
{
public:
    explicit SmallDisk(const QString &folder)
        : m_folder(folder.toLocal8Bit())
        , m_mounted(QDir().mkpath(folder) && ::mount("tmpfs", m_folder.constData(), "tmpfs", 0, "size=240m") == 0)
    {
    }
    SmallDisk(const SmallDisk &) = delete;
    SmallDisk &operator=(const SmallDisk &) = delete;
    ~SmallDisk()
    {
        if (m_mounted)
            ::umount2(m_folder.constData(), MNT_DETACH);
    }
    [[nodiscard]] bool isMounted() const { return m_mounted; }

private:
    QByteArray m_folder;
    bool m_mounted;
};

/// Writes until the disk takes no more, then gives `spareBytes` back.
void fillDisk(const QString &path, qint64 spareBytes)
{
    QFile ballast(path);
    QVERIFY(ballast.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
    const QByteArray block(bytesPerWrite, 'x');
    qint64 written = 0;
    for (qint64 count = ballast.write(block); count > 0; count = ballast.write(block))
        written += count;
    QVERIFY(ballast.resize(std::max<qint64>(0, written - spareBytes)));
}

} // namespace

class TestTrainingProcess : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void killedRunEqualsTheUninterruptedOne();
    void theClocksCheckpointIsEnoughToGoOn();
    void twoThreadsTrainTheSameTwice();
    void otherThreadsThanBeforeAreSaid();
    void oneRunFolderHasOneWriter();
    void fullDiskEndsTheRunAndKeepsTheCheckpoint_data();
    void fullDiskEndsTheRunAndKeepsTheCheckpoint();
    void fileSizeLimitEndsTheRunAndKeepsTheCheckpoint();
    void whatDoesNotFitIntoMemoryIsTrainedInParts();

private:
    void compareWithWhole(const QString &folder);

    QTemporaryDir m_folder;
    QString m_whole; ///< a run of the same data that nothing interrupted
};

void TestTrainingProcess::initTestCase()
{
    QVERIFY2(!qEnvironmentVariableIsEmpty("FLUKEPRINT_WORKER"), "FLUKEPRINT_WORKER must name the worker program");
    m_whole = m_folder.filePath("whole");
    writeRun(m_whole);
    QVERIFY(trainToTheEnd(sixEpochs(m_whole)));
    QVERIFY(tensorsOf(m_whole + "/model.safetensors").size() > 100);
}

void TestTrainingProcess::compareWithWhole(const QString &folder)
{
    QVERIFY(filesOf(folder, "*.partial").isEmpty());
    QCOMPARE(curvesOf(folder), curvesOf(m_whole));
    const QString last = newestOf(m_whole, "checkpoint-");
    QCOMPARE(newestOf(folder, "checkpoint-"), last);
    QString optimizer = last;
    optimizer.replace("checkpoint-", "optimizer-");
    for (const QString &name : {QString("model.safetensors"), QString("best.safetensors"), last, optimizer}) {
        QVERIFY(!tensorsOf(m_whole + '/' + name).empty());
        QVERIFY2(tensorsOf(folder + '/' + name) == tensorsOf(m_whole + '/' + name), qPrintable(name));
    }
}

void TestTrainingProcess::killedRunEqualsTheUninterruptedOne()
{
    const QString folder = m_folder.filePath("killed");
    writeRun(folder);
    int betweenCheckpoints = 0;
    // The second and the third kill come while it trains, the first at a known place.
    for (const std::int64_t step : {6, 11, 16}) {
        const bool resume = !newestOf(folder, "optimizer-").isEmpty();
        Worker worker;
        worker.send(StartRequest{1, sixEpochs(folder, resume)});
        if (step == 6) {
            QVERIFY(pauseAfterStep(worker, step).has_value());
        } else {
            std::optional<MetricMessage> metric;
            do {
                metric = worker.wait<MetricMessage>();
                QVERIFY(metric.has_value());
            } while (metric->step < step);
        }
        ::kill(static_cast<pid_t>(worker.process.processId()), SIGKILL);
        QVERIFY(worker.process.waitForFinished(patienceMs));
        QCOMPARE(worker.process.exitStatus(), QProcess::CrashExit);
        const std::vector<std::string> curve = curvesOf(folder);
        const auto last = decodeMessage(curve.back());
        QVERIFY(last.ok());
        if (std::get<MetricMessage>(*last).step > stepOf(newestOf(folder, "optimizer-")))
            ++betweenCheckpoints;
        QVERIFY(!QFile::exists(folder + "/model.safetensors"));
    }
    QVERIFY(betweenCheckpoints > 0);
    QVERIFY(trainToTheEnd(sixEpochs(folder, true)));
    compareWithWhole(folder);
}

void TestTrainingProcess::theClocksCheckpointIsEnoughToGoOn()
{
    const QString folder = m_folder.filePath("clock");
    writeRun(folder);
    const auto jobOf = [&folder](bool resume) {
        TrainJob job = sixEpochs(folder, resume);
        job.settings["checkpoint_minutes"] = "0.01"; // does not change what is learnt
        return job;
    };
    const std::int64_t stepsAnEpoch = stepOf(newestOf(m_whole, "optimizer-")) / 6;
    QVERIFY(stepsAnEpoch > 3);
    {
        Worker worker;
        worker.send(StartRequest{1, jobOf(false)});
        // The checkpoint comes behind the step that follows. One of two in a row is not that of an epoch's end.
        std::int64_t reached = stepsAnEpoch;
        for (int pause = 0; pause < 2; ++pause) {
            const auto paused = pauseAfterStep(worker, reached + 1);
            QVERIFY(paused.has_value());
            reached = *paused + 1;
            QTest::qWait(700); // more than the clock's 0.6 s
            worker.send(ResumeRequest{1});
        }
        // Its point comes before it: when the next one is said, it is there.
        for (auto metric = worker.wait<MetricMessage>(); metric && metric->step < reached + 2; metric = worker.wait<MetricMessage>())
            continue;
        ::kill(static_cast<pid_t>(worker.process.processId()), SIGKILL);
        QVERIFY(worker.process.waitForFinished(patienceMs));
    }
    const QStringList checkpoints = filesOf(folder, "optimizer-*");
    QVERIFY(std::any_of(checkpoints.begin(), checkpoints.end(), [=](const QString &name) { return stepOf(name) % stepsAnEpoch != 0; }));
    QVERIFY(stepOf(newestOf(folder, "optimizer-")) > stepsAnEpoch);
    // What was trained since the last epoch's end is not trained again.
    Worker worker;
    worker.send(StartRequest{1, jobOf(true)});
    const auto first = worker.wait<MetricMessage>();
    QVERIFY(first.has_value());
    QVERIFY(first->step > stepsAnEpoch + 1);
    QVERIFY(worker.wait<DoneMessage>().has_value());
    compareWithWhole(folder);
}

void TestTrainingProcess::twoThreadsTrainTheSameTwice()
{
    for (const char *name : {"threads-a", "threads-b"}) {
        writeRun(m_folder.filePath(name));
        TrainJob job = jobFor(m_folder.filePath(name), {{"epochs", "2"}});
        job.threads = 2;
        QVERIFY(trainToTheEnd(job));
    }
    const QString a = m_folder.filePath("threads-a");
    const QString b = m_folder.filePath("threads-b");
    QVERIFY(logOf(a).contains("threads 2"));
    QVERIFY(curvesOf(a).size() > 4);
    QCOMPARE(curvesOf(b), curvesOf(a));
    QVERIFY(!tensorsOf(a + "/model.safetensors").empty());
    QVERIFY(tensorsOf(b + "/model.safetensors") == tensorsOf(a + "/model.safetensors"));
}

void TestTrainingProcess::otherThreadsThanBeforeAreSaid()
{
    const QString folder = m_folder.filePath("other-threads");
    writeRun(folder);
    TrainJob job = jobFor(folder, {{"epochs", "1"}});
    {
        Worker worker;
        worker.send(StartRequest{1, job});
        QVERIFY(pauseAfterStep(worker, 1).has_value());
        worker.send(CancelRequest{1});
        QVERIFY(worker.wait<CancelledMessage>().has_value());
    }
    job.resume = true;
    job.threads = 2;
    QVERIFY(trainToTheEnd(job));
    QVERIFY(logOf(folder).contains("began with 1 threads and goes on with 2"));
    job.threads = 1;
    QVERIFY(trainToTheEnd(job)); // finished already: the model is made again
    QCOMPARE(logOf(folder).count("goes on with"), qsizetype{1});
}

void TestTrainingProcess::oneRunFolderHasOneWriter()
{
    const QString folder = m_folder.filePath("shared");
    writeRun(folder);
    // The worker of a host that was killed: it does not know yet, and is in the middle of something.
    Worker orphan;
    orphan.send(StartRequest{1, sixEpochs(folder)});
    QVERIFY(pauseAfterStep(orphan, 6).has_value());
    const auto pid = static_cast<pid_t>(orphan.process.processId());
    QCOMPARE(::kill(pid, SIGSTOP), 0);
    orphan.process.closeWriteChannel();
    const std::vector<std::string> curve = curvesOf(folder);
    const QStringList files = filesOf(folder, "*");

    Worker worker;
    for (const JobNumber job : {1, 2}) {
        worker.send(StartRequest{job, sixEpochs(folder, job == 1)}); // a fresh start would clear the folder
        const auto failed = worker.wait<FailedMessage>();
        QVERIFY(failed.has_value());
        QCOMPARE(failed->what.code, ErrorCode::RunLocked);
        QCOMPARE(failed->what.args.at(0), folder.toStdString());
    }
    QCOMPARE(curvesOf(folder), curve);
    QCOMPARE(filesOf(folder, "*"), files);

    QCOMPARE(::kill(pid, SIGCONT), 0);
    QVERIFY(orphan.endsCleanly());
    worker.send(StartRequest{3, sixEpochs(folder, true)});
    QVERIFY(worker.wait<DoneMessage>().has_value());
    compareWithWhole(folder);
}

void TestTrainingProcess::fullDiskEndsTheRunAndKeepsTheCheckpoint_data()
{
    QTest::addColumn<qint64>("spareBytes");
    QTest::newRow("not a line of the curves fits") << qint64{0};
    QTest::newRow("not the weights fit") << qint64{4 << 20};
}

void TestTrainingProcess::fullDiskEndsTheRunAndKeepsTheCheckpoint()
{
    QFETCH(qint64, spareBytes);
    const QString folder = m_folder.filePath(QString("disk%1").arg(spareBytes));
    const SmallDisk disk(folder);
    if (!disk.isMounted())
        QSKIP("a disk that can be full is mounted by root only");
    writeRun(folder);
    QString kept;
    {
        Worker worker;
        worker.send(StartRequest{1, sixEpochs(folder)});
        QVERIFY(pauseAfterStep(worker, 6).has_value());
        kept = newestOf(folder, "checkpoint-");
        QVERIFY(!kept.isEmpty());
        fillDisk(folder + "/ballast", spareBytes);
        worker.send(ResumeRequest{1});
        const auto failed = worker.wait<FailedMessage>();
        QVERIFY(failed.has_value());
        QCOMPARE(failed->what.code, ErrorCode::DiskFull);
        QVERIFY(QString::fromStdString(failed->what.args.at(0)).startsWith(folder));
        // The worker itself is well: the next job may be for another disk.
        worker.send(StartRequest{2, sixEpochs(folder + "/no-such-run")});
        QCOMPARE(worker.wait<FailedMessage>()->what.code, ErrorCode::FileNotFound);
    }
    QVERIFY(filesOf(folder, "*.partial").isEmpty());
    QCOMPARE(newestOf(folder, "checkpoint-"), kept);
    QCOMPARE(filesOf(folder, "checkpoint-*").size(), filesOf(folder, "optimizer-*").size());
    QVERIFY(!QFile::exists(folder + "/model.safetensors"));

    QVERIFY(QFile::remove(folder + "/ballast"));
    QVERIFY(trainToTheEnd(sixEpochs(folder, true)));
    compareWithWhole(folder);
}

void TestTrainingProcess::fileSizeLimitEndsTheRunAndKeepsTheCheckpoint()
{
    const QString folder = m_folder.filePath("limited");
    writeRun(folder);
    {
        Worker worker;
        worker.send(StartRequest{1, sixEpochs(folder)});
        QVERIFY(pauseAfterStep(worker, 6).has_value());
        worker.send(CancelRequest{1});
        QVERIFY(worker.wait<CancelledMessage>().has_value());
    }
    const QString kept = newestOf(folder, "checkpoint-");
    QVERIFY(!kept.isEmpty());
    const qint64 bytes = QFileInfo(folder + '/' + kept).size();
    {
        // Everything else is smaller than a checkpoint's weights.
        Worker worker([limit = static_cast<rlim_t>(bytes / 2 + bytes / 4)] {
            const rlimit sizes{limit, limit};
            ::setrlimit(RLIMIT_FSIZE, &sizes);
        });
        worker.send(StartRequest{1, sixEpochs(folder, true)});
        const auto failed = worker.wait<FailedMessage>();
        QVERIFY(failed.has_value());
        QCOMPARE(failed->what.code, ErrorCode::FileUnwritable);
        QVERIFY(QString::fromStdString(failed->what.args.at(0)).startsWith(folder + "/checkpoint-"));
        QVERIFY(!failed->what.args.at(1).empty());
    }
    QVERIFY(filesOf(folder, "*.partial").isEmpty());
    QCOMPARE(newestOf(folder, "checkpoint-"), kept);
    QCOMPARE(newestOf(folder, "optimizer-").section('-', 1), kept.section('-', 1));
    QVERIFY(trainToTheEnd(sixEpochs(folder, true)));
    compareWithWhole(folder);
}

/// Memory that is really refused, by the operating system: the batch's activations take some 5 GB, the process may have 3 more.
void TestTrainingProcess::whatDoesNotFitIntoMemoryIsTrainedInParts()
{
#ifdef __SANITIZE_ADDRESS__
    QSKIP("the sanitizer ends a program that is refused memory");
#endif
    constexpr rlim_t moreBytes = 3'000'000'000;
    const QString folder = m_folder.filePath("narrow");
    RunOptions large;
    large.chipSide = 384;
    writeRun(folder, large);
    Worker worker;
    QVERIFY(worker.wait<HelloMessage>().has_value());
    const auto pid = static_cast<pid_t>(worker.process.processId());
    QFile statm(QStringLiteral("/proc/%1/statm").arg(pid));
    QVERIFY(statm.open(QIODevice::ReadOnly));
    const rlim_t now = static_cast<rlim_t>(statm.readAll().split(' ').front().toULongLong()) * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
    const rlimit space{now + moreBytes, now + moreBytes};
    QCOMPARE(::prlimit(pid, RLIMIT_AS, &space, nullptr), 0);
    TrainJob job = jobFor(folder, {{"epochs", "1"}, {"input_width", "384"}, {"input_height", "384"}, {"individuals_per_batch", "6"},
                                   {"photos_per_individual", "3"}, {"augmentation", "off"}});
    worker.send(StartRequest{1, job});
    const auto warning = worker.wait<WarningMessage>();
    QVERIFY(warning.has_value());
    QCOMPARE(warning->what.code, ErrorCode::OutOfMemory);
    QVERIFY(worker.wait<DoneMessage>().has_value());
    QVERIFY(!tensorsOf(folder + "/model.safetensors").empty());
}

QTEST_GUILESS_MAIN(TestTrainingProcess)
#include "tst_training_process.moc"
