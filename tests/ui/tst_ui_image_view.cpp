#include "ui/widgets/image_view.h"

#include <QLineF>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

using namespace flukeprint;
using namespace flukeprint::ui;

namespace {

constexpr QSize photoSize(900, 600);

QImage photo()
{
    QImage image(photoSize, QImage::Format_RGB32);
    image.fill(Qt::white);
    return image;
}

void turnWheel(ImageView &view, QPointF at, int notches)
{
    QWheelEvent event(at, view.mapToGlobal(at), {}, QPoint(0, notches * 120), Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(&view, &event);
}

QPoint onScreen(const ImageView &view, QPointF photoPoint)
{
    return view.photoToWidget().map(photoPoint).toPoint();
}

} // namespace

class TestImageView : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void photoFillsTheViewAtFirst();
    void wheelKeepsThePointUnderTheCursor();
    void smallerCopyStandsWhereThePhotoStands();
    void referenceStandsUprightInTheMiddle();
    void linkedViewsShowTheSamePlace();
    void oneToOneShowsPixels();
    void boxIsMovedByDragging();
    void boxIsResizedAtTheEdgeOnly();
    void boxIsTurnedAtTheHandle();
    void boxIsEditedByKeys();
    void boxThatIsNotEditableStaysWhereItIs();
    void boxNeverVanishes();
    void mirroredViewMirrors();
};

void TestImageView::photoFillsTheViewAtFirst()
{
    ImageView view;
    view.resize(450, 300);
    view.setImage(photo());
    QCOMPARE(onScreen(view, {0, 0}), QPoint(0, 0));
    QCOMPARE(onScreen(view, {900, 600}), QPoint(450, 300));
}

void TestImageView::wheelKeepsThePointUnderTheCursor()
{
    ImageView view;
    view.resize(450, 300);
    view.setImage(photo());
    const QPointF cursor(120, 80);
    const QPointF under = view.photoToWidget().inverted().map(cursor);
    QSignalSpy changed(&view, &ImageView::viewChanged);
    turnWheel(view, cursor, 3);
    QCOMPARE(changed.count(), 1);
    QVERIFY(view.scale() > 0.8);
    QVERIFY(QLineF(view.photoToWidget().map(under), cursor).length() < 0.5);
    turnWheel(view, cursor, -3);
    QVERIFY(QLineF(view.photoToWidget().map(under), cursor).length() < 0.5);
}

void TestImageView::smallerCopyStandsWhereThePhotoStands()
{
    ImageView view;
    view.resize(450, 300);
    view.setImage(photo());
    const QPoint before = onScreen(view, {450, 100});
    view.setImage(photo().scaled(90, 60), photoSize);
    QCOMPARE(onScreen(view, {450, 100}), before);
}

void TestImageView::referenceStandsUprightInTheMiddle()
{
    ImageView view;
    view.resize(400, 400);
    view.setImage(photo());
    const catalogue::RotatedBox box {300, 200, 200, 100, 30};
    view.setReference(box);
    const QPolygonF corners = view.photoToWidget().map(box_math::corners(box));
    QVERIFY(std::abs(corners[0].y() - corners[1].y()) < 0.01); // its upper edge is level
    QVERIFY(std::abs(corners[0].x()) < 0.01); // and it is as wide as the view
    QVERIFY(std::abs(corners[1].x() - 400) < 0.01);
    QCOMPARE(onScreen(view, {300, 200}), QPoint(200, 200));
}

void TestImageView::linkedViewsShowTheSamePlace()
{
    ImageView a;
    ImageView b;
    a.resize(300, 200);
    b.resize(600, 400);
    a.setImage(photo());
    b.setImage(photo().scaled(450, 300));
    LinkedViews linked({&a, &b});
    turnWheel(a, {60, 60}, 4);
    QCOMPARE(b.view(), a.view());
    linked.setEnabled(false);
    turnWheel(b, {60, 60}, 2);
    QVERIFY(!(b.view() == a.view()));
    linked.setEnabled(true);
    QCOMPARE(b.view(), a.view());
}

void TestImageView::oneToOneShowsPixels()
{
    ImageView view;
    view.resize(450, 300);
    view.setImage(photo());
    QTest::keyClick(&view, Qt::Key_1);
    QVERIFY(std::abs(view.scale() * view.devicePixelRatioF() - 1.0) < 1e-9);
    QTest::keyClick(&view, Qt::Key_0);
    QCOMPARE(view.view(), ViewTransform());
}

void TestImageView::boxIsMovedByDragging()
{
    ImageView view;
    view.resize(900, 600);
    view.setImage(photo());
    view.setBox(catalogue::RotatedBox {400, 300, 200, 100, 0});
    view.setBoxEditable(true);
    QSignalSpy edited(&view, &ImageView::boxEdited);
    QTest::mousePress(&view, Qt::LeftButton, {}, {400, 300});
    QTest::mouseMove(&view, {430, 280});
    QTest::mouseRelease(&view, Qt::LeftButton, {}, {430, 280});
    QCOMPARE(edited.count(), 1);
    QCOMPARE(*view.box(), (catalogue::RotatedBox {430, 280, 200, 100, 0}));
}

void TestImageView::boxIsResizedAtTheEdgeOnly()
{
    ImageView view;
    view.resize(900, 600);
    view.setImage(photo());
    view.setBox(catalogue::RotatedBox {400, 300, 200, 100, 0});
    view.setBoxEditable(true);
    QTest::mousePress(&view, Qt::LeftButton, {}, {500, 300});
    QTest::mouseMove(&view, {540, 320});
    QTest::mouseRelease(&view, Qt::LeftButton, {}, {540, 320});
    QCOMPARE(*view.box(), (catalogue::RotatedBox {420, 300, 240, 100, 0})); // the left edge stays, so does the height
}

void TestImageView::boxIsTurnedAtTheHandle()
{
    ImageView view;
    view.resize(900, 600);
    view.setImage(photo());
    view.setBox(catalogue::RotatedBox {400, 300, 200, 100, 0});
    view.setBoxEditable(true);
    const QPoint handle(400, 300 - 50 - 26);
    QTest::mousePress(&view, Qt::LeftButton, {}, handle);
    QTest::mouseMove(&view, {400 + 76, 300});
    QTest::mouseRelease(&view, Qt::LeftButton, {}, {400 + 76, 300});
    QVERIFY(std::abs(view.box()->angleDeg - 90.0) < 0.5); // from above to the right: a quarter clockwise
    QCOMPARE(view.box()->widthPx, 200.0);
}

void TestImageView::boxIsEditedByKeys()
{
    ImageView view;
    view.resize(900, 600);
    view.setImage(photo());
    view.setBox(catalogue::RotatedBox {400, 300, 200, 100, 0});
    view.setBoxEditable(true);
    QTest::keyClick(&view, Qt::Key_Right);
    QCOMPARE(view.box()->centreXPx, 401.0);
    QTest::keyClick(&view, Qt::Key_Down, Qt::ShiftModifier);
    QCOMPARE(view.box()->heightPx, 101.0);
    QTest::keyClick(&view, Qt::Key_Right, Qt::ControlModifier);
    QCOMPARE(view.box()->angleDeg, 1.0);
}

void TestImageView::boxThatIsNotEditableStaysWhereItIs()
{
    ImageView view;
    view.resize(900, 600);
    view.setImage(photo());
    const catalogue::RotatedBox box {400, 300, 200, 100, 0};
    view.setBox(box);
    QTest::mousePress(&view, Qt::LeftButton, {}, {400, 300});
    QTest::mouseMove(&view, {430, 280});
    QTest::mouseRelease(&view, Qt::LeftButton, {}, {430, 280});
    QCOMPARE(*view.box(), box);
    QVERIFY(!(view.view() == ViewTransform())); // it panned instead
}

void TestImageView::boxNeverVanishes()
{
    const catalogue::RotatedBox box {400, 300, 200, 100, 20};
    const auto squeezed = box_math::dragged(box, BoxGrip::BottomRight, {500, 350}, {-4000, -4000}, photoSize);
    QVERIFY(squeezed.widthPx >= box_math::minimumSidePx);
    QVERIFY(squeezed.heightPx >= box_math::minimumSidePx);
    const auto away = box_math::dragged(box, BoxGrip::Move, {400, 300}, {9000, 9000}, photoSize);
    QVERIFY(away.centreXPx <= 900 && away.centreYPx <= 600);
    QCOMPARE(box_math::normalisedAngle(190), -170.0);
    QCOMPARE(box_math::normalisedAngle(-180), 180.0);
}

void TestImageView::mirroredViewMirrors()
{
    ImageView view;
    view.resize(450, 300);
    view.setImage(photo());
    view.setMirrored(true);
    QCOMPARE(onScreen(view, {0, 0}), QPoint(450, 0));
}

QTEST_MAIN(TestImageView)
#include "tst_ui_image_view.moc"
