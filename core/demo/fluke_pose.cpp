#include "core/demo/fluke_pose.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace flukeprint::demo {

namespace {

constexpr double reach = 1.2;
constexpr double viewingDistance = 9; // fluke units: weak perspective, as through a long lens
constexpr int tableSize = 2048;

double radians(double degrees)
{
    return degrees * std::numbers::pi / 180;
}

} // namespace

FlukePose::FlukePose(const Pose &pose, const Light &light, int widthPx, int heightPx)
    : m_pixelsPerUnit(pose.span * widthPx / 2)
    , m_centreX(pose.centreX * widthPx)
    , m_centreY(pose.centreY * heightPx)
    , m_sinRoll(std::sin(radians(pose.roll)))
    , m_cosRoll(std::cos(radians(pose.roll)))
    , m_sinYaw(std::sin(radians(pose.yaw)))
    , m_cosYaw(std::cos(radians(pose.yaw)))
    , m_sinPitch(std::sin(radians(pose.pitch)))
    , m_cosPitch(std::cos(radians(pose.pitch)))
    , m_curl(pose.curl)
    , m_droop(pose.droop)
{
    fillTable(light);
    m_waterRow = toPixel({0, pose.waterline}).y;
}

FlukePose::Slice FlukePose::sliceAt(double x) const
{
    const double z = m_curl * x * x;
    const double depth = -x * m_sinYaw + z * m_cosYaw; // towards the viewer
    Slice slice;
    slice.scale = viewingDistance / (viewingDistance - depth);
    slice.screenX = (x * m_cosYaw + z * m_sinYaw) * slice.scale;
    slice.lift = m_droop * x * x * m_cosPitch - depth * m_sinPitch * 0.5;
    return slice;
}

double FlukePose::shadeAt(double x, const Light &light) const
{
    // Normal of the sheet z = curl x^2, turned with it; the skin is rounded, so half of the light wraps around.
    const double slope = 2 * m_curl * x;
    const double length = std::sqrt(1 + slope * slope);
    const double normalX = (-slope * m_cosYaw + m_sinYaw) / length;
    const double normalZ = (slope * m_sinYaw + m_cosYaw) / length;
    const double sunX = light.fromRight;
    const double sunZ = 0.8;
    const double sunY = 0.5 * light.fromAbove;
    const double sun =
        (normalX * sunX + normalZ * sunZ * m_cosPitch + sunY * m_sinPitch) / std::hypot(sunX, sunY, sunZ);
    return light.ambient + (1 - light.ambient) * std::max(0.0, 0.35 + 0.8 * sun);
}

void FlukePose::fillTable(const Light &light)
{
    m_firstScreenX = sliceAt(-reach).screenX;
    m_screenStep = (sliceAt(reach).screenX - m_firstScreenX) / (tableSize - 1);
    m_table.resize(tableSize);
    constexpr int fine = 4 * tableSize;
    int entry = 0;
    double previous = m_firstScreenX;
    for (int i = 1; i <= fine && entry < tableSize; ++i) {
        const double x = -reach + 2 * reach * i / fine;
        const Slice slice = sliceAt(x);
        while (entry < tableSize && m_firstScreenX + entry * m_screenStep <= slice.screenX + 1e-9) {
            const double step = slice.screenX - previous;
            const double part = step > 1e-12 ? (m_firstScreenX + entry * m_screenStep - previous) / step : 1;
            const double exact = x - 2 * reach / fine * (1 - part);
            Column &column = m_table[static_cast<std::size_t>(entry++)];
            column.x = static_cast<float>(exact);
            column.yScale = static_cast<float>(1 / (slice.scale * m_cosPitch));
            column.yOffset = static_cast<float>(slice.lift / m_cosPitch);
            column.shade = static_cast<float>(shadeAt(exact, light));
        }
        previous = slice.screenX;
    }
    const double scaleX = 1 / (m_pixelsPerUnit * m_screenStep);
    m_tableX[0] = static_cast<float>(m_cosRoll * scaleX);
    m_tableX[1] = static_cast<float>(m_sinRoll * scaleX);
    m_tableX[2] =
        static_cast<float>(-(m_centreX * m_cosRoll + m_centreY * m_sinRoll) * scaleX - m_firstScreenX / m_screenStep);
    m_screenY[0] = static_cast<float>(-m_sinRoll / m_pixelsPerUnit);
    m_screenY[1] = static_cast<float>(m_cosRoll / m_pixelsPerUnit);
    m_screenY[2] = static_cast<float>((m_centreX * m_sinRoll - m_centreY * m_cosRoll) / m_pixelsPerUnit);
}

FlukePoint FlukePose::toPixel(FlukePoint fluke) const
{
    const Slice slice = sliceAt(fluke.x);
    const double x = slice.screenX * m_pixelsPerUnit;
    const double y = (fluke.y * m_cosPitch + slice.lift) * slice.scale * m_pixelsPerUnit;
    return {m_centreX + x * m_cosRoll - y * m_sinRoll, m_centreY + x * m_sinRoll + y * m_cosRoll};
}

SkinPlace FlukePose::fromPixel(float px, float py) const
{
    const float at = m_tableX[0] * px + m_tableX[1] * py + m_tableX[2];
    if (!(at >= 0 && at < tableSize - 1))
        return {9, 9, 1};
    const auto index = static_cast<std::size_t>(at);
    const float part = at - static_cast<float>(index);
    const Column &a = m_table[index];
    const Column &b = m_table[index + 1];
    const float screenY = m_screenY[0] * px + m_screenY[1] * py + m_screenY[2];
    return {a.x + part * (b.x - a.x), a.yScale * screenY - (a.yOffset + part * (b.yOffset - a.yOffset)),
            a.shade + part * (b.shade - a.shade)};
}

double FlukePose::waterRow(double) const
{
    return m_waterRow;
}

} // namespace flukeprint::demo
