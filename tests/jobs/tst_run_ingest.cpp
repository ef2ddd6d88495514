#include "core/catalogue/catalogue.h"
#include "core/catalogue/run_store.h"
#include "core/jobs/run_ingest.h"
#include "tests/jobs/worker_test_tools.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace flukeprint;
using namespace flukeprint::jobs;
using catalogue::RunState;

namespace {

protocol::MetricMessage metric(std::int64_t step, double loss)
{
    return {1, step, static_cast<double>(step) / 10, static_cast<double>(step), {{"loss_train", loss}}};
}

} // namespace

class TestRunIngest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void theFirstPointIsStoredAtOnceAndTheRestInBatches();
    void figuresThatNobodyHeardAreReadFromTheRunFolder();
    void runsThatADeadProgramLeftBecomeInterrupted();

private:
    RunId addRun(const QString &name, RunState state);
    void writeMetrics(const QString &name, const QByteArray &text);

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<catalogue::Catalogue> m_catalogue;
};

void TestRunIngest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    auto created = catalogue::Catalogue::create(m_folder->filePath(QStringLiteral("c.flukeprint")).toStdString());
    QVERIFY2(created.ok(), created.ok() ? "" : created.error().debugText().c_str());
    m_catalogue = std::make_unique<catalogue::Catalogue>(std::move(created).value());
}

void TestRunIngest::cleanup()
{
    m_catalogue.reset();
    m_folder.reset();
}

RunId TestRunIngest::addRun(const QString &name, RunState state)
{
    catalogue::RunStore store(*m_catalogue);
    catalogue::Run run;
    run.name = name;
    run.preset = QStringLiteral("flukeprint");
    run.folder = QStringLiteral("runs/") + name;
    const auto id = store.add(run);
    if (!id || !store.setState(*id, state))
        qFatal("no run");
    return *id;
}

void TestRunIngest::writeMetrics(const QString &name, const QByteArray &text)
{
    const QString folder = QString::fromStdString((m_catalogue->runsFolder() / name.toStdString()).string());
    QVERIFY(QDir().mkpath(folder));
    QFile file(folder + QStringLiteral("/metrics.jsonl"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
}

void TestRunIngest::theFirstPointIsStoredAtOnceAndTheRestInBatches()
{
    const RunId run = addRun(QStringLiteral("a"), RunState::Running);
    catalogue::RunStore store(*m_catalogue);
    std::vector<std::size_t> batches;
    RunIngest ingest(
        *m_catalogue, run, [&](const MetricBatch &batch) { batches.push_back(batch.size()); }, 100);
    ingest.add(metric(1, 5));
    QCOMPARE(store.series(run, QStringLiteral("loss_train")).value().size(), 1U);
    for (int step = 2; step <= 50; ++step)
        ingest.add(metric(step, 5.0 / step));
    QCOMPARE(batches.size(), 1U);
    QTRY_COMPARE_WITH_TIMEOUT(batches.size(), 2U, patienceMs);
    QCOMPARE(batches[1], 49U);
    ingest.add(metric(51, 0.1));
    QVERIFY(ingest.flush().ok());
    const auto series = store.series(run, QStringLiteral("loss_train")).value();
    QCOMPARE(series.size(), 51U);
    QCOMPARE(series.back().value, 0.1);
    QCOMPARE(series.back().step, 51);
}

void TestRunIngest::figuresThatNobodyHeardAreReadFromTheRunFolder()
{
    const RunId run = addRun(QStringLiteral("b"), RunState::Running);
    catalogue::RunStore store(*m_catalogue);
    RunIngest ingest(*m_catalogue, run, {});
    ingest.add(metric(1, 5));
    QByteArray text;
    for (int step = 1; step <= 4; ++step)
        text += QByteArray::fromStdString(protocol::encode(protocol::Message(metric(step, step)))) + '\n';
    writeMetrics(QStringLiteral("b"), text + "no JSON\n" + R"({"type":"metric","step":5,"val)");
    QCOMPARE(ingestMetricsFile(*m_catalogue, run, m_catalogue->runsFolder() / "b").value(), 4);
    const auto series = store.series(run, QStringLiteral("loss_train")).value();
    QCOMPARE(series.size(), 4U);
    QCOMPARE(series.front().value, 1.0); // the file is right about a step that was heard, too
    QCOMPARE(ingestMetricsFile(*m_catalogue, run, m_catalogue->runsFolder() / "nowhere").value(), 0);
}

void TestRunIngest::runsThatADeadProgramLeftBecomeInterrupted()
{
    const RunId running = addRun(QStringLiteral("c"), RunState::Running);
    const RunId finished = addRun(QStringLiteral("d"), RunState::Finished);
    writeMetrics(QStringLiteral("c"),
                 QByteArray::fromStdString(protocol::encode(protocol::Message(metric(9, 1)))) + '\n');
    QCOMPARE(recoverRuns(*m_catalogue).value(), 1);
    catalogue::RunStore store(*m_catalogue);
    QCOMPARE(store.get(running)->state, RunState::Interrupted);
    QCOMPARE(store.get(finished)->state, RunState::Finished);
    QCOMPARE(store.series(running, QStringLiteral("loss_train")).value().size(), 1U);
    QCOMPARE(recoverRuns(*m_catalogue).value(), 0);
}

QTEST_GUILESS_MAIN(TestRunIngest)
#include "tst_run_ingest.moc"
