#include "ui/widgets/image_view.h"

#include <QKeyEvent>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

/// The half of the photo view that listens to mouse and keys.
namespace flukeprint::ui {

namespace {

constexpr double wheelStep = 1.2; // per notch of 120
constexpr double gripTolerancePx = 8.0;

} // namespace

void ImageView::wheelEvent(QWheelEvent *event)
{
    zoomAt(event->position(), std::pow(wheelStep, event->angleDelta().y() / 120.0));
    event->accept();
}

BoxGrip ImageView::gripAt(QPointF widgetPoint) const
{
    if (!m_boxEditable || !m_box || !hasImage())
        return BoxGrip::None;
    const double factor = scale();
    return box_math::gripAt(*m_box, toPhoto(widgetPoint), gripTolerancePx / factor, rotateDistancePx / factor);
}

void ImageView::updateCursor(QPointF widgetPoint)
{
    if (m_pointsEditable && hasImage()) {
        setCursor(pointAt(widgetPoint) ? Qt::SizeAllCursor : m_points.firstMissing() ? Qt::CrossCursor : Qt::OpenHandCursor);
        return;
    }
    switch (gripAt(widgetPoint)) {
    case BoxGrip::None: setCursor(hasImage() ? Qt::OpenHandCursor : Qt::ArrowCursor); break;
    case BoxGrip::Move: setCursor(Qt::SizeAllCursor); break;
    case BoxGrip::Rotate: setCursor(Qt::PointingHandCursor); break;
    case BoxGrip::Left:
    case BoxGrip::Right: setCursor(Qt::SizeHorCursor); break;
    case BoxGrip::Top:
    case BoxGrip::Bottom: setCursor(Qt::SizeVerCursor); break;
    case BoxGrip::TopLeft:
    case BoxGrip::BottomRight: setCursor(Qt::SizeFDiagCursor); break;
    case BoxGrip::TopRight:
    case BoxGrip::BottomLeft: setCursor(Qt::SizeBDiagCursor); break;
    }
}

void ImageView::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton || !hasImage())
        return QWidget::mousePressEvent(event);
    m_grip = gripAt(event->position());
    m_heldPoint = pointAt(event->position());
    m_pressedAt = event->position();
    if (m_heldPoint) {
        m_markedPoint = m_heldPoint;
        m_dragStartPoints = m_points;
        update();
    } else if (m_grip != BoxGrip::None) {
        m_dragStartBox = *m_box;
        m_dragStart = toPhoto(event->position());
    } else {
        m_panning = true;
        m_lastPan = event->position();
        if (!m_pointsEditable)
            setCursor(Qt::ClosedHandCursor);
    }
    event->accept();
}

void ImageView::mouseMoveEvent(QMouseEvent *event)
{
    if (m_heldPoint) {
        putPoint(*m_heldPoint, toPhoto(event->position()));
    } else if (m_grip != BoxGrip::None) {
        m_box = box_math::dragged(m_dragStartBox, m_grip, m_dragStart, toPhoto(event->position()), m_photoSize);
        update();
        Q_EMIT boxChanged(*m_box);
    } else if (m_panning) {
        panBy(event->position() - m_lastPan);
        m_lastPan = event->position();
    } else {
        updateCursor(event->position());
    }
}

void ImageView::mouseReleaseEvent(QMouseEvent *event)
{
    const bool edited = m_grip != BoxGrip::None && m_box && !(*m_box == m_dragStartBox);
    m_grip = BoxGrip::None;
    if (m_pointsEditable && event->button() == Qt::LeftButton)
        releasePoint(event->position());
    m_panning = false;
    updateCursor(event->position());
    if (edited)
        Q_EMIT boxEdited(*m_box);
}

void ImageView::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (!hasImage() || event->button() != Qt::LeftButton)
        return;
    if (m_pointsEditable) {
        mousePressEvent(event); // two points set quickly
        return;
    }
    if (m_view == ViewTransform {})
        zoomAt(event->position(), std::max(2.0, 1.0 / scale()));
    else
        fit();
}

bool ImageView::editBoxByKey(QKeyEvent *event)
{
    if (!m_boxEditable || !m_box)
        return false;
    QPointF step;
    switch (event->key()) {
    case Qt::Key_Left: step = {-1, 0}; break;
    case Qt::Key_Right: step = {1, 0}; break;
    case Qt::Key_Up: step = {0, -1}; break;
    case Qt::Key_Down: step = {0, 1}; break;
    default: return false;
    }
    const double unit = std::max(1.0, 1.0 / scale());
    catalogue::RotatedBox box = *m_box;
    if (event->modifiers() & Qt::ControlModifier)
        box = box_math::turned(box, step.x() + step.y(), m_photoSize);
    else if (event->modifiers() & Qt::ShiftModifier)
        box = box_math::dragged(box, BoxGrip::BottomRight, {}, box_math::fromBox({0, 0, 1, 1, box.angleDeg}, step * unit), m_photoSize);
    else
        box = box_math::dragged(box, BoxGrip::Move, {}, step * unit, m_photoSize);
    m_box = box;
    update();
    Q_EMIT boxEdited(box);
    return true;
}

void ImageView::keyPressEvent(QKeyEvent *event)
{
    if (!hasImage() || editPointsByKey(event) || editBoxByKey(event)) {
        event->setAccepted(hasImage());
        return;
    }
    const double step = 60.0;
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal: zoomIn(); break;
    case Qt::Key_Minus: zoomOut(); break;
    case Qt::Key_0: fit(); break;
    case Qt::Key_1: actualSize(); break;
    case Qt::Key_Left: panBy({step, 0}); break;
    case Qt::Key_Right: panBy({-step, 0}); break;
    case Qt::Key_Up: panBy({0, step}); break;
    case Qt::Key_Down: panBy({0, -step}); break;
    default: QWidget::keyPressEvent(event); return;
    }
    event->accept();
}

} // namespace flukeprint::ui
