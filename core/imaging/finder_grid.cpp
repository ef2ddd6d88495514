#include "core/imaging/finder_grid.h"

#include "core/imaging/resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace flukeprint::imaging {

namespace {

/// Spreads the map over 0..1. A picture without differences must not have its noise blown up: hence a least spread.
void normalise(FinderMap &map, float leastSpread)
{
    float low = quantile(map, 0.03);
    float high = quantile(map, 0.97);
    if (high - low < leastSpread) {
        const float middle = (low + high) / 2;
        low = middle - leastSpread / 2;
        high = middle + leastSpread / 2;
    }
    for (float &value : map)
        value = std::clamp((value - low) / (high - low), 0.0F, 0.9999F);
}

float lumaAt(const Image &fine, int x, int y)
{
    const std::uint8_t *pixel = fine.row(std::min(y, fine.height - 1)) + 3 * std::min(x, fine.width - 1);
    return 0.3F * pixel[0] + 0.59F * pixel[1] + 0.11F * pixel[2];
}

} // namespace

FinderFeatures finderFeatures(const Image &image)
{
    const Region all{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
    const Image fine = resample(image, all, 2 * finderColumns, 2 * finderRows);
    FinderFeatures features{FinderMap(finderCells), FinderMap(finderCells), FinderMap(finderCells),
                            FinderMap(finderCells)};
    for (int y = 0; y < fine.height; ++y) {
        for (int x = 0; x < fine.width; ++x) {
            const auto cell = static_cast<std::size_t>(y / 2 * finderColumns + x / 2);
            const std::uint8_t *pixel = fine.row(y) + 3 * x;
            const float luma = lumaAt(fine, x, y);
            features.luma[cell] += luma / 4;
            features.blueness[cell] += (pixel[2] - 0.5F * (pixel[0] + pixel[1])) / 4;
            features.redness[cell] += static_cast<float>(pixel[0] - pixel[1]) / 4;
            features.texture[cell] +=
                (std::abs(lumaAt(fine, x + 1, y) - luma) + std::abs(lumaAt(fine, x, y + 1) - luma)) / 4;
        }
    }
    features.texture = boxMean(features.texture, 2);
    normalise(features.luma, 40);
    normalise(features.blueness, 24);
    normalise(features.redness, 16);
    normalise(features.texture, 8);
    return features;
}

FinderMap boxMean(const FinderMap &map, int reach)
{
    FinderMap result(finderCells);
    for (int y = 0; y < finderRows; ++y) {
        for (int x = 0; x < finderColumns; ++x) {
            float sum = 0;
            int count = 0;
            for (int ny = std::max(0, y - reach); ny <= std::min(finderRows - 1, y + reach); ++ny) {
                for (int nx = std::max(0, x - reach); nx <= std::min(finderColumns - 1, x + reach); ++nx, ++count)
                    sum += map[static_cast<std::size_t>(ny * finderColumns + nx)];
            }
            result[static_cast<std::size_t>(y * finderColumns + x)] = sum / static_cast<float>(count);
        }
    }
    return result;
}

float quantile(FinderMap map, double share)
{
    const auto place = map.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(map.size() - 1));
    std::nth_element(map.begin(), place, map.end());
    return *place;
}

CellBox bestRectangle(const FinderMap &map, float threshold)
{
    CellBox best;
    float bestSum = -1e9F;
    std::array<float, finderColumns> columns{};
    for (int y0 = 0; y0 < finderRows; ++y0) {
        columns.fill(0);
        for (int y1 = y0; y1 < finderRows; ++y1) {
            const float *row = map.data() + y1 * finderColumns;
            float sum = 0;
            int start = 0;
            for (int x = 0; x < finderColumns; ++x) {
                columns[static_cast<std::size_t>(x)] += row[x] - threshold;
                if (sum <= 0) {
                    sum = 0;
                    start = x;
                }
                sum += columns[static_cast<std::size_t>(x)];
                if (sum > bestSum) {
                    bestSum = sum;
                    best = {start, y0, x + 1, y1 + 1};
                }
            }
        }
    }
    return best;
}

double sumIn(const FinderMap &map, const CellBox &box)
{
    double sum = 0;
    for (int y = box.y0; y < box.y1; ++y) {
        const float *row = map.data() + y * finderColumns;
        sum += std::accumulate(row + box.x0, row + box.x1, 0.0);
    }
    return sum;
}

} // namespace flukeprint::imaging
