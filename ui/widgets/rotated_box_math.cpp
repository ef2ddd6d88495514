#include "ui/widgets/rotated_box_math.h"

#include <QLineF>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace flukeprint::ui::box_math {

namespace {

using catalogue::RotatedBox;

/// Which sides a grip moves: -1 left or top, +1 right or bottom, 0 neither.
struct Sides
{
    int x = 0;
    int y = 0;
};

Sides sidesOf(BoxGrip grip)
{
    switch (grip) {
    case BoxGrip::Left: return {-1, 0};
    case BoxGrip::Right: return {1, 0};
    case BoxGrip::Top: return {0, -1};
    case BoxGrip::Bottom: return {0, 1};
    case BoxGrip::TopLeft: return {-1, -1};
    case BoxGrip::TopRight: return {1, -1};
    case BoxGrip::BottomLeft: return {-1, 1};
    case BoxGrip::BottomRight: return {1, 1};
    default: return {};
    }
}

QPointF rotated(QPointF point, double degrees)
{
    const double radians = degrees * std::numbers::pi / 180.0;
    return {point.x() * std::cos(radians) - point.y() * std::sin(radians),
            point.x() * std::sin(radians) + point.y() * std::cos(radians)};
}

/// New extent of one axis: `low` and `high` are the side's ends, one of which moves by `delta`.
std::pair<double, double> stretched(double side, int direction, double delta)
{
    double low = -side / 2;
    double high = side / 2;
    if (direction < 0)
        low = std::min(low + delta, high - minimumSidePx);
    else if (direction > 0)
        high = std::max(high + delta, low + minimumSidePx);
    return {low, high};
}

RotatedBox resized(const RotatedBox &start, Sides sides, QPointF delta)
{
    const auto [left, right] = stretched(start.widthPx, sides.x, delta.x());
    const auto [top, bottom] = stretched(start.heightPx, sides.y, delta.y());
    RotatedBox box = start;
    const QPointF centre = fromBox(start, {(left + right) / 2, (top + bottom) / 2});
    box.centreXPx = centre.x();
    box.centreYPx = centre.y();
    box.widthPx = right - left;
    box.heightPx = bottom - top;
    return box;
}

bool liesIn(const RotatedBox &box, QSizeF photoSize)
{
    constexpr double rounding = 1e-6;
    const QRectF around = boundingRect(box);
    return around.left() >= -rounding && around.top() >= -rounding && around.right() <= photoSize.width() + rounding
        && around.bottom() <= photoSize.height() + rounding;
}

/// Resized along one of its axes as far as the photo reaches.
RotatedBox resizedInside(const RotatedBox &start, Sides sides, QPointF delta, QSizeF photoSize)
{
    const RotatedBox wanted = resized(start, sides, delta);
    if (liesIn(wanted, photoSize) || !liesIn(start, photoSize))
        return fitted(wanted, photoSize);
    double inside = 0;
    double outside = 1;
    constexpr int halvings = 40;
    for (int i = 0; i < halvings; ++i) {
        const double share = (inside + outside) / 2;
        (liesIn(resized(start, sides, delta * share), photoSize) ? inside : outside) = share;
    }
    return resized(start, sides, delta * inside);
}

double bearing(const RotatedBox &box, QPointF point)
{
    return std::atan2(point.y() - box.centreYPx, point.x() - box.centreXPx) * 180.0 / std::numbers::pi;
}

} // namespace

QPointF toBox(const RotatedBox &box, QPointF photoPoint)
{
    return rotated(photoPoint - QPointF(box.centreXPx, box.centreYPx), -box.angleDeg);
}

QPointF fromBox(const RotatedBox &box, QPointF boxPoint)
{
    return rotated(boxPoint, box.angleDeg) + QPointF(box.centreXPx, box.centreYPx);
}

QPolygonF corners(const RotatedBox &box)
{
    const double x = box.widthPx / 2;
    const double y = box.heightPx / 2;
    return QPolygonF({fromBox(box, {-x, -y}), fromBox(box, {x, -y}), fromBox(box, {x, y}), fromBox(box, {-x, y})});
}

QPointF gripPosition(const RotatedBox &box, BoxGrip grip, double rotateDistance)
{
    if (grip == BoxGrip::Rotate)
        return fromBox(box, {0, -box.heightPx / 2 - rotateDistance});
    const Sides sides = sidesOf(grip);
    return fromBox(box, {sides.x * box.widthPx / 2, sides.y * box.heightPx / 2});
}

BoxGrip gripAt(const RotatedBox &box, QPointF photoPoint, double tolerance, double rotateDistance)
{
    constexpr std::array grips {BoxGrip::Rotate, BoxGrip::TopLeft, BoxGrip::TopRight, BoxGrip::BottomLeft, BoxGrip::BottomRight};
    for (const BoxGrip grip : grips) {
        if (QLineF(gripPosition(box, grip, rotateDistance), photoPoint).length() <= tolerance)
            return grip;
    }
    const QPointF local = toBox(box, photoPoint);
    const double beyondX = std::abs(local.x()) - box.widthPx / 2;
    const double beyondY = std::abs(local.y()) - box.heightPx / 2;
    if (std::abs(beyondX) <= tolerance && beyondY <= 0)
        return local.x() < 0 ? BoxGrip::Left : BoxGrip::Right;
    if (std::abs(beyondY) <= tolerance && beyondX <= 0)
        return local.y() < 0 ? BoxGrip::Top : BoxGrip::Bottom;
    return beyondX < 0 && beyondY < 0 ? BoxGrip::Move : BoxGrip::None;
}

RotatedBox dragged(const RotatedBox &start, BoxGrip grip, QPointF from, QPointF to, QSizeF photoSize)
{
    RotatedBox box = start;
    if (grip == BoxGrip::Rotate) {
        return turned(start, bearing(start, to) - bearing(start, from), photoSize);
    }
    if (grip == BoxGrip::Move) {
        box.centreXPx += to.x() - from.x();
        box.centreYPx += to.y() - from.y();
    } else if (grip != BoxGrip::None) {
        const QPointF delta = toBox(start, to) - toBox(start, from);
        const Sides sides = sidesOf(grip);
        box = resizedInside(fitted(start, photoSize), {sides.x, 0}, delta, photoSize);
        return resizedInside(box, {0, sides.y}, delta, photoSize);
    }
    return fitted(box, photoSize);
}

RotatedBox fitted(const RotatedBox &box, QSizeF photoSize)
{
    RotatedBox inside = box;
    const QRectF around = boundingRect(box);
    const double share = std::min({1.0, photoSize.width() / around.width(), photoSize.height() / around.height()});
    inside.widthPx *= share;
    inside.heightPx *= share;
    const double halfWidth = share * around.width() / 2;
    const double halfHeight = share * around.height() / 2;
    inside.centreXPx = std::clamp(box.centreXPx, halfWidth, std::max(halfWidth, photoSize.width() - halfWidth));
    inside.centreYPx = std::clamp(box.centreYPx, halfHeight, std::max(halfHeight, photoSize.height() - halfHeight));
    return inside;
}

RotatedBox turned(const RotatedBox &box, double degrees, QSizeF photoSize)
{
    RotatedBox result = box;
    result.angleDeg = normalisedAngle(box.angleDeg + degrees);
    return fitted(result, photoSize);
}

double normalisedAngle(double degrees)
{
    const double angle = std::remainder(degrees, 360.0);
    return angle <= -180.0 ? angle + 360.0 : angle;
}

QRectF boundingRect(const RotatedBox &box)
{
    return corners(box).boundingRect();
}

} // namespace flukeprint::ui::box_math
