#include "core/catalogue/database.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/proposal_store.h"
#include "core/workflows/identify.h"
#include "core/workflows/review_queue.h"
#include "core/workflows/session.h"
#include "tests/workflows/workbench.h"

#include <QSignalSpy>
#include <QTest>

using namespace flukeprint;
using namespace flukeprint::workflows;

/// Eight photos: a1, a2 of A at 0 and 10 degrees, b1, b2 of B at 90 and 100, c1 of C at 180; q1 (5), q2 (95) and q3
/// (270) unidentified.
class TestSession : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_bench.reset(); }
    void withoutAModelThereAreNoCandidates();
    void theGalleryComesInTheBackground();
    void aConfirmedPhotoJoinsTheGalleryAtOnce();
    void decisionsMadeWhileTheGalleryLoadsAreNotLost();
    void mergedIndividualsStandTogether();
    void reviewFindsCandidatesAndRecordsWhatWasChosen();
    void undoLeadsBackToTheAnnotationAcrossRestarts();
    void theQueueWalksOverWhatIsOpen();
    void relabelTakesAliasesAndRefusesStrangers();
    void aMissingEmbeddingIsSaidAndItsFailureToo();
    void anotherModelBringsAnotherGallery();
    void aDamagedEmbeddingCostsOnlyItself();
    void proposalsAreStoredForTheQueue();

private:
    std::unique_ptr<CatalogueSession> open();
    static bool waitForGallery(const CatalogueSession &session);
    [[nodiscard]] std::filesystem::path folder() const { return m_bench->path(QStringLiteral("c.flukeprint")); }

    std::unique_ptr<Workbench> m_bench;
    ModelId m_model;
};

namespace {

struct Sample
{
    const char *name;
    const char *code; ///< empty: unidentified
    double angleDeg;
};
const std::vector<Sample> samples{{"a1.jpg", "A", 0},   {"a2.jpg", "A", 10}, {"b1.jpg", "B", 90}, {"b2.jpg", "B", 100},
                                  {"c1.jpg", "C", 180}, {"q1.jpg", "", 5},   {"q2.jpg", "", 95},  {"q3.jpg", "", 270}};

} // namespace

void TestSession::init()
{
    m_bench = std::make_unique<Workbench>();
    auto catalogue = m_bench->createCatalogue();
    QByteArray labels = "Image,Id\n";
    std::uint64_t seed = 100;
    for (const Sample &sample : samples) {
        m_bench->addPhoto(QStringLiteral("photos/") + QString::fromLatin1(sample.name), ++seed);
        labels += QByteArray(sample.name) + ',' + sample.code + '\n';
    }
    ImportRequest request;
    request.paths = {m_bench->path(QStringLiteral("photos"))};
    request.labels = m_bench->addFile(QStringLiteral("labels.csv"), labels);
    QVERIFY(importPhotos(catalogue, request).ok());
    m_model = addModel(catalogue, 2);
    for (const Sample &sample : samples)
        setEmbedding(catalogue, m_model, annotationOf(catalogue, QString::fromLatin1(sample.name)).id, sample.angleDeg);
}

std::unique_ptr<CatalogueSession> TestSession::open()
{
    auto session = CatalogueSession::open(folder());
    if (!session)
        qFatal("no session: %s", session.error().debugText().c_str());
    return std::move(*session);
}

bool TestSession::waitForGallery(const CatalogueSession &session)
{
    return QTest::qWaitFor([&] { return session.galleryState() == GalleryState::Ready; });
}

void TestSession::withoutAModelThereAreNoCandidates()
{
    const Workbench bench;
    const auto session = CatalogueSession::create(bench.path(QStringLiteral("new.flukeprint")));
    QVERIFY(session.ok());
    QCOMPARE((*session)->galleryState(), GalleryState::NoModel);
    ReviewQueue queue(**session);
    QVERIFY(queue.load().ok());
    QCOMPARE(queue.size(), std::size_t{0});
    QVERIFY(!queue.currentItem().ok());
    QVERIFY(!queue.confirm(1).ok());
}

void TestSession::theGalleryComesInTheBackground()
{
    const auto session = open();
    QCOMPARE(session->galleryState(), GalleryState::Loading);
    QVERIFY(session->servingModel() == nullptr);
    QSignalSpy ready(session.get(), &CatalogueSession::galleryReady);
    QVERIFY(waitForGallery(*session));
    QCOMPARE(ready.count(), 1);
    QCOMPARE(session->servingModel()->gallery.count(), std::size_t{5});
    QVERIFY(!session->servingModel()->calibration.isCalibrated());
}

void TestSession::aConfirmedPhotoJoinsTheGalleryAtOnce()
{
    const auto session = open();
    QVERIFY(waitForGallery(*session));
    const AnnotationId q1 = annotationOf(session->catalogue(), QStringLiteral("q1.jpg")).id;
    const IndividualId c = annotationOf(session->catalogue(), QStringLiteral("c1.jpg")).individual;
    QSignalSpy changed(session.get(), &CatalogueSession::decisionsChanged);
    const std::int64_t before = session->galleryVersion();
    QVERIFY(session->confirm(q1, c).ok());
    QCOMPARE(changed.count(), 1);
    QVERIFY(session->galleryVersion() > before);
    QCOMPARE(session->servingModel()->gallery.photosOf(c), std::size_t{2});
    QVERIFY(session->undo().ok());
    QVERIFY(!session->servingModel()->gallery.contains(q1));
    QVERIFY(session->redo().ok());
    QVERIFY(session->servingModel()->gallery.contains(q1));
    QVERIFY(session->markUnusable(q1).ok());
    QVERIFY(!session->servingModel()->gallery.contains(q1));
}

void TestSession::decisionsMadeWhileTheGalleryLoadsAreNotLost()
{
    const auto session = open();
    const AnnotationId q1 = annotationOf(session->catalogue(), QStringLiteral("q1.jpg")).id;
    const auto created = session->newIndividual(q1, QStringLiteral("D"));
    QVERIFY(created.ok());
    QVERIFY(waitForGallery(*session));
    QCOMPARE(session->servingModel()->gallery.photosOf(created->individual), std::size_t{1});
}

void TestSession::mergedIndividualsStandTogether()
{
    const auto session = open();
    QVERIFY(waitForGallery(*session));
    const IndividualId a = annotationOf(session->catalogue(), QStringLiteral("a1.jpg")).individual;
    const IndividualId b = annotationOf(session->catalogue(), QStringLiteral("b1.jpg")).individual;
    QVERIFY(session->merge(a, b).ok());
    QCOMPARE(session->servingModel()->gallery.photosOf(b), std::size_t{4});
    QVERIFY(session->undo().ok());
    QCOMPARE(session->servingModel()->gallery.photosOf(a), std::size_t{2});
}

void TestSession::reviewFindsCandidatesAndRecordsWhatWasChosen()
{
    const auto session = open();
    QVERIFY(waitForGallery(*session));
    ReviewQueue queue(*session);
    QVERIFY(queue.load(catalogue::ReviewOrder::FileName).ok());
    QCOMPARE(queue.size(), std::size_t{3});
    const auto item = queue.currentItem();
    QVERIFY(item.ok());
    QCOMPARE(item->photo.fileName, QStringLiteral("q1.jpg"));
    QCOMPARE(item->state, ReviewItem::Candidates::Ready);
    QCOMPARE(item->list.candidates.size(), std::size_t{3});
    QCOMPARE(item->list.candidates[0].code, QStringLiteral("A"));
    QCOMPARE(item->list.candidates[1].code, QStringLiteral("B"));
    QVERIFY(!item->list.candidates[0].probability.has_value());
    QVERIFY(std::abs(item->list.candidates[0].distance - 2 * std::sin(2.5 * 3.14159265 / 180)) < 1e-3);
    QCOMPARE(item->list.candidates[0].photoCount, 2);

    QVERIFY(!queue.confirm(4).ok());
    QVERIFY(queue.confirm(2).ok());
    const auto history = catalogue::DecisionLog(session->catalogue(), {}, catalogue::DecisionSource::Review)
                             .history(item->annotation.id)
                             .value();
    QCOMPARE(history.back().evidence.candidateRank, 2);
    QCOMPARE(history.back().evidence.model, m_model);
    QCOMPARE(history.back().individualCode, QStringLiteral("B"));
    // The photo that B got just now is its nearest for the next query.
    QVERIFY(queue.next());
    QVERIFY(queue.confirm(1).ok());
    QCOMPARE(queue.openCount(), std::size_t{1});
}

void TestSession::undoLeadsBackToTheAnnotationAcrossRestarts()
{
    {
        const auto session = open();
        QVERIFY(waitForGallery(*session));
        ReviewQueue queue(*session);
        QVERIFY(queue.load(catalogue::ReviewOrder::FileName).ok());
        QVERIFY(queue.newIndividual().ok());
    }
    const auto session = open();
    ReviewQueue queue(*session);
    QVERIFY(queue.load(catalogue::ReviewOrder::FileName).ok());
    QCOMPARE(queue.size(), std::size_t{2});
    QVERIFY(session->undoStep().value().has_value());
    const auto undone = queue.undo();
    QVERIFY(undone.ok());
    QCOMPARE(undone->kind, catalogue::DecisionKind::NewIndividual);
    QVERIFY(queue.load(catalogue::ReviewOrder::FileName).ok());
    QCOMPARE(queue.size(), std::size_t{3});
    QVERIFY(queue.next());
    const auto redone = queue.redo();
    QVERIFY(redone.ok());
    QCOMPARE(queue.current(), redone->annotation);
}

void TestSession::theQueueWalksOverWhatIsOpen()
{
    const auto session = open();
    QVERIFY(waitForGallery(*session));
    ReviewQueue queue(*session);
    QVERIFY(queue.load(catalogue::ReviewOrder::FileName).ok());
    QVERIFY(!queue.previous());
    QVERIFY(queue.next());
    QVERIFY(queue.markUnusable().ok());
    QVERIFY(queue.previous());
    QVERIFY(queue.nextOpen());
    QCOMPARE(queue.position(), std::size_t{2});
    QVERIFY(!queue.next());
    QVERIFY(queue.nextOpen());
    QCOMPARE(queue.position(), std::size_t{0});
    const AnnotationId a1 = annotationOf(session->catalogue(), QStringLiteral("a1.jpg")).id;
    QVERIFY(!queue.goTo(a1));
    queue.show({a1});
    QCOMPARE(queue.current(), a1);
    QCOMPARE(queue.openCount(), std::size_t{0});
    QVERIFY(!queue.nextOpen());
}

void TestSession::relabelTakesAliasesAndRefusesStrangers()
{
    const auto session = open();
    QVERIFY(waitForGallery(*session));
    const IndividualId c = annotationOf(session->catalogue(), QStringLiteral("c1.jpg")).individual;
    QVERIFY(catalogue::IndividualStore(session->catalogue()).addAlias(c, QStringLiteral("Charlie")).ok());
    ReviewQueue queue(*session);
    QVERIFY(queue.load(catalogue::ReviewOrder::FileName).ok());
    QCOMPARE(queue.relabel(QStringLiteral("nobody")).error().code, ErrorCode::NotFound);
    QVERIFY(queue.relabel(QStringLiteral(" charlie ")).ok());
    QCOMPARE(queue.currentItem()->annotation.individual, c);
}

void TestSession::aMissingEmbeddingIsSaidAndItsFailureToo()
{
    const auto session = open();
    QVERIFY(waitForGallery(*session));
    ReviewQueue queue(*session);
    QVERIFY(queue.load(catalogue::ReviewOrder::FileName).ok());
    catalogue::AnnotationStore annotations(session->catalogue());
    QVERIFY(annotations.setBox(queue.current(), {40, 30, 20, 20, 0}, catalogue::BoxSource::Manual).ok());
    QVERIFY(std::filesystem::remove(session->catalogue().resolve(queue.currentItem()->photo.path)));
    QSignalSpy changed(&queue, &ReviewQueue::itemChanged);
    session->noteAnnotationChanged(queue.current());
    QCOMPARE(queue.currentItem()->state, ReviewItem::Candidates::Embedding);
    QTRY_COMPARE(queue.currentItem()->state, ReviewItem::Candidates::Failed);
    QVERIFY(changed.count() >= 2);
    QCOMPARE(queue.currentItem()->error.code, ErrorCode::FileNotFound);
}

void TestSession::aDamagedEmbeddingCostsOnlyItself()
{
    {
        auto catalogue = catalogue::Catalogue::open(folder());
        QVERIFY(catalogue.ok());
        const AnnotationId a1 = annotationOf(*catalogue, QStringLiteral("a1.jpg")).id;
        QVERIFY(catalogue->database()
                    .run(QStringLiteral("UPDATE embedding SET vector = x'0000c07f00000000' WHERE annotation_id = %1").arg(a1.value))
                    .ok());
        std::vector<Error> warnings;
        jobs::WorkContext context;
        context.warn = [&warnings](const Error &what) { warnings.push_back(what); };
        IdentifyRequest request;
        request.photos = {"q1.jpg"};
        const auto report = identifyPhotos(*catalogue, request, context);
        QVERIFY2(report.ok(), report.ok() ? "" : report.error().debugText().c_str());
        QCOMPARE(report->answers.front().list.candidates.front().code, QStringLiteral("A")); // by its other photo
        QCOMPARE(report->answers.front().list.candidates.front().bestPhotoFile, QStringLiteral("a2.jpg"));
        QCOMPARE(warnings.size(), std::size_t{1});
        QVERIFY2(warnings.front().args.front().find("a1.jpg") != std::string::npos, warnings.front().debugText().c_str());
    }
    const auto session = open();
    QVERIFY(waitForGallery(*session));
    QCOMPARE(session->servingModel()->gallery.count(), std::size_t{4});
    const auto found = findCandidates(session->catalogue(), *session->servingModel(),
                                      annotationOf(session->catalogue(), QStringLiteral("a1.jpg")).id);
    QVERIFY(found.ok());
    QVERIFY(!found->has_value()); // as if it had none: the window has it computed anew
}

void TestSession::anotherModelBringsAnotherGallery()
{
    const auto session = open();
    QVERIFY(waitForGallery(*session));
    catalogue::ModelStore models(session->catalogue());
    catalogue::Model other = models.get(m_model).value();
    other.name = QStringLiteral("other");
    const ModelId second = models.add(other).value();
    setEmbedding(session->catalogue(), second, annotationOf(session->catalogue(), QStringLiteral("a1.jpg")).id, 0);
    QVERIFY(models.activate(second).ok());
    QSignalSpy changed(session.get(), &CatalogueSession::modelChanged);
    session->reloadModel();
    QCOMPARE(changed.count(), 1);
    QVERIFY(session->servingModel() == nullptr);
    QVERIFY(waitForGallery(*session));
    QCOMPARE(session->servingModel()->record.name, QStringLiteral("other"));
    QCOMPARE(session->servingModel()->gallery.count(), std::size_t{1});
}

void TestSession::proposalsAreStoredForTheQueue()
{
    auto catalogue = catalogue::Catalogue::open(folder());
    QVERIFY(catalogue.ok());
    const auto proposed = proposeCandidates(*catalogue, false);
    QVERIFY(proposed.ok());
    QCOMPARE(proposed->proposed, 3);
    const auto q2 = annotationOf(*catalogue, QStringLiteral("q2.jpg"));
    QCOMPARE(q2.state, catalogue::IdentityState::Proposed);
    const auto stored = catalogue::ProposalStore(*catalogue).get(m_model, q2.id).value();
    const IndividualId b = annotationOf(*catalogue, QStringLiteral("b1.jpg")).individual;
    QCOMPARE(stored.front().individual, b);
    QCOMPARE(proposeCandidates(*catalogue, false)->proposed, 0);
    QCOMPARE(proposeCandidates(*catalogue, true)->proposed, 3);
}

QTEST_GUILESS_MAIN(TestSession)
#include "tst_session.moc"
