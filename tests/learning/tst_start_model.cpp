#include "core/learning/model/model_file.h"
#include "core/learning/training/trainer.h"
#include "tests/learning/toy_run.h"

#include <QTemporaryDir>
#include <QTest>

using namespace flukeprint;
using namespace flukeprint::learning;

/// What a run takes from the model that it starts from, what it says of it, and what it refuses before anything is written.
class TestStartModel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatDoesNotFitIsRefusedBeforeAnythingIsWritten_data();
    void whatDoesNotFitIsRefusedBeforeAnythingIsWritten();
    void anotherHeadIsLeftBehindOnRequestOnly();
};

namespace {

void writeStartModel(const std::string &path, const char *architecture, std::int64_t dimension, bool hidden = false,
                     Pooling pooling = Pooling::GeneralisedMean)
{
    NetworkOptions options;
    options.architecture = architecture;
    options.dimension = dimension;
    options.pooling = pooling;
    options.bnNeck = true;
    if (hidden)
        options.hidden = {512, 256};
    EmbeddingNetwork network = makeNetwork(options).value();
    QVERIFY(saveModel(path, {}, network).ok());
}

} // namespace

void TestStartModel::whatDoesNotFitIsRefusedBeforeAnythingIsWritten_data()
{
    QTest::addColumn<QString>("architecture");
    QTest::addColumn<int>("dimension");
    QTest::addColumn<bool>("hidden");
    QTest::addColumn<QString>("difference");
    QTest::newRow("architecture") << "resnet18" << 16 << false << "architecture resnet18 instead of mobilenet_v2";
    QTest::newRow("dimension") << "mobilenet_v2" << 8 << false << "dimension 8 instead of 16";
    QTest::newRow("hidden layers") << "mobilenet_v2" << 16 << true << "hidden layers 512-256 instead of none";
}

void TestStartModel::whatDoesNotFitIsRefusedBeforeAnythingIsWritten()
{
    QFETCH(QString, architecture);
    QFETCH(int, dimension);
    QFETCH(bool, hidden);
    QFETCH(QString, difference);
    const QTemporaryDir folder;
    writeRun(folder.path());
    protocol::TrainJob job = jobFor(folder.path());
    job.startModelPath = folder.filePath("start.safetensors").toStdString();
    writeStartModel(job.startModelPath, architecture.toUtf8().constData(), dimension, hidden);
    const QStringList before = filesOf(folder.path(), "*");
    const auto outcome = runTraining(job, {}, {});
    QVERIFY(!outcome.ok());
    QCOMPARE(outcome.error().code, ErrorCode::ModelIncompatible);
    QCOMPARE(QString::fromStdString(outcome.error().args.at(1)), difference);
    QCOMPARE(filesOf(folder.path(), "*"), before);
}

void TestStartModel::anotherHeadIsLeftBehindOnRequestOnly()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    protocol::TrainJob job = jobFor(folder.path(), {{"epochs", "1"}});
    job.startModelPath = folder.filePath("start.safetensors").toStdString();
    const auto logOf = [&job] {
        std::string log;
        TrainCallbacks callbacks;
        callbacks.log = [&log](const std::string &line) { log += line + '\n'; };
        const auto outcome = runTraining(job, callbacks, {});
        return outcome ? log : outcome.error().debugText();
    };
    const auto has = [](const std::string &log, const char *text) { return log.find(text) != std::string::npos; };
    writeStartModel(job.startModelPath, "mobilenet_v2", 8);
    const auto refused = runTraining(job, {}, {});
    QCOMPARE(refused.error().args.at(1), std::string("dimension 8 instead of 16"));
    job.freshHead = true;
    const std::string fresh = logOf();
    QVERIFY2(has(fresh, "freshly initialised: head.dense.0.weight, head.neck.bias"), fresh.c_str());
    QVERIFY2(has(fresh, "left over in the start model: head.dense.0.weight, head.neck.bias"), fresh.c_str());
    job.freshHead = false;
    writeStartModel(job.startModelPath, "mobilenet_v2", 16, false, Pooling::Max);
    const std::string pooled = logOf();
    QVERIFY2(has(pooled, "the start model differs: pooling max instead of gem"), pooled.c_str());
    QVERIFY2(has(pooled, "freshly initialised: head.pool.p\n"), pooled.c_str());
    writeStartModel(job.startModelPath, "mobilenet_v2", 16);
    const std::string same = logOf();
    QVERIFY2(has(same, "finished") && !has(same, "differs") && !has(same, "freshly") && !has(same, "left over"), same.c_str());
}

QTEST_GUILESS_MAIN(TestStartModel)
#include "tst_start_model.moc"
