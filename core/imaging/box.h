#pragma once

namespace flukeprint::imaging {

/// Where an animal is in a photo: a rectangle, possibly rotated, in pixels of the upright photo (EXIF orientation
/// applied, full size). Coordinates are continuous, y grows downwards: pixel (0, 0) covers [0, 1) x [0, 1), so a whole
/// frame of 1050 x 700 is {525, 350, 1050, 700, 0}. `angleDeg` turns the box about its centre, clockwise on the screen.
struct Box
{
    double centreX = 0;
    double centreY = 0;
    double width = 0;
    double height = 0;
    double angleDeg = 0;

    [[nodiscard]] bool isValid() const { return width > 0 && height > 0; }
    [[nodiscard]] static Box wholeFrame(double widthPx, double heightPx)
    {
        return {widthPx / 2, heightPx / 2, widthPx, heightPx, 0};
    }
    [[nodiscard]] static Box fromCorners(double x0, double y0, double x1, double y1)
    {
        return {(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, 0};
    }
    /// The same box in a picture that is `factor` times as large.
    [[nodiscard]] Box scaled(double factor) const
    {
        return {centreX * factor, centreY * factor, width * factor, height * factor, angleDeg};
    }
    friend bool operator==(const Box &, const Box &) = default;
};

} // namespace flukeprint::imaging
