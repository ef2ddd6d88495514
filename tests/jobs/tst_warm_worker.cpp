#include "core/chips/chip_pack.h"
#include "core/jobs/warm_worker.h"
#include "tests/jobs/worker_test_tools.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <optional>

using namespace flukeprint;
using namespace flukeprint::jobs;

class TestWarmWorker : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void embedsAgainAndAgainInOneProgram();
    void isStartedAfreshAfterItDied();
    void aCancelledRequestSaysSo();
    void anErrorOfTheJobIsPassedOn();
    void endsWhenIdleAndComesBack();

private:
    protocol::EmbedJob packJob(const char *output) const;

    QTemporaryDir m_folder;
};

void TestWarmWorker::initTestCase()
{
    auto writer = chips::ChipPackWriter::create(m_folder.filePath(QStringLiteral("in.fpc")).toStdString(), {2, 1, 1});
    QVERIFY(writer.ok());
    const std::vector<std::uint8_t> first{3, 0};
    const std::vector<std::uint8_t> second{5, 0};
    QVERIFY(writer->append(AnnotationId(41), first).ok());
    QVERIFY(writer->append(AnnotationId(42), second).ok());
    QVERIFY(writer->finish().ok());
}

protocol::EmbedJob TestWarmWorker::packJob(const char *output) const
{
    protocol::EmbedJob job;
    job.packPath = m_folder.filePath(QStringLiteral("in.fpc")).toStdString();
    job.outputPath = m_folder.filePath(QString::fromLatin1(output)).toStdString();
    return job;
}

void TestWarmWorker::embedsAgainAndAgainInOneProgram()
{
    WarmWorker worker(scriptedWorker());
    QSignalSpy busy(&worker, &WarmWorker::busyChanged);
    std::vector<chips::EmbeddingTable> answers;
    const auto keep = [&](const Result<chips::EmbeddingTable> &table) {
        if (table)
            answers.push_back(*table);
    };
    worker.embed(packJob("1.fpe"), keep);
    worker.embed(packJob("2.fpe"), keep);
    QTRY_COMPARE_WITH_TIMEOUT(answers.size(), 2U, patienceMs);
    const qint64 process = worker.processId();
    worker.embed(packJob("3.fpe"), keep);
    QTRY_COMPARE_WITH_TIMEOUT(answers.size(), 3U, patienceMs);
    QCOMPARE(worker.processId(), process);
    QCOMPARE(answers[2].ids, (std::vector{AnnotationId(41), AnnotationId(42)}));
    QCOMPARE(answers[2].vectors, (std::vector<float>{1, 3, 1, 5}));
    QCOMPARE(busy.count(), 4);
    QCOMPARE(busy.last().first().toBool(), false);
}

void TestWarmWorker::isStartedAfreshAfterItDied()
{
    WarmWorker worker(scriptedWorker());
    std::optional<Error> error;
    protocol::EmbedJob crashing = packJob("x.fpe");
    crashing.modelPath = "segfault";
    worker.embed(crashing, [&](const Result<chips::EmbeddingTable> &table) { error = table.error(); });
    QTRY_VERIFY_WITH_TIMEOUT(error.has_value(), patienceMs);
    QCOMPARE(error->code, ErrorCode::WorkerCrashed);
    bool answered = false;
    worker.embed(packJob("4.fpe"), [&](const Result<chips::EmbeddingTable> &table) { answered = table.ok(); });
    QTRY_VERIFY_WITH_TIMEOUT(answered, patienceMs);
    // Killed while idle: nobody notices.
    ::kill(static_cast<pid_t>(worker.processId()), SIGKILL);
    QTRY_COMPARE_WITH_TIMEOUT(worker.processId(), 0, patienceMs);
    answered = false;
    worker.embed(packJob("5.fpe"), [&](const Result<chips::EmbeddingTable> &table) { answered = table.ok(); });
    QTRY_VERIFY_WITH_TIMEOUT(answered, patienceMs);
}

void TestWarmWorker::aCancelledRequestSaysSo()
{
    WarmWorker worker(scriptedWorker());
    protocol::EmbedJob waiting = packJob("x.fpe");
    waiting.modelPath = "wait";
    std::optional<Error> error;
    const auto job = worker.embed(waiting, [&](const Result<chips::EmbeddingTable> &table) { error = table.error(); });
    worker.cancel(job);
    QTRY_VERIFY_WITH_TIMEOUT(error.has_value(), patienceMs);
    QCOMPARE(error->code, ErrorCode::Cancelled);
}

void TestWarmWorker::anErrorOfTheJobIsPassedOn()
{
    WarmWorker worker(scriptedWorker());
    protocol::EmbedJob job = packJob("x.fpe");
    job.packPath = m_folder.filePath(QStringLiteral("none.fpc")).toStdString();
    std::optional<Error> error;
    worker.embed(job, [&](const Result<chips::EmbeddingTable> &table) { error = table.error(); });
    QTRY_VERIFY_WITH_TIMEOUT(error.has_value(), patienceMs);
    QCOMPARE(error->code, ErrorCode::FileNotFound);
}

void TestWarmWorker::endsWhenIdleAndComesBack()
{
    WarmWorker worker(scriptedWorker(), 50);
    bool answered = false;
    worker.embed(packJob("6.fpe"), [&](const Result<chips::EmbeddingTable> &table) { answered = table.ok(); });
    QTRY_VERIFY_WITH_TIMEOUT(answered, patienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(worker.processId(), 0, patienceMs);
    answered = false;
    worker.embed(packJob("7.fpe"), [&](const Result<chips::EmbeddingTable> &table) { answered = table.ok(); });
    QTRY_VERIFY_WITH_TIMEOUT(answered, patienceMs);
}

QTEST_GUILESS_MAIN(TestWarmWorker)
#include "tst_warm_worker.moc"
