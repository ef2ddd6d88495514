#include "core/catalogue/embedding_store.h"
#include "core/catalogue/model_store.h"
#include "core/catalogue/run_store.h"
#include "core/jobs/worker_locator.h"
#include "core/workflows/training/promote.h"
#include "core/workflows/training/training_controller.h"
#include "tests/workflows/training_catalogue.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QSignalSpy>
#include <QTest>

#include <csignal>
#include <optional>

using namespace flukeprint;
using namespace flukeprint::workflows;
using catalogue::RunState;

/// The real worker, on a catalogue small enough for a test: train, cancel, resume, promote, re-embed.
class TestTrainingReal : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void trainsCancelsResumesPromotesAndEmbedsAnew();
};

void TestTrainingReal::trainsCancelsResumesPromotesAndEmbedsAnew()
{
    if (!jobs::locateWorker())
        QFAIL("flukeprint-worker is not built");
    TrainingCatalogue catalogue;
    catalogue.fill(6, 4);
    const AnnotationId unknown = catalogue.addPhoto(QStringLiteral("n.png"), {}, 0, 50);
    jobs::JobQueue queue;
    TrainingController controller(*catalogue, queue);
    std::optional<TrainingOutcome> outcome;
    std::optional<Error> failure;
    connect(&controller, &TrainingController::finished, this,
            [&](RunId, const TrainingOutcome &result) { outcome = result; });
    connect(&controller, &TrainingController::failed, this, [&](RunId, const Error &what) { failure = what; });
    QSignalSpy points(&controller, &TrainingController::pointsAdded);
    QSignalSpy cancelled(&controller, &TrainingController::cancelled);

    TrainingRequest request;
    request.device = protocol::Device::Cpu;
    request.fromScratch = true;
    request.settings = {{"input_width", "64"},        {"input_height", "32"}, {"epochs", "2"},
                        {"dimension", "32"},          {"precision", "fp32"},  {"individuals_per_batch", "4"},
                        {"negatives_per_batch", "1"}, {"warmup_epochs", "0"}};
    const auto run = controller.start(request);
    QVERIFY2(run.ok(), run.ok() ? "" : run.error().debugText().c_str());
    QTRY_VERIFY_WITH_TIMEOUT(points.count() > 0 || failure, 60'000);
    QVERIFY2(!failure, failure ? failure->debugText().c_str() : "");
    controller.cancel(*run);
    QTRY_VERIFY_WITH_TIMEOUT(cancelled.count() == 1 || outcome || failure, 30'000);
    QVERIFY2(!failure, failure ? failure->debugText().c_str() : "");
    if (!outcome) {
        QCOMPARE(catalogue::RunStore(*catalogue).get(*run)->state, RunState::Cancelled);
        QVERIFY(controller.resume(*run).ok());
    }
    QTRY_VERIFY_WITH_TIMEOUT(outcome || failure, 90'000);
    QVERIFY2(!failure, failure ? failure->debugText().c_str() : "");
    QCOMPARE(catalogue::RunStore(*catalogue).get(*run)->state, RunState::Finished);
    const QJsonObject metrics = QJsonDocument::fromJson(QByteArray::fromStdString(outcome->metricsJson)).object();
    QVERIFY(metrics.contains(QStringLiteral("map5")));
    const auto series = catalogue::RunStore(*catalogue).series(*run, QStringLiteral("loss_train"));
    QVERIFY(!series->empty());

    // The first model of the catalogue serves at once; a second one has to be asked for.
    catalogue::ModelStore models(*catalogue);
    QCOMPARE(models.active()->id, outcome->model);
    TestContext context;
    const auto embedded = embedCatalogue(*catalogue, outcome->model, context.context());
    QVERIFY2(embedded.ok(), embedded.ok() ? "" : embedded.error().debugText().c_str());
    QVERIFY(catalogue::EmbeddingStore(*catalogue).find(outcome->model, unknown)->has_value());

    const ModelId first = outcome->model;
    outcome.reset();
    request.settings.insert_or_assign("epochs", std::string("1"));
    request.fromScratch = false; // from the serving model
    const auto second = controller.start(request);
    QVERIFY(second.ok());
    QTRY_VERIFY_WITH_TIMEOUT(outcome || failure, 90'000);
    QVERIFY2(!failure, failure ? failure->debugText().c_str() : "");
    QVERIFY(outcome->comparison.has_value());
    QCOMPARE(outcome->comparison->active, first);
    QVERIFY(outcome->comparison->queries > 0);
    QVERIFY(requestActivation(*catalogue, outcome->model).ok());
    QCOMPARE(models.active()->id, first);
    QVERIFY(completeActivation(*catalogue, context.context()).ok());
    QCOMPARE(models.active()->id, outcome->model);
    QCOMPARE(catalogue::EmbeddingStore(*catalogue).coverage(outcome->model)->embedded, 25);
}

QTEST_GUILESS_MAIN(TestTrainingReal)
#include "tst_training_real.moc"
