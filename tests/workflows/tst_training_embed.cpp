#include "core/catalogue/database.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/model_store.h"
#include "core/jobs/job_queue.h"
#include "core/workflows/candidates.h"
#include "core/workflows/models/register_model.h"
#include "core/workflows/training/embed_catalogue.h"
#include "core/workflows/training/promote.h"
#include "tests/workflows/model_files.h"
#include "tests/workflows/training_catalogue.h"

#include <QTest>

#include <optional>

using namespace flukeprint;
using namespace flukeprint::workflows;

/// With a scripted worker: what matters here is what survives, not what the numbers are.
class TestTrainingEmbed : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everythingThatIsMissingIsEmbeddedOnce();
    void whatIsDamagedIsEmbeddedAnew();
    void aCrashCostsOneChunk();
    void anUnreadablePhotoDoesNotHoldUpTheOthers();
    void theOldModelServesUntilTheNewOneIsComplete();
    void oldEmbeddingsServeWhileTheNewOnesAreMade();
    void anInterruptedActivationGoesOn();
    void aCancelledWishIsForgotten();
    void embeddingAsAJobOfTheQueue();

private:
    static ModelId addModel(TrainingCatalogue &catalogue, const char *name);
    static EmbedOptions options(const QStringList &arguments = {QStringLiteral("well")});
};

ModelId TestTrainingEmbed::addModel(TrainingCatalogue &catalogue, const char *name)
{
    const QString source = catalogue.path(QStringLiteral("source.safetensors"));
    writeFile(source, modelBytes(ownMetadata()));
    const auto model =
        registerModel(*catalogue, QString::fromLatin1(name), {},
                      [&](const std::filesystem::path &target) { return copyFile(source.toStdString(), target); });
    return model.value();
}

EmbedOptions TestTrainingEmbed::options(const QStringList &arguments)
{
    EmbedOptions options;
    options.worker = scriptedWorker(arguments);
    options.chunkSize = 4;
    return options;
}

void TestTrainingEmbed::everythingThatIsMissingIsEmbeddedOnce()
{
    TrainingCatalogue catalogue;
    catalogue.fill(3, 3);
    const ModelId model = addModel(catalogue, "m");
    TestContext context;
    const auto first = embedCatalogue(*catalogue, model, context.context(), options());
    QVERIFY2(first.ok(), first.ok() ? "" : first.error().debugText().c_str());
    QCOMPARE(first->embedded, 9);
    QCOMPARE(context.progress.back().done, 9);
    QCOMPARE(context.progress.back().total, 9);
    const AnnotationId late = catalogue.addPhoto(QStringLiteral("late.png"), {}, 0, 9);
    QCOMPARE(embedCatalogue(*catalogue, model, context.context(), options())->embedded, 1);
    QVERIFY(catalogue::EmbeddingStore(*catalogue).find(model, late)->has_value());
    // A changed box makes the old embedding useless.
    QVERIFY(
        catalogue::AnnotationStore(*catalogue).setBox(late, {40, 20, 50, 30, 0}, catalogue::BoxSource::Manual).ok());
    QCOMPARE(embedCatalogue(*catalogue, model, context.context(), options())->embedded, 1);
    EmbedOptions noWorker = options();
    noWorker.worker.program = QStringLiteral("/nowhere/worker");
    QCOMPARE(embedCatalogue(*catalogue, model, context.context(), noWorker)->embedded, 0); // none is needed
}

void TestTrainingEmbed::whatIsDamagedIsEmbeddedAnew()
{
    TrainingCatalogue catalogue;
    catalogue.fill(2, 2);
    const ModelId model = addModel(catalogue, "m");
    TestContext context;
    QCOMPARE(embedCatalogue(*catalogue, model, context.context(), options())->embedded, 4);
    QVERIFY(catalogue->database().run(QStringLiteral("UPDATE embedding SET vector = x'0000c07f00000000' WHERE annotation_id = 2")).ok());
    QCOMPARE(embedCatalogue(*catalogue, model, context.context(), options())->embedded, 1);
    QVERIFY(catalogue::EmbeddingStore(*catalogue).find(model, AnnotationId(2))->has_value());
    QCOMPARE(context.warnings.size(), 1U);
    QVERIFY2(context.warnings.front().args.front().find("W-001-1.png") != std::string::npos,
             context.warnings.front().debugText().c_str());
}

void TestTrainingEmbed::aCrashCostsOneChunk()
{
    TrainingCatalogue catalogue;
    catalogue.fill(5, 2);
    const ModelId model = addModel(catalogue, "m");
    const QStringList crashing{QStringLiteral("crash_at_embed_2"), catalogue.path(QStringLiteral("crashed"))};
    TestContext context;
    const auto crashed = embedCatalogue(*catalogue, model, context.context(), options(crashing));
    QVERIFY(!crashed.ok());
    QCOMPARE(crashed.error().code, ErrorCode::WorkerCrashed);
    QCOMPARE(catalogue::EmbeddingStore(*catalogue).coverage(model)->embedded, 4);
    QCOMPARE(embedCatalogue(*catalogue, model, context.context(), options(crashing))->embedded, 6);
    QCOMPARE(catalogue::EmbeddingStore(*catalogue).coverage(model)->embedded, 10);
}

void TestTrainingEmbed::anUnreadablePhotoDoesNotHoldUpTheOthers()
{
    TrainingCatalogue catalogue;
    catalogue.fill(3, 3);
    for (const char *name : {"W-001-0.png", "W-001-1.png", "W-001-2.png", "W-002-0.png"}) // a whole chunk
        QVERIFY(QFile::remove(catalogue.path(QString::fromLatin1(name))));
    const ModelId model = addModel(catalogue, "m");
    TestContext context;
    const auto summary = embedCatalogue(*catalogue, model, context.context(), options());
    QVERIFY2(summary.ok(), summary.ok() ? "" : summary.error().debugText().c_str());
    QCOMPARE(summary->embedded, 5);
    QCOMPARE(summary->leftOut, 4);
    QCOMPARE(context.warnings.size(), 4U);
}

void TestTrainingEmbed::theOldModelServesUntilTheNewOneIsComplete()
{
    TrainingCatalogue catalogue;
    catalogue.fill(3, 2);
    QVERIFY(QFile::remove(catalogue.path(QStringLiteral("W-001-0.png"))));
    const ModelId old = addModel(catalogue, "old");
    const ModelId fresh = addModel(catalogue, "fresh");
    catalogue::ModelStore models(*catalogue);
    QCOMPARE(models.active()->id, old);
    QVERIFY(requestActivation(*catalogue, fresh).ok());
    QCOMPARE(models.active()->id, old);
    QCOMPARE(pendingActivation(*catalogue).value(), std::optional(fresh));
    TestContext context;
    const auto done = completeActivation(*catalogue, context.context(), options());
    QVERIFY2(done.ok(), done.ok() ? "" : done.error().debugText().c_str());
    QCOMPARE(done->leftOut, 1); // a lost photo does not hold it up
    QCOMPARE(models.active()->id, fresh);
    QVERIFY(!pendingActivation(*catalogue)->has_value());
    QCOMPARE(completeActivation(*catalogue, context.context(), options()).error().code, ErrorCode::NothingToDo);
    QCOMPARE(requestActivation(*catalogue, ModelId(99)).error().code, ErrorCode::NotFound);
}

/// While a new model's embeddings are being made another connection asks for candidates and decides, as a reviewer would.
void TestTrainingEmbed::oldEmbeddingsServeWhileTheNewOnesAreMade()
{
    TrainingCatalogue catalogue;
    catalogue.fill(3, 2);
    const AnnotationId open = catalogue.addPhoto(QStringLiteral("open.png"), {}, 0, 1);
    const ModelId old = addModel(catalogue, "old");
    const ModelId fresh = addModel(catalogue, "fresh");
    TestContext context;
    QCOMPARE(embedCatalogue(*catalogue, old, context.context(), options())->embedded, 7);
    QVERIFY(requestActivation(*catalogue, fresh).ok());
    int asked = 0;
    jobs::WorkContext reviewed = context.context();
    reviewed.progress = [&](const Progress &progress) {
        if (progress.stage != "embedding" || progress.done == 0 || progress.done == progress.total || ++asked != 1)
            return;
        auto reviewer = catalogue->openConnection().value();
        const auto serving = loadServingModel(reviewer).value();
        QCOMPARE(serving->record.id, old);
        QVERIFY(catalogue::EmbeddingStore(reviewer).coverage(fresh)->embedded > 0); // half-way
        QCOMPARE(serving->gallery.count(), std::size_t{6});
        const auto found = findCandidates(reviewer, *serving, open);
        QVERIFY(found.ok() && found->has_value());
        QCOMPARE((*found)->candidates.size(), std::size_t{3});
        catalogue::DecisionLog log(reviewer, QStringLiteral("Ada"), catalogue::DecisionSource::Review);
        QVERIFY(log.confirm(open, (*found)->candidates.front().individual).ok());
    };
    const auto done = completeActivation(*catalogue, reviewed, options());
    QVERIFY2(done.ok(), done.ok() ? "" : done.error().debugText().c_str());
    QVERIFY(asked > 0);
    QCOMPARE(loadServingModel(*catalogue).value()->record.id, fresh);
    QCOMPARE(loadServingModel(*catalogue).value()->gallery.count(), std::size_t{7}); // the decision counts
}

void TestTrainingEmbed::anInterruptedActivationGoesOn()
{
    TrainingCatalogue catalogue;
    catalogue.fill(4, 2);
    const ModelId old = addModel(catalogue, "old");
    const ModelId fresh = addModel(catalogue, "fresh");
    QVERIFY(requestActivation(*catalogue, fresh).ok());
    const QStringList crashing{QStringLiteral("crash_at_embed_2"), catalogue.path(QStringLiteral("crashed"))};
    TestContext context;
    QVERIFY(!completeActivation(*catalogue, context.context(), options(crashing)).ok());
    QCOMPARE(catalogue::ModelStore(*catalogue).active()->id, old);
    QCOMPARE(pendingActivation(*catalogue).value(), std::optional(fresh));
    QCOMPARE(completeActivation(*catalogue, context.context(), options(crashing))->embedded, 4);
    QCOMPARE(catalogue::ModelStore(*catalogue).active()->id, fresh);
    // Its embeddings are complete: going back needs the old one's only.
    TestContext again;
    QVERIFY(requestActivation(*catalogue, old).ok());
    QCOMPARE(pendingActivation(*catalogue).value(), std::optional(old));
    QVERIFY(completeActivation(*catalogue, again.context(), options()).ok());
    QVERIFY(requestActivation(*catalogue, fresh).ok());
    QCOMPARE(catalogue::ModelStore(*catalogue).active()->id, fresh); // at once
}

void TestTrainingEmbed::aCancelledWishIsForgotten()
{
    TrainingCatalogue catalogue;
    catalogue.fill(2, 2);
    const ModelId old = addModel(catalogue, "old");
    const ModelId fresh = addModel(catalogue, "fresh");
    QVERIFY(requestActivation(*catalogue, fresh).ok());
    QVERIFY(cancelActivation(*catalogue).ok());
    QVERIFY(!pendingActivation(*catalogue)->has_value());
    QVERIFY(requestActivation(*catalogue, fresh).ok());
    QVERIFY(requestActivation(*catalogue, old).ok()); // the one that serves: nothing to do
    QVERIFY(!pendingActivation(*catalogue)->has_value());
}

void TestTrainingEmbed::embeddingAsAJobOfTheQueue()
{
    TrainingCatalogue catalogue;
    catalogue.fill(3, 2);
    const ModelId model = addModel(catalogue, "m");
    std::optional<EmbedSummary> summary;
    {
        jobs::JobQueue queue;
        auto job = makeEmbedJob(
            *catalogue, model, [&](const Result<EmbedSummary> &result) { summary = *result; }, options());
        QVERIFY(job.ok());
        const auto key = queue.add(std::move(job).value());
        QTRY_COMPARE_WITH_TIMEOUT(queue.status(key)->state, jobs::JobState::Finished, patienceMs);
        QCOMPARE(queue.status(key)->title.code, std::string("embed"));
    }
    QVERIFY(summary.has_value());
    QCOMPARE(summary->embedded, 6);
}

QTEST_GUILESS_MAIN(TestTrainingEmbed)
#include "tst_training_embed.moc"
