#pragma once

#include "core/demo/fluke_genome.h"
#include "core/demo/scene.h"

#include <vector>

namespace flukeprint::demo {

/// Where a point of a picture lies on the posed fluke.
struct SkinPlace
{
    float x = 0; ///< fluke coordinates; x outside [-1.2, 1.2]: not on the fluke
    float y = 0;
    float shade = 1; ///< light on it, before albedo
};

/// The mapping between fluke coordinates and pixels: the sheet z = curl x^2 is turned by yaw and pitch, seen in weak
/// perspective and turned by roll. Depth depends on x alone, so that the inverse is a table in x and a line in y.
class FlukePose
{
public:
    FlukePose(const Pose &pose, const Light &light, int widthPx, int heightPx);

    [[nodiscard]] FlukePoint toPixel(FlukePoint fluke) const;
    [[nodiscard]] SkinPlace fromPixel(float px, float py) const;
    /// Picture pixels per fluke unit in the middle.
    [[nodiscard]] double pixelsPerUnit() const { return m_pixelsPerUnit; }
    /// Row of the sea's surface in a column, without waves.
    [[nodiscard]] double waterRow(double px) const;

private:
    struct Column
    {
        float x = 0;
        float yScale = 1; // fluke y = yScale * screen y - yOffset
        float yOffset = 0;
        float shade = 1;
    };
    struct Slice
    {
        double screenX = 0;
        double scale = 1; // perspective
        double lift = 0; // screen y of fluke y = 0, before perspective
    };
    [[nodiscard]] Slice sliceAt(double x) const;
    [[nodiscard]] double shadeAt(double x, const Light &light) const;
    void fillTable(const Light &light);

    double m_pixelsPerUnit = 1;
    double m_centreX = 0;
    double m_centreY = 0;
    double m_sinRoll = 0;
    double m_cosRoll = 1;
    double m_sinYaw = 0;
    double m_cosYaw = 1;
    double m_sinPitch = 0;
    double m_cosPitch = 1;
    double m_curl = 0;
    double m_droop = 0;
    double m_waterRow = 0;
    double m_firstScreenX = 0;
    double m_screenStep = 1;
    // The way from a pixel to the table, in single precision: it runs four times a pixel.
    float m_tableX[3] = {};
    float m_screenY[3] = {};
    std::vector<Column> m_table;
};

} // namespace flukeprint::demo
