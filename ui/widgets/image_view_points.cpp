#include "ui/theme/theme.h"
#include "ui/widgets/image_view.h"

#include <QKeyEvent>
#include <QLineF>
#include <QPainter>

#include <algorithm>
#include <utility>

/// Tips and notch in the photo view: set by clicks, moved by mouse and keys, drawn over the photo.
namespace flukeprint::ui {

namespace {

constexpr double pointTolerancePx = 10.0;
constexpr double clickTolerancePx = 4.0; // a hand is never quite still
constexpr double pointRadiusPx = 4.5;

} // namespace

std::optional<FlukePoint> ImageView::pointAt(QPointF widgetPoint) const
{
    if (!m_pointsEditable || !hasImage())
        return std::nullopt;
    return m_points.nearest(toPhoto(widgetPoint), pointTolerancePx / scale());
}

void ImageView::putPoint(FlukePoint point, QPointF photoPoint)
{
    m_points[point] = catalogue::PointPx{std::clamp(photoPoint.x(), 0.0, m_photoSize.width()), std::clamp(photoPoint.y(), 0.0, m_photoSize.height())};
    m_markedPoint = point;
    update();
}

void ImageView::putNextPoint(QPointF photoPoint)
{
    const auto missing = m_points.firstMissing();
    if (!missing || !QRectF(QPointF(), m_photoSize).contains(photoPoint))
        return;
    putPoint(*missing, photoPoint);
    Q_EMIT pointsEdited(m_points);
}

void ImageView::releasePoint(QPointF widgetPoint)
{
    const auto held = std::exchange(m_heldPoint, std::nullopt);
    if (!held && m_panning && QLineF(m_pressedAt, widgetPoint).length() <= clickTolerancePx)
        putNextPoint(toPhoto(widgetPoint));
    else if (held && !(m_points == m_dragStartPoints))
        Q_EMIT pointsEdited(m_points);
}

bool ImageView::editPointsByKey(QKeyEvent *event)
{
    if (!m_pointsEditable)
        return false;
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        putNextPoint(toPhoto(QRectF(rect()).center()));
        return true;
    }
    if (!m_markedPoint || !m_points[*m_markedPoint])
        return false;
    const double unit = std::max(1.0, 1.0 / scale());
    QPointF place(m_points[*m_markedPoint]->x, m_points[*m_markedPoint]->y);
    switch (event->key()) {
    case Qt::Key_Left: place.rx() -= unit; break;
    case Qt::Key_Right: place.rx() += unit; break;
    case Qt::Key_Up: place.ry() -= unit; break;
    case Qt::Key_Down: place.ry() += unit; break;
    case Qt::Key_Delete:
    case Qt::Key_Backspace:
        m_points[*std::exchange(m_markedPoint, std::nullopt)].reset();
        update();
        Q_EMIT pointsEdited(m_points);
        return true;
    default: return false;
    }
    putPoint(*m_markedPoint, place);
    Q_EMIT pointsEdited(m_points);
    return true;
}

void ImageView::drawPointName(QPainter &painter, FlukePoint point, QPointF at)
{
    const QString name = point == FlukePoint::LeftTip ? tr("left tip") : point == FlukePoint::Notch ? tr("notch") : tr("right tip");
    const QSizeF size = painter.fontMetrics().size(0, name) + QSize(10, 4);
    QRectF plate(at + QPointF(-size.width() / 2, pointRadiusPx + 5), size);
    plate.moveLeft(std::clamp(plate.left(), 2.0, std::max(2.0, width() - plate.width() - 2)));
    if (plate.bottom() > height() - 2)
        plate.moveBottom(at.y() - pointRadiusPx - 5);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(0, 0, 0, 150));
    painter.drawRoundedRect(plate, 4, 4);
    painter.setPen(Qt::white);
    painter.drawText(plate, Qt::AlignCenter, name);
}

void ImageView::drawPoints(QPainter &painter)
{
    const QTransform transform = photoToWidget();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    QPolygonF line;
    for (const auto &point : m_points.at) {
        if (point)
            line << transform.map(QPointF(point->x, point->y));
    }
    painter.setPen(QPen(QColor(255, 255, 255, 150), 1, Qt::DashLine));
    painter.drawPolyline(line);
    for (std::size_t i = 0; i < FlukePoints::count; ++i) {
        if (!m_points.at[i])
            continue;
        const auto point = static_cast<FlukePoint>(i);
        const QPointF at = transform.map(QPointF(m_points.at[i]->x, m_points.at[i]->y));
        const double radius = m_markedPoint == point ? pointRadiusPx + 2 : pointRadiusPx;
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(QColor(0, 0, 0, 140), 4));
        painter.drawEllipse(at, radius, radius);
        painter.setPen(QPen(darkColours().attention, 1.8));
        painter.drawEllipse(at, radius, radius);
        if (m_pointsEditable)
            drawPointName(painter, point, at);
    }
    painter.restore();
}

} // namespace flukeprint::ui
