#include "core/imaging/quality.h"

#include "core/imaging/chip.h"
#include "core/imaging/opencv_bridge.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace flukeprint::imaging {

namespace {

// Everything but the size is judged on the fluke at half again the size at which a network sees it: finer detail helps
// nobody, and the resolution of the camera must not count twice.
constexpr int judgedWidthPx = 384;
constexpr int judgedHeightPx = 192;

double unit(double value, double worst, double best)
{
    return std::clamp((value - worst) / (best - worst), 0.0, 1.0);
}

/// Squared gradient after a blur of `sigma` pixels; `pixelPx` is the size of a pixel in judged pixels.
cv::Mat gradientEnergy(const cv::Mat &luma, double sigma, int pixelPx)
{
    const int side = 2 * static_cast<int>(std::ceil(2.5 * sigma)) + 1;
    cv::Mat blurred;
    cv::GaussianBlur(luma, blurred, {side, side}, sigma);
    cv::Mat dx;
    cv::Mat dy;
    cv::Sobel(blurred, dx, CV_32F, 1, 0, 1, 0.5 / pixelPx);
    cv::Sobel(blurred, dy, CV_32F, 0, 1, 1, 0.5 / pixelPx);
    return dx.mul(dx) + dy.mul(dy);
}

/// Energy of gradients after 1 px of blur over that after 3 px, on the tenth of the picture where the latter is
/// strongest. Across a step edge that the camera blurred by b px it is sqrt(9 + b^2) / sqrt(1 + b^2): 3 when sharp, 1.6
/// at b = 2, 1.2 at b = 4. Grain, which has no edges at 3 px, hardly counts.
double sharpnessOf(const cv::Mat &luma)
{
    const cv::Mat fine = gradientEnergy(luma, 1, 1);
    cv::Mat half; // after 3 px of blur half the pixels say the same
    cv::resize(luma, half, {}, 0.5, 0.5, cv::INTER_AREA);
    const cv::Mat coarse = gradientEnergy(half, 1.5, 2);
    std::vector<float> sorted(coarse.begin<float>(), coarse.end<float>());
    const auto cut = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() * 9 / 10);
    std::nth_element(sorted.begin(), cut, sorted.end());
    double fineSum = 0;
    double coarseSum = 1; // a picture of one colour has no sharpness
    for (int y = 0; y < fine.rows; ++y) {
        const float *fineRow = fine.ptr<float>(y);
        const float *coarseRow = coarse.ptr<float>(y / 2);
        for (int x = 0; x < fine.cols; ++x) {
            if (coarseRow[x / 2] >= *cut) {
                coarseSum += coarseRow[x / 2];
                fineSum += fineRow[x];
            }
        }
    }
    return unit(fineSum / coarseSum, 1.15, 3.2);
}

struct Tones
{
    double clippedDark = 0; // shares
    double clippedBright = 0;
    double spread = 0; // 5th to 95th percentile, 0..1
};

Tones tonesOf(const cv::Mat &luma)
{
    std::array<int, 256> histogram{};
    for (int y = 0; y < luma.rows; ++y) {
        for (int x = 0; x < luma.cols; ++x)
            ++histogram[static_cast<std::size_t>(std::clamp(luma.at<float>(y, x), 0.0F, 255.0F))];
    }
    const double total = static_cast<double>(luma.total());
    const auto percentile = [&](double share) {
        double seen = 0;
        for (int level = 0; level < 256; ++level) {
            seen += histogram[static_cast<std::size_t>(level)];
            if (seen >= share * total)
                return level;
        }
        return 255;
    };
    Tones tones;
    for (std::size_t level = 0; level < 4; ++level) {
        tones.clippedDark += histogram[level] / total;
        tones.clippedBright += histogram[255 - level] / total;
    }
    tones.spread = (percentile(0.95) - percentile(0.05)) / 255.0;
    return tones;
}

} // namespace

PhotoQuality assessQuality(const Image &image, const Box &box, double scale)
{
    PhotoQuality quality;
    const auto fluke = cropBox(image, box, judgedWidthPx, judgedHeightPx);
    if (!fluke)
        return quality;
    cv::Mat luma;
    cv::cvtColor(viewOf(*fluke), luma, cv::COLOR_RGB2GRAY);
    luma.convertTo(luma, CV_32F);
    const Tones tones = tonesOf(luma);
    quality.sharpness = sharpnessOf(luma);
    // A black fluke has black pixels: up to 30% dark and 10% bright ones are no fault.
    quality.exposure =
        1 - unit(std::max(tones.clippedDark - 0.3, 0.0) + std::max(tones.clippedBright - 0.1, 0.0), 0, 0.4);
    quality.contrast = unit(tones.spread, 0.08, 0.5);
    quality.size = unit(std::log2(std::max(box.width / scale, 1.0)), 6, 10);
    // A weighted geometric mean: one bad part spoils the photo whatever the others are.
    const double score = std::pow(quality.sharpness, 0.45) * std::pow(quality.size, 0.3)
        * std::pow(quality.contrast, 0.15) * std::pow(quality.exposure, 0.1);
    quality.grade = score >= 0.9 ? 5 : score >= 0.72 ? 4 : score >= 0.5 ? 3 : score >= 0.3 ? 2 : 1;
    return quality;
}

} // namespace flukeprint::imaging
