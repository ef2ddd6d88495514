#include "core/catalogue/encounter_merges.h"
#include "core/catalogue/encounter_store.h"
#include "core/catalogue/individual_store.h"
#include "tests/ui/window_bench.h"
#include "ui/dialogs/message_box.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/pill.h"

#include <QListView>

#include <map>

using namespace flukeprint;
using namespace flukeprint::ui;

/// What a person changes in the window, and takes back.
class TestWindowEdits : public WindowBench
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { makeTemplate(); }
    void init() { start(); }
    void cleanup() { stop(); }

    void relabelCanBeUndoneAndSurvivesARestart();
    void severalPhotosBecomeOneNewIndividualInOneStep();
    void unusablePhotosAreMarkedAndRestored();
    void newestEditIsUndoneFirst();
    void joinedEncountersArePartedFromTheMenu();
    void individualIsRenamedAndTheOldCodeStillFindsIt();
    void renamedIndividualIsCalledSoBesideItsPhotos();
    void refusedCodeLeavesTheOldOne();
    void boxIsEditedSavedAndUndone();
    void boxBecomesTheWholePhoto();
    void aSearchNeverTakesTheBoxThatIsEdited();
    void boxIsSavedInsideThePhotoAlone();
    void tipsAndNotchAreSetSavedAndUndone();
};

void TestWindowEdits::relabelCanBeUndoneAndSurvivesARestart()
{
    openSmall();
    const AnnotationId id = current();
    const IndividualId before = annotation(id).individual;
    answerPicker(QStringLiteral("ZZ-new"));
    trigger("actionRelabelSelected");
    const IndividualId made = annotation(id).individual;
    QVERIFY(made.isValid() && made != before);
    QVERIFY(find<QAction>("actionUndo")->text().contains(QStringLiteral("ZZ-new")));

    openWindow(); // closes the old window and its session first
    openSmall();
    QCOMPARE(annotation(id).individual, made);
    QVERIFY(find<QAction>("actionUndo")->isEnabled());
    trigger("actionUndo");
    QCOMPARE(annotation(id).individual, before);
    trigger("actionRedo");
    QCOMPARE(annotation(id).individual, made);
}

void TestWindowEdits::severalPhotosBecomeOneNewIndividualInOneStep()
{
    openSmall();
    grid()->setFocus();
    QTest::keyClick(grid(), Qt::Key_Right, Qt::ShiftModifier);
    QTest::keyClick(grid(), Qt::Key_Right, Qt::ShiftModifier);
    std::map<AnnotationId, IndividualId> before;
    for (const QModelIndex &index : grid()->selectionModel()->selectedIndexes()) {
        const AnnotationId id(index.data(AnnotationModel::IdRole).toLongLong());
        before[id] = annotation(id).individual;
    }
    QCOMPARE(before.size(), std::size_t {3});
    catalogue::IndividualStore individuals(m_window->session()->catalogue());
    answerPicker(QStringLiteral("ZZ-three"));
    trigger("actionRelabelSelected");
    const auto made = individuals.find(QStringLiteral("ZZ-three"));
    QVERIFY(made.ok() && made->has_value());
    const IndividualId founded = (*made)->id;
    for (const auto &[id, individual] : before)
        QCOMPARE(annotation(id).individual, founded);
    QVERIFY(find<QAction>("actionUndo")->text().contains(QStringLiteral("ZZ-three")));

    trigger("actionUndo");
    for (const auto &[id, individual] : before)
        QCOMPARE(annotation(id).individual, individual);
    QVERIFY(individuals.get(founded)->retired);
    QVERIFY(!find<QAction>("actionUndo")->isEnabled());
    trigger("actionRedo");
    for (const auto &[id, individual] : before)
        QCOMPARE(annotation(id).individual, founded);
    QVERIFY(!individuals.get(founded)->retired);
}

void TestWindowEdits::unusablePhotosAreMarkedAndRestored()
{
    openSmall();
    grid()->setFocus();
    QTest::keyClick(grid(), Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(grid()->selectionModel()->selectedIndexes().size(), 2);
    QTest::keyClick(grid(), Qt::Key_X);
    trigger("state_unusable");
    QTRY_COMPARE(shown(), 2);
    // Undo stands beside the message, and takes both back as one step.
    QTest::mouseClick(find<QPushButton>("toastAction"), Qt::LeftButton);
    QTRY_COMPARE(shown(), 0);
    trigger("state_unusable");
    QTRY_COMPARE(shown(), m_made.photoCount);
}

void TestWindowEdits::newestEditIsUndoneFirst()
{
    openSmall();
    const AnnotationId id = current();
    const IndividualId identity = annotation(id).individual;
    trigger("actionMarkUnusable");
    m_window->showPage(QStringLiteral("individuals"));
    auto *name = find<QLineEdit>("individualName");
    name->setFocus();
    QTest::keyClicks(name, QStringLiteral("Salt"));
    QTest::keyClick(name, Qt::Key_Return);
    trigger("actionUndo"); // the name
    QVERIFY(name->text().isEmpty());
    QCOMPARE(annotation(id).state, catalogue::IdentityState::Unusable);
    trigger("actionUndo"); // then the decision
    QCOMPARE(annotation(id).individual, identity);
    QCOMPARE(annotation(id).state, catalogue::IdentityState::Identified);
}

void TestWindowEdits::joinedEncountersArePartedFromTheMenu()
{
    openSmall();
    QVERIFY(!find<QAction>("actionPartEncounters")->isEnabled());
    catalogue::Catalogue &catalogue = m_window->session()->catalogue();
    const auto rows = catalogue::EncounterStore(catalogue).list().value();
    QVERIFY(rows.size() >= 2);
    catalogue::EncounterMerges merges(catalogue, QStringLiteral("import"));
    QVERIFY(merges.merge(rows[0].encounter.id, rows[1].encounter.id, QStringLiteral("between.jpg")).ok());
    m_window->session()->notePhotosChanged();
    auto *part = find<QAction>("actionPartEncounters");
    QVERIFY(part->isEnabled());
    QVERIFY(part->text().contains(rows[0].encounter.code) && part->text().contains(rows[1].encounter.code));
    part->trigger();
    QCOMPARE(catalogue::EncounterStore(catalogue).list()->size(), rows.size());
    QVERIFY(!merges.newest().value());
    QVERIFY(!part->isEnabled());
    QVERIFY(find<QLabel>("toastText")->text().contains(rows[0].encounter.code));

    // Parting is an edit like others: taken back, made again, taken back.
    QVERIFY(find<QAction>("actionUndo")->text().contains(rows[0].encounter.code));
    trigger("actionUndo");
    QCOMPARE(catalogue::EncounterStore(catalogue).list()->size(), rows.size() - 1);
    QVERIFY(part->isEnabled());
    trigger("actionRedo");
    QCOMPARE(catalogue::EncounterStore(catalogue).list()->size(), rows.size());
    trigger("actionUndo");
    QCOMPARE(catalogue::EncounterStore(catalogue).list()->size(), rows.size() - 1);
    QCOMPARE(merges.newest().value()->cause, QStringLiteral("between.jpg"));
}

void TestWindowEdits::individualIsRenamedAndTheOldCodeStillFindsIt()
{
    openSmall();
    m_window->showPage(QStringLiteral("individuals"));
    auto *list = find<QListView>("individualsList");
    QCOMPARE(list->model()->rowCount(), m_made.individualCount);
    const QString oldCode = list->currentIndex().data().toString();
    auto *code = find<QLineEdit>("individualCode");
    QCOMPARE(code->text(), oldCode);
    code->setFocus();
    code->selectAll();
    QTest::keyClicks(code, QStringLiteral("CRC-00042"));
    QTest::keyClick(code, Qt::Key_Return);
    catalogue::IndividualStore store(m_window->session()->catalogue());
    const auto found = store.find(oldCode);
    QVERIFY(found.ok() && found.value().has_value());
    QCOMPARE(found.value()->code, QStringLiteral("CRC-00042"));
    QCOMPARE(list->currentIndex().data().toString(), QStringLiteral("CRC-00042"));

    trigger("actionUndo");
    QCOMPARE(code->text(), oldCode);
    QVERIFY(!store.find(QStringLiteral("CRC-00042")).value().has_value());
    trigger("actionRedo");
    QCOMPARE(code->text(), QStringLiteral("CRC-00042"));
    QCOMPARE(store.find(oldCode).value()->code, QStringLiteral("CRC-00042"));
}

void TestWindowEdits::renamedIndividualIsCalledSoBesideItsPhotos()
{
    openSmall();
    catalogue::IndividualStore store(m_window->session()->catalogue());
    IndividualId shownOne;
    for (int row = 0; row < shown() && !shownOne.isValid(); ++row) {
        grid()->setCurrentIndex(grid()->model()->index(row, 0));
        shownOne = annotation(current()).individual;
    }
    const auto individual = store.get(shownOne);
    QVERIFY(individual.ok());
    auto *identity = find<Pill>("detailIdentity");
    QCOMPARE(identity->text(), individual.value().code);

    m_window->showPage(QStringLiteral("individuals"));
    auto *list = find<QListView>("individualsList");
    const auto row = list->model()->match(list->model()->index(0, 0), Qt::DisplayRole, individual.value().code, 1, Qt::MatchExactly);
    QCOMPARE(row.size(), 1);
    list->setCurrentIndex(row.front());
    auto *code = find<QLineEdit>("individualCode");
    code->setFocus();
    code->selectAll();
    QTest::keyClicks(code, QStringLiteral("CRC-00043"));
    QTest::keyClick(code, Qt::Key_Return);
    QCOMPARE(identity->text(), QStringLiteral("CRC-00043"));
}

void TestWindowEdits::refusedCodeLeavesTheOldOne()
{
    openSmall();
    m_window->showPage(QStringLiteral("individuals"));
    auto *list = find<QListView>("individualsList");
    const QString first = list->model()->index(0, 0).data().toString();
    const QString second = list->model()->index(1, 0).data().toString();
    auto *code = find<QLineEdit>("individualCode");
    MessageBox::setNextAnswer(QMessageBox::Ok);
    code->setFocus();
    code->selectAll();
    QTest::keyClicks(code, second);
    QTest::keyClick(code, Qt::Key_Return);
    QVERIFY(MessageBox::lastText().contains(second));
    QCOMPARE(code->text(), first);
    QVERIFY(!find<QAction>("actionUndo")->isEnabled());
}

void TestWindowEdits::boxIsEditedSavedAndUndone()
{
    openSmall();
    const AnnotationId id = current();
    const catalogue::Annotation before = annotation(id);
    auto *view = find<ImageView>("detailPhoto");
    QTRY_VERIFY(view->hasImage());
    trigger("actionEditBox");
    QVERIFY(view->isBoxEditable());
    QTest::keyClick(view, Qt::Key_Right);
    QTest::keyClick(view, Qt::Key_Right, Qt::ControlModifier);
    QCOMPARE(annotation(id).box, before.box); // not before it is saved
    QTest::mouseClick(find<QPushButton>("editSave"), Qt::LeftButton);
    const catalogue::Annotation after = annotation(id);
    QCOMPARE(after.box.angleDeg, before.box.angleDeg + 1);
    QVERIFY(after.box.centreXPx > before.box.centreXPx);
    QVERIFY(after.boxRevision > before.boxRevision);
    QCOMPARE(after.boxSource, catalogue::BoxSource::Manual);
    trigger("actionUndo");
    QCOMPARE(annotation(id).box, before.box);
    trigger("actionRedo");
    QCOMPARE(annotation(id).box, after.box);

    trigger("actionEditBox");
    QTest::keyClick(view, Qt::Key_Down);
    QTest::keyClick(view, Qt::Key_Escape);
    QVERIFY(!view->isBoxEditable());
    QCOMPARE(*view->box(), after.box);
    QCOMPARE(annotation(id).box, after.box);
}

void TestWindowEdits::boxBecomesTheWholePhoto()
{
    openSmall();
    const AnnotationId id = current();
    const catalogue::RotatedBox before = annotation(id).box;
    auto *view = find<ImageView>("detailPhoto");
    QTRY_VERIFY(view->hasImage());
    QVERIFY(!find<QPushButton>("boxWholePhoto")->isVisible());
    trigger("actionEditBox");
    QTest::keyClick(view, Qt::Key_Right, Qt::ControlModifier); // so that the angle has to go back too
    QTest::mouseClick(find<QPushButton>("boxWholePhoto"), Qt::LeftButton);
    QVERIFY(view->isBoxEditable());
    QCOMPARE(annotation(id).box, before); // not before it is saved
    QTest::mouseClick(find<QPushButton>("editSave"), Qt::LeftButton);
    const QSizeF size = view->photoSize();
    const catalogue::RotatedBox whole {size.width() / 2, size.height() / 2, size.width(), size.height(), 0};
    QCOMPARE(annotation(id).box, whole);
    trigger("actionUndo");
    QCOMPARE(annotation(id).box, before);
    trigger("actionRedo");
    QCOMPARE(annotation(id).box, whole);
}

void TestWindowEdits::aSearchNeverTakesTheBoxThatIsEdited()
{
    openSmall();
    const AnnotationId id = current();
    const catalogue::RotatedBox before = annotation(id).box;
    auto *view = find<ImageView>("detailPhoto");
    QTRY_VERIFY(view->hasImage());
    trigger("actionEditBox");
    QTest::keyClick(view, Qt::Key_Right);
    const QString other = grid()->model()->index(3, 0).data().toString();
    QTest::keyClicks(find<QLineEdit>("catalogueSearch"), other);
    QTRY_COMPARE(shown(), 1);
    QVERIFY(view->isBoxEditable());
    QTest::mouseClick(find<QPushButton>("editSave"), Qt::LeftButton);
    QVERIFY(annotation(id).box.centreXPx > before.centreXPx);
    // What was searched for comes on show once the box is saved.
    QTRY_COMPARE(find<QLabel>("detailFileName")->text(), other);
}

void TestWindowEdits::boxIsSavedInsideThePhotoAlone()
{
    openSmall();
    const AnnotationId id = current();
    auto *view = find<ImageView>("detailPhoto");
    QTRY_VERIFY(view->hasImage());
    trigger("actionEditBox");
    for (int i = 0; i < 30; ++i)
        QTest::keyClick(view, Qt::Key_Right, Qt::ControlModifier);
    for (int i = 0; i < 400; ++i)
        QTest::keyClick(view, Qt::Key_Right);
    QTest::mouseClick(find<QPushButton>("editSave"), Qt::LeftButton);
    const QRectF saved = box_math::boundingRect(annotation(id).box);
    QVERIFY(QRectF(QPointF(), view->photoSize()).adjusted(-0.01, -0.01, 0.01, 0.01).contains(saved));
    QVERIFY(std::abs(saved.right() - view->photoSize().width()) < 1); // it was pushed there
}

void TestWindowEdits::tipsAndNotchAreSetSavedAndUndone()
{
    openSmall();
    const AnnotationId id = current();
    const int revision = annotation(id).boxRevision;
    auto *view = find<ImageView>("detailPhoto");
    QTRY_VERIFY(view->hasImage());
    trigger("actionEditPoints");
    QVERIFY(find<QWidget>("pointsClear")->isVisible() && !find<QWidget>("boxWholePhoto")->isVisible());
    const QSizeF size = view->photoSize();
    // The wrong tip first: it is the photo that says which is left.
    for (const double share : {0.9, 0.5, 0.1})
        QTest::mouseClick(view, Qt::LeftButton, {}, view->photoToWidget().map(QPointF(share * size.width(), 0.5 * size.height())).toPoint());
    QVERIFY(!annotation(id).notch); // not before it is saved
    QTest::mouseClick(find<QPushButton>("editSave"), Qt::LeftButton);
    const catalogue::Annotation saved = annotation(id);
    QVERIFY(saved.leftTip && saved.notch && saved.rightTip);
    QVERIFY(saved.leftTip->x < saved.notch->x && saved.notch->x < saved.rightTip->x);
    QVERIFY(std::abs(saved.notch->x - 0.5 * size.width()) < 0.01 * size.width());
    QCOMPARE(saved.boxRevision, revision); // no crop has changed
    QVERIFY(!view->arePointsEditable());
    QVERIFY(view->points() == FlukePoints(saved)); // and they stay on show

    trigger("actionUndo");
    QVERIFY(!annotation(id).leftTip && !annotation(id).notch && !annotation(id).rightTip);
    QVERIFY(view->points().isEmpty());
    trigger("actionRedo");
    QVERIFY(annotation(id).notch == saved.notch);

    trigger("actionEditPoints");
    QTest::mouseClick(find<QPushButton>("pointsClear"), Qt::LeftButton);
    QTest::keyClick(view, Qt::Key_Escape);
    QVERIFY(view->points() == FlukePoints(saved));
    QVERIFY(annotation(id).notch == saved.notch);
}

QTEST_MAIN(TestWindowEdits)
#include "tst_ui_window_edits.moc"
