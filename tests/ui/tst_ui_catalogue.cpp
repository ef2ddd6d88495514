// The catalogue page as a person meets it: what is chosen, its menus and keys, the dates, and photos that are gone.
#include "tests/ui/window_bench.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/pill.h"

#include <QContextMenuEvent>
#include <QDateEdit>
#include <QMenu>
#include <QScrollBar>

using namespace flukeprint;
using namespace flukeprint::ui;

class TestCatalogue : public WindowBench
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { makeTemplate(); }
    void init() { start(); }
    void cleanup() { stop(); }

    void photosOpenedFromAnotherPageCanBeActedOn();
    void dateFilterProposesTheDatesOfThePhotos();
    void selectedPhotosAreCounted();
    void rightClickOffersThePagesActions();
    void arrowsGoThroughPhotosSeenWhole();
    void enterSavesTheBox();
    void boxThatIsOutOfSightIsBroughtBack();
    void missingPhotoIsSaidToBeMissing();
    void folderThatCannotBeShownIsNamed();
    void thumbnailSizeIsTicked();
    void selectedPhotoStaysInSightWhenTheWindowChanges();

private:
    void key(Qt::Key which, Qt::KeyboardModifiers modifiers = Qt::NoModifier) const { QTest::keyClick(m_window->windowHandle(), which, modifiers); }
    [[nodiscard]] QWidget *popup(const char *name) const { return m_window->findChild<QWidget *>(QString::fromLatin1(name)); }
    [[nodiscard]] QString toast() const { return find<QLabel>("toastText")->text(); }
    void openDates();
    [[nodiscard]] ImageView *photo() const { return find<ImageView>("detailPhoto"); }
    /// Opens the menu of the current cell of a grid as a right click there does, and returns it.
    [[nodiscard]] static QMenu *menuOf(GridView *grid);
};

void TestCatalogue::openDates()
{
    QTest::mouseClick(find<Pill>("catalogueDates"), Qt::LeftButton);
    QVERIFY(popup("dateRangePopup") && popup("dateRangePopup")->isVisible());
}

QMenu *TestCatalogue::menuOf(GridView *grid)
{
    const QPoint at = grid->visualRect(grid->currentIndex()).center();
    QContextMenuEvent event(QContextMenuEvent::Mouse, at, grid->viewport()->mapToGlobal(at));
    QApplication::sendEvent(grid->viewport(), &event);
    return qobject_cast<QMenu *>(QApplication::activePopupWidget());
}

void TestCatalogue::photosOpenedFromAnotherPageCanBeActedOn()
{
    QVERIFY(m_window->createCatalogue(path("empty.flukeprint")));
    m_window->showPage(QStringLiteral("catalogue"));
    QTRY_VERIFY(find<QWidget>("catalogueEmpty")->isVisible());
    m_window->showPage(QStringLiteral("training"));
    QVERIFY(m_window->openCatalogue(path("small.flukeprint")));
    QCOMPARE(m_window->currentPage()->objectName(), QStringLiteral("training"));
    // As Qt does when the focus comes to a view that has rows and no current one: a current row that is not selected.
    connect(grid()->model(), &QAbstractItemModel::modelReset, grid(), [view = grid()] {
        view->selectionModel()->setCurrentIndex(view->model()->index(1, 0), QItemSelectionModel::NoUpdate);
    });
    key(Qt::Key_1, Qt::ControlModifier);
    QTRY_COMPARE(shown(), m_made.photoCount);
    QVERIFY(find<QAction>("actionRelabelSelected")->isEnabled());
    QVERIFY(find<QAction>("actionOpenFolder")->isEnabled());
    QCOMPARE(grid()->selectionModel()->selectedIndexes(), QModelIndexList {grid()->currentIndex()});
}

void TestCatalogue::dateFilterProposesTheDatesOfThePhotos()
{
    openSmall();
    QStringList taken;
    for (int row = 0; row < shown(); ++row)
        taken << grid()->model()->index(row, 0).data(AnnotationModel::TakenAtRole).toString().left(10);
    taken.sort();
    openDates();
    auto *from = popup("dateRangePopup")->findChild<QDateEdit *>(QStringLiteral("dateFrom"));
    auto *to = popup("dateRangePopup")->findChild<QDateEdit *>(QStringLiteral("dateTo"));
    QCOMPARE(from->date().toString(Qt::ISODate), taken.front());
    QCOMPARE(to->date().toString(Qt::ISODate), taken.back());
    const QString written = from->text();
    QTest::keyClick(to, Qt::Key_Return); // applies
    QTRY_VERIFY(!popup("dateRangePopup"));
    QVERIFY(find<Pill>("catalogueDates")->text() != QStringLiteral("any date"));
    QCOMPARE(shown(), m_made.photoCount); // and leaves none out
    // As dates are written beside the photos.
    QVERIFY2(find<Pill>("catalogueDates")->text().startsWith(written), qPrintable(written));
}

void TestCatalogue::selectedPhotosAreCounted()
{
    openSmall();
    const QString all = find<QLabel>("catalogueCount")->text();
    QCOMPARE(find<QPushButton>("detail_actionRelabelSelected")->text(), QStringLiteral("Relabel"));
    grid()->setFocus();
    QTest::keyClick(grid(), Qt::Key_Right, Qt::ShiftModifier);
    QTest::keyClick(grid(), Qt::Key_Right, Qt::ShiftModifier);
    QVERIFY2(find<QLabel>("catalogueCount")->text().contains(QStringLiteral("3 selected")), qPrintable(find<QLabel>("catalogueCount")->text()));
    QCOMPARE(find<QPushButton>("detail_actionRelabelSelected")->text(), QStringLiteral("Relabel 3"));
    QCOMPARE(find<QPushButton>("detail_actionMarkUnusable")->text(), QStringLiteral("Unusable 3"));
    QCOMPARE(find<QPushButton>("detail_actionOpenFolder")->text(), QStringLiteral("Folder"));
    QTest::keyClick(grid(), Qt::Key_Right);
    QCOMPARE(find<QLabel>("catalogueCount")->text(), all);
    QCOMPARE(find<QPushButton>("detail_actionRelabelSelected")->text(), QStringLiteral("Relabel"));
}

void TestCatalogue::rightClickOffersThePagesActions()
{
    openSmall();
    const QPoint other = grid()->visualRect(grid()->model()->index(1, 0)).center();
    QTest::mouseClick(grid()->viewport(), Qt::RightButton, {}, other);
    QCOMPARE(grid()->currentIndex().row(), 1);
    QMenu *menu = menuOf(grid());
    QVERIFY(menu && menu->actions().contains(find<QAction>("actionMarkUnusable")));
    QTest::mouseClick(menu, Qt::LeftButton, {}, menu->actionGeometry(find<QAction>("actionMarkUnusable")).center());
    QCOMPARE(annotation(current()).state, catalogue::IdentityState::Unusable);

    m_window->showPage(QStringLiteral("individuals"));
    auto *photos = find<GridView>("individualPhotos");
    QTRY_VERIFY(photos->model()->rowCount() > 0);
    photos->setCurrentIndex(photos->model()->index(0, 0));
    menu = menuOf(photos);
    QVERIFY(menu && menu->actions().contains(find<QAction>("actionMakeRepresentative")));
    QTest::mouseClick(menu, Qt::LeftButton, {}, menu->actionGeometry(find<QAction>("actionShowInCatalogue")).center());
    QCOMPARE(m_window->currentPage()->objectName(), QStringLiteral("catalogue"));
}

void TestCatalogue::arrowsGoThroughPhotosSeenWhole()
{
    openSmall();
    const AnnotationId first = current();
    trigger("actionLargeView");
    QTRY_VERIFY(photo()->hasImage());
    key(Qt::Key_Right);
    QCOMPARE(grid()->currentIndex().row(), 1);
    QVERIFY(current() != first);
    QVERIFY(photo()->view() == ViewTransform {}); // not pushed aside
    key(Qt::Key_Left);
    QCOMPARE(current(), first);
    key(Qt::Key_Left); // nothing comes before it
    QCOMPARE(current(), first);
    QVERIFY(!grid()->isVisible());
    QTRY_VERIFY(photo()->hasImage());
    key(Qt::Key_Plus);
    key(Qt::Key_Right); // now there is something to pan
    QCOMPARE(current(), first);
    QVERIFY(!(photo()->view() == ViewTransform {}));
    key(Qt::Key_Escape);
    QVERIFY(grid()->isVisible());
    QVERIFY(photo()->view() == ViewTransform {});
    trigger("actionEditBox");
    key(Qt::Key_Escape); // still ends what can be ended
    QVERIFY(!photo()->isBoxEditable());
}

void TestCatalogue::enterSavesTheBox()
{
    openSmall();
    const AnnotationId id = current();
    const catalogue::RotatedBox before = annotation(id).box;
    QTRY_VERIFY(photo()->hasImage());
    trigger("actionEditBox");
    key(Qt::Key_Right);
    key(Qt::Key_Return);
    QVERIFY(!photo()->isBoxEditable());
    QVERIFY(annotation(id).box.centreXPx > before.centreXPx);

    trigger("actionEditPoints");
    for (int i = 0; i < 3; ++i) {
        QVERIFY(photo()->arePointsEditable()); // there Enter sets the next one
        key(Qt::Key_Return);
    }
    QVERIFY(photo()->arePointsEditable() && !annotation(id).notch);
    key(Qt::Key_Return); // all are set
    QVERIFY(!photo()->arePointsEditable());
    QVERIFY(annotation(id).notch.has_value());
}

void TestCatalogue::boxThatIsOutOfSightIsBroughtBack()
{
    openSmall();
    QTRY_VERIFY(photo()->hasImage());
    const auto inSight = [this] {
        return QRectF(photo()->rect())
            .adjusted(-1, -1, 1, 1)
            .contains(photo()->photoToWidget().map(box_math::corners(*photo()->box())).boundingRect());
    };
    photo()->setView({{0.1, 0.1}, 6.0});
    QVERIFY(!inSight());
    trigger("actionEditBox");
    QVERIFY(inSight());
}

void TestCatalogue::missingPhotoIsSaidToBeMissing()
{
    // A photo of this catalogue's own, since the template's photos serve every test.
    QVERIFY(m_window->createCatalogue(path("mine.flukeprint")));
    std::filesystem::copy(m_made.photos, path("season").toStdString());
    m_window->importPaths({path("season")});
    m_window->showPage(QStringLiteral("catalogue"));
    QTRY_COMPARE_WITH_TIMEOUT(shown(), m_made.photoCount, 60'000);
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), 60'000);
    QTRY_VERIFY(photo()->hasImage());
    QVERIFY(!find<QLabel>("detailMissing")->isVisible());
    QVERIFY(QFile::remove(path("season/") + grid()->model()->index(2, 0).data().toString()));
    grid()->setCurrentIndex(grid()->model()->index(2, 0));
    QTRY_VERIFY(find<QLabel>("detailMissing")->isVisible());
    QVERIFY(photo()->hasImage()); // its thumbnail
    grid()->setCurrentIndex(grid()->model()->index(3, 0));
    QTRY_VERIFY(photo()->hasImage());
    QVERIFY(!find<QLabel>("detailMissing")->isVisible());
}

void TestCatalogue::folderThatCannotBeShownIsNamed()
{
    openSmall();
    trigger("actionOpenFolder"); // this platform has no program that shows folders
    QVERIFY2(toast().contains(QString::fromStdString(m_made.photos.filename().string())), qPrintable(toast()));
}

void TestCatalogue::thumbnailSizeIsTicked()
{
    openSmall();
    QVERIFY(find<QAction>("size_1")->isChecked());
    trigger("size_2");
    QVERIFY(find<QAction>("size_2")->isChecked() && !find<QAction>("size_1")->isChecked());
    openWindow();
    QVERIFY(find<QAction>("size_2")->isChecked());
}

void TestCatalogue::selectedPhotoStaysInSightWhenTheWindowChanges()
{
    openSmall();
    trigger("size_2"); // so that they do not all fit
    m_window->resize(1150, 655);
    grid()->setCurrentIndex(grid()->model()->index(shown() / 2, 0));
    const auto inSight = [this] { return grid()->viewport()->rect().contains(grid()->visualRect(grid()->currentIndex()).center()); };
    QTRY_VERIFY(inSight() && grid()->verticalScrollBar()->value() > 0);
    for (const QSize size : {QSize(1280, 800), QSize(1600, 800), QSize(2200, 700), QSize(1150, 655), QSize(1900, 1000), QSize(1150, 655)}) {
        m_window->resize(size);
        QTRY_COMPARE(m_window->size(), size);
        QVERIFY2(inSight(), qPrintable(QStringLiteral("%1 px wide").arg(size.width())));
    }
    // What nobody looks at does not pull the grid back to it.
    grid()->verticalScrollBar()->setValue(0);
    if (!inSight()) {
        m_window->resize(1200, 655);
        QCOMPARE(grid()->verticalScrollBar()->value(), 0);
    }
}

QTEST_MAIN(TestCatalogue)
#include "tst_ui_catalogue.moc"
