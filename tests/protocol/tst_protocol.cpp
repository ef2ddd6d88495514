#include "core/protocol/messages.h"
#include "core/protocol/snapshot.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>

using namespace flukeprint;
using namespace flukeprint::protocol;

namespace {

QByteArray encoded(const JobSpec &job)
{
    return QByteArray::fromStdString(encode(Request(StartRequest{1, job})));
}

} // namespace

class TestProtocol : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void requestsComeBack();
    void messagesComeBack();
    void everyMessageIsOneLine();
    void notANumberIsLeftOut();
    void unknownFieldsAreIgnored();
    void badLinesAreErrors_data();
    void badLinesAreErrors();
    void jobsWithoutTheirPathsAreRefused_data();
    void jobsWithoutTheirPathsAreRefused();
    void snapshotsComeBack();
    void damagedSnapshotsAreRefused_data();
    void damagedSnapshotsAreRefused();
};

void TestProtocol::requestsComeBack()
{
    TrainJob train;
    train.runFolder = "/a/run \"1\"";
    train.preset = "flukeprint";
    train.settings = {{"epochs", "3"}};
    train.device = Device::Cuda;
    train.resume = true;
    const Result<Request> back = decodeRequest(encode(Request(StartRequest{7, train})));
    QVERIFY(back.ok());
    const auto &start = std::get<StartRequest>(*back);
    QCOMPARE(start.job, JobNumber{7});
    const auto &job = std::get<TrainJob>(start.spec);
    QCOMPARE(job.runFolder, train.runFolder);
    QCOMPARE(job.settings.at("epochs"), std::string("3"));
    QVERIFY(job.device == Device::Cuda && job.resume);

    const Result<Request> inspect = decodeRequest(encode(Request(StartRequest{8, InspectJob{"m", "resnet18", "out"}})));
    QCOMPARE(std::get<InspectJob>(std::get<StartRequest>(*inspect).spec).exportPath, std::string("out"));
    const Result<Request> mine = decodeRequest(encode(Request(StartRequest{9, MineJob{"e", "l", "o", 50, 3, "centroid", 16, "r"}})));
    const auto &mining = std::get<MineJob>(std::get<StartRequest>(*mine).spec);
    QCOMPARE(mining.count, std::int64_t{50});
    QCOMPARE(mining.miner, std::string("centroid"));
    QCOMPARE(mining.sample, std::int64_t{16});
    QCOMPARE(mining.rejectedPath, std::string("r"));
    const Result<Request> preview = decodeRequest(encode(Request(StartRequest{10, PreviewJob{"p", "o", "strong", 3, 7}})));
    const auto &sheet = std::get<PreviewJob>(std::get<StartRequest>(*preview).spec);
    QVERIFY(sheet.packPath == "p" && sheet.outputPath == "o" && sheet.augmentation == "strong" && sheet.variants == 3 && sheet.seed == 7);
    const Result<Request> embed = decodeRequest(encode(Request(StartRequest{10, EmbedJob{"m", "p", "o", Device::Cpu, 16, 2}})));
    QCOMPARE(std::get<EmbedJob>(std::get<StartRequest>(*embed).spec).batchSize, 16);
    QCOMPARE(std::get<CancelRequest>(*decodeRequest(encode(Request(CancelRequest{3})))).job, JobNumber{3});
    QVERIFY(std::holds_alternative<ShutdownRequest>(*decodeRequest(encode(Request(ShutdownRequest{})))));
}

static MineJob mineJob()
{
    MineJob job;
    job.embeddingsPath = std::string("some.fpe");
    job.labelsPath = std::string("labels.csv");
    job.outputPath = std::string("triplets.csv");
    return job;
}

void TestProtocol::jobsWithoutTheirPathsAreRefused_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("inspect") << encoded(InspectJob{{}, "resnet18", {}});
    for (std::string MineJob::*path : {&MineJob::embeddingsPath, &MineJob::labelsPath, &MineJob::outputPath}) {
        MineJob job = mineJob();
        (job.*path).clear();
        QTest::addRow("mine %s", (job.embeddingsPath + job.labelsPath + job.outputPath).c_str()) << encoded(job);
    }
    for (const char *key : {"modelPath"})
        QTest::addRow("inspect without %s", key) << encoded(InspectJob{"m", {}, {}}).replace(key, "path");
    for (const char *key : {"embeddingsPath", "labelsPath", "outputPath"})
        QTest::addRow("mine without %s", key) << encoded(mineJob()).replace(key, "path");
}

void TestProtocol::jobsWithoutTheirPathsAreRefused()
{
    QFETCH(QByteArray, line);
    const Result<Request> request = decodeRequest(line.toStdString());
    QVERIFY(!request.ok());
    QCOMPARE(request.error().code, ErrorCode::WorkerProtocol);
}

void TestProtocol::messagesComeBack()
{
    const Message failed = FailedMessage{4, Error(ErrorCode::OutOfMemory, {"cuda:0", "training"}, "2 GiB")};
    const auto back = decodeMessage(encode(failed));
    QVERIFY(back.ok());
    const auto &what = std::get<FailedMessage>(*back).what;
    QCOMPARE(what.code, ErrorCode::OutOfMemory);
    QCOMPARE(what.args, (std::vector<std::string>{"cuda:0", "training"}));
    QCOMPARE(what.detail, std::string("2 GiB"));

    const auto metric = decodeMessage(encode(Message(MetricMessage{1, 20, 1.5, 3.25, {{"loss_train", 0.5}}})));
    QCOMPARE(std::get<MetricMessage>(*metric).values.at("loss_train"), 0.5);
    QCOMPARE(std::get<MetricMessage>(*metric).epoch, 1.5);
    const auto hello = decodeMessage(encode(Message(HelloMessage{1, "1.13.1", "OpenBLAS", "AVX512", 2, {"cpu"}})));
    QCOMPARE(std::get<HelloMessage>(*hello).devices, std::vector<std::string>{"cpu"});
    const auto done = decodeMessage(encode(Message(DoneMessage{2, R"({"count":3})"})));
    QCOMPARE(std::get<DoneMessage>(*done).resultJson, std::string(R"({"count":3})"));
}

void TestProtocol::everyMessageIsOneLine()
{
    const std::string line = encode(Message(LogMessage{1, "two\nlines and bad UTF-8 \xff"}));
    QVERIFY(line.find('\n') == std::string::npos);
    QVERIFY(decodeMessage(line).ok());
}

void TestProtocol::notANumberIsLeftOut()
{
    const auto back = decodeMessage(encode(Message(MetricMessage{1, 1, 0, 0, {{"loss_train", std::nan("")}, {"radius", 1}}})));
    QVERIFY(back.ok());
    QCOMPARE(std::get<MetricMessage>(*back).values.size(), std::size_t{1});
}

void TestProtocol::unknownFieldsAreIgnored()
{
    QVERIFY(decodeMessage(R"({"type":"cancelled","job":1,"colour":"blue"})").ok());
}

void TestProtocol::badLinesAreErrors_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("text") << QByteArray("Segmentation fault");
    QTest::newRow("cut") << QByteArray(R"({"type":"done","jo)");
    QTest::newRow("no type") << QByteArray(R"({"job":1})");
    QTest::newRow("unknown type") << QByteArray(R"({"type":"sing","job":1})");
    QTest::newRow("wrong field") << QByteArray(R"({"type":"cancelled","job":"one"})");
    QTest::newRow("array") << QByteArray("[1,2]");
}

void TestProtocol::badLinesAreErrors()
{
    QFETCH(QByteArray, line);
    const std::string text = line.toStdString();
    QCOMPARE(decodeMessage(text).error().code, ErrorCode::WorkerProtocol);
    QCOMPARE(decodeRequest(text).error().code, ErrorCode::WorkerProtocol);
}

void TestProtocol::snapshotsComeBack()
{
    const QTemporaryDir dir;
    const std::string path = dir.filePath("snapshot.json").toStdString();
    Snapshot snapshot;
    snapshot.hash = "ab";
    snapshot.seed = 5;
    snapshot.splitName = "by-encounter";
    snapshot.individuals = {"w_1", "w_2"};
    snapshot.items = {{AnnotationId(3), 1, SampleRole::Validation, 12}, {AnnotationId(4), -1, SampleRole::NewCalibration, 13}};
    snapshot.rejections = {{AnnotationId(3), 0}};
    QVERIFY(writeSnapshot(path, snapshot).ok());
    const Result<Snapshot> back = readSnapshot(path);
    QVERIFY(back.ok());
    QCOMPARE(back->individuals, snapshot.individuals);
    QCOMPARE(back->items.size(), std::size_t{2});
    QVERIFY(back->items[0].role == SampleRole::Validation && back->items[0].group == 12);
    QCOMPARE(back->items[1].individual, -1);
    QCOMPARE(back->rejections.size(), std::size_t{1});
    QVERIFY(back->rejections[0].annotation == AnnotationId(3) && back->rejections[0].individual == 0);
}

void TestProtocol::damagedSnapshotsAreRefused_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("not json") << QByteArray("{");
    QTest::newRow("no items") << QByteArray(R"({"hash":"","seed":1,"split":"","individuals":[]})");
    QTest::newRow("index out of range")
        << QByteArray(R"({"hash":"","seed":1,"split":"","individuals":["a"],"items":[[1,1,"train",0]]})");
    QTest::newRow("rejected individual out of range")
        << QByteArray(R"({"hash":"","seed":1,"split":"","individuals":["a"],"items":[[1,0,"train",0]],"rejections":[[1,1]]})");
    QTest::newRow("unknown role")
        << QByteArray(R"({"hash":"","seed":1,"split":"","individuals":["a"],"items":[[1,0,"test",0]]})");
}

void TestProtocol::damagedSnapshotsAreRefused()
{
    QFETCH(QByteArray, content);
    const QTemporaryDir dir;
    QFile file(dir.filePath("snapshot.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(content);
    file.close();
    QCOMPARE(readSnapshot(file.fileName().toStdString()).error().code, ErrorCode::DataDamaged);
}

QTEST_GUILESS_MAIN(TestProtocol)
#include "tst_protocol.moc"
