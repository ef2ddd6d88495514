#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flukeprint::imaging {

/// A picture in memory: `height` rows of `width` pixels, RGB interleaved, 8 bit a value, no padding between rows.
/// A plain value that owns its pixels. Free of OpenCV so that every room can hold one.
struct Image
{
    static constexpr int channels = 3;

    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> pixels; ///< size stride() * height

    Image() = default;
    Image(int widthPx, int heightPx)
        : width(widthPx)
        , height(heightPx)
        , pixels(static_cast<std::size_t>(widthPx) * static_cast<std::size_t>(heightPx) * channels)
    {
    }

    [[nodiscard]] bool isEmpty() const { return pixels.empty(); }
    /// Bytes from one row to the next.
    [[nodiscard]] std::size_t stride() const { return static_cast<std::size_t>(width) * channels; }
    [[nodiscard]] std::uint8_t *row(int y) { return pixels.data() + stride() * static_cast<std::size_t>(y); }
    [[nodiscard]] const std::uint8_t *row(int y) const
    {
        return pixels.data() + stride() * static_cast<std::size_t>(y);
    }
};

} // namespace flukeprint::imaging
