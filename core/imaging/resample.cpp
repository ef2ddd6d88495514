#include "core/imaging/resample.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace flukeprint::imaging {

namespace {

/// For every output position the source positions it is made of.
struct Axis
{
    int tapCount = 0;
    std::vector<int> positions; // outputs x tapCount, clamped to the source
    std::vector<float> weights; // each output's sum to 1
    int first = 0; // range of source positions in use
    int last = 0;
};

double catmullRom(double distance)
{
    const double d = std::abs(distance);
    if (d < 1)
        return (1.5 * d - 2.5) * d * d + 1;
    if (d < 2)
        return ((-0.5 * d + 2.5) * d - 4) * d + 2;
    return 0;
}

double tapWeight(int position, double from, double step)
{
    if (step >= 1) {
        const double overlap = std::min<double>(position + 1, from + step) - std::max<double>(position, from);
        return std::max(overlap, 0.0);
    }
    return catmullRom(position + 0.5 - (from + step / 2));
}

Axis makeAxis(double from, double to, int outputs, int sourceSize)
{
    const double step = (to - from) / outputs;
    Axis axis;
    axis.tapCount = step >= 1 ? static_cast<int>(std::ceil(step)) + 1 : 4;
    axis.first = sourceSize - 1;
    for (int i = 0; i < outputs; ++i) {
        const double start = from + i * step;
        const int firstTap = static_cast<int>(step >= 1 ? std::floor(start) : std::floor(start + step / 2 - 0.5) - 1);
        double total = 0;
        for (int tap = 0; tap < axis.tapCount; ++tap) {
            const double weight = tapWeight(firstTap + tap, start, step);
            const int position = std::clamp(firstTap + tap, 0, sourceSize - 1);
            total += weight;
            axis.positions.push_back(position);
            axis.weights.push_back(static_cast<float>(weight));
            axis.first = std::min(axis.first, position);
            axis.last = std::max(axis.last, position);
        }
        for (int tap = 0; tap < axis.tapCount; ++tap)
            axis.weights[axis.weights.size() - 1 - static_cast<std::size_t>(tap)] /= static_cast<float>(total);
    }
    return axis;
}

void addRow(const std::uint8_t *source, float weight, float *sum, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i)
        sum[i] += weight * static_cast<float>(source[i]);
}

void mixColumns(const float *line, const Axis &axis, int outputs, std::uint8_t *target)
{
    const int *position = axis.positions.data();
    const float *weight = axis.weights.data();
    for (int x = 0; x < outputs; ++x, target += Image::channels) {
        float sum[Image::channels] = {};
        for (int tap = 0; tap < axis.tapCount; ++tap, ++position, ++weight) {
            const float *pixel = line + (*position - axis.first) * Image::channels;
            for (int c = 0; c < Image::channels; ++c)
                sum[c] += *weight * pixel[c];
        }
        for (int c = 0; c < Image::channels; ++c)
            target[c] = static_cast<std::uint8_t>(std::clamp(sum[c] + 0.5F, 0.0F, 255.0F));
    }
}

} // namespace

Image resample(const Image &image, const Region &region, int widthPx, int heightPx)
{
    const Axis columns = makeAxis(region.x0, region.x1, widthPx, image.width);
    const Axis rows = makeAxis(region.y0, region.y1, heightPx, image.height);
    const std::size_t lineSize = static_cast<std::size_t>(columns.last - columns.first + 1) * Image::channels;
    std::vector<float> line(lineSize);
    Image result(widthPx, heightPx);
    for (int y = 0; y < heightPx; ++y) {
        std::fill(line.begin(), line.end(), 0.0F);
        for (int tap = 0; tap < rows.tapCount; ++tap) {
            const std::size_t at = static_cast<std::size_t>(y * rows.tapCount + tap);
            if (rows.weights[at] != 0.0F) {
                const std::uint8_t *source = image.row(rows.positions[at]) + columns.first * Image::channels;
                addRow(source, rows.weights[at], line.data(), lineSize);
            }
        }
        mixColumns(line.data(), columns, widthPx, result.row(y));
    }
    return result;
}

} // namespace flukeprint::imaging
