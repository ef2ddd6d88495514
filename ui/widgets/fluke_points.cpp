#include "ui/widgets/fluke_points.h"

#include <cmath>
#include <numbers>
#include <utility>

namespace flukeprint::ui {

std::optional<FlukePoint> FlukePoints::firstMissing() const
{
    for (std::size_t i = 0; i < count; ++i) {
        if (!at[i])
            return static_cast<FlukePoint>(i);
    }
    return std::nullopt;
}

std::optional<FlukePoint> FlukePoints::nearest(QPointF photoPoint, double tolerancePx) const
{
    std::optional<FlukePoint> found;
    double closest = tolerancePx;
    for (std::size_t i = 0; i < count; ++i) {
        const double distance = at[i] ? std::hypot(at[i]->x - photoPoint.x(), at[i]->y - photoPoint.y()) : closest + 1;
        if (distance <= closest) {
            closest = distance;
            found = static_cast<FlukePoint>(i);
        }
    }
    return found;
}

FlukePoints FlukePoints::inOrder(double angleDeg) const
{
    FlukePoints ordered = *this;
    auto &left = ordered[FlukePoint::LeftTip];
    auto &right = ordered[FlukePoint::RightTip];
    const double radians = angleDeg * std::numbers::pi / 180.0;
    const auto along = [radians](const catalogue::PointPx &point) { return point.x * std::cos(radians) + point.y * std::sin(radians); };
    if (left && right && along(*left) > along(*right))
        std::swap(left, right);
    return ordered;
}

} // namespace flukeprint::ui
