#include "core/catalogue/chip_cache.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/encounter_store.h"
#include "core/catalogue/import_log.h"
#include "core/catalogue/proposal_store.h"
#include "core/catalogue/run_store.h"
#include "tests/catalogue/catalogue_fixture.h"

#include <cmath>
#include <limits>

using namespace flukeprint;
using namespace flukeprint::catalogue;

class JobStoresTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void embeddingsBelongToABoxRevision();
    void embeddingsOfWrongSizeAreRefused();
    void damagedEmbeddingsAreLeftOut_data();
    void damagedEmbeddingsAreLeftOut();
    void aGalleryHoldsIdentifiedOnesWithTheirGroups();
    void exactlyOneModelIsActive();
    void promotingAModelDropsTheOldCandidates();
    void removingAModelTakesItsEmbeddingsAlong();
    void candidatesFollowMerges();
    void runsRememberTheirStatesAndCurves();
    void interruptedRunsAreMarked();
    void anInterruptedImportKnowsWhatIsLeft();
    void chipsOfAnOldBoxAreMissing();
};

void JobStoresTest::embeddingsBelongToABoxRevision()
{
    Fixture fixture;
    const ModelId model = must(ModelStore(*fixture).add(modelNamed(QStringLiteral("first"))));
    EmbeddingStore embeddings(*fixture);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const AnnotationId b = addAnnotation(*fixture, 2);
    QCOMPARE(must(embeddings.missing(model)).size(), std::size_t{2});
    const std::vector<EmbeddingKey> keys{{a, 1}, {b, 1}, {AnnotationId(99), 1}};
    const std::vector<float> vectors{1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9};
    QCOMPARE(must(embeddings.put(model, keys, vectors)), 2); // the one that is gone is left out
    QVERIFY(must(embeddings.missing(model)).empty());
    QCOMPARE(must(embeddings.find(model, b)).value(), (std::vector<float>{5, 6, 7, 8}));
    must(AnnotationStore(*fixture).setBox(b, {500, 300, 400, 200, 0}, BoxSource::Manual));
    QVERIFY(!must(embeddings.find(model, b)).has_value());
    QVERIFY((must(embeddings.missing(model)) == std::vector<EmbeddingKey>{{b, 2}}));
    QCOMPARE(must(embeddings.load(model, EmbeddingScope::All)).count(), std::size_t{1});
    const AnnotationStore::Counts counts = must(AnnotationStore(*fixture).counts());
    QCOMPARE(counts.annotations, 2);
    QCOMPARE(must(embeddings.coverage(model)).embedded, 1);
    // a result that comes late, for the old box, does not pass for the new one
    must(embeddings.put(model, std::vector<EmbeddingKey>{{b, 1}}, std::vector<float>{0, 0, 0, 1}));
    QCOMPARE(must(embeddings.missing(model)).size(), std::size_t{1});
}

void JobStoresTest::embeddingsOfWrongSizeAreRefused()
{
    Fixture fixture;
    const ModelId model = must(ModelStore(*fixture).add(modelNamed(QStringLiteral("first"))));
    EmbeddingStore embeddings(*fixture);
    const std::vector<EmbeddingKey> keys{{addAnnotation(*fixture, 1), 1}};
    FP_FAILS(embeddings.put(model, keys, std::vector<float>{1, 2, 3}), ErrorCode::ModelIncompatible);
    FP_FAILS(embeddings.put(model, keys, std::vector<float>{1, 2, 3, std::numeric_limits<float>::quiet_NaN()}),
             ErrorCode::InvalidArgument);
    FP_FAILS(embeddings.put(ModelId(9), keys, std::vector<float>{1, 2, 3, 4}), ErrorCode::NotFound);
    must(embeddings.put(model, keys, std::vector<float>{1, 2, 3, 4}));
}

/// Damage to one embedding costs that one alone.
void JobStoresTest::damagedEmbeddingsAreLeftOut_data()
{
    QTest::addColumn<QString>("vector");
    QTest::newRow("another length") << QStringLiteral("x'0011'");
    QTest::newRow("nothing") << QStringLiteral("x''");
    QTest::newRow("not a number") << QStringLiteral("x'0000c07f000000000000000000000000'");
    QTest::newRow("infinite") << QStringLiteral("x'0000807f000000000000000000000000'");
    QTest::newRow("all zero") << QStringLiteral("zeroblob(16)");
}

void JobStoresTest::damagedEmbeddingsAreLeftOut()
{
    QFETCH(QString, vector);
    Fixture fixture;
    const ModelId model = must(ModelStore(*fixture).add(modelNamed(QStringLiteral("first"))));
    EmbeddingStore embeddings(*fixture);
    const std::vector<EmbeddingKey> keys{{addAnnotation(*fixture, 1), 1}, {addAnnotation(*fixture, 2), 1}};
    must(embeddings.put(model, keys, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}));
    must(fixture.catalogue->database().run(QStringLiteral("UPDATE embedding SET vector = %1 WHERE annotation_id = %2")
                                               .arg(vector).arg(keys[0].annotation.value)));
    const EmbeddingSet set = must(embeddings.load(model, EmbeddingScope::All));
    QVERIFY(set.annotations == std::vector<AnnotationId>{keys[1].annotation});
    QVERIFY(set.unusable == std::vector<AnnotationId>{keys[0].annotation});
    QVERIFY(!must(embeddings.find(model, keys[0].annotation)).has_value());
    QVERIFY(must(embeddings.missing(model)).empty());
    QCOMPARE(must(embeddings.dropUnusable(model)), QStringList{photoNumber(1).fileName});
    QVERIFY(must(embeddings.missing(model)) == std::vector<EmbeddingKey>{keys[0]});
    QCOMPARE(must(embeddings.dropUnusable(model)), QStringList());
}

void JobStoresTest::aGalleryHoldsIdentifiedOnesWithTheirGroups()
{
    Fixture fixture;
    DecisionLog log(*fixture, QStringLiteral("Ada"), DecisionSource::Review);
    const ModelId model = must(ModelStore(*fixture).add(modelNamed(QStringLiteral("first"), 2)));
    const EncounterId encounter = must(EncounterStore(*fixture).add({{}, QStringLiteral("E1"), {}, {}, {}, {}, {}}));
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    std::vector<EmbeddingKey> keys;
    std::vector<float> vectors;
    for (int i = 0; i < 3; ++i) {
        keys.push_back({addAnnotation(*fixture, i), 1});
        vectors.insert(vectors.end(), {static_cast<float>(i), 0.5F});
    }
    must(log.confirm(keys[0].annotation, w1));
    must(log.markUnusable(keys[2].annotation));
    const PhotoId photo = must(AnnotationStore(*fixture).get(keys[0].annotation)).photo;
    must(PhotoStore(*fixture).setEncounter(photo, encounter));
    must(PhotoStore(*fixture).setDuplicateGroup(photo, 5));
    EmbeddingStore embeddings(*fixture);
    must(embeddings.put(model, keys, vectors));
    QCOMPARE(must(embeddings.load(model, EmbeddingScope::All)).count(), std::size_t{3});
    QCOMPARE(must(embeddings.load(model, EmbeddingScope::Usable)).count(), std::size_t{2});
    const EmbeddingSet gallery = must(embeddings.load(model, EmbeddingScope::Identified));
    QCOMPARE(gallery.count(), std::size_t{1});
    QVERIFY(gallery.individuals[0] == w1);
    QVERIFY(gallery.encounters[0] == encounter);
    QCOMPARE(gallery.duplicateGroups[0], 5);
    QCOMPARE(gallery.row(0)[1], 0.5F);
    std::stop_source stop;
    stop.request_stop();
    FP_FAILS(embeddings.load(model, EmbeddingScope::All, stop.get_token()), ErrorCode::Cancelled);
}

void JobStoresTest::exactlyOneModelIsActive()
{
    Fixture fixture;
    ModelStore models(*fixture);
    FP_FAILS(models.active(), ErrorCode::ModelMissing);
    const ModelId first = must(models.add(modelNamed(QStringLiteral("first"))));
    const ModelId second = must(models.add(modelNamed(QStringLiteral("second"))));
    QVERIFY(must(models.active()).id == first);
    FP_FAILS(models.add(modelNamed(QStringLiteral("first"))), ErrorCode::AlreadyExists);
    FP_FAILS(models.activate(ModelId(77)), ErrorCode::NotFound);
    QVERIFY(must(models.active()).id == first);
    must(models.activate(second));
    fixture.reopen();
    ModelStore again(*fixture);
    QVERIFY(must(again.active()).id == second);
    QVERIFY(!must(again.get(first)).active);
    FP_FAILS(again.remove(second), ErrorCode::InvalidArgument);
    FP_FAILS(again.setCalibration(first, QStringLiteral("[1]")), ErrorCode::InvalidArgument);
    must(again.setCalibration(first, QStringLiteral("{\"a\":1}")));
    QCOMPARE(must(again.get(first)).calibrationJson, QStringLiteral("{\"a\":1}"));
    QCOMPARE(must(again.freeName(QStringLiteral("first"))), QStringLiteral("first-2"));
    Model flat = modelNamed(QStringLiteral("flat"));
    flat.dimension = 0;
    FP_FAILS(again.add(flat), ErrorCode::InvalidArgument);
    FP_FAILS(fixture.catalogue->database().run(QStringLiteral("UPDATE model SET active = 1")),
             ErrorCode::DatabaseFailed);
}

void JobStoresTest::promotingAModelDropsTheOldCandidates()
{
    Fixture fixture;
    ModelStore models(*fixture);
    const ModelId first = must(models.add(modelNamed(QStringLiteral("first"))));
    const ModelId second = must(models.add(modelNamed(QStringLiteral("second"))));
    const AnnotationId a = addAnnotation(*fixture, 1);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    ProposalStore proposals(*fixture);
    must(proposals.put(first, std::vector<ProposalStore::Entry>{{a, {{1, w1, 0.5, {}, {}}}}}));
    QCOMPARE(identityOf(*fixture, a), QStringLiteral("proposed"));
    QVERIFY(must(proposals.missing(first)).empty());
    QVERIFY(!must(proposals.get(first, a)).front().probability.has_value());
    must(models.activate(second));
    QCOMPARE(identityOf(*fixture, a), QStringLiteral("unidentified"));
    QCOMPARE(must(proposals.missing(second)).size(), std::size_t{1});
}

void JobStoresTest::removingAModelTakesItsEmbeddingsAlong()
{
    Fixture fixture;
    ModelStore models(*fixture);
    must(models.add(modelNamed(QStringLiteral("first"))));
    const ModelId second = must(models.add(modelNamed(QStringLiteral("second"))));
    const AnnotationId a = addAnnotation(*fixture, 1);
    must(EmbeddingStore(*fixture).put(second, std::vector<EmbeddingKey>{{a, 1}}, std::vector<float>{1, 2, 3, 4}));
    DecisionLog log(*fixture, QStringLiteral("Ada"), DecisionSource::Review);
    must(log.confirm(a, addIndividual(*fixture, QStringLiteral("w_1")), {second, 0.5, {}, 1, {}, {}}));
    must(models.remove(second));
    QCOMPARE(must(fixture.catalogue->database().integer(QStringLiteral("SELECT count(*) FROM embedding"))), 0);
    // what was decided with it keeps its name
    QCOMPARE(must(log.history(a)).front().evidence.modelName, QStringLiteral("second"));
}

void JobStoresTest::candidatesFollowMerges()
{
    Fixture fixture;
    const ModelId model = must(ModelStore(*fixture).add(modelNamed(QStringLiteral("first"))));
    DecisionLog log(*fixture, QStringLiteral("Ada"), DecisionSource::Catalogue);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const AnnotationId b = addAnnotation(*fixture, 2);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    const IndividualId w2 = addIndividual(*fixture, QStringLiteral("w_2"));
    const DecisionLog::Created created = must(log.newIndividual(b));
    ProposalStore proposals(*fixture);
    must(proposals.put(model,
                       std::vector<ProposalStore::Entry>{{a,
                                                          {{1, created.individual, 0.1, {}, {}},
                                                           {2, w1, 0.2, {}, {}},
                                                           {3, {}, 0.3, {}, {}},
                                                           {4, w2, 0.4, {}, {}}}}}));
    must(log.undo());
    must(log.merge(w1, w2));
    const std::vector<Proposal> current = must(proposals.get(model, a));
    QCOMPARE(current.size(), std::size_t{2});
    QVERIFY(current[0].individual == w2);
    QCOMPARE(current[0].rank, 1);
    QCOMPARE(current[0].distance, 0.2);
    QVERIFY(!current[1].individual.isValid());
}

void JobStoresTest::runsRememberTheirStatesAndCurves()
{
    Fixture fixture;
    RunStore runs(*fixture);
    Run run;
    run.name = must(runs.freeName(QStringLiteral("flukeprint")));
    QCOMPARE(run.name, QStringLiteral("flukeprint-0001"));
    run.preset = QStringLiteral("flukeprint");
    run.configJson = QStringLiteral("{\"epochs\":\"5\"}");
    const RunId id = must(runs.add(run));
    FP_FAILS(runs.add(run), ErrorCode::AlreadyExists);
    must(runs.setState(id, RunState::Running));
    const QString started = must(runs.get(id)).startedAt;
    QVERIFY(!started.isEmpty());
    must(runs.setState(id, RunState::Failed, Error(ErrorCode::LossNotFinite, {"17"})));
    QVERIFY(must(runs.get(id)).errorJson.contains(QLatin1String("loss_not_finite")));
    QVERIFY(!must(runs.get(id)).finishedAt.isEmpty());
    must(runs.setState(id, RunState::Running));
    QCOMPARE(must(runs.get(id)).startedAt, started);
    QVERIFY(must(runs.get(id)).finishedAt.isEmpty());
    QVERIFY(must(runs.get(id)).errorJson.isEmpty());

    std::vector<MetricPoint> points;
    for (int step = 1; step <= 5; ++step) {
        points.push_back({step, step / 10.0, step * 2.0, QStringLiteral("loss_train"), 1.0 / step});
        points.push_back({step, step / 10.0, step * 2.0, QStringLiteral("radius"), step == 3 ? std::nan("") : 0.5});
    }
    must(runs.appendMetrics(id, points));
    must(runs.appendMetrics(id, std::vector<MetricPoint>{{5, 0.5, 10.0, QStringLiteral("loss_train"), 9.0}}));
    const std::vector<MetricPoint> loss = must(runs.series(id, QStringLiteral("loss_train")));
    QCOMPARE(loss.size(), std::size_t{5});
    QCOMPARE(loss.back().value, 9.0);
    QVERIFY(std::isnan(must(runs.series(id, QStringLiteral("radius")))[2].value));
    QCOMPARE(must(runs.metrics(id, 3)).size(), std::size_t{4});
    QCOMPARE(must(runs.metricNames(id)), (QStringList{QStringLiteral("loss_train"), QStringLiteral("radius")}));
    must(runs.dropMetricsAfter(id, 2));
    QCOMPARE(must(runs.metrics(id)).size(), std::size_t{4});
    FP_FAILS(runs.remove(id), ErrorCode::InvalidArgument);
    FP_FAILS(runs.appendMetrics(RunId(9), points), ErrorCode::NotFound);
    must(runs.setState(id, RunState::Cancelled));
    must(runs.remove(id));
    QVERIFY(must(runs.list()).empty());
}

void JobStoresTest::interruptedRunsAreMarked()
{
    Fixture fixture;
    RunStore runs(*fixture);
    Run run;
    run.preset = QStringLiteral("flukeprint");
    std::vector<RunId> ids;
    for (const RunState state : {RunState::Queued, RunState::Running, RunState::Finished}) {
        run.name = must(runs.freeName(run.preset));
        run.state = state;
        ids.push_back(must(runs.add(run)));
    }
    fixture.reopen();
    RunStore again(*fixture);
    QCOMPARE(must(again.markInterrupted()), 2);
    QVERIFY(must(again.get(ids[1])).state == RunState::Interrupted);
    QVERIFY(must(again.get(ids[2])).state == RunState::Finished);
    QCOMPARE(must(again.markInterrupted()), 0);
}

void JobStoresTest::anInterruptedImportKnowsWhatIsLeft()
{
    Fixture fixture;
    ImportLog log(*fixture);
    const ImportSessionId session = must(log.begin(QStringLiteral("{\"paths\":[\"/season\"]}")));
    std::vector<ImportItem> items(4);
    for (std::size_t i = 0; i < items.size(); ++i) {
        items[i].path = QStringLiteral("/season/%1.jpg").arg(i);
        items[i].modifiedAtMs = 1000;
        items[i].byteSize = 50;
    }
    must(log.addItems(session, items));
    must(log.addItems(session, items)); // listing the folder again adds nothing
    const std::vector<ImportItem> pending = must(log.pending(session));
    QCOMPARE(pending.size(), std::size_t{4});
    const PhotoId photo = must(PhotoStore(*fixture).add(photoNumber(1)));
    must(log.setAdded(pending[0].id, photo));
    must(log.setDuplicate(pending[1].id, photo));
    must(log.setSkipped(pending[2].id, Error(ErrorCode::ImageTooLarge, {"/season/2.jpg", "30000", "20"}, "limit")));
    fixture.reopen();
    ImportLog again(*fixture);
    const std::optional<ImportSession> interrupted = must(again.interrupted());
    QVERIFY(interrupted.has_value());
    QCOMPARE(interrupted->optionsJson, QStringLiteral("{\"paths\":[\"/season\"]}"));
    QCOMPARE(interrupted->total, 4);
    QCOMPARE(interrupted->pending, 1);
    QCOMPARE(interrupted->added, 1);
    QCOMPARE(interrupted->duplicates, 1);
    QCOMPARE(interrupted->skipped, 1);
    QCOMPARE(must(again.pending(session)).front().path, QStringLiteral("/season/3.jpg"));
    const ImportItem skipped = must(again.skipped(session)).front();
    QVERIFY(skipped.reason.has_value());
    QVERIFY(skipped.reason->code == ErrorCode::ImageTooLarge);
    QCOMPARE(skipped.reason->args.at(1), std::string("30000"));
    QVERIFY(must(again.knownFile(QStringLiteral("/season/0.jpg"), 1000, 50)) == photo);
    QVERIFY(!must(again.knownFile(QStringLiteral("/season/0.jpg"), 1001, 50)).has_value());
    must(again.finish(session));
    QVERIFY(!must(again.interrupted()).has_value());
    FP_FAILS(again.finish(ImportSessionId(9)), ErrorCode::NotFound);
}

void JobStoresTest::chipsOfAnOldBoxAreMissing()
{
    Fixture fixture;
    const AnnotationId a = addAnnotation(*fixture, 1);
    const AnnotationId b = addAnnotation(*fixture, 2);
    ChipCache chips(*fixture, 256, 128);
    QCOMPARE(must(chips.missing()).size(), std::size_t{2});
    must(chips.put(
        std::vector<ChipPlace>{{a, 1, QStringLiteral("chips/1.fpc"), 0}, {b, 1, QStringLiteral("chips/1.fpc"), 1}}));
    QVERIFY(must(chips.missing()).empty());
    QCOMPARE(must(ChipCache(*fixture, 224, 224).missing()).size(), std::size_t{2});
    must(AnnotationStore(*fixture).setBox(b, {500, 300, 400, 200, 0}, BoxSource::Manual));
    QVERIFY(must(chips.missing()) == std::vector<AnnotationId>{b});
    QVERIFY(!must(chips.find(b)).has_value());
    must(chips.put(std::vector<ChipPlace>{{b, 2, QStringLiteral("chips/2.fpc"), 0}}));
    const std::vector<AnnotationId> both{b, a};
    const std::vector<ChipPlace> places = must(chips.findMany(both));
    QCOMPARE(places.size(), std::size_t{2});
    QCOMPARE(places[0].packFile, QStringLiteral("chips/2.fpc"));
    QCOMPARE(must(chips.packs()).size(), 2);
    QCOMPARE(must(chips.forgetPack(QStringLiteral("chips/1.fpc"))), 1);
    QVERIFY(must(chips.missing()) == std::vector<AnnotationId>{a});
}

QTEST_GUILESS_MAIN(JobStoresTest)
#include "tst_job_stores.moc"
