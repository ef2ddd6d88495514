#include "tests/ui/review_bench.h"

#include "core/catalogue/model_store.h"
#include "core/evaluation/calibration.h"
#include "ui/dialogs/message_box.h"
#include "ui/review/photo_view.h"

#include <QAction>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>

using namespace flukeprint;
using namespace flukeprint::ui;
using workflows::GalleryState;

/// What the review page shows and follows: see ReviewBench for the photos.
class TestReviewShown : public ReviewBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { start(); }
    void cleanup() { stop(); }

    void withoutCalibrationThereAreNoProbabilities();
    void calibratedProbabilitiesAreShown();
    void whoIsLikeliestNewIsSelectedAsNew();
    void aModelThatTakesProbabilitiesAwayIsAskedAbout();
    void aCandidatesPhotosStandBesideTheQuery();
    void linkedPhotosZoomTogether();
    void filtersNarrowTheQueue();
    void chosenPhotosAreReviewedAgain();
    void decisionsOfOtherPagesAreFollowed();
    void readingOnlyDecidesNothing();
    void withoutAModelTheFlukeCanStillBeNamed();
};

namespace {

QString someCalibration()
{
    std::vector<evaluation::CalibrationQuery> queries;
    for (int i = 0; i < 80; ++i) {
        const float spread = static_cast<float>(i) / 200;
        evaluation::CalibrationQuery query;
        query.isNew = i % 2 == 0;
        query.distances = {query.isNew ? 0.9F + spread : 0.2F + spread, 1.2F + spread, 1.4F};
        query.individualsRanked = 3;
        queries.push_back(query);
    }
    QJsonObject object;
    for (const auto &[key, value] : evaluation::ScoreCalibration::fit(queries).toMap())
        object.insert(QString::fromStdString(key), value);
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

} // namespace

void TestReviewShown::withoutCalibrationThereAreNoProbabilities()
{
    openWindow();
    QVERIFY(find<Pill>("reviewNotCalibrated")->isVisible());
    for (int rank = 1; rank <= 3; ++rank) {
        QVERIFY(!card(rank)->content().probability.has_value());
        QVERIFY(card(rank)->content().distance.has_value());
    }
    QVERIFY(!find<CandidateCard>("candidate_new")->content().probability.has_value());
}

void TestReviewShown::calibratedProbabilitiesAreShown()
{
    makeCatalogue(QStringLiteral("d.flukeprint"), someCalibration());
    openWindow(QStringLiteral("d.flukeprint"));
    QVERIFY(!find<Pill>("reviewNotCalibrated")->isVisible());
    QVERIFY(card(1)->content().probability.has_value());
    QVERIFY(*card(1)->content().probability > *card(2)->content().probability);
    QVERIFY(find<CandidateCard>("candidate_new")->content().probability.has_value());
}

void TestReviewShown::whoIsLikeliestNewIsSelectedAsNew()
{
    makeCatalogue(QStringLiteral("d.flukeprint"), someCalibration());
    openWindow(QStringLiteral("d.flukeprint"));
    QVERIFY(card(1)->isChecked()); // q1 lies beside A
    press(Qt::Key_Space);
    press(Qt::Key_Space);
    QCOMPARE(file(), QStringLiteral("q3.jpg")); // far from all
    auto *asNew = find<CandidateCard>("candidate_new");
    QVERIFY(*asNew->content().probability > *card(1)->content().probability);
    QVERIFY(asNew->isChecked() && !card(1)->isChecked());
    QVERIFY2(find<QAbstractButton>("reviewConfirm")->text().contains(QStringLiteral("new")),
             qPrintable(find<QAbstractButton>("reviewConfirm")->text()));
    // The nearest stands beside it all the same, to be ruled out.
    QVERIFY2(find<QLabel>("comparePlace")->text().contains(card(1)->content().title), qPrintable(find<QLabel>("comparePlace")->text()));
    press(Qt::Key_Return);
    QVERIFY(!codeOf("q3.jpg").isEmpty());
    QVERIFY(codeOf("q3.jpg") != card(1)->content().title);
    // Looked at again it has a name, which Enter must not take away for another new one.
    m_window->page(QStringLiteral("review"))->showAnnotations({annotation("q3.jpg").id});
    QCOMPARE(file(), QStringLiteral("q3.jpg"));
    QVERIFY(*asNew->content().probability > *card(1)->content().probability);
    QVERIFY(!asNew->isChecked());
}

void TestReviewShown::aModelThatTakesProbabilitiesAwayIsAskedAbout()
{
    makeCatalogue(QStringLiteral("d.flukeprint"), someCalibration());
    openWindow(QStringLiteral("d.flukeprint"));
    catalogue::Model other = *catalogue::ModelStore(catalogue()).active();
    const ModelId calibrated = other.id;
    other.name = QStringLiteral("blind");
    other.calibrationJson = QStringLiteral("{}");
    const ModelId blind = catalogue::ModelStore(catalogue()).add(other).value();
    for (const auto &[photo, code, angleDeg] : reviewSamples())
        workflows::setEmbedding(catalogue(), blind, workflows::annotationOf(catalogue(), QString::fromLatin1(photo)).id, angleDeg);
    QCOMPARE(catalogue::ModelStore(catalogue()).active()->id, calibrated);
    const auto choose = [this](ModelId model) {
        auto *menu = find<QMenu>("modelMenu");
        Q_EMIT menu->aboutToShow();
        find<QAction>(qPrintable(QStringLiteral("model_%1").arg(model.value)))->trigger();
    };
    MessageBox::setNextAnswer(QMessageBox::Cancel);
    choose(blind);
    QVERIFY2(MessageBox::lastText().contains(QStringLiteral("no probabilities")), qPrintable(MessageBox::lastText()));
    QCOMPARE(catalogue::ModelStore(catalogue()).active()->id, calibrated);
    MessageBox::setNextAnswer(QMessageBox::Yes);
    choose(blind);
    QTRY_COMPARE(catalogue::ModelStore(catalogue()).active()->id, blind);
    choose(calibrated); // nothing is lost this way, so nothing is asked
    QTRY_COMPARE(catalogue::ModelStore(catalogue()).active()->id, calibrated);
}

void TestReviewShown::aCandidatesPhotosStandBesideTheQuery()
{
    openWindow();
    auto *beside = find<PhotoView>("compareCandidate");
    auto *place = find<QLabel>("comparePlace");
    QTest::mouseClick(card(2), Qt::LeftButton);
    QCOMPARE(place->text(), QStringLiteral("photo 1 of 2 of B"));
    QCOMPARE(beside->photo()->fileName, QStringLiteral("b1.jpg")); // 85 degrees from the query, the other 95
    press(Qt::Key_Right);
    QCOMPARE(beside->photo()->fileName, QStringLiteral("b2.jpg"));
    press(Qt::Key_Right);
    QCOMPARE(place->text(), QStringLiteral("photo 2 of 2 of B"));
    QTest::mouseClick(find<QToolButton>("comparePrevious"), Qt::LeftButton);
    QCOMPARE(beside->photo()->fileName, QStringLiteral("b1.jpg"));
    QTRY_VERIFY(beside->isInFullSize());
    QTest::mouseClick(find<Pill>("compareOverlay"), Qt::LeftButton);
    QVERIFY(!find<PhotoView>("compareQuery")->isVisible());
    QTest::mouseClick(find<Pill>("compareOverlay"), Qt::LeftButton);
    QVERIFY(find<PhotoView>("compareQuery")->isVisible());
    QTest::mouseClick(find<Pill>("compareMirror"), Qt::LeftButton);
    QVERIFY(beside->isMirrored());
}

void TestReviewShown::linkedPhotosZoomTogether()
{
    openWindow();
    auto *query = find<PhotoView>("compareQuery");
    auto *beside = find<PhotoView>("compareCandidate");
    QTRY_VERIFY(query->hasImage() && beside->hasImage());
    query->zoomIn();
    QVERIFY(query->view().zoom > 1);
    QCOMPARE(beside->view(), query->view());
    QTest::mouseClick(find<Pill>("compareLink"), Qt::LeftButton);
    beside->fit();
    QVERIFY(query->view().zoom > 1);
    press(Qt::Key_Space); // another query starts at the whole fluke
    QCOMPARE(query->view(), ViewTransform());
}

void TestReviewShown::filtersNarrowTheQueue()
{
    openWindow();
    auto *search = find<QLineEdit>("reviewSearch");
    search->setFocus();
    QTest::keyClicks(search, QStringLiteral("q3"));
    QTest::keyClick(search, Qt::Key_Return);
    QCOMPARE(file(), QStringLiteral("q3.jpg"));
    QCOMPARE(left(), QStringLiteral("1 left"));
    press(Qt::Key_N); // the field has given the keys back
    QVERIFY(!codeOf("q3.jpg").isEmpty());
    QVERIFY(find<QWidget>("reviewEmpty")->isVisible());
    QTest::mouseClick(find<QPushButton>("empty_actionReviewClearFilters"), Qt::LeftButton);
    QCOMPARE(file(), QStringLiteral("q1.jpg"));
    QVERIFY(search->text().isEmpty());
}

void TestReviewShown::chosenPhotosAreReviewedAgain()
{
    openWindow();
    Page *page = m_window->page(QStringLiteral("review"));
    page->showAnnotations({annotation("a2.jpg").id, annotation("q2.jpg").id});
    QCOMPARE(file(), QStringLiteral("a2.jpg"));
    QVERIFY(find<Pill>("reviewState")->text().contains(QLatin1Char('A')));
    press(Qt::Key_R);
    find<QLineEdit>("relabelField")->setText(QStringLiteral("C"));
    QTest::keyClick(find<QLineEdit>("relabelField"), Qt::Key_Return);
    QCOMPARE(codeOf("a2.jpg"), QStringLiteral("C"));
    QCOMPARE(file(), QStringLiteral("q2.jpg"));
    press(Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(file(), QStringLiteral("a2.jpg"));
    QCOMPARE(codeOf("a2.jpg"), QStringLiteral("A"));
    QTest::mouseClick(find<Pill>("reviewChosen"), Qt::LeftButton);
    QCOMPARE(left(), QStringLiteral("3 left"));
}

void TestReviewShown::decisionsOfOtherPagesAreFollowed()
{
    openWindow();
    m_window->showPage(QStringLiteral("catalogue"));
    QVERIFY(m_window->session()->markUnusable(annotation("q1.jpg").id).ok());
    m_window->showPage(QStringLiteral("review"));
    QCOMPARE(file(), QStringLiteral("q2.jpg"));
    QCOMPARE(left(), QStringLiteral("2 left"));
    QVERIFY(m_window->session()->unidentify(annotation("a1.jpg").id).ok());
    QCOMPARE(m_window->page(QStringLiteral("review"))->badge(), 3);
}

void TestReviewShown::readingOnlyDecidesNothing()
{
    workflows::SessionOptions options;
    options.access = catalogue::Access::ReadOnly;
    openWindow();
    const auto folder = m_bench->path(QStringLiteral("c.flukeprint"));
    auto session = workflows::CatalogueSession::open(folder, options);
    QVERIFY(session.ok());
    auto *page = m_window->page(QStringLiteral("review"));
    page->setSession(session->get());
    QTRY_COMPARE((*session)->galleryState(), GalleryState::Ready);
    QVERIFY(find<Pill>("reviewReadOnly")->isVisible());
    const std::int64_t before = decisions();
    QVERIFY(!find<QPushButton>("reviewConfirm")->isEnabled());
    QVERIFY(!find<QPushButton>("reviewConfirm")->toolTip().isEmpty());
    for (const auto key : {Qt::Key_1, Qt::Key_N, Qt::Key_X, Qt::Key_R, Qt::Key_Return})
        press(key);
    QCOMPARE(decisions(), before);
    QVERIFY(!find<QLineEdit>("relabelField")->isVisible());
    press(Qt::Key_Space);
    QCOMPARE(file(), QStringLiteral("q2.jpg"));
    page->setSession(nullptr);
}

void TestReviewShown::withoutAModelTheFlukeCanStillBeNamed()
{
    makeCatalogue(QStringLiteral("n.flukeprint"), {}, false);
    openWindow(QStringLiteral("n.flukeprint"));
    QVERIFY(find<QWidget>("reviewCandidateState")->isVisible());
    QTRY_VERIFY(find<QPushButton>("empty_actionImportModel")->isVisible());
    QVERIFY(!card(1)->isVisible());
    press(Qt::Key_1);
    QVERIFY(codeOf("q1.jpg").isEmpty());
    press(Qt::Key_N);
    QVERIFY(!codeOf("q1.jpg").isEmpty());
    QCOMPARE(file(), QStringLiteral("q2.jpg"));
}

QTEST_MAIN(TestReviewShown)
#include "tst_review_shown.moc"
