#pragma once

#include "core/catalogue/records.h"

#include <QPointF>
#include <QPolygonF>
#include <QRectF>
#include <QSizeF>

namespace flukeprint::ui {

/// What a pointer at some place of a box would do to it.
enum class BoxGrip { None, Move, Left, Right, Top, Bottom, TopLeft, TopRight, BottomLeft, BottomRight, Rotate };

/// Geometry of a box as it is edited; everything in px of the upright photo, angles clockwise on the screen.
namespace box_math {

inline constexpr double minimumSidePx = 8.0;

/// Corners from the top left, clockwise.
[[nodiscard]] QPolygonF corners(const catalogue::RotatedBox &box);
/// In the box's own axes, origin at its centre.
[[nodiscard]] QPointF toBox(const catalogue::RotatedBox &box, QPointF photoPoint);
[[nodiscard]] QPointF fromBox(const catalogue::RotatedBox &box, QPointF boxPoint);
/// Where the grip is drawn; the one for turning stands `rotateDistance` above the top edge.
[[nodiscard]] QPointF gripPosition(const catalogue::RotatedBox &box, BoxGrip grip, double rotateDistance);
/// The grip within `tolerance` of the point, corners before edges; Move inside the box.
[[nodiscard]] BoxGrip gripAt(const catalogue::RotatedBox &box, QPointF photoPoint, double tolerance, double rotateDistance);
/// The box moved, and where it is too large also made smaller in its own shape, until all of it lies in the photo.
[[nodiscard]] catalogue::RotatedBox fitted(const catalogue::RotatedBox &box, QSizeF photoSize);
/// `start` after the grip was dragged from `from` to `to`. Sides stay at least `minimumSidePx`, and all of the box stays in the photo.
[[nodiscard]] catalogue::RotatedBox dragged(const catalogue::RotatedBox &start, BoxGrip grip, QPointF from, QPointF to,
                                            QSizeF photoSize);
/// Turned clockwise around its centre; all of it stays in the photo.
[[nodiscard]] catalogue::RotatedBox turned(const catalogue::RotatedBox &box, double degrees, QSizeF photoSize);
/// Into (-180, 180].
[[nodiscard]] double normalisedAngle(double degrees);
/// The upright rectangle around the box.
[[nodiscard]] QRectF boundingRect(const catalogue::RotatedBox &box);

} // namespace box_math
} // namespace flukeprint::ui
