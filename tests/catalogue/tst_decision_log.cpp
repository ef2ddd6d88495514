#include "core/catalogue/proposal_store.h"
#include "tests/catalogue/catalogue_fixture.h"

using namespace flukeprint;
using namespace flukeprint::catalogue;

namespace {

DecisionLog reviewLog(Fixture &fixture)
{
    return DecisionLog(*fixture, QStringLiteral("Ada"), DecisionSource::Review);
}

QString at(Fixture &fixture, AnnotationId annotation)
{
    return identityOf(*fixture, annotation);
}

bool projectionIsRight(Fixture &fixture)
{
    return must(reviewLog(fixture).checkProjection()).empty();
}

} // namespace

class DecisionLogTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyKindOfDecisionSetsTheIdentity();
    void aDecisionKeepsItsEvidence();
    void decisionsAboutUnknownThingsChangeNothing();
    void undoAndRedoWalkThroughAllDecisions();
    void undoAndRedoSurviveReopening();
    void aNewDecisionClearsRedo();
    void undoingANewIndividualRetiresItAndRedoBringsTheCodeBack();
    void anIndividualThatSomebodyElseBearsIsNotRetired();
    void theNumberOfAnUndoneIndividualIsUsedAgain();
    void importsAreNotUndoneStepByStepButByBatch();
    void importedLabelsReportConflicts();
    void anInvalidLabelChangesNothing();
    void aBatchIsUndoneAsOne();
    void mergedIndividualsLeadToTheirTarget();
    void undoingAMergeSeparatesThemAgain();
    void mergedNotesGoAlongAndComeBack();
    void undoingBehindAMergeFollowsIt();
    void rejectAndSkipAreOnlyRemembered();
    void theLogCannotBeChanged();
    void aBrokenProjectionIsFoundAndRebuilt();
    void unidentifiedWithCandidatesIsProposed();
};

void DecisionLogTest::everyKindOfDecisionSetsTheIdentity()
{
    Fixture fixture;
    DecisionLog log = reviewLog(fixture);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    const IndividualId w2 = addIndividual(*fixture, QStringLiteral("w_2"));
    QCOMPARE(at(fixture, a), QStringLiteral("unidentified"));
    FP_VERIFY(log.confirm(a, w1));
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_1"));
    FP_VERIFY(log.relabel(a, w2));
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_2"));
    FP_VERIFY(log.markUnusable(a));
    QCOMPARE(at(fixture, a), QStringLiteral("unusable"));
    FP_VERIFY(log.unidentify(a));
    QCOMPARE(at(fixture, a), QStringLiteral("unidentified"));
    const Result<DecisionLog::Created> created = log.newIndividual(a);
    FP_VERIFY(created);
    QCOMPARE(created->code, QStringLiteral("w_3")); // continues the numbers in use
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_3"));
    QCOMPARE(must(log.history(a)).size(), std::size_t{5});
    QVERIFY(projectionIsRight(fixture));
}

void DecisionLogTest::aDecisionKeepsItsEvidence()
{
    Fixture fixture;
    const AnnotationId a = addAnnotation(*fixture, 1);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    const ModelId model = must(ModelStore(*fixture).add(modelNamed(QStringLiteral("first"))));
    const DecisionId id =
        must(reviewLog(fixture).confirm(a, w1, {model, 0.31, 0.92, 1, QStringLiteral("scar on the left"), {}}));
    fixture.reopen();
    const std::vector<Decision> history = must(reviewLog(fixture).history(a));
    QCOMPARE(history.size(), std::size_t{1});
    const Decision &decision = history.front();
    QVERIFY(decision.id == id);
    QVERIFY(decision.kind == DecisionKind::Confirm);
    QCOMPARE(decision.individualCode, QStringLiteral("w_1"));
    QCOMPARE(decision.who, QStringLiteral("Ada"));
    QVERIFY(decision.at.endsWith(QLatin1Char('Z')) && decision.at.size() == 24);
    QCOMPARE(decision.evidence.modelName, QStringLiteral("first"));
    QCOMPARE(decision.evidence.distance.value_or(0), 0.31);
    QCOMPARE(decision.evidence.probability.value_or(0), 0.92);
    QCOMPARE(decision.evidence.candidateRank, 1);
    QCOMPARE(decision.evidence.note, QStringLiteral("scar on the left"));
}

void DecisionLogTest::decisionsAboutUnknownThingsChangeNothing()
{
    Fixture fixture;
    DecisionLog log = reviewLog(fixture);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    FP_FAILS(log.confirm(AnnotationId(99), w1), ErrorCode::NotFound);
    FP_FAILS(log.confirm(a, IndividualId(99)), ErrorCode::NotFound);
    FP_FAILS(log.newIndividual(AnnotationId(99)), ErrorCode::NotFound);
    FP_FAILS(log.newIndividual(a, QStringLiteral("W_1")), ErrorCode::AlreadyExists);
    FP_FAILS(log.newIndividual(a, QStringLiteral(" padded ")), ErrorCode::InvalidArgument);
    FP_FAILS(log.undo(), ErrorCode::NothingToDo);
    FP_FAILS(log.redo(), ErrorCode::NothingToDo);
    FP_FAILS(log.undoBatch(5), ErrorCode::NotFound);
    QCOMPARE(must(log.count()), 0);
    QCOMPARE(must(IndividualStore(*fixture).count({{}, true})), 1);
}

void DecisionLogTest::undoAndRedoWalkThroughAllDecisions()
{
    Fixture fixture;
    DecisionLog log = reviewLog(fixture);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const AnnotationId b = addAnnotation(*fixture, 2);
    must(log.confirm(a, addIndividual(*fixture, QStringLiteral("w_1"))));
    must(log.relabel(a, addIndividual(*fixture, QStringLiteral("w_2"))));
    must(log.markUnusable(b));

    const std::optional<UndoStep> step = must(log.undoStep());
    QVERIFY(step.has_value());
    QVERIFY(step->kind == DecisionKind::Unusable);
    QVERIFY(step->annotation == b);
    QCOMPARE(step->fileName, QStringLiteral("IMG_000002.jpg"));

    must(log.undo());
    QCOMPARE(at(fixture, b), QStringLiteral("unidentified"));
    const UndoStep second = must(log.undo());
    QCOMPARE(second.individualCode, QStringLiteral("w_2"));
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_1"));
    must(log.undo());
    QCOMPARE(at(fixture, a), QStringLiteral("unidentified"));
    FP_FAILS(log.undo(), ErrorCode::NothingToDo);
    QVERIFY(projectionIsRight(fixture));

    must(log.redo());
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_1"));
    must(log.redo());
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_2"));
    must(log.undo());
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_1"));
    must(log.redo());
    must(log.redo());
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_2"));
    QCOMPARE(at(fixture, b), QStringLiteral("unusable"));
    FP_FAILS(log.redo(), ErrorCode::NothingToDo);
    QVERIFY(projectionIsRight(fixture));
}

void DecisionLogTest::undoAndRedoSurviveReopening()
{
    Fixture fixture;
    const AnnotationId a = addAnnotation(*fixture, 1);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    must(reviewLog(fixture).confirm(a, w1));
    must(reviewLog(fixture).markUnusable(a));
    fixture.reopen();
    must(reviewLog(fixture).undo());
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_1"));
    fixture.reopen();
    QVERIFY(must(reviewLog(fixture).redoStep()).has_value());
    must(reviewLog(fixture).redo());
    QCOMPARE(at(fixture, a), QStringLiteral("unusable"));
    fixture.reopen();
    must(reviewLog(fixture).undo());
    must(reviewLog(fixture).undo());
    QCOMPARE(at(fixture, a), QStringLiteral("unidentified"));
    QVERIFY(projectionIsRight(fixture));
}

void DecisionLogTest::aNewDecisionClearsRedo()
{
    Fixture fixture;
    DecisionLog log = reviewLog(fixture);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    must(log.confirm(a, w1));
    must(log.markUnusable(a));
    must(log.undo());
    must(log.undo());
    must(log.relabel(a, addIndividual(*fixture, QStringLiteral("w_2"))));
    FP_FAILS(log.redo(), ErrorCode::NothingToDo);
    QVERIFY(!must(log.redoStep()).has_value());
    must(log.undo());
    QCOMPARE(at(fixture, a), QStringLiteral("unidentified"));
    FP_FAILS(log.undo(), ErrorCode::NothingToDo);
    // only the relabelling comes back: the two before it were given up
    must(log.redo());
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_2"));
    FP_FAILS(log.redo(), ErrorCode::NothingToDo);
    QVERIFY(projectionIsRight(fixture));
}

void DecisionLogTest::undoingANewIndividualRetiresItAndRedoBringsTheCodeBack()
{
    Fixture fixture;
    const AnnotationId a = addAnnotation(*fixture, 1);
    const DecisionLog::Created created = must(reviewLog(fixture).newIndividual(a, QStringLiteral("Scarface")));
    must(reviewLog(fixture).undo());
    QVERIFY(must(IndividualStore(*fixture).get(created.individual)).retired);
    QCOMPARE(must(IndividualStore(*fixture).count()), 0);
    FP_FAILS(reviewLog(fixture).confirm(a, created.individual), ErrorCode::InvalidArgument);
    QVERIFY(projectionIsRight(fixture));
    fixture.reopen();
    must(reviewLog(fixture).redo());
    QCOMPARE(at(fixture, a), QStringLiteral("identified Scarface"));
    QVERIFY(!must(IndividualStore(*fixture).get(created.individual)).retired);
    QVERIFY(projectionIsRight(fixture));
}

void DecisionLogTest::anIndividualThatSomebodyElseBearsIsNotRetired()
{
    Fixture fixture;
    DecisionLog log = reviewLog(fixture);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const AnnotationId b = addAnnotation(*fixture, 2);
    const DecisionLog::Created created = must(log.newIndividual(a));
    const std::int64_t creation = must(log.history(a)).front().batch;
    must(log.confirm(b, created.individual));
    must(log.undoBatch(creation));
    QCOMPARE(at(fixture, a), QStringLiteral("unidentified"));
    QCOMPARE(at(fixture, b), QStringLiteral("identified FP-00001"));
    QVERIFY(projectionIsRight(fixture));
    // the last photo leaves: now nothing speaks for the animal any more
    must(log.unidentify(b));
    QVERIFY(must(IndividualStore(*fixture).get(created.individual)).retired);
    QVERIFY(projectionIsRight(fixture));
}

void DecisionLogTest::theNumberOfAnUndoneIndividualIsUsedAgain()
{
    Fixture fixture;
    DecisionLog log = reviewLog(fixture);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const AnnotationId b = addAnnotation(*fixture, 2);
    const DecisionLog::Created first = must(log.newIndividual(a));
    must(log.undo());
    const DecisionLog::Created second = must(log.newIndividual(b));
    QCOMPARE(second.code, first.code);
    QCOMPARE(at(fixture, b), QStringLiteral("identified FP-00001"));
    QCOMPARE(must(log.newIndividual(a)).code, QStringLiteral("FP-00002"));
    QVERIFY(projectionIsRight(fixture));
}

void DecisionLogTest::importsAreNotUndoneStepByStepButByBatch()
{
    Fixture fixture;
    const AnnotationId a = addAnnotation(*fixture, 1);
    const AnnotationId b = addAnnotation(*fixture, 2);
    DecisionLog import(*fixture, QStringLiteral("import"), DecisionSource::Import);
    const std::vector<Label> labels{{a, QStringLiteral("w_1")}, {b, QStringLiteral("w_1")}};
    const LabelReport report = must(import.importLabels(labels, ConflictPolicy::KeepExisting));
    QCOMPARE(report.applied, 2);
    QCOMPARE(report.newIndividuals, 1);
    FP_FAILS(reviewLog(fixture).undo(), ErrorCode::NothingToDo);
    const UndoStep undone = must(reviewLog(fixture).undoBatch(report.batch));
    QCOMPARE(undone.count, 2);
    QCOMPARE(at(fixture, a), QStringLiteral("unidentified"));
    QCOMPARE(at(fixture, b), QStringLiteral("unidentified"));
    FP_FAILS(reviewLog(fixture).undoBatch(report.batch), ErrorCode::NothingToDo);
    QVERIFY(projectionIsRight(fixture));
}

void DecisionLogTest::importedLabelsReportConflicts()
{
    Fixture fixture;
    const AnnotationId a = addAnnotation(*fixture, 1);
    const AnnotationId b = addAnnotation(*fixture, 2);
    const AnnotationId c = addAnnotation(*fixture, 3);
    const AnnotationId d = addAnnotation(*fixture, 4);
    must(reviewLog(fixture).confirm(a, addIndividual(*fixture, QStringLiteral("w_1"))));
    must(reviewLog(fixture).confirm(b, addIndividual(*fixture, QStringLiteral("w_2"))));
    const std::vector<Label> labels{
        {a, QStringLiteral("W_1")}, {b, QStringLiteral("w_9")}, {c, QStringLiteral("w_9")}, {d, QString()}};
    DecisionLog cli(*fixture, QStringLiteral("cli"), DecisionSource::Cli);
    const LabelReport kept = must(cli.importLabels(labels, ConflictPolicy::KeepExisting));
    QCOMPARE(kept.unchanged, 1); // the same code in another case is the same animal
    QCOMPARE(kept.applied, 1);
    QCOMPARE(kept.unidentified, 1);
    QCOMPARE(kept.conflicts.size(), std::size_t{1});
    QVERIFY(kept.conflicts.front().annotation == b);
    QCOMPARE(kept.conflicts.front().existingCode, QStringLiteral("w_2"));
    QCOMPARE(kept.conflicts.front().labelCode, QStringLiteral("w_9"));
    QCOMPARE(at(fixture, b), QStringLiteral("identified w_2"));
    const LabelReport overwritten = must(cli.importLabels(labels, ConflictPolicy::Overwrite));
    QCOMPARE(overwritten.applied, 1);
    QCOMPARE(overwritten.conflicts.size(), std::size_t{1});
    QCOMPARE(at(fixture, b), QStringLiteral("identified w_9"));
    QCOMPARE(at(fixture, d), QStringLiteral("unidentified"));
    QVERIFY(projectionIsRight(fixture));
}

void DecisionLogTest::anInvalidLabelChangesNothing()
{
    Fixture fixture;
    const AnnotationId a = addAnnotation(*fixture, 1);
    DecisionLog cli(*fixture, QStringLiteral("cli"), DecisionSource::Cli);
    const std::vector<Label> unknownPhoto{{a, QStringLiteral("w_1")}, {AnnotationId(77), QStringLiteral("w_2")}};
    FP_FAILS(cli.importLabels(unknownPhoto, ConflictPolicy::Overwrite), ErrorCode::NotFound);
    const std::vector<Label> badCode{{a, QStringLiteral("w_1")}, {a, QString(65, QLatin1Char('x'))}};
    FP_FAILS(cli.importLabels(badCode, ConflictPolicy::Overwrite), ErrorCode::InvalidArgument);
    std::stop_source stop;
    stop.request_stop();
    const std::vector<Label> good{{a, QStringLiteral("w_1")}};
    FP_FAILS(cli.importLabels(good, ConflictPolicy::Overwrite, {}, stop.get_token()), ErrorCode::Cancelled);
    QCOMPARE(at(fixture, a), QStringLiteral("unidentified"));
    QCOMPARE(must(IndividualStore(*fixture).count({{}, true})), 0);
    QCOMPARE(must(cli.count()), 0);
}

void DecisionLogTest::aBatchIsUndoneAsOne()
{
    Fixture fixture;
    DecisionLog log(*fixture, QStringLiteral("Ada"), DecisionSource::Catalogue);
    std::vector<AnnotationId> annotations;
    for (int i = 0; i < 20; ++i)
        annotations.push_back(addAnnotation(*fixture, i));
    must(log.decideMany(annotations, DecisionKind::Relabel, addIndividual(*fixture, QStringLiteral("w_1"))));
    must(log.decideMany(annotations, DecisionKind::Unusable));
    QCOMPARE(must(log.undoStep())->count, 20);
    QCOMPARE(must(log.undo()).annotations.size(), std::size_t{20});
    for (const AnnotationId annotation : annotations)
        QCOMPARE(at(fixture, annotation), QStringLiteral("identified w_1"));
    FP_FAILS(log.decideMany({}, DecisionKind::Unusable), ErrorCode::NothingToDo);
    FP_FAILS(log.decideMany(annotations, DecisionKind::Undo), ErrorCode::InvalidArgument);
    // one unknown annotation among good ones: none of them changes
    annotations.push_back(AnnotationId(999));
    FP_FAILS(log.decideMany(annotations, DecisionKind::Unusable), ErrorCode::NotFound);
    QCOMPARE(at(fixture, annotations.front()), QStringLiteral("identified w_1"));
    QVERIFY(projectionIsRight(fixture));
}

void DecisionLogTest::mergedIndividualsLeadToTheirTarget()
{
    Fixture fixture;
    DecisionLog log(*fixture, QStringLiteral("Ada"), DecisionSource::Catalogue);
    IndividualStore individuals(*fixture);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const AnnotationId b = addAnnotation(*fixture, 2);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    const IndividualId w2 = addIndividual(*fixture, QStringLiteral("w_2"));
    const IndividualId w3 = addIndividual(*fixture, QStringLiteral("w_3"));
    must(log.confirm(a, w1));
    must(log.merge(w1, w2));
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_2"));
    QVERIFY(must(individuals.get(w1)).retired);
    QVERIFY(must(individuals.get(w1)).mergedInto == w2);
    must(log.merge(w2, w3));
    QVERIFY(must(individuals.resolve(w1)) == w3);
    QVERIFY(must(individuals.findOrAdd(QStringLiteral("W_1"))) == w3);
    must(log.confirm(b, w1)); // a stale candidate list still names w_1
    QCOMPARE(at(fixture, b), QStringLiteral("identified w_3"));
    FP_FAILS(log.merge(w1, w3), ErrorCode::InvalidArgument);
    FP_FAILS(log.newIndividual(a, QStringLiteral("w_1")), ErrorCode::AlreadyExists);
    QVERIFY(projectionIsRight(fixture));
}

void DecisionLogTest::undoingAMergeSeparatesThemAgain()
{
    Fixture fixture;
    DecisionLog log(*fixture, QStringLiteral("Ada"), DecisionSource::Catalogue);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const AnnotationId b = addAnnotation(*fixture, 2);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    const IndividualId w2 = addIndividual(*fixture, QStringLiteral("w_2"));
    must(log.confirm(a, w1));
    must(log.confirm(b, w2));
    must(log.merge(w1, w2));
    fixture.reopen();
    DecisionLog again(*fixture, QStringLiteral("Ada"), DecisionSource::Catalogue);
    must(again.undo());
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_1"));
    QCOMPARE(at(fixture, b), QStringLiteral("identified w_2"));
    QVERIFY(!must(IndividualStore(*fixture).get(w1)).retired);
    QVERIFY(projectionIsRight(fixture));
    must(again.redo());
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_2"));
    QVERIFY(must(IndividualStore(*fixture).get(w1)).retired);
    QVERIFY(projectionIsRight(fixture));
}

void DecisionLogTest::mergedNotesGoAlongAndComeBack()
{
    Fixture fixture;
    DecisionLog log(*fixture, QStringLiteral("Ada"), DecisionSource::Catalogue);
    IndividualStore individuals(*fixture);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    const IndividualId w2 = addIndividual(*fixture, QStringLiteral("w_2"));
    const auto setNotes = [&](IndividualId id, const QString &notes) {
        Individual individual = must(individuals.get(id));
        individual.notes = notes;
        FP_VERIFY(individuals.update(individual));
    };
    const auto notes = [&](IndividualId id) { return must(individuals.get(id)).notes; };
    setNotes(w1, QStringLiteral("scar on the left\nwith a calf"));
    setNotes(w2, QStringLiteral("seen by Ben"));
    must(log.merge(w1, w2));
    const QString both = QStringLiteral("seen by Ben\nw_1: scar on the left\nwith a calf");
    QCOMPARE(notes(w2), both);
    must(log.undo());
    QCOMPARE(notes(w2), QStringLiteral("seen by Ben"));
    QCOMPARE(notes(w1), QStringLiteral("scar on the left\nwith a calf"));
    must(log.redo());
    QCOMPARE(notes(w2), both);
    setNotes(w2, both + QStringLiteral("\nold scar has faded")); // what was written since stays
    must(log.undo());
    QCOMPARE(notes(w2), QStringLiteral("seen by Ben\nold scar has faded"));
    must(log.redo());
    setNotes(w2, QStringLiteral("w_1: scar on the leftmost")); // changed: nothing is cut out of it
    must(log.undo());
    QCOMPARE(notes(w2), QStringLiteral("w_1: scar on the leftmost"));
}

void DecisionLogTest::undoingBehindAMergeFollowsIt()
{
    Fixture fixture;
    DecisionLog log = reviewLog(fixture);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    const IndividualId w2 = addIndividual(*fixture, QStringLiteral("w_2"));
    must(log.confirm(a, w1));
    must(log.markUnusable(a));
    const std::int64_t unusable = must(log.history(a)).back().batch;
    must(log.merge(w1, w2));
    must(log.undoBatch(unusable));
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_2"));
    QVERIFY(projectionIsRight(fixture));
}

void DecisionLogTest::rejectAndSkipAreOnlyRemembered()
{
    Fixture fixture;
    DecisionLog log = reviewLog(fixture);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    must(log.confirm(a, w1));
    must(log.reject(a, w1));
    must(log.skip(a));
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_1"));
    QVERIFY(must(log.undoStep())->kind == DecisionKind::Confirm);
    QCOMPARE(must(log.history(a)).size(), std::size_t{3});
    QVERIFY(projectionIsRight(fixture));
}

void DecisionLogTest::theLogCannotBeChanged()
{
    Fixture fixture;
    const AnnotationId a = addAnnotation(*fixture, 1);
    must(reviewLog(fixture).confirm(a, addIndividual(*fixture, QStringLiteral("w_1"))));
    Database &database = fixture.catalogue->database();
    FP_FAILS(database.run(QStringLiteral("UPDATE decision SET who = 'Eve'")), ErrorCode::DatabaseFailed);
    FP_FAILS(database.run(QStringLiteral("DELETE FROM decision")), ErrorCode::DatabaseFailed);
    FP_FAILS(database.run(QStringLiteral("INSERT OR REPLACE INTO decision SELECT * FROM decision")),
             ErrorCode::DatabaseFailed);
    QCOMPARE(must(reviewLog(fixture).history(a)).front().who, QStringLiteral("Ada"));
    FP_FAILS(AnnotationStore(*fixture).remove(a), ErrorCode::InvalidArgument);
}

void DecisionLogTest::aBrokenProjectionIsFoundAndRebuilt()
{
    Fixture fixture;
    DecisionLog log = reviewLog(fixture);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const AnnotationId b = addAnnotation(*fixture, 2);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    must(log.confirm(a, w1));
    must(log.newIndividual(b, QStringLiteral("w_2")));
    must(log.undo());
    Database &database = fixture.catalogue->database();
    must(database.run(QStringLiteral("UPDATE annotation SET state = 'unusable', individual_id = NULL WHERE id = ?"),
                      {idValue(a)}));
    must(database.run(QStringLiteral("UPDATE individual SET retired = 0")));
    const std::vector<ProjectionMismatch> found = must(log.checkProjection());
    QCOMPARE(found.size(), std::size_t{2});
    QVERIFY(found[0].annotation == a);
    QVERIFY(found[0].storedState == IdentityState::Unusable);
    QVERIFY(found[0].expectedState == IdentityState::Identified);
    QCOMPARE(found[0].expectedCode, QStringLiteral("w_1"));
    QCOMPARE(found[1].storedCode, QStringLiteral("w_2"));
    QCOMPARE(must(log.rebuildProjection()), 1);
    QVERIFY(projectionIsRight(fixture));
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_1"));
}

void DecisionLogTest::unidentifiedWithCandidatesIsProposed()
{
    Fixture fixture;
    DecisionLog log = reviewLog(fixture);
    ProposalStore proposals(*fixture);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    const ModelId model = must(ModelStore(*fixture).add(modelNamed(QStringLiteral("first"))));
    const std::vector<ProposalStore::Entry> entries{{a, {{1, w1, 0.4, 0.7, {}}, {2, {}, 0.9, 0.2, {}}}}};
    must(proposals.put(model, entries));
    QCOMPARE(at(fixture, a), QStringLiteral("proposed"));
    must(log.confirm(a, w1));
    QCOMPARE(at(fixture, a), QStringLiteral("identified w_1"));
    must(log.undo());
    QCOMPARE(at(fixture, a), QStringLiteral("proposed"));
    must(log.unidentify(a));
    QCOMPARE(at(fixture, a), QStringLiteral("proposed"));
    QVERIFY(projectionIsRight(fixture));
    must(AnnotationStore(*fixture).setBox(a, {500, 300, 800, 400, 10}, BoxSource::Manual));
    QCOMPARE(at(fixture, a), QStringLiteral("unidentified"));
    QVERIFY(must(proposals.get(model, a)).empty());
    QVERIFY(projectionIsRight(fixture));
}

QTEST_GUILESS_MAIN(DecisionLogTest)
#include "tst_decision_log.moc"
