#include "ui/widgets/linked_views.h"

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
    void boxStaysInThePhoto_data();
    void boxStaysInThePhoto();
    void boxDraggedAtTheEdgeStopsThere();
    void clicksSetTipsAndNotch();
    void pointsAreMovedByMouseAndKeys();
    void pointsThatAreNotEditableStayWhereTheyAre();
    void tipsSetTheWrongWayRoundChangePlaces();
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
    QCOMPARE(box_math::normalisedAngle(190), -170.0);
    QCOMPARE(box_math::normalisedAngle(-180), 180.0);
}

void TestImageView::boxStaysInThePhoto_data()
{
    QTest::addColumn<BoxGrip>("grip");
    QTest::addColumn<double>("angle");
    for (const double angle : {0.0, 20.0, -110.0}) {
        const auto row = [angle](const char *name, BoxGrip grip) { QTest::addRow("%s at %g", name, angle) << grip << angle; };
        row("move", BoxGrip::Move);
        row("right", BoxGrip::Right);
        row("top", BoxGrip::Top);
        row("corner", BoxGrip::BottomLeft);
        row("turn", BoxGrip::Rotate);
    }
}

void TestImageView::boxStaysInThePhoto()
{
    QFETCH(BoxGrip, grip);
    QFETCH(double, angle);
    const catalogue::RotatedBox start {450, 300, 500, 240, angle};
    const QRectF photo = QRectF(QPointF(), photoSize).adjusted(-0.01, -0.01, 0.01, 0.01);
    for (const QPointF to : {QPointF(-5000, 100), QPointF(5000, 5000), QPointF(450, -3000), QPointF(430, 310), QPointF(880, 20)}) {
        const auto box = box_math::dragged(start, grip, {450, 240}, to, photoSize);
        QVERIFY2(photo.contains(box_math::boundingRect(box)), qPrintable(QStringLiteral("dragged to %1, %2").arg(to.x()).arg(to.y())));
        QVERIFY(box.widthPx >= box_math::minimumSidePx && box.heightPx >= box_math::minimumSidePx);
    }
    // One that a table or another program put partly outside comes in with the first edit.
    const auto outside = box_math::dragged({10, 590, 500, 240, angle}, grip, {10, 590}, {12, 590}, photoSize);
    QVERIFY(photo.contains(box_math::boundingRect(outside)));
}

void TestImageView::boxDraggedAtTheEdgeStopsThere()
{
    ImageView view;
    view.resize(900, 600);
    view.setImage(photo());
    view.setBox(catalogue::RotatedBox {400, 300, 200, 100, 0});
    view.setBoxEditable(true);
    QTest::mousePress(&view, Qt::LeftButton, {}, {400, 300});
    QTest::mouseMove(&view, {899, 300});
    QTest::mouseRelease(&view, Qt::LeftButton, {}, {899, 300});
    QCOMPARE(*view.box(), (catalogue::RotatedBox {800, 300, 200, 100, 0})); // whole, at the right edge
    // The lower right corner beyond both edges of the photo: each side stops for itself.
    QTest::mousePress(&view, Qt::LeftButton, {}, {899, 349});
    QTest::mouseMove(&view, {1500, 449});
    QTest::mouseRelease(&view, Qt::LeftButton, {}, {1500, 449});
    QVERIFY(std::abs(box_math::boundingRect(*view.box()).right() - 900) < 0.01);
    QVERIFY(std::abs(box_math::boundingRect(*view.box()).bottom() - 450) < 0.01);
}

void TestImageView::clicksSetTipsAndNotch()
{
    ImageView view;
    view.resize(900, 600);
    view.setImage(photo());
    view.setPointsEditable(true);
    QSignalSpy edited(&view, &ImageView::pointsEdited);
    for (const QPoint at : {QPoint(100, 200), QPoint(450, 330), QPoint(800, 210)})
        QTest::mouseClick(&view, Qt::LeftButton, {}, at);
    QCOMPARE(edited.count(), 3);
    QCOMPARE(*view.points()[FlukePoint::LeftTip], (catalogue::PointPx {100, 200}));
    QCOMPARE(*view.points()[FlukePoint::Notch], (catalogue::PointPx {450, 330}));
    QCOMPARE(*view.points()[FlukePoint::RightTip], (catalogue::PointPx {800, 210}));
    QTest::mouseClick(&view, Qt::LeftButton, {}, {600, 500}); // there are only three
    QCOMPARE(edited.count(), 3);
    // What was taken away is what the next click sets.
    QTest::mouseClick(&view, Qt::LeftButton, {}, {450, 330});
    QTest::keyClick(&view, Qt::Key_Delete);
    QVERIFY(!view.points()[FlukePoint::Notch]);
    QTest::mouseClick(&view, Qt::LeftButton, {}, {440, 340});
    QCOMPARE(*view.points()[FlukePoint::Notch], (catalogue::PointPx {440, 340}));
}

void TestImageView::pointsAreMovedByMouseAndKeys()
{
    ImageView view;
    view.resize(900, 600);
    view.setImage(photo());
    view.setPointsEditable(true);
    QTest::mouseClick(&view, Qt::LeftButton, {}, {100, 200});
    QTest::mousePress(&view, Qt::LeftButton, {}, {102, 201});
    QTest::mouseMove(&view, {160, 260});
    QTest::mouseRelease(&view, Qt::LeftButton, {}, {160, 260});
    QCOMPARE(*view.points()[FlukePoint::LeftTip], (catalogue::PointPx {160, 260}));
    QTest::keyClick(&view, Qt::Key_Left);
    QCOMPARE(*view.points()[FlukePoint::LeftTip], (catalogue::PointPx {159, 260}));
    QTest::mousePress(&view, Qt::LeftButton, {}, {159, 260});
    QTest::mouseMove(&view, {-40, 700}); // never out of the photo
    QTest::mouseRelease(&view, Qt::LeftButton, {}, {-40, 700});
    QCOMPARE(*view.points()[FlukePoint::LeftTip], (catalogue::PointPx {0, 600}));
    // Without a mouse: Enter sets the next one in the middle.
    QTest::keyClick(&view, Qt::Key_Return);
    QCOMPARE(*view.points()[FlukePoint::Notch], (catalogue::PointPx {450, 300}));
    // Dragging the photo about sets none.
    QTest::mousePress(&view, Qt::LeftButton, {}, {600, 400});
    QTest::mouseMove(&view, {650, 430});
    QTest::mouseRelease(&view, Qt::LeftButton, {}, {650, 430});
    QVERIFY(!view.points()[FlukePoint::RightTip]);
    QVERIFY(!(view.view() == ViewTransform()));
}

void TestImageView::pointsThatAreNotEditableStayWhereTheyAre()
{
    ImageView view;
    view.resize(900, 600);
    view.setImage(photo());
    FlukePoints points;
    points[FlukePoint::Notch] = catalogue::PointPx {450, 300};
    view.setPoints(points);
    QTest::mousePress(&view, Qt::LeftButton, {}, {450, 300});
    QTest::mouseMove(&view, {500, 300});
    QTest::mouseRelease(&view, Qt::LeftButton, {}, {500, 300});
    QTest::mouseClick(&view, Qt::LeftButton, {}, {200, 200});
    QVERIFY(view.points() == points);
}

void TestImageView::tipsSetTheWrongWayRoundChangePlaces()
{
    FlukePoints points;
    points[FlukePoint::LeftTip] = catalogue::PointPx {800, 200};
    points[FlukePoint::RightTip] = catalogue::PointPx {100, 210};
    QCOMPARE(*points.inOrder(0)[FlukePoint::LeftTip], (catalogue::PointPx {100, 210}));
    // In a fluke that lies on its head in the photo, the box says what is left.
    QVERIFY(points.inOrder(180) == points);
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
