// The real worker program over its real pipes: what the desktop program and the command line rely on.
#include "core/base/atomic_file.h"
#include "core/chips/chip_pack.h"
#include "core/chips/embedding_file.h"
#include "core/learning/model/model_file.h"
#include "core/learning/model/tensor_file.h"
#include "tests/learning/worker_program.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <torch/torch.h>

#include <csignal>
#include <unistd.h>

using namespace flukeprint;
using namespace flukeprint::protocol;

namespace {

QJsonObject resultOf(const DoneMessage &message)
{
    return QJsonDocument::fromJson(QByteArray::fromStdString(message.resultJson)).object();
}

} // namespace

class WorkerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void helloSaysWhatItRunsOn();
    void embedsAPack();
    void aModelWrittenAnewIsLoadedAnew();
    void badJobsFailAndTheWorkerGoesOn();
    void badLinesAreAnsweredAndTheWorkerGoesOn();
    void aStartThatCannotBeReadFailsByItsNumber();
    void jobsRunInTheirOrder();
    void cancelEndsTheRunningJob();
    void cancelEndsAWaitingJob();
    void pauseHoldsAndResumeGoesOn();
    void endOfInputCancelsAndEnds();
    void terminateCancelsAndEnds();
    void shutdownEnds();
    void aKilledParentEndsTheWorker();
    void inspectAdoptsForeignWeights();
    void inspectNamesWhatIsWrong();
    void minesTriplets();
    void embedsWithTheImageNetWeights();
    void versionAndUsage();

private:
    [[nodiscard]] std::string path(const char *name) const { return m_folder.filePath(name).toStdString(); }
    EmbedJob embedJob(const char *pack, const char *output) const;
    void writePack(const char *name, int count, chips::ChipShape shape);
    QTemporaryDir m_folder;
};

void WorkerTest::writePack(const char *name, int count, chips::ChipShape shape)
{
    auto writer = chips::ChipPackWriter::create(path(name), shape).value();
    std::vector<std::uint8_t> pixels(shape.byteCount());
    for (int i = 0; i < count; ++i) {
        for (std::size_t k = 0; k < pixels.size(); ++k)
            pixels[k] = static_cast<std::uint8_t>((k * 31 + static_cast<std::size_t>(i) * 97) >> 2);
        QVERIFY(writer.append(AnnotationId(i + 1), pixels).ok());
    }
    QVERIFY(writer.finish().ok());
}

void WorkerTest::initTestCase()
{
    QVERIFY2(!qEnvironmentVariableIsEmpty("FLUKEPRINT_WORKER"), "FLUKEPRINT_WORKER must name the worker program");
    torch::manual_seed(1);
    learning::ModelInfo info;
    info.network.dimension = 16;
    info.inputWidthPx = 64;
    info.inputHeightPx = 32;
    auto network = learning::makeNetwork(info.network).value();
    QVERIFY(learning::saveModel(path("model.safetensors"), info, network).ok());
    writePack("small.fpc", 5, {64, 32, 3});
    writePack("large.fpc", 4000, {64, 32, 3}); // long enough to be interrupted
}

EmbedJob WorkerTest::embedJob(const char *pack, const char *output) const
{
    EmbedJob job;
    job.modelPath = path("model.safetensors");
    job.packPath = path(pack);
    job.outputPath = path(output);
    job.batchSize = 4;
    job.device = Device::Cpu;
    job.threads = 1; // tests share the machine with each other
    return job;
}

void WorkerTest::helloSaysWhatItRunsOn()
{
    Worker worker;
    const auto hello = worker.wait<HelloMessage>();
    QVERIFY(hello.has_value());
    QCOMPARE(hello->protocol, protocolVersion);
    QVERIFY(!hello->torchVersion.empty() && !hello->cpuCapability.empty());
    QVERIFY2(hello->blas != "unknown", hello->blas.c_str());
    QVERIFY(hello->threads >= 1);
    QCOMPARE(hello->devices.front(), std::string("cpu"));
    qInfo("%s, %s, %s", hello->torchVersion.c_str(), hello->blas.c_str(), hello->cpuCapability.c_str());
}

void WorkerTest::embedsAPack()
{
    Worker worker;
    worker.send(StartRequest{7, embedJob("small.fpc", "small.fpe")});
    const auto progress = worker.wait<ProgressMessage>();
    QVERIFY(progress.has_value());
    QCOMPARE(progress->job, 7);
    QCOMPARE(progress->total, 5);
    const auto done = worker.wait<DoneMessage>();
    QVERIFY(done.has_value());
    QCOMPARE(done->job, 7);
    QCOMPARE(resultOf(*done)["count"].toInt(), 5);
    QCOMPARE(resultOf(*done)["dimension"].toInt(), 16);
    const auto table = chips::readEmbeddings(path("small.fpe"));
    QVERIFY(table.ok());
    QCOMPARE(table->ids.back().value, 5);
    QVERIFY(table->vectors != std::vector<float>(table->vectors.size()));
}

void WorkerTest::aModelWrittenAnewIsLoadedAnew()
{
    Worker worker;
    EmbedJob job = embedJob("small.fpc", "first.fpe");
    job.modelPath = path("changing.safetensors");
    std::filesystem::copy_file(path("model.safetensors"), job.modelPath);
    worker.send(StartRequest{1, job});
    QVERIFY(worker.wait<DoneMessage>().has_value());
    learning::ModelInfo info;
    info.network.dimension = 8;
    info.inputWidthPx = 64;
    info.inputHeightPx = 32;
    auto network = learning::makeNetwork(info.network).value();
    QVERIFY(learning::saveModel(job.modelPath, info, network).ok());
    worker.send(StartRequest{2, job});
    const auto done = worker.wait<DoneMessage>();
    QVERIFY(done.has_value());
    QCOMPARE(resultOf(*done)["dimension"].toInt(), 8);
}

void WorkerTest::badJobsFailAndTheWorkerGoesOn()
{
    Worker worker;
    EmbedJob job = embedJob("small.fpc", "x.fpe");
    job.modelPath = path("absent.safetensors");
    worker.send(StartRequest{1, job});
    QVERIFY(worker.wait<FailedMessage>()->what.code == ErrorCode::FileNotFound);
    QVERIFY(writeFileAtomically(path("broken.safetensors"), "\x10\0\0").ok());
    job.modelPath = path("broken.safetensors");
    worker.send(StartRequest{2, job});
    QVERIFY(worker.wait<FailedMessage>()->what.code == ErrorCode::FileTruncated);
    job = embedJob("absent.fpc", "x.fpe");
    worker.send(StartRequest{3, job});
    QVERIFY(worker.wait<FailedMessage>()->what.code == ErrorCode::FileNotFound);
    job = embedJob("small.fpc", "no/such/folder/x.fpe");
    worker.send(StartRequest{4, job});
    QVERIFY(worker.wait<FailedMessage>()->what.code == ErrorCode::FileUnwritable);
    job = embedJob("small.fpc", "x.fpe");
    job.batchSize = 0;
    worker.send(StartRequest{5, job});
    QVERIFY(worker.wait<FailedMessage>()->what.code == ErrorCode::InvalidArgument);
    TrainJob unknown;
    unknown.runFolder = path("no-run");
    unknown.packPath = path("small.fpc");
    unknown.preset = "no-such-preset";
    unknown.device = Device::Cpu;
    worker.send(StartRequest{6, unknown});
    QCOMPARE(worker.wait<FailedMessage>()->job, 6);
    worker.send(StartRequest{7, embedJob("small.fpc", "x.fpe")});
    QCOMPARE(worker.wait<DoneMessage>()->job, 7);
}

void WorkerTest::badLinesAreAnsweredAndTheWorkerGoesOn()
{
    Worker worker;
    for (const QByteArray &line :
         {QByteArray("garbage"), QByteArray("{}"), QByteArray("\xff\xfe{"), QByteArray("[]"),
          QByteArray(R"({"type":"start","job":"seven","spec":{}})"), QByteArray(R"({"type":"dance","job":1})")}) {
        worker.sendLine(line);
        const auto warning = worker.wait<WarningMessage>();
        QVERIFY2(warning.has_value(), line.constData());
        QVERIFY(warning->what.code == ErrorCode::WorkerProtocol);
    }
    worker.sendLine(QByteArray((20 << 20), 'x'));
    QVERIFY(worker.wait<WarningMessage>().has_value());
    worker.sendLine("");
    worker.send(CancelRequest{99});
    worker.send(StartRequest{1, embedJob("small.fpc", "x.fpe")});
    QVERIFY(worker.wait<DoneMessage>().has_value());
}

void WorkerTest::aStartThatCannotBeReadFailsByItsNumber()
{
    Worker worker;
    worker.sendLine(R"({"type":"start","job":12,"spec":{"kind":"fly"}})");
    const auto failed = worker.wait<FailedMessage>();
    QVERIFY(failed.has_value());
    QCOMPARE(failed->job, 12);
    QVERIFY(failed->what.code == ErrorCode::WorkerProtocol);
}

void WorkerTest::jobsRunInTheirOrder()
{
    Worker worker;
    for (const int job : {3, 1, 2})
        worker.send(StartRequest{job, embedJob("small.fpc", "x.fpe")});
    for (const int job : {3, 1, 2})
        QCOMPARE(worker.wait<DoneMessage>()->job, job);
}

void WorkerTest::cancelEndsTheRunningJob()
{
    Worker worker;
    worker.send(StartRequest{1, embedJob("large.fpc", "cancelled.fpe")});
    QVERIFY(worker.wait<ProgressMessage>().has_value());
    worker.send(CancelRequest{1});
    QCOMPARE(worker.wait<CancelledMessage>()->job, 1);
    QVERIFY(!std::filesystem::exists(path("cancelled.fpe")));
    worker.send(StartRequest{2, embedJob("small.fpc", "x.fpe")});
    QCOMPARE(worker.wait<DoneMessage>()->job, 2);
}

void WorkerTest::cancelEndsAWaitingJob()
{
    Worker worker;
    worker.send(StartRequest{1, embedJob("large.fpc", "x.fpe")});
    worker.send(StartRequest{2, embedJob("small.fpc", "waiting.fpe")});
    worker.send(CancelRequest{2});
    QVERIFY(worker.wait<ProgressMessage>().has_value());
    worker.send(CancelRequest{1});
    QCOMPARE(worker.wait<CancelledMessage>()->job, 1);
    QCOMPARE(worker.wait<CancelledMessage>()->job, 2);
    QVERIFY(!std::filesystem::exists(path("waiting.fpe")));
}

void WorkerTest::pauseHoldsAndResumeGoesOn()
{
    Worker worker;
    worker.send(StartRequest{1, embedJob("large.fpc", "x.fpe")});
    QVERIFY(worker.wait<ProgressMessage>().has_value());
    worker.send(PauseRequest{1});
    QVERIFY(worker.wait<PausedMessage>()->paused);
    // Nothing comes while it is paused.
    QVERIFY(!worker.process.waitForReadyRead(500));
    worker.send(ResumeRequest{1});
    QVERIFY(!worker.wait<PausedMessage>()->paused);
    QVERIFY(worker.wait<ProgressMessage>().has_value());
    worker.send(PauseRequest{1});
    QVERIFY(worker.wait<PausedMessage>()->paused);
    worker.send(CancelRequest{1});
    QVERIFY(worker.wait<CancelledMessage>().has_value());
}

void WorkerTest::endOfInputCancelsAndEnds()
{
    Worker worker;
    worker.send(StartRequest{1, embedJob("large.fpc", "ended.fpe")});
    QVERIFY(worker.wait<ProgressMessage>().has_value());
    worker.process.closeWriteChannel();
    QVERIFY(worker.wait<CancelledMessage>().has_value());
    QVERIFY(worker.endsCleanly());
    QVERIFY(!std::filesystem::exists(path("ended.fpe")));
}

void WorkerTest::terminateCancelsAndEnds()
{
    Worker worker;
    worker.send(StartRequest{1, embedJob("large.fpc", "x.fpe")});
    QVERIFY(worker.wait<ProgressMessage>().has_value());
    worker.process.terminate();
    QVERIFY(worker.wait<CancelledMessage>().has_value());
    QVERIFY(worker.endsCleanly());
}

void WorkerTest::shutdownEnds()
{
    Worker worker;
    QVERIFY(worker.wait<HelloMessage>().has_value());
    worker.send(ShutdownRequest{});
    QVERIFY(worker.endsCleanly());
}

void WorkerTest::aKilledParentEndsTheWorker()
{
    // The worker's input is held open by this process, so that only the death of its parent, a shell, can end it.
    QProcess shell;
    const QString fifo = m_folder.filePath("fifo");
    QCOMPARE(QProcess::execute("mkfifo", {fifo}), 0);
    shell.start("/bin/sh", {"-c", QStringLiteral("\"$FLUKEPRINT_WORKER\" <>\"%1\" & echo $!; wait").arg(fifo)});
    QVERIFY(shell.waitForStarted());
    const auto readLine = [&shell] {
        while (!shell.canReadLine() && shell.waitForReadyRead(patienceMs)) { }
        return shell.readLine();
    };
    const auto workerId = static_cast<pid_t>(readLine().trimmed().toInt());
    QVERIFY(workerId > 0);
    QVERIFY(readLine().contains("hello"));
    ::kill(static_cast<pid_t>(shell.processId()), SIGKILL);
    shell.waitForFinished();
    const auto isGone = [workerId] {
        QFile status(QStringLiteral("/proc/%1/stat").arg(workerId));
        return !status.open(QIODevice::ReadOnly) || status.readAll().contains(") Z ");
    };
    QTRY_VERIFY_WITH_TIMEOUT(isGone(), patienceMs);
}

void WorkerTest::inspectAdoptsForeignWeights()
{
    learning::NetworkOptions bare;
    bare.architecture = "resnet18";
    bare.dimension = 0;
    bare.bnNeck = false;
    bare.pooling = learning::Pooling::Average;
    auto network = learning::makeNetwork(bare).value();
    learning::NamedTensors tensors;
    for (auto &[name, tensor] : learning::namedTensors(network))
        tensors.emplace(name, tensor);
    tensors.emplace("fc.weight", torch::zeros({1000, 512}));
    QVERIFY(learning::writeTensorFile(path("torchvision.safetensors"), tensors, {}).ok());
    Worker worker;
    worker.send(StartRequest{1, InspectJob{path("torchvision.safetensors"), "resnet18", path("adopted.safetensors")}});
    const auto done = worker.wait<DoneMessage>();
    QVERIFY(done.has_value());
    const QJsonObject result = resultOf(*done);
    QCOMPARE(result["architecture"].toString(), QStringLiteral("resnet18"));
    QCOMPARE(result["dimension"].toInt(), 512);
    QCOMPARE(result["input_width"].toInt(), 256);
    QCOMPARE(result["unexpected"].toArray().at(0).toString(), QStringLiteral("fc.weight"));
    QVERIFY(result["missing"].toArray().isEmpty());
    QVERIFY(result["calibration"].isObject());

    EmbedJob job = embedJob("small.fpc", "adopted.fpe");
    job.modelPath = path("adopted.safetensors");
    worker.send(StartRequest{2, job});
    QCOMPARE(resultOf(*worker.wait<DoneMessage>())["dimension"].toInt(), 512);
}

void WorkerTest::inspectNamesWhatIsWrong()
{
    Worker worker;
    worker.send(StartRequest{1, InspectJob{path("model.safetensors"), "resnet18", {}}});
    QVERIFY(worker.wait<FailedMessage>()->what.code == ErrorCode::ModelIncompatible);
    QVERIFY(writeFileAtomically(path("text.safetensors"), "<!DOCTYPE html>").ok());
    worker.send(StartRequest{2, InspectJob{path("text.safetensors"), {}, {}}});
    QVERIFY(worker.wait<FailedMessage>()->what.code == ErrorCode::DataDamaged);
}

void WorkerTest::minesTriplets()
{
    chips::EmbeddingTable table;
    table.dimension = 2;
    for (int i = 0; i < 4; ++i)
        table.ids.emplace_back(i + 1);
    table.vectors = {1.0F, 0.0F, 0.6F, 0.8F, 0.8F, 0.6F, 0.0F, 1.0F};
    QVERIFY(chips::writeEmbeddings(path("mine.fpe"), table).ok());
    QVERIFY(writeFileAtomically(path("labels.csv"), "annotation,individual,group\n1,0,0\n2,0,0\n3,1,0\n4,1,0\n").ok());
    Worker worker;
    MineJob job;
    job.embeddingsPath = path("mine.fpe");
    job.labelsPath = path("labels.csv");
    job.outputPath = path("triplets.csv");
    job.count = 10;
    worker.send(StartRequest{1, job});
    const auto done = worker.wait<DoneMessage>();
    QVERIFY(done.has_value());
    QVERIFY(resultOf(*done)["count"].toInt() > 0);
    QVERIFY(readFile(path("triplets.csv"))->starts_with("anchor,positive,negative,"));
}

void WorkerTest::embedsWithTheImageNetWeights()
{
    const std::string weights = FLUKEPRINT_SHARED_DATA_DIR "/weights/mobilenetv2_imagenet.safetensors";
    if (!std::filesystem::exists(weights))
        QSKIP("the shared weights are absent");
    Worker worker;
    EmbedJob job = embedJob("small.fpc", "imagenet.fpe");
    job.modelPath = weights;
    worker.send(StartRequest{1, job});
    const auto done = worker.wait<DoneMessage>();
    QVERIFY(done.has_value());
    QCOMPARE(resultOf(*done)["dimension"].toInt(), 1280);
}

void WorkerTest::versionAndUsage()
{
    QProcess process;
    process.start(qEnvironmentVariable("FLUKEPRINT_WORKER"), {"--version"});
    QVERIFY(process.waitForFinished(patienceMs));
    QVERIFY(process.readAllStandardOutput().startsWith("flukeprint-worker "));
    process.start(qEnvironmentVariable("FLUKEPRINT_WORKER"), {"--dance"});
    QVERIFY(process.waitForFinished(patienceMs));
    QCOMPARE(process.exitCode(), 2);
    QVERIFY(process.readAllStandardError().contains("--version"));
}

QTEST_GUILESS_MAIN(WorkerTest)
#include "tst_worker.moc"
