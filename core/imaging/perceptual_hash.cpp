#include "core/imaging/perceptual_hash.h"

#include "core/imaging/resample.h"

#include <opencv2/core.hpp>

#include <algorithm>
#include <array>
#include <bit>

namespace flukeprint::imaging {

std::uint64_t perceptualHash(const Image &image)
{
    constexpr int side = 32;
    constexpr int frequencies = 8;
    if (image.isEmpty())
        return 0;
    const Region all{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
    const Image small = resample(image, all, side, side);
    cv::Mat luma(side, side, CV_32F);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const std::uint8_t *pixel = small.row(y) + x * Image::channels;
            luma.at<float>(y, x) = 0.299F * pixel[0] + 0.587F * pixel[1] + 0.114F * pixel[2];
        }
    }
    cv::Mat spectrum;
    cv::dct(luma, spectrum);
    std::array<float, frequencies * frequencies> low{};
    for (int y = 0; y < frequencies; ++y) {
        for (int x = 0; x < frequencies; ++x)
            low[static_cast<std::size_t>(y * frequencies + x)] = spectrum.at<float>(y + 1, x + 1);
    }
    auto sorted = low;
    std::nth_element(sorted.begin(), sorted.begin() + 32, sorted.end());
    const float median = sorted[32];
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < low.size(); ++i)
        hash |= std::uint64_t{low[i] > median} << i;
    return hash;
}

int hammingDistance(std::uint64_t a, std::uint64_t b)
{
    return std::popcount(a ^ b);
}

} // namespace flukeprint::imaging
