#include "core/learning/embedding/resize.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

namespace flukeprint::learning {

namespace {

/// Source pixels first..first + weights.size() - 1 of one destination pixel; weights sum to 1.
struct Taps
{
    std::size_t first = 0;
    std::vector<float> weights;
};

Taps areaTaps(std::size_t index, std::size_t from, std::size_t to)
{
    const double scale = static_cast<double>(from) / static_cast<double>(to);
    const double begin = static_cast<double>(index) * scale;
    const double end = std::min(begin + scale, static_cast<double>(from));
    Taps taps;
    taps.first = static_cast<std::size_t>(begin);
    for (std::size_t pixel = taps.first; pixel < from && static_cast<double>(pixel) < end; ++pixel) {
        const double covered =
            std::min(end, static_cast<double>(pixel) + 1) - std::max(begin, static_cast<double>(pixel));
        taps.weights.push_back(static_cast<float>(covered / scale));
    }
    return taps;
}

Taps linearTaps(std::size_t index, std::size_t from, std::size_t to)
{
    const double scale = static_cast<double>(from) / static_cast<double>(to);
    const double position =
        std::clamp((static_cast<double>(index) + 0.5) * scale - 0.5, 0.0, static_cast<double>(from - 1));
    Taps taps;
    taps.first = std::min(static_cast<std::size_t>(position), from - 1);
    const auto fraction = static_cast<float>(position - static_cast<double>(taps.first));
    taps.weights = {1 - fraction};
    if (taps.first + 1 < from)
        taps.weights.push_back(fraction);
    return taps;
}

std::vector<Taps> tapsOf(std::size_t from, std::size_t to)
{
    std::vector<Taps> all;
    all.reserve(to);
    for (std::size_t i = 0; i < to; ++i)
        all.push_back(to <= from ? areaTaps(i, from, to) : linearTaps(i, from, to));
    return all;
}

void resizeRow(const std::uint8_t *source, const std::vector<Taps> &columns, std::size_t channels, float *destination)
{
    for (const Taps &taps : columns) {
        for (std::size_t channel = 0; channel < channels; ++channel) {
            float sum = 0;
            const std::uint8_t *pixel = source + taps.first * channels + channel;
            for (const float weight : taps.weights) {
                sum += weight * static_cast<float>(*pixel);
                pixel += channels;
            }
            *destination++ = sum;
        }
    }
}

} // namespace

void resizeChip(std::span<const std::uint8_t> source, chips::ChipShape from, std::span<std::uint8_t> destination,
                chips::ChipShape to)
{
    assert(source.size() == from.byteCount() && destination.size() == to.byteCount());
    const std::vector<Taps> columns = tapsOf(from.widthPx, to.widthPx);
    const std::vector<Taps> rows = tapsOf(from.heightPx, to.heightPx);
    const std::size_t sourceStride = std::size_t{from.widthPx} * from.channels;
    const std::size_t rowValues = std::size_t{to.widthPx} * from.channels;
    const std::size_t copies = to.channels / from.channels;
    std::vector<float> narrowed(rowValues * from.heightPx);
    for (std::size_t y = 0; y < from.heightPx; ++y)
        resizeRow(source.data() + y * sourceStride, columns, from.channels, narrowed.data() + y * rowValues);

    std::vector<float> sum(rowValues);
    std::uint8_t *output = destination.data();
    for (const Taps &taps : rows) {
        std::fill(sum.begin(), sum.end(), 0.0F);
        for (std::size_t i = 0; i < taps.weights.size(); ++i) {
            const float *row = narrowed.data() + (taps.first + i) * rowValues;
            for (std::size_t x = 0; x < rowValues; ++x)
                sum[x] += taps.weights[i] * row[x];
        }
        for (const float value : sum) {
            const auto byte = static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
            for (std::size_t copy = 0; copy < copies; ++copy)
                *output++ = byte;
        }
    }
}

} // namespace flukeprint::learning
