#include "ui/theme/theme.h"
#include "ui/widgets/image_view.h"

#include <QPainter>
#include <QPainterPath>

#include <array>
#include <cmath>

namespace flukeprint::ui {

namespace {

constexpr double gripSidePx = 9.0;

} // namespace

const QImage &ImageView::levelFor(double widgetPerPhoto) const
{
    // The smallest level that still has a pixel for every pixel of the screen.
    const double needed = m_photoSize.width() * widgetPerPhoto * devicePixelRatioF();
    std::size_t level = 0;
    while (level + 1 < m_levels.size() && m_levels[level + 1].width() >= needed)
        ++level;
    return m_levels[level];
}

void ImageView::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::colours().photo);
    if (hasImage()) {
        drawPhoto(painter);
        if (m_box)
            drawBox(painter);
        if (!m_points.isEmpty())
            drawPoints(painter);
        if (m_overlay) {
            painter.save();
            m_overlay(painter, photoToWidget());
            painter.restore();
        }
    } else {
        drawMessage(painter);
    }
    drawFrame(painter);
}

void ImageView::drawPhoto(QPainter &painter)
{
    painter.save();
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.setTransform(photoToWidget());
    painter.drawImage(QRectF(QPointF(), m_photoSize), levelFor(scale()));
    if (m_ghostOpacity > 0) {
        painter.setTransform(transformFor(m_ghostLayer, false));
        painter.setOpacity(m_ghostOpacity);
        painter.drawImage(QRectF(QPointF(), m_ghostLayer.photoSize), m_ghost);
    }
    painter.restore();
}

void ImageView::drawBox(QPainter &painter)
{
    const Colours &c = Theme::colours();
    const QTransform transform = photoToWidget();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const QPolygonF outline = transform.map(box_math::corners(*m_box));
    // A dark line under the bright one keeps the box visible on white water and on black flukes.
    painter.setPen(QPen(QColor(0, 0, 0, 110), 3.5));
    painter.drawPolygon(outline);
    painter.setPen(QPen(darkColours().accent, 1.6));
    painter.drawPolygon(outline);
    if (m_boxEditable) {
        const double distance = rotateDistancePx / scale();
        const QPointF top = transform.map(box_math::gripPosition(*m_box, BoxGrip::Top, distance));
        const QPointF turn = transform.map(box_math::gripPosition(*m_box, BoxGrip::Rotate, distance));
        painter.drawLine(top, turn);
        painter.setPen(QPen(c.photo, 1));
        painter.setBrush(darkColours().accent);
        painter.drawEllipse(turn, gripSidePx / 2 + 1, gripSidePx / 2 + 1);
        constexpr std::array grips {BoxGrip::TopLeft, BoxGrip::Top, BoxGrip::TopRight, BoxGrip::Right,
                                    BoxGrip::BottomRight, BoxGrip::Bottom, BoxGrip::BottomLeft, BoxGrip::Left};
        for (const BoxGrip grip : grips) {
            const QPointF at = transform.map(box_math::gripPosition(*m_box, grip, distance));
            painter.drawRoundedRect(QRectF(at.x() - gripSidePx / 2, at.y() - gripSidePx / 2, gripSidePx, gripSidePx), 2, 2);
        }
    }
    painter.restore();
}

void ImageView::drawMessage(QPainter &painter)
{
    // Always on black, so always the dark table.
    painter.setPen(darkColours().secondary);
    painter.drawText(rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap, m_message);
}

void ImageView::drawFrame(QPainter &painter)
{
    const Colours &c = Theme::colours();
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_bottomRadius > 0) {
        QPainterPath outside;
        outside.addRect(QRectF(rect()).adjusted(-1, -1, 1, 1));
        QPainterPath inside;
        inside.addRoundedRect(QRectF(rect()).adjusted(0, -m_bottomRadius * 2, 0, 0), m_bottomRadius, m_bottomRadius);
        painter.fillPath(outside.subtracted(inside), c.background);
    }
    if (hasFocus() && focusPolicy() != Qt::NoFocus) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(darkColours().accent, 1));
        const double radius = std::max(0, m_bottomRadius - 1);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
    }
}

} // namespace flukeprint::ui
