#include "core/catalogue/model_store.h"
#include "core/catalogue/run_store.h"
#include "core/workflows/models/register_model.h"
#include "core/workflows/training/compare_models.h"
#include "core/workflows/training/promote.h"
#include "core/workflows/training/training_controller.h"
#include "tests/workflows/model_files.h"
#include "tests/workflows/training_catalogue.h"

#include <QDir>
#include <QSignalSpy>
#include <QTest>

#include <memory>
#include <optional>

using namespace flukeprint;
using namespace flukeprint::workflows;
using catalogue::RunState;

/// Runs from the wish to the model, with a scripted worker: ten steps, a checkpoint at every second one.
class TestTrainingRun : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void aRunBecomesAModelThatIsComparedAndNotYetServing();
    void wrongWishesAreRefusedAtOnce();
    void whatShowsOnlyInTheDataFailsBeforeAnyWorker();
    void aLostPhotoIsWarnedAboutAndLeftOut();
    void aKilledWorkerCostsTheRunOnlyItsStepsSinceTheCheckpoint();
    void cancelAndResumeThroughTheQueue();
    void pausedIsSeenInTheCatalogue();
    void aRunThatWaitsCanBeCancelled();
    void anInterruptedRunIsResumedByTheNextProgram();
    void theControllerMayGoBeforeItsRuns();

private:
    void makeController(const QStringList &worker = {QStringLiteral("well")});
    [[nodiscard]] catalogue::Run run(RunId id) { return catalogue::RunStore(**m_catalogue).get(id).value(); }
    std::size_t pointsOf(RunId id)
    {
        return catalogue::RunStore(**m_catalogue).series(id, QStringLiteral("loss_train"))->size();
    }
    ModelId addServingModel();

    static TrainingRequest request();

    std::unique_ptr<TrainingCatalogue> m_catalogue;
    std::unique_ptr<jobs::JobQueue> m_queue;
    std::unique_ptr<TrainingController> m_controller;
    std::optional<TrainingOutcome> m_outcome;
    std::optional<Error> m_failure;
};

void TestTrainingRun::init()
{
    m_outcome.reset();
    m_failure.reset();
    m_catalogue = std::make_unique<TrainingCatalogue>();
    m_catalogue->fill(6, 4);
}

void TestTrainingRun::cleanup()
{
    m_controller.reset();
    m_queue.reset();
    m_catalogue.reset();
}

void TestTrainingRun::makeController(const QStringList &worker)
{
    m_controller.reset();
    m_queue = std::make_unique<jobs::JobQueue>();
    m_controller = std::make_unique<TrainingController>(**m_catalogue, *m_queue, scriptedWorker(worker));
    connect(m_controller.get(), &TrainingController::finished, this,
            [this](RunId, const TrainingOutcome &outcome) { m_outcome = outcome; });
    connect(m_controller.get(), &TrainingController::failed, this,
            [this](RunId, const Error &what) { m_failure = what; });
}

TrainingRequest TestTrainingRun::request()
{
    TrainingRequest request;
    request.settings = {{"input_width", "32"}, {"input_height", "32"}};
    return request;
}

ModelId TestTrainingRun::addServingModel()
{
    const QString source = m_catalogue->path(QStringLiteral("serving.safetensors"));
    writeFile(source, modelBytes(ownMetadata()));
    return registerModel(**m_catalogue, QStringLiteral("serving"), {},
                         [&](const std::filesystem::path &target) { return copyFile(source.toStdString(), target); })
        .value();
}

void TestTrainingRun::aRunBecomesAModelThatIsComparedAndNotYetServing()
{
    const ModelId serving = addServingModel();
    makeController();
    QSignalSpy points(m_controller.get(), &TrainingController::pointsAdded);
    QSignalSpy progress(m_controller.get(), &TrainingController::progressed);
    const auto id = m_controller->start(request());
    QVERIFY2(id.ok(), id.ok() ? "" : id.error().debugText().c_str());
    QCOMPARE(run(*id).state, RunState::Queued);
    QVERIFY(m_controller->activeJob(*id).has_value());
    QTRY_VERIFY_WITH_TIMEOUT(m_outcome.has_value(), patienceMs);
    QVERIFY(!m_controller->activeJob(*id).has_value());

    const auto record = run(*id);
    QCOMPARE(record.state, RunState::Finished);
    QCOMPARE(record.device, QStringLiteral("cpu"));
    QCOMPARE(record.model, m_outcome->model);
    QCOMPARE(record.snapshotHash.size(), 64);
    QCOMPARE(pointsOf(*id), 10U);
    QVERIFY(points.count() >= 1);
    QVERIFY(progress.count() >= 3);
    const auto model = catalogue::ModelStore(**m_catalogue).get(m_outcome->model);
    QCOMPARE(model->run, *id);
    QCOMPARE(model->name, record.name);
    QVERIFY(QFile::exists(QString::fromStdString(m_outcome->modelPath)));
    QCOMPARE(catalogue::ModelStore(**m_catalogue).active()->id, serving);

    QVERIFY(m_outcome->comparison.has_value());
    QCOMPARE(m_outcome->comparison->active, serving);
    QVERIFY(m_outcome->comparison->queries > 0);
    QCOMPARE(m_outcome->comparison->seenByServing, 0U);
    const auto folder = (*m_catalogue)->resolve(record.folder);
    QCOMPARE(readComparison(folder)->queries, m_outcome->comparison->queries);
    QVERIFY(std::filesystem::exists(folder / "snapshot.json"));
    QVERIFY(!std::filesystem::exists(folder / "chips.fpc"));
    QVERIFY(!m_controller->resume(*id).ok()); // finished is finished
}

void TestTrainingRun::wrongWishesAreRefusedAtOnce()
{
    makeController();
    const auto refused = [&](auto change) {
        TrainingRequest wish = request();
        change(wish);
        const auto id = m_controller->start(wish);
        return id ? ErrorCode::Internal : id.error().code;
    };
    QCOMPARE(refused([](auto &wish) { wish.preset = "nonsense"; }), ErrorCode::PresetUnknown);
    QCOMPARE(refused([](auto &wish) { wish.settings["colour"] = "blue"; }), ErrorCode::SettingUnknown);
    QCOMPARE(refused([](auto &wish) { wish.settings["epochs"] = "0"; }), ErrorCode::SettingOutOfRange);
    QCOMPARE(refused([](auto &wish) { wish.splitFile = "/nowhere.csv"; }), ErrorCode::FileNotFound);
    QCOMPARE(refused([](auto &wish) { wish.startModelFile = "/nowhere.safetensors"; }), ErrorCode::FileNotFound);
    QCOMPARE(refused([](auto &wish) { wish.name = "../../etc"; }), ErrorCode::InvalidArgument);
    QCOMPARE(refused([](auto &wish) { wish.device = protocol::Device::Cuda; }), ErrorCode::DeviceUnavailable); // that worker has a CPU
    QVERIFY(catalogue::RunStore(**m_catalogue).list()->empty());
    QVERIFY(std::filesystem::is_empty((*m_catalogue)->runsFolder()));
    TrainingCatalogue empty;
    jobs::JobQueue queue;
    TrainingController controller(*empty, queue, scriptedWorker());
    QCOMPARE(controller.start(request()).error().code, ErrorCode::TooFewIndividuals);
    empty.addPhoto(QStringLiteral("a.png"), QStringLiteral("A"), 0, 1);
    empty.addPhoto(QStringLiteral("b.png"), QStringLiteral("B"), 0, 2);
    QCOMPARE(controller.start(request()).error().code, ErrorCode::TooFewPhotos);
}

void TestTrainingRun::whatShowsOnlyInTheDataFailsBeforeAnyWorker()
{
    const QString table = m_catalogue->path(QStringLiteral("split.csv"));
    writeFile(table, "Image,Id,role,near_duplicate_group\nW-001-0.png,W-001,test_known,0\n");
    makeController({QStringLiteral("silent")}); // would never answer
    TrainingRequest wish = request();
    wish.splitFile = table.toStdString();
    const auto id = m_controller->start(wish);
    QVERIFY(id.ok());
    QTRY_VERIFY_WITH_TIMEOUT(m_failure.has_value(), patienceMs);
    QCOMPARE(m_failure->code, ErrorCode::TooFewIndividuals);
    QCOMPARE(run(*id).state, RunState::Failed);
    QVERIFY(run(*id).errorJson.contains(QStringLiteral("too_few_individuals")));
}

void TestTrainingRun::aLostPhotoIsWarnedAboutAndLeftOut()
{
    QVERIFY(QFile::remove(m_catalogue->path(QStringLiteral("W-002-1.png"))));
    makeController();
    QSignalSpy warnings(m_controller.get(), &TrainingController::warned);
    const auto id = m_controller->start(request());
    QTRY_VERIFY_WITH_TIMEOUT(m_outcome.has_value(), patienceMs);
    QCOMPARE(warnings.count(), 1);
    QCOMPARE(m_outcome->warnings.front().code, ErrorCode::FileNotFound);
    const auto snapshot = protocol::readSnapshot((*m_catalogue)->resolve(run(*id).folder) / "snapshot.json");
    QCOMPARE(snapshot->items.size(), 23U);
}

void TestTrainingRun::aKilledWorkerCostsTheRunOnlyItsStepsSinceTheCheckpoint()
{
    makeController({QStringLiteral("crash_at_step_7"), m_catalogue->path(QStringLiteral("crashed"))});
    const auto id = m_controller->start(request());
    QTRY_VERIFY_WITH_TIMEOUT(m_failure.has_value(), patienceMs);
    QCOMPARE(m_failure->code, ErrorCode::WorkerCrashed);
    QCOMPARE(m_failure->args, std::vector<std::string>{"signal 9"});
    QCOMPARE(run(*id).state, RunState::Failed);
    QCOMPARE(pointsOf(*id), 7U); // the seventh was written and never said
    QVERIFY(m_controller->resume(*id).ok());
    QTRY_VERIFY_WITH_TIMEOUT(m_outcome.has_value(), patienceMs);
    QVERIFY(m_outcome->metricsJson.find("\"first_step\":7") != std::string::npos);
    QCOMPARE(run(*id).state, RunState::Finished);
    QVERIFY(run(*id).errorJson.isEmpty());
    QCOMPARE(pointsOf(*id), 10U);
    QCOMPARE(catalogue::RunStore(**m_catalogue).list()->size(), 1U);
}

void TestTrainingRun::cancelAndResumeThroughTheQueue()
{
    makeController();
    QSignalSpy cancelled(m_controller.get(), &TrainingController::cancelled);
    QSignalSpy points(m_controller.get(), &TrainingController::pointsAdded);
    const auto id = m_controller->start(request());
    QTRY_VERIFY_WITH_TIMEOUT(points.count() > 0, patienceMs);
    const auto key = *m_controller->activeJob(*id);
    m_controller->cancel(*id);
    QTRY_COMPARE_WITH_TIMEOUT(cancelled.count(), 1, patienceMs);
    QCOMPARE(run(*id).state, RunState::Cancelled);
    QVERIFY(m_queue->status(key)->canRestart);
    m_queue->restart(key); // what the jobs area does
    QTRY_VERIFY_WITH_TIMEOUT(m_outcome.has_value(), patienceMs);
    QCOMPARE(run(*id).state, RunState::Finished);
    QCOMPARE(pointsOf(*id), 10U);
}

void TestTrainingRun::pausedIsSeenInTheCatalogue()
{
    makeController();
    QSignalSpy points(m_controller.get(), &TrainingController::pointsAdded);
    const auto id = m_controller->start(request());
    QTRY_VERIFY_WITH_TIMEOUT(points.count() > 0, patienceMs);
    m_controller->pause(*id);
    QTRY_COMPARE_WITH_TIMEOUT(run(*id).state, RunState::Paused, patienceMs);
    QVERIFY(m_controller->activeJob(*id).has_value());
    QTest::qWait(200); // longer than all remaining steps take
    QVERIFY(!m_outcome.has_value());
    m_controller->unpause(*id);
    QCOMPARE(run(*id).state, RunState::Running);
    QTRY_VERIFY_WITH_TIMEOUT(m_outcome.has_value(), patienceMs);
    QCOMPARE(run(*id).state, RunState::Finished);
}

void TestTrainingRun::aRunThatWaitsCanBeCancelled()
{
    makeController();
    QSignalSpy cancelled(m_controller.get(), &TrainingController::cancelled);
    const auto first = m_controller->start(request());
    const auto second = m_controller->start(request());
    QVERIFY(first.ok() && second.ok());
    QVERIFY(run(*first).name != run(*second).name);
    m_controller->cancel(*second);
    QCOMPARE(cancelled.count(), 1);
    QCOMPARE(run(*second).state, RunState::Cancelled);
    QTRY_VERIFY_WITH_TIMEOUT(m_outcome.has_value(), patienceMs);
    m_outcome.reset();
    QVERIFY(m_controller->resume(*second).ok());
    QTRY_VERIFY_WITH_TIMEOUT(m_outcome.has_value(), patienceMs);
    QCOMPARE(m_outcome->run, *second);
}

void TestTrainingRun::anInterruptedRunIsResumedByTheNextProgram()
{
    makeController({QStringLiteral("crash_at_step_5"), m_catalogue->path(QStringLiteral("crashed"))});
    const auto id = m_controller->start(request());
    QTRY_VERIFY_WITH_TIMEOUT(m_failure.has_value(), patienceMs);
    // As if the program had died with its worker.
    QVERIFY(catalogue::RunStore(**m_catalogue).setState(*id, RunState::Running).ok());
    makeController();
    QCOMPARE(jobs::recoverRuns(**m_catalogue).value(), 1);
    QCOMPARE(run(*id).state, RunState::Interrupted);
    QVERIFY(m_controller->resume(*id).ok());
    QTRY_VERIFY_WITH_TIMEOUT(m_outcome.has_value(), patienceMs);
    QVERIFY(m_outcome->metricsJson.find("\"first_step\":5") != std::string::npos);
    QCOMPARE(m_outcome->run, *id);
}

void TestTrainingRun::theControllerMayGoBeforeItsRuns()
{
    makeController();
    QSignalSpy points(m_controller.get(), &TrainingController::pointsAdded);
    const auto id = m_controller->start(request());
    QTRY_VERIFY_WITH_TIMEOUT(points.count() > 0, patienceMs);
    m_controller.reset();
    QTest::qWait(50);
    m_queue.reset(); // cancels and waits
    QVERIFY(run(*id).state == RunState::Cancelled || run(*id).state == RunState::Finished);
}

QTEST_GUILESS_MAIN(TestTrainingRun)
#include "tst_training_run.moc"
