#include "core/catalogue/individual_store.h"
#include "core/catalogue/proposal_store.h"
#include "core/workflows/training/freeze_snapshot.h"
#include "core/workflows/training/rejections.h"
#include "tests/workflows/training_catalogue.h"
#include "tests/workflows/workbench.h"

#include <QTest>

#include <memory>

using namespace flukeprint;
using namespace flukeprint::workflows;

/// What the decision log tells of mistaken identities: of A and B, each with two photos, and of x.
class TestRejections : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_catalogue.reset(); }
    void nothingIsRejectedAtFirst();
    void whoWasTakenBackIsRejected();
    void whatWasUndoneWasNeverSaid();
    void rejectedInSoManyWords();
    void theFirstCandidateIsRejectedByAnotherChoice_data();
    void theFirstCandidateIsRejectedByAnotherChoice();
    void mergedIndividualsStandForWhatTheyBecame();
    void onlyIdentifiedPhotosCount();
    void theSnapshotKeepsThoseThatAreTrainedWith();

private:
    [[nodiscard]] IndividualId individual(const char *code)
    {
        return (*catalogue::IndividualStore(**m_catalogue).find(QLatin1String(code)).value()).id;
    }
    std::vector<Rejection> found() { return rejections(**m_catalogue).value(); }

    std::unique_ptr<TrainingCatalogue> m_catalogue;
    AnnotationId m_x;
};

void TestRejections::init()
{
    m_catalogue = std::make_unique<TrainingCatalogue>();
    for (const char *name : {"a1", "a2", "b1", "b2"})
        m_catalogue->addPhoto(QLatin1String(name) + QStringLiteral(".png"), QString(QLatin1Char(name[0])).toUpper(), 0, name[0]);
    m_x = m_catalogue->addPhoto(QStringLiteral("x.png"), {}, 0, 7);
}

void TestRejections::nothingIsRejectedAtFirst()
{
    QVERIFY(found().empty());
    QVERIFY(m_catalogue->log().confirm(m_x, individual("A")).ok());
    QVERIFY(m_catalogue->log().confirm(m_x, individual("A")).ok()); // twice is no change of mind
    QVERIFY(found().empty());
}

void TestRejections::whoWasTakenBackIsRejected()
{
    QVERIFY(m_catalogue->log().confirm(m_x, individual("A")).ok());
    QVERIFY(m_catalogue->log().relabel(m_x, individual("B")).ok());
    QCOMPARE(found(), (std::vector<Rejection>{{m_x, individual("A")}}));
    QVERIFY(m_catalogue->log().newIndividual(m_x, QStringLiteral("C")).ok());
    QCOMPARE(found(), (std::vector<Rejection>{{m_x, individual("A")}, {m_x, individual("B")}}));
    QVERIFY(m_catalogue->log().relabel(m_x, individual("A")).ok()); // A after all
    QCOMPARE(found(), (std::vector<Rejection>{{m_x, individual("B")}, {m_x, individual("C")}}));
}

void TestRejections::whatWasUndoneWasNeverSaid()
{
    catalogue::DecisionLog log(**m_catalogue, QStringLiteral("tester"), catalogue::DecisionSource::Review);
    QVERIFY(log.confirm(m_x, individual("A")).ok());
    QVERIFY(log.undo().ok());
    QVERIFY(log.relabel(m_x, individual("B")).ok());
    QVERIFY(found().empty()); // A was a slip of the finger
    QVERIFY(log.relabel(m_x, individual("A")).ok());
    QCOMPARE(found().size(), std::size_t{1});
    QVERIFY(log.undo().ok());
    QVERIFY(found().empty());
    QVERIFY(log.redo().ok());
    QCOMPARE(found().size(), std::size_t{1});
}

void TestRejections::rejectedInSoManyWords()
{
    QVERIFY(m_catalogue->log().reject(m_x, individual("A")).ok());
    QVERIFY(found().empty()); // x may still be anybody
    QVERIFY(m_catalogue->log().relabel(m_x, individual("B")).ok());
    QCOMPARE(found(), (std::vector<Rejection>{{m_x, individual("A")}}));
    QVERIFY(m_catalogue->log().skip(m_x).ok());
    QCOMPARE(found().size(), std::size_t{1});
}

void TestRejections::theFirstCandidateIsRejectedByAnotherChoice_data()
{
    QTest::addColumn<QString>("choice");
    QTest::addColumn<bool>("shown");
    QTest::addColumn<bool>("rejected");
    QTest::newRow("second candidate confirmed") << "confirm second" << true << true;
    QTest::newRow("first candidate confirmed") << "confirm first" << true << false;
    QTest::newRow("another named") << "relabel" << true << true;
    QTest::newRow("a new individual") << "new" << true << true;
    QTest::newRow("a new individual, without candidates in view") << "new" << false << false;
}

void TestRejections::theFirstCandidateIsRejectedByAnotherChoice()
{
    QFETCH(QString, choice);
    QFETCH(bool, shown);
    QFETCH(bool, rejected);
    const ModelId model = addModel(**m_catalogue, 2);
    catalogue::ProposalStore::Entry entry{m_x, {}};
    entry.proposals.push_back({1, {}, 0, {}, {}}); // "new individual" may well be first
    entry.proposals.push_back({2, individual("A"), 0.1, {}, {}});
    entry.proposals.push_back({3, individual("B"), 0.2, {}, {}});
    QVERIFY(catalogue::ProposalStore(**m_catalogue).put(model, std::span(&entry, 1)).ok());
    catalogue::Evidence evidence;
    if (shown)
        evidence.model = model;
    catalogue::DecisionLog log = m_catalogue->log();
    evidence.candidateRank = choice == "confirm first" ? 1 : choice == "confirm second" ? 2 : 0;
    if (choice.startsWith("confirm"))
        QVERIFY(log.confirm(m_x, individual(evidence.candidateRank == 1 ? "A" : "B"), evidence).ok());
    else if (choice == "relabel")
        QVERIFY(log.relabel(m_x, individual("B"), evidence).ok());
    else
        QVERIFY(log.newIndividual(m_x, QStringLiteral("C"), evidence).ok());
    QCOMPARE(found(), rejected ? (std::vector<Rejection>{{m_x, individual("A")}}) : std::vector<Rejection>());
}

void TestRejections::mergedIndividualsStandForWhatTheyBecame()
{
    QVERIFY(m_catalogue->log().confirm(m_x, individual("A")).ok());
    QVERIFY(m_catalogue->log().newIndividual(m_x, QStringLiteral("C")).ok());
    const IndividualId a = individual("A");
    QVERIFY(m_catalogue->log().merge(a, individual("B")).ok());
    QCOMPARE(found(), (std::vector<Rejection>{{m_x, individual("B")}}));
    QVERIFY(m_catalogue->log().merge(individual("C"), individual("B")).ok()); // they were all one
    QVERIFY(found().empty());
}

void TestRejections::onlyIdentifiedPhotosCount()
{
    QVERIFY(m_catalogue->log().confirm(m_x, individual("A")).ok());
    QVERIFY(m_catalogue->log().unidentify(m_x).ok());
    QVERIFY(found().empty());
    QVERIFY(m_catalogue->log().relabel(m_x, individual("B")).ok());
    QCOMPARE(found().size(), std::size_t{1}); // not A, in two steps
    QVERIFY(m_catalogue->log().markUnusable(m_x).ok());
    QVERIFY(found().empty());
}

void TestRejections::theSnapshotKeepsThoseThatAreTrainedWith()
{
    QVERIFY(m_catalogue->log().confirm(m_x, individual("A")).ok());
    QVERIFY(m_catalogue->log().relabel(m_x, individual("B")).ok());
    protocol::Snapshot snapshot;
    snapshot.individuals = {"B", "A"};
    snapshot.items = {{m_x, 0, protocol::SampleRole::Train, 1}, {AnnotationId(1), 1, protocol::SampleRole::Train, 2}};
    QVERIFY(freezeRejections(**m_catalogue, snapshot).ok());
    QCOMPARE(snapshot.rejections.size(), std::size_t{1});
    QCOMPARE(snapshot.rejections.front().annotation, m_x);
    QCOMPARE(snapshot.rejections.front().individual, 1);
    snapshot.items[1].role = protocol::SampleRole::Validation; // nobody left to be told apart from
    QVERIFY(freezeRejections(**m_catalogue, snapshot).ok());
    QVERIFY(snapshot.rejections.empty());
    snapshot.items[1].role = protocol::SampleRole::Train;
    snapshot.items[0].role = protocol::SampleRole::Validation;
    QVERIFY(freezeRejections(**m_catalogue, snapshot).ok());
    QVERIFY(snapshot.rejections.empty());
}

QTEST_GUILESS_MAIN(TestRejections)
#include "tst_rejections.moc"
