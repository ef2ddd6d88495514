#include "core/catalogue/repair.h"
#include "tests/catalogue/complete_catalogue.h"

using namespace flukeprint;
using namespace flukeprint::catalogue;

/// What repair puts right, and what it must not lose.
class RepairTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void repairPutsRightWhatFollowsFromTheRest_data();
    void repairPutsRightWhatFollowsFromTheRest();
    void repairKeepsWhatALostDecisionSaid();
    void repairFollowsALaterWordOfTheLog();
    void repairKeepsIdentitiesWithoutAnyLog();
    void repairDoesNotTakeAnUndoForALaterWord();
    void repairKeepsAMergeWhoseEntriesAreLost();
    void repairKeepsAPartedMergeWhoseEntriesAreLost();
    void repairNeedsACatalogueThatCanBeWritten();
};

void RepairTest::repairPutsRightWhatFollowsFromTheRest_data()
{
    addDamages();
}

/// What repair promises, and that nothing else changes: where it can do nothing, the same is found again.
void RepairTest::repairPutsRightWhatFollowsFromTheRest()
{
    QFETCH(QString, sql);
    QFETCH(QString, codes);
    static const QStringList beyond{
        QStringLiteral("a reference"),     QStringLiteral("model file"),      QStringLiteral("run folder"),
        QStringLiteral("files of a run"),  QStringLiteral("a table dropped"), QStringLiteral("a rule of annotations"),
        QStringLiteral("a rule with text in it"), QStringLiteral("undo of nothing"), QStringLiteral("size of a photo")};
    Complete complete;
    complete.damage(sql);
    complete.reopen();
    const IntegrityReport before = must(verify(*complete));
    const Result<fs::path> copy = repair(*complete, before);
    FP_VERIFY(copy);
    QVERIFY(fs::is_regular_file(*copy));
    const IntegrityReport after = must(verify(*complete));
    const auto repaired = repairedFindings(before, after);
    QCOMPARE(repaired.size(), before.findings.size() + before.notices.size() - after.findings.size() - after.notices.size());
    for (const Finding &finding : repaired)
        QVERIFY2(!isLeftToAPerson(finding), finding.code.c_str()); // nobody is told to do what the program does
    const QString name = QString::fromLatin1(QTest::currentDataTag());
    if (name == QLatin1String("a decision deleted"))
        QCOMPARE(codesOf(after.findings), QStringList{QStringLiteral("decision_missing")}); // gone is gone
    else if (beyond.contains(name))
        QVERIFY2(!after.findings.empty(), qPrintable(name));
    else
        QCOMPARE(codesOf(after.findings), QStringList());
}

void RepairTest::repairKeepsWhatALostDecisionSaid()
{
    Complete complete;
    const AnnotationId whale = complete.annotations[0];
    complete.damage(QStringLiteral("DROP TRIGGER decision_no_delete; DELETE FROM decision WHERE id = 1"));
    complete.reopen();
    FP_VERIFY(repair(*complete, must(verify(*complete))));
    const Annotation kept = must(AnnotationStore(*complete).get(whale));
    QCOMPARE(kept.state, IdentityState::Identified);
    QCOMPARE(must(IndividualStore(*complete).get(kept.individual)).code, QStringLiteral("w_1"));
    DecisionLog log(*complete, QStringLiteral("Ada"), DecisionSource::Review);
    const std::vector<Decision> history = must(log.history(whale));
    QCOMPARE(history.size(), 1U);
    QCOMPARE(history.front().who, QStringLiteral("repair"));
    QCOMPARE(history.front().evidence.note, lostDecisionNote);
    must(log.undo()); // a person who knows better takes it back like any other
    QCOMPARE(must(AnnotationStore(*complete).get(whale)).state, IdentityState::Unidentified);
}

void RepairTest::repairFollowsALaterWordOfTheLog()
{
    Complete complete;
    const AnnotationId whale = complete.annotations[0];
    const IndividualId other = addIndividual(*complete, QStringLiteral("w_2"));
    must(DecisionLog(*complete, QStringLiteral("Ada"), DecisionSource::Review).relabel(whale, other));
    complete.damage(QStringLiteral("DROP TRIGGER decision_no_delete; DELETE FROM decision WHERE id = 1; "
                                   "UPDATE annotation SET individual_id = (SELECT id FROM individual WHERE code = 'w_1') WHERE id = 1"));
    complete.reopen();
    FP_VERIFY(repair(*complete, must(verify(*complete))));
    QCOMPARE(must(AnnotationStore(*complete).get(whale)).individual, other);
    QCOMPARE(must(DecisionLog(*complete, QStringLiteral("Ada"), DecisionSource::Review).history(whale)).size(), 1U);
}

void RepairTest::repairKeepsIdentitiesWithoutAnyLog()
{
    Complete complete;
    complete.damage(QStringLiteral("DROP TRIGGER decision_no_delete; DELETE FROM decision"));
    complete.reopen();
    const IntegrityReport before = must(verify(*complete));
    QVERIFY(codesOf(before.findings).contains(QStringLiteral("decision_missing")));
    FP_VERIFY(repair(*complete, before));
    QCOMPARE(must(AnnotationStore(*complete).get(complete.annotations[0])).state, IdentityState::Identified);
    QVERIFY(must(verify(*complete)).findings.empty());
}

void RepairTest::repairDoesNotTakeAnUndoForALaterWord()
{
    Complete complete;
    const AnnotationId whale = complete.annotations[0];
    DecisionLog log(*complete, QStringLiteral("Ada"), DecisionSource::Review);
    must(log.unidentify(whale));
    must(log.undo());
    complete.damage(QStringLiteral("DROP TRIGGER decision_no_delete; DELETE FROM decision WHERE id = 1"));
    complete.reopen();
    FP_VERIFY(repair(*complete, must(verify(*complete))));
    QCOMPARE(must(AnnotationStore(*complete).get(whale)).state, IdentityState::Identified);
}

void RepairTest::repairKeepsAMergeWhoseEntriesAreLost()
{
    Complete complete;
    const AnnotationId whale = complete.annotations[0];
    const IndividualId first = must(AnnotationStore(*complete).get(whale)).individual;
    const IndividualId into = addIndividual(*complete, QStringLiteral("w_2"));
    const std::int64_t batch = must(DecisionLog(*complete, QStringLiteral("Ada"), DecisionSource::Review).merge(first, into));
    must(DecisionLog(*complete, QStringLiteral("Ada"), DecisionSource::Review).skip(complete.annotations[1])); // behind the gap
    complete.damage(QStringLiteral("DROP TRIGGER decision_no_delete; DELETE FROM decision WHERE batch = %1").arg(batch));
    complete.reopen();
    FP_VERIFY(repair(*complete, must(verify(*complete))));
    QCOMPARE(must(AnnotationStore(*complete).get(whale)).individual, into);
    QVERIFY(must(IndividualStore(*complete).get(first)).retired);
    QCOMPARE(codesOf(must(verify(*complete)).findings), QStringList{QStringLiteral("decision_missing")});
}

void RepairTest::repairKeepsAPartedMergeWhoseEntriesAreLost()
{
    Complete complete;
    const AnnotationId whale = complete.annotations[0];
    const IndividualId first = must(AnnotationStore(*complete).get(whale)).individual;
    const IndividualId into = addIndividual(*complete, QStringLiteral("w_2"));
    DecisionLog log(*complete, QStringLiteral("Ada"), DecisionSource::Review);
    must(log.merge(first, into));
    must(log.undo());
    must(log.skip(complete.annotations[1])); // behind the gap
    complete.damage(QStringLiteral("DROP TRIGGER decision_no_delete; DELETE FROM decision WHERE kind = 'undo'"));
    complete.reopen();
    FP_VERIFY(repair(*complete, must(verify(*complete))));
    QCOMPARE(must(AnnotationStore(*complete).get(whale)).individual, first);
    QVERIFY(!must(IndividualStore(*complete).get(first)).retired);
    QCOMPARE(codesOf(must(verify(*complete)).findings), QStringList{QStringLiteral("decision_missing")});
}

void RepairTest::repairNeedsACatalogueThatCanBeWritten()
{
    Complete complete;
    complete.damage(QStringLiteral("UPDATE individual SET retired = 1"));
    complete.catalogue.reset();
    Catalogue reader = must(Catalogue::open(complete.folder, Access::ReadOnly));
    FP_FAILS(repair(reader, must(verify(reader))), ErrorCode::CatalogueReadOnly);
}

QTEST_GUILESS_MAIN(RepairTest)
#include "tst_repair.moc"
