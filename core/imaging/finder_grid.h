#pragma once

#include "core/imaging/image.h"

#include <vector>

namespace flukeprint::imaging {

/// The coarse grid on which flukes are searched. Stretching every photo to it costs nothing: a box maps back linearly.
constexpr int finderColumns = 72;
constexpr int finderRows = 56;
constexpr int finderCells = finderColumns * finderRows;

using FinderMap = std::vector<float>; ///< a value a cell, row by row

struct FinderFeatures
{
    FinderMap luma; ///< 0..1 between the picture's 3rd and 97th percentile
    FinderMap blueness; ///< likewise: blue against red and green
    FinderMap redness; ///< likewise: red against green
    FinderMap texture; ///< likewise: mean gradient in 5 x 5 cells
};

[[nodiscard]] FinderFeatures finderFeatures(const Image &image);

/// Mean over (2 reach + 1)^2 cells; at the edges over those that exist.
[[nodiscard]] FinderMap boxMean(const FinderMap &map, int reach);

/// Value below which `share` of the cells lie.
[[nodiscard]] float quantile(FinderMap map, double share);

struct CellBox
{
    int x0 = 0;
    int y0 = 0;
    int x1 = finderColumns; ///< exclusive
    int y1 = finderRows;

    [[nodiscard]] double areaShare() const { return static_cast<double>(x1 - x0) * (y1 - y0) / finderCells; }
};

/// The rectangle with the largest sum of map - threshold (Bentley 1984, in two dimensions).
[[nodiscard]] CellBox bestRectangle(const FinderMap &map, float threshold);
[[nodiscard]] double sumIn(const FinderMap &map, const CellBox &box);

} // namespace flukeprint::imaging
