#pragma once

#include "core/catalogue/records.h"

#include <QPointF>

#include <array>
#include <cstddef>
#include <optional>

namespace flukeprint::ui {

/// The points by which a fluke is placed, named by the side on which the photo shows them.
enum class FlukePoint : std::size_t { LeftTip, Notch, RightTip };

/// The three points of one annotation, px of the upright photo; any may be missing.
struct FlukePoints
{
    static constexpr std::size_t count = 3;

    FlukePoints() = default;
    explicit FlukePoints(const catalogue::Annotation &annotation)
        : at {annotation.leftTip, annotation.notch, annotation.rightTip}
    {
    }

    std::array<std::optional<catalogue::PointPx>, count> at;

    [[nodiscard]] std::optional<catalogue::PointPx> &operator[](FlukePoint point) { return at[static_cast<std::size_t>(point)]; }
    [[nodiscard]] const std::optional<catalogue::PointPx> &operator[](FlukePoint point) const { return at[static_cast<std::size_t>(point)]; }
    friend bool operator==(const FlukePoints &, const FlukePoints &) = default;

    [[nodiscard]] bool isEmpty() const { return *this == FlukePoints(); }
    /// In the order left tip, notch, right tip; nullopt: all are there.
    [[nodiscard]] std::optional<FlukePoint> firstMissing() const;
    /// The nearest one within `tolerancePx` of the place.
    [[nodiscard]] std::optional<FlukePoint> nearest(QPointF photoPoint, double tolerancePx) const;
    /// The tips change places if they were set the wrong way round as seen along an axis turned by `angleDeg`.
    [[nodiscard]] FlukePoints inOrder(double angleDeg) const;
};

} // namespace flukeprint::ui
