// Real workers, started the way a launcher starts them: what they learn together, and what becomes of a run that loses one of them.
#include "core/learning/distributed/peers.h"
#include "core/protocol/job_file.h"
#include "tests/learning/free_port.h"
#include "tests/learning/toy_run.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <csignal>
#include <memory>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

constexpr int patienceMs = 120'000;
/// Of a loss against that of one process: sums of floats are added up in another order, and a few steps carry that on.
constexpr double tolerance = 1e-4;

/// One of several workers.
class Process
{
public:
    Process(const QString &jobFile, int rank, int size, std::uint16_t port, const QStringList &more = {}, int timeoutS = 60)
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        if (size > 1) {
            environment.insert("RANK", QString::number(rank));
            environment.insert("WORLD_SIZE", QString::number(size));
            environment.insert("MASTER_ADDR", "127.0.0.1");
            environment.insert("MASTER_PORT", QString::number(port));
        }
        environment.insert("FLUKEPRINT_PEER_TIMEOUT", QString::number(timeoutS));
        process.setProcessEnvironment(environment);
        process.setProgram(qEnvironmentVariable("FLUKEPRINT_WORKER"));
        process.setArguments(QStringList{"--train", jobFile} + more);
        process.start();
    }
    ~Process()
    {
        process.kill();
        process.waitForFinished();
    }
    [[nodiscard]] pid_t pid() const { return static_cast<pid_t>(process.processId()); }
    /// The exit status; -1 when it does not end or crashes.
    int ends()
    {
        if (process.state() != QProcess::NotRunning && !process.waitForFinished(patienceMs))
            return -1;
        return process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    }

    QProcess process;
};

using Pair = std::array<std::unique_ptr<Process>, 2>;

Pair launchTwo(const QString &jobFile, const QStringList &more = {}, int timeoutS = 60)
{
    const std::uint16_t port = freePort();
    return {std::make_unique<Process>(jobFile, 0, 2, port, more, timeoutS), std::make_unique<Process>(jobFile, 1, 2, port, more, timeoutS)};
}

/// Writes data and job of a toy run; the job's file.
QString writeJob(const QString &folder, const std::map<std::string, std::string> &settings, const std::string &preset = "flukeprint")
{
    RunOptions options;
    protocol::TrainJob job = jobFor(folder, settings);
    if (preset != "flukeprint") {
        job.preset = preset;
        job.settings = settings;
        options.chipSide = settings.contains("input_width") ? side : 28;
    }
    writeRun(folder, options);
    const QString file = folder + "/job.json";
    return protocol::writeJobFile(file.toStdString(), job) ? file : QString();
}

/// loss_train of every step that has a point.
std::map<std::int64_t, double> lossesOf(const QString &folder)
{
    std::map<std::int64_t, double> losses;
    for (const std::string &line : curvesOf(folder)) {
        const auto metric = std::get<protocol::MetricMessage>(*protocol::decodeMessage(line));
        if (const auto loss = metric.values.find("loss_train"); loss != metric.values.end())
            losses[metric.step] = loss->second;
    }
    return losses;
}

double largestDifference(const std::map<std::int64_t, double> &a, const std::map<std::int64_t, double> &b)
{
    double largest = a.size() == b.size() && !a.empty() ? 0 : INFINITY;
    for (const auto &[step, loss] : a)
        largest = std::max(largest, b.contains(step) ? std::abs(loss - b.at(step)) / std::abs(b.at(step)) : INFINITY);
    return largest;
}

/// Reads what process 0 says until a point of step `wanted`; false if it ends before.
bool waitForStep(QProcess &process, std::int64_t wanted)
{
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < patienceMs) {
        while (process.canReadLine()) {
            const auto message = protocol::decodeMessage(process.readLine().trimmed().toStdString());
            const auto *metric = message ? std::get_if<protocol::MetricMessage>(&*message) : nullptr;
            if (metric != nullptr && metric->step >= wanted)
                return true;
        }
        if (process.state() == QProcess::NotRunning)
            return false;
        process.waitForReadyRead(200);
    }
    return false;
}

/// How the job ended for whoever reads process 0's output.
std::optional<Error> failureSaidBy(QProcess &process)
{
    std::optional<Error> failure;
    for (const QByteArray &line : process.readAllStandardOutput().split('\n')) {
        const auto message = protocol::decodeMessage(line.trimmed().toStdString());
        if (const auto *failed = message ? std::get_if<protocol::FailedMessage>(&*message) : nullptr)
            failure = failed->what;
    }
    return failure;
}

std::map<std::string, std::string> withoutChance(std::map<std::string, std::string> settings)
{
    settings["augmentation"] = "off"; // each process draws its own
    settings["precision"] = "fp32"; // "auto" is measured, and may come out differently
    return settings;
}

} // namespace

class TestSeveralProcesses : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void twoProcessesLearnWhatOneDoes_data();
    void twoProcessesLearnWhatOneDoes();
    void aLostProcessEndsTheRunWhichCanBeResumed_data();
    void aLostProcessEndsTheRunWhichCanBeResumed();
    void processesThatALauncherStartsAnewGoOn();
    void whoWaitsForOthersCanBeStopped();
    void oneProcessGoesOnWithWhatTwoBegan();
    void processesWithOtherJobsDoNotTrain();
    void tooManyProcessesForABatchAreRefused();
    void noJobIsNoTraining();

private:
    QTemporaryDir m_folder;
};

void TestSeveralProcesses::initTestCase()
{
    QVERIFY2(!qEnvironmentVariableIsEmpty("FLUKEPRINT_WORKER"), "FLUKEPRINT_WORKER must name the worker program");
    if (!Peers::areSupported())
        QSKIP("built without Gloo's headers");
}

void TestSeveralProcesses::twoProcessesLearnWhatOneDoes_data()
{
    QTest::addColumn<QString>("preset");
    QTest::addColumn<QStringList>("settings");
    // Norms of the joint batch, class centres, triplets between photos of different processes, unidentified photos, an odd number of
    // individuals to divide, and weight averages.
    // The rate is small because a step of AdamW follows the signs of gradients, which rounding turns where they are near 0: ten losses on, a
    // few rows of 32 px photos with batch norms would differ in their first digits in a single process with another order of sums, too.
    // tst_joint_learning does without, in double precision.
    const QStringList joint{"epochs=2", "network=resnet18", "individuals_per_batch=5", "learning_rate=0.000001", "warmup_epochs=0"};
    QTest::newRow("all others of the batch") << "flukeprint" << joint;
    QTest::newRow("ArcFace and batch-hard triplets")
        << "flukeprint" << joint + QStringList{"batch_loss=triplet", "miner=batch_hard", "arcface_weight=1"};
    // The second loss follows a step of SGD, as large as the gradient, and would be another with half of one. (Further steps of so few photos
    // amplify rounding a hundredfold each.)
    QTest::newRow("hardest triplets, SGD")
        << "batch-hard-cosine"
        << QStringList{"epochs=1", "network=resnet18", "miner=batch_hard", "dimension=16", "individuals_per_batch=5", "photos_per_individual=3",
                       "mirror_identity=false", "optimizer=sgd", "learning_rate=0.001", "input_width=32", "input_height=32"};
    QTest::newRow("semi-hard triplets") << "semi-hard-mlp"
                                        << QStringList{"epochs=3", "batch_size=12", "trunk_dropout=0", "validate_every=3"};
}

void TestSeveralProcesses::twoProcessesLearnWhatOneDoes()
{
    QFETCH(QString, preset);
    QFETCH(QStringList, settings);
    std::map<std::string, std::string> values = withoutChance({});
    for (const QString &setting : settings)
        values[setting.section('=', 0, 0).toStdString()] = setting.section('=', 1).toStdString();
    const QString one = m_folder.filePath(QStringLiteral("%1-one").arg(QTest::currentDataTag()));
    const QString two = m_folder.filePath(QStringLiteral("%1-two").arg(QTest::currentDataTag()));
    Process alone(writeJob(one, values, preset.toStdString()), 0, 1, 0);
    QCOMPARE(alone.ends(), 0);
    const Pair pair = launchTwo(writeJob(two, values, preset.toStdString()));
    QCOMPARE(pair[0]->ends(), 0);
    QCOMPARE(pair[1]->ends(), 0);
    const double difference = largestDifference(lossesOf(two), lossesOf(one));
    qInfo() << "largest difference of a loss:" << difference << "over" << lossesOf(one).size() << "points";
    QVERIFY(difference < tolerance);
    QVERIFY(pair[1]->process.readAllStandardOutput().isEmpty()); // only process 0 speaks
    QVERIFY(!tensorsOf(two + "/model.safetensors").empty());
    // Loss of held photos by the averaged weights, which no batch touched.
    const auto lastOf = [](const QString &folder) {
        return std::get<protocol::MetricMessage>(*protocol::decodeMessage(curvesOf(folder).back())).values.at("loss_validation");
    };
    QVERIFY(std::abs(lastOf(two) - lastOf(one)) < tolerance * std::abs(lastOf(one)));
}

void TestSeveralProcesses::aLostProcessEndsTheRunWhichCanBeResumed_data()
{
    QTest::addColumn<int>("lost");
    QTest::addColumn<int>("signal");
    QTest::addColumn<int>("timeoutS");
    QTest::newRow("killed") << 1 << SIGKILL << 60;
    QTest::newRow("silent") << 1 << SIGSTOP << 4;
    QTest::newRow("the one that writes") << 0 << SIGKILL << 60;
}

void TestSeveralProcesses::aLostProcessEndsTheRunWhichCanBeResumed()
{
    QFETCH(int, lost);
    QFETCH(int, signal);
    QFETCH(int, timeoutS);
    const std::map<std::string, std::string> settings = withoutChance({{"epochs", "4"}, {"validate_every", "4"}});
    const QString whole = m_folder.filePath("whole");
    if (!QFile::exists(whole)) {
        const Pair pair = launchTwo(writeJob(whole, settings));
        QCOMPARE(pair[0]->ends(), 0);
    }
    const QString folder = m_folder.filePath(QTest::currentDataTag());
    const QString job = writeJob(folder, settings);
    {
        const Pair pair = launchTwo(job, {}, timeoutS);
        QVERIFY(waitForStep(pair[0]->process, 5));
        QCOMPARE(::kill(pair[static_cast<std::size_t>(lost)]->pid(), signal), 0);
        Process &left = *pair[static_cast<std::size_t>(1 - lost)];
        QCOMPARE(left.ends(), static_cast<int>(ErrorCategory::JobFailed));
        const QByteArray said = left.process.readAllStandardError();
        QVERIFY2(said.contains("lost the other processes") && said.contains("--resume"), said.constData());
        qInfo() << said.constData();
        if (lost > 0) {
            const std::optional<Error> failure = failureSaidBy(left.process);
            QVERIFY(failure.has_value());
            QCOMPARE(failure->code, ErrorCode::PeerLost);
            QCOMPARE(failure->args.at(1), std::string("2"));
        }
    }
    // Nothing of what was trained is lost: the checkpoint is that of the last step. Where the writer itself is gone it is that of an epoch.
    const QString checkpoint = newestOf(folder, "optimizer-");
    QVERIFY(checkpoint.section('-', 1).section('.', 0, 0).toInt() >= (lost > 0 ? 5 : 1));
    QVERIFY(lost == 0 || filesOf(folder, "*.partial").isEmpty());
    QCOMPARE(Process(job, 0, 1, 0).ends(), static_cast<int>(ErrorCategory::BadInput)); // it would begin anew, and that is not said
    QCOMPARE(newestOf(folder, "optimizer-"), checkpoint);
    const Pair pair = launchTwo(job, {"--resume"});
    QCOMPARE(pair[0]->ends(), 0);
    QCOMPARE(pair[1]->ends(), 0);
    QCOMPARE(largestDifference(lossesOf(folder), lossesOf(whole)), 0.0);
    QVERIFY(!tensorsOf(folder + "/model.safetensors").empty());
}

void TestSeveralProcesses::processesThatALauncherStartsAnewGoOn()
{
    const QString folder = m_folder.filePath("anew");
    const QString job = writeJob(folder, withoutChance({{"epochs", "4"}}));
    {
        const Pair pair = launchTwo(job);
        QVERIFY(waitForStep(pair[0]->process, 3));
        QCOMPARE(::kill(pair[1]->pid(), SIGKILL), 0);
        QCOMPARE(pair[0]->ends(), static_cast<int>(ErrorCategory::JobFailed));
    }
    const qint64 reached = newestOf(folder, "optimizer-").section('-', 1).section('.', 0, 0).toInt();
    qputenv("TORCHELASTIC_RESTART_COUNT", "1");
    const Pair pair = launchTwo(job); // the same command
    qunsetenv("TORCHELASTIC_RESTART_COUNT");
    QCOMPARE(pair[0]->ends(), 0);
    QCOMPARE(pair[1]->ends(), 0);
    QFile log(folder + "/log.txt");
    QVERIFY(log.open(QIODevice::ReadOnly));
    QVERIFY(log.readAll().contains("resumed after step " + QByteArray::number(reached)));
}

void TestSeveralProcesses::whoWaitsForOthersCanBeStopped()
{
    Process waiting(writeJob(m_folder.filePath("waiting"), {{"epochs", "1"}}), 1, 2, freePort(), {}, 600);
    QVERIFY(waiting.process.waitForStarted());
    QTest::qWait(1000); // on its way to where it waits, or there
    QCOMPARE(::kill(waiting.pid(), SIGTERM), 0);
    QVERIFY(waiting.process.waitForFinished(patienceMs));
}

void TestSeveralProcesses::oneProcessGoesOnWithWhatTwoBegan()
{
    const QString folder = m_folder.filePath("two-then-one");
    const QString job = writeJob(folder, withoutChance({{"epochs", "4"}}));
    {
        const Pair pair = launchTwo(job);
        QVERIFY(waitForStep(pair[0]->process, 3));
        QCOMPARE(::kill(pair[1]->pid(), SIGTERM), 0); // a launcher that ends its job
        QCOMPARE(pair[0]->ends(), static_cast<int>(ErrorCategory::Cancelled));
        QCOMPARE(pair[1]->ends(), static_cast<int>(ErrorCategory::Cancelled));
    }
    Process alone(job, 0, 1, 0, {"--resume"});
    QCOMPARE(alone.ends(), 0);
    QCOMPARE(lossesOf(folder).rbegin()->first, std::get<protocol::MetricMessage>(*protocol::decodeMessage(curvesOf(folder).back())).step);
    QVERIFY(!tensorsOf(folder + "/model.safetensors").empty());
}

void TestSeveralProcesses::processesWithOtherJobsDoNotTrain()
{
    const QString a = writeJob(m_folder.filePath("job-a"), {{"epochs", "1"}, {"seed", "1"}});
    const QString b = writeJob(m_folder.filePath("job-b"), {{"epochs", "1"}, {"seed", "2"}});
    const std::uint16_t port = freePort();
    Process first(a, 0, 2, port);
    Process second(b, 1, 2, port);
    QCOMPARE(first.ends(), static_cast<int>(ErrorCategory::BadInput));
    QCOMPARE(second.ends(), static_cast<int>(ErrorCategory::BadInput));
    QCOMPARE(failureSaidBy(first.process)->code, ErrorCode::InvalidArgument);
}

void TestSeveralProcesses::tooManyProcessesForABatchAreRefused()
{
    const QString job = writeJob(m_folder.filePath("small-batch"), {{"epochs", "1"}, {"individuals_per_batch", "2"}});
    const std::uint16_t port = freePort();
    Process first(job, 0, 3, port);
    Process second(job, 1, 3, port);
    Process third(job, 2, 3, port);
    QCOMPARE(first.ends(), static_cast<int>(ErrorCategory::BadInput));
    QCOMPARE(failureSaidBy(first.process)->code, ErrorCode::InvalidArgument);
    QCOMPARE(second.ends(), static_cast<int>(ErrorCategory::BadInput));
    QCOMPARE(third.ends(), static_cast<int>(ErrorCategory::BadInput));
}

void TestSeveralProcesses::noJobIsNoTraining()
{
    Process missing(m_folder.filePath("none.json"), 0, 1, 0);
    QCOMPARE(missing.ends(), static_cast<int>(ErrorCategory::BadInput));
    const QString file = m_folder.filePath("other.json");
    QVERIFY(protocol::writeJobFile(file.toStdString(), protocol::InspectJob{"a.safetensors", "", ""}).ok());
    Process other(file, 0, 1, 0);
    QCOMPARE(other.ends(), static_cast<int>(ErrorCategory::BadInput));
    QCOMPARE(failureSaidBy(other.process)->code, ErrorCode::InvalidArgument);
}

QTEST_GUILESS_MAIN(TestSeveralProcesses)
#include "tst_several_processes.moc"
