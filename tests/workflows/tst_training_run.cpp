#include "core/catalogue/model_store.h"
#include "core/catalogue/run_store.h"
#include "core/workflows/models/register_model.h"
#include "core/workflows/training/compare_models.h"
#include "core/workflows/training/promote.h"
#include "core/workflows/training/training_controller.h"
#include "tests/workflows/model_files.h"
#include "tests/workflows/run_bench.h"

#include <QDir>
#include <QSignalSpy>
#include <QTest>

#include <memory>

using namespace flukeprint;
using namespace flukeprint::workflows;
using catalogue::RunState;

/// Runs from the wish to the model, with a scripted worker: ten steps, a checkpoint at every second one.
class TestTrainingRun : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_bench = std::make_unique<RunBench>(); }
    void cleanup() { m_bench.reset(); }
    void aRunBecomesAModelThatIsComparedAndNotYetServing();
    void aLostPhotoIsWarnedAboutAndLeftOut();
    void aKilledWorkerCostsTheRunOnlyItsStepsSinceTheCheckpoint();
    void cancelAndResumeThroughTheQueue();
    void pausedIsSeenInTheCatalogue();
    void aRunThatWaitsCanBeCancelled();
    void aRunWithoutAModelCanBeRemoved();
    void aRecordThatNamesAnotherFolderDeletesNothing_data();
    void aRecordThatNamesAnotherFolderDeletesNothing();
    void anInterruptedRunIsResumedByTheNextProgram();
    void theControllerMayGoBeforeItsRuns();

private:
    std::size_t pointsOf(RunId id)
    {
        return catalogue::RunStore(*m_bench->catalogue).series(id, QStringLiteral("loss_train"))->size();
    }
    ModelId addServingModel();

    std::unique_ptr<RunBench> m_bench;
};

ModelId TestTrainingRun::addServingModel()
{
    const QString source = m_bench->catalogue.path(QStringLiteral("serving.safetensors"));
    writeFile(source, modelBytes(ownMetadata()));
    return registerModel(*m_bench->catalogue, QStringLiteral("serving"), {},
                         [&](const std::filesystem::path &target) { return copyFile(source.toStdString(), target); })
        .value();
}

void TestTrainingRun::aRunBecomesAModelThatIsComparedAndNotYetServing()
{
    const ModelId serving = addServingModel();
    m_bench->makeController();
    QSignalSpy points(m_bench->controller.get(), &TrainingController::pointsAdded);
    QSignalSpy progress(m_bench->controller.get(), &TrainingController::progressed);
    const auto id = m_bench->controller->start(RunBench::request());
    QVERIFY2(id.ok(), id.ok() ? "" : id.error().debugText().c_str());
    QCOMPARE(m_bench->run(*id).state, RunState::Queued);
    QVERIFY(m_bench->controller->activeJob(*id).has_value());
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->outcome.has_value(), patienceMs);
    QVERIFY(!m_bench->controller->activeJob(*id).has_value());

    const auto record = m_bench->run(*id);
    QCOMPARE(record.state, RunState::Finished);
    QCOMPARE(record.device, QStringLiteral("cpu"));
    QCOMPARE(record.model, m_bench->outcome->model);
    QCOMPARE(record.snapshotHash.size(), 64);
    QCOMPARE(pointsOf(*id), 10U);
    QVERIFY(points.count() >= 1);
    QVERIFY(progress.count() >= 3);
    const auto model = catalogue::ModelStore(*m_bench->catalogue).get(m_bench->outcome->model);
    QCOMPARE(model->run, *id);
    QCOMPARE(model->name, record.name);
    QVERIFY(QFile::exists(QString::fromStdString(m_bench->outcome->modelPath)));
    QCOMPARE(catalogue::ModelStore(*m_bench->catalogue).active()->id, serving);

    QVERIFY(m_bench->outcome->comparison.has_value());
    QCOMPARE(m_bench->outcome->comparison->active, serving);
    QVERIFY(m_bench->outcome->comparison->queries > 0);
    QCOMPARE(m_bench->outcome->comparison->seenByServing, 0U);
    const auto folder = m_bench->catalogue->resolve(record.folder);
    QCOMPARE(readComparison(folder)->queries, m_bench->outcome->comparison->queries);
    QVERIFY(std::filesystem::exists(folder / "snapshot.json"));
    QVERIFY(!std::filesystem::exists(folder / "chips.fpc"));
    QVERIFY(!m_bench->controller->resume(*id).ok()); // finished is finished
}

void TestTrainingRun::aLostPhotoIsWarnedAboutAndLeftOut()
{
    QVERIFY(QFile::remove(m_bench->catalogue.path(QStringLiteral("W-002-1.png"))));
    m_bench->makeController();
    QSignalSpy warnings(m_bench->controller.get(), &TrainingController::warned);
    const auto id = m_bench->controller->start(RunBench::request());
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->outcome.has_value(), patienceMs);
    QCOMPARE(warnings.count(), 1);
    QCOMPARE(m_bench->outcome->warnings.front().code, ErrorCode::FileNotFound);
    const auto snapshot = protocol::readSnapshot(m_bench->catalogue->resolve(m_bench->run(*id).folder) / "snapshot.json");
    QCOMPARE(snapshot->items.size(), 23U);
}

void TestTrainingRun::aKilledWorkerCostsTheRunOnlyItsStepsSinceTheCheckpoint()
{
    m_bench->makeController({QStringLiteral("crash_at_step_7"), m_bench->catalogue.path(QStringLiteral("crashed"))});
    const auto id = m_bench->controller->start(RunBench::request());
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->failure.has_value(), patienceMs);
    QCOMPARE(m_bench->failure->code, ErrorCode::WorkerCrashed);
    QCOMPARE(m_bench->failure->args, std::vector<std::string>{"signal 9"});
    QCOMPARE(m_bench->run(*id).state, RunState::Failed);
    QCOMPARE(pointsOf(*id), 7U); // the seventh was written and never said
    QVERIFY(m_bench->controller->resume(*id).ok());
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->outcome.has_value(), patienceMs);
    QVERIFY(m_bench->outcome->metricsJson.find("\"first_step\":7") != std::string::npos);
    QCOMPARE(m_bench->run(*id).state, RunState::Finished);
    QVERIFY(m_bench->run(*id).errorJson.isEmpty());
    QCOMPARE(pointsOf(*id), 10U);
    QCOMPARE(catalogue::RunStore(*m_bench->catalogue).list()->size(), 1U);
}

void TestTrainingRun::cancelAndResumeThroughTheQueue()
{
    m_bench->makeController();
    QSignalSpy cancelled(m_bench->controller.get(), &TrainingController::cancelled);
    QSignalSpy points(m_bench->controller.get(), &TrainingController::pointsAdded);
    const auto id = m_bench->controller->start(RunBench::request());
    QTRY_VERIFY_WITH_TIMEOUT(points.count() > 0, patienceMs);
    const auto key = *m_bench->controller->activeJob(*id);
    m_bench->controller->cancel(*id);
    QTRY_COMPARE_WITH_TIMEOUT(cancelled.count(), 1, patienceMs);
    QCOMPARE(m_bench->run(*id).state, RunState::Cancelled);
    QVERIFY(m_bench->queue->status(key)->canRestart);
    m_bench->queue->restart(key); // what the jobs area does
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->outcome.has_value(), patienceMs);
    QCOMPARE(m_bench->run(*id).state, RunState::Finished);
    QCOMPARE(pointsOf(*id), 10U);
}

void TestTrainingRun::pausedIsSeenInTheCatalogue()
{
    m_bench->makeController();
    QSignalSpy points(m_bench->controller.get(), &TrainingController::pointsAdded);
    const auto id = m_bench->controller->start(RunBench::request());
    QTRY_VERIFY_WITH_TIMEOUT(points.count() > 0, patienceMs);
    m_bench->controller->pause(*id);
    QTRY_COMPARE_WITH_TIMEOUT(m_bench->run(*id).state, RunState::Paused, patienceMs);
    QVERIFY(m_bench->controller->activeJob(*id).has_value());
    QTest::qWait(200); // longer than all remaining steps take
    QVERIFY(!m_bench->outcome.has_value());
    m_bench->controller->unpause(*id);
    QCOMPARE(m_bench->run(*id).state, RunState::Running);
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->outcome.has_value(), patienceMs);
    QCOMPARE(m_bench->run(*id).state, RunState::Finished);
}

void TestTrainingRun::aRunThatWaitsCanBeCancelled()
{
    m_bench->makeController();
    QSignalSpy cancelled(m_bench->controller.get(), &TrainingController::cancelled);
    const auto first = m_bench->controller->start(RunBench::request());
    const auto second = m_bench->controller->start(RunBench::request());
    QVERIFY(first.ok() && second.ok());
    QVERIFY(m_bench->run(*first).name != m_bench->run(*second).name);
    m_bench->controller->cancel(*second);
    QCOMPARE(cancelled.count(), 1);
    QCOMPARE(m_bench->run(*second).state, RunState::Cancelled);
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->outcome.has_value(), patienceMs);
    m_bench->outcome.reset();
    QVERIFY(m_bench->controller->resume(*second).ok());
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->outcome.has_value(), patienceMs);
    QCOMPARE(m_bench->outcome->run, *second);
}

void TestTrainingRun::aRunWithoutAModelCanBeRemoved()
{
    m_bench->makeController();
    TrainingController &controller = *m_bench->controller;
    QSignalSpy cancelled(&controller, &TrainingController::cancelled);
    QSignalSpy removed(&controller, &TrainingController::runRemoved);
    const auto first = controller.start(RunBench::request());
    const auto second = controller.start(RunBench::request());
    QCOMPARE(controller.remove(*first).error().code, ErrorCode::InvalidArgument); // it is at work
    QCOMPARE(controller.remove(*second).error().code, ErrorCode::InvalidArgument); // it waits
    controller.cancel(*second);
    QCOMPARE(cancelled.count(), 1);
    const std::filesystem::path folder = (*m_bench->catalogue).resolve(m_bench->run(*second).folder);
    QVERIFY(std::filesystem::exists(folder));
    QVERIFY(controller.remove(*second).ok());
    QCOMPARE(removed.count(), 1);
    QVERIFY(!std::filesystem::exists(folder));
    QCOMPARE(controller.remove(*second).error().code, ErrorCode::NotFound);
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->outcome.has_value(), patienceMs);
    QCOMPARE(controller.remove(*first).error().code, ErrorCode::InvalidArgument); // its model must stay comparable
    QCOMPARE(catalogue::RunStore(*m_bench->catalogue).list()->size(), 1U);
    std::size_t folders = 0;
    for ([[maybe_unused]] const auto &entry : std::filesystem::directory_iterator((*m_bench->catalogue).runsFolder()))
        ++folders;
    QCOMPARE(folders, std::size_t{1}); // nothing set aside is left behind
}

void TestTrainingRun::aRecordThatNamesAnotherFolderDeletesNothing_data()
{
    QTest::addColumn<QString>("folder");
    QTest::newRow("nothing") << QString();
    QTest::newRow("the catalogue") << QStringLiteral(".");
    QTest::newRow("all runs") << QStringLiteral("runs");
    QTest::newRow("out of the catalogue") << QStringLiteral("runs/../..");
    QTest::newRow("the models") << QStringLiteral("models");
}

void TestTrainingRun::aRecordThatNamesAnotherFolderDeletesNothing()
{
    QFETCH(QString, folder);
    m_bench->makeController({QStringLiteral("crash_at_step_5"), m_bench->catalogue.path(QStringLiteral("crashed"))});
    const auto id = m_bench->controller->start(RunBench::request());
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->failure.has_value(), patienceMs);
    const std::filesystem::path own = (*m_bench->catalogue).resolve(m_bench->run(*id).folder);
    catalogue::RunStore runs(*m_bench->catalogue);
    QVERIFY(runs.setFolder(*id, folder).ok());
    QCOMPARE(m_bench->controller->remove(*id).error().code, ErrorCode::InvalidArgument);
    QVERIFY(std::filesystem::exists(own) && runs.get(*id).ok());
    QVERIFY(runs.setFolder(*id, (*m_bench->catalogue).stored(own)).ok());
    QVERIFY(m_bench->controller->remove(*id).ok());
    QVERIFY(!std::filesystem::exists(own));
}

void TestTrainingRun::anInterruptedRunIsResumedByTheNextProgram()
{
    m_bench->makeController({QStringLiteral("crash_at_step_5"), m_bench->catalogue.path(QStringLiteral("crashed"))});
    const auto id = m_bench->controller->start(RunBench::request());
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->failure.has_value(), patienceMs);
    // As if the program had died with its worker.
    QVERIFY(catalogue::RunStore(*m_bench->catalogue).setState(*id, RunState::Running).ok());
    m_bench->makeController();
    QCOMPARE(jobs::recoverRuns(*m_bench->catalogue).value(), 1);
    QCOMPARE(m_bench->run(*id).state, RunState::Interrupted);
    QVERIFY(m_bench->controller->resume(*id).ok());
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->outcome.has_value(), patienceMs);
    QVERIFY(m_bench->outcome->metricsJson.find("\"first_step\":5") != std::string::npos);
    QCOMPARE(m_bench->outcome->run, *id);
}

void TestTrainingRun::theControllerMayGoBeforeItsRuns()
{
    m_bench->makeController();
    QSignalSpy points(m_bench->controller.get(), &TrainingController::pointsAdded);
    const auto id = m_bench->controller->start(RunBench::request());
    QTRY_VERIFY_WITH_TIMEOUT(points.count() > 0, patienceMs);
    m_bench->controller.reset();
    QTest::qWait(50);
    m_bench->queue.reset(); // cancels and waits
    QVERIFY(m_bench->run(*id).state == RunState::Cancelled || m_bench->run(*id).state == RunState::Finished);
}

QTEST_GUILESS_MAIN(TestTrainingRun)
#include "tst_training_run.moc"
