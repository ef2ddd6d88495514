#include "core/chips/chip_pack.h"
#include "core/jobs/warm_worker.h"
#include "core/jobs/worker_call.h"
#include "core/jobs/worker_locator.h"
#include "tests/jobs/worker_test_tools.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace flukeprint;
using namespace flukeprint::jobs;

/// The worker that ships, through the host's code.
class TestRealWorker : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void saysHelloAndWhatItRunsOn();
    void aModelThatIsNoneIsRefusedByName();
    void killedItComesBack();
    void endsWithItsHost();

private:
    QTemporaryDir m_folder;
};

void TestRealWorker::initTestCase()
{
    if (!locateWorker())
        QFAIL("flukeprint-worker is not built");
}

void TestRealWorker::saysHelloAndWhatItRunsOn()
{
    WorkerProcess worker;
    QSignalSpy ready(&worker, &WorkerProcess::ready);
    worker.warmUp();
    QVERIFY(ready.wait(patienceMs));
    const auto hello = ready.first().first().value<protocol::HelloMessage>();
    QVERIFY(!hello.torchVersion.empty());
    QVERIFY(!hello.blas.empty());
    QVERIFY(hello.threads >= 1);
    QVERIFY(!hello.devices.empty());
}

void TestRealWorker::aModelThatIsNoneIsRefusedByName()
{
    const QString path = m_folder.filePath(QStringLiteral("model.safetensors"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("no tensors in here, but long enough to have a header length");
    file.close();
    WorkerProcess worker;
    protocol::InspectJob job;
    job.modelPath = path.toStdString();
    const auto answer = callWorker(worker, job, {});
    QVERIFY(!answer.ok());
    QVERIFY2(errorCategory(answer.error().code) == ErrorCategory::BadInput
                 || errorCategory(answer.error().code) == ErrorCategory::DamagedData,
             answer.error().debugText().c_str());
}

void TestRealWorker::killedItComesBack()
{
    WorkerProcess worker;
    QSignalSpy ready(&worker, &WorkerProcess::ready);
    QSignalSpy stopped(&worker, &WorkerProcess::stopped);
    worker.warmUp();
    QVERIFY(ready.wait(patienceMs));
    ::kill(static_cast<pid_t>(worker.processId()), SIGKILL);
    QVERIFY(stopped.wait(patienceMs));
    protocol::InspectJob job;
    job.modelPath = m_folder.filePath(QStringLiteral("none.safetensors")).toStdString();
    const auto answer = callWorker(worker, job, {});
    QVERIFY(!answer.ok());
    QCOMPARE(answer.error().code, ErrorCode::FileNotFound);
}

void TestRealWorker::endsWithItsHost()
{
    qint64 process = 0;
    {
        WorkerProcess worker;
        QSignalSpy ready(&worker, &WorkerProcess::ready);
        worker.warmUp();
        QVERIFY(ready.wait(patienceMs));
        process = worker.processId();
    }
    QTRY_VERIFY_WITH_TIMEOUT(!isAlive(process), patienceMs);
}

QTEST_GUILESS_MAIN(TestRealWorker)
#include "tst_real_worker.moc"
