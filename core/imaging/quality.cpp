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

// Everything but the size is judged on the fluke at the size at which a network sees it, so that the resolution of the
// camera does not count twice.
constexpr int judgedWidthPx = 256;
constexpr int judgedHeightPx = 128;

double unit(double value, double worst, double best) { return std::clamp((value - worst) / (best - worst), 0.0, 1.0); }

/// Ratio of the energy between 0 and 1 px of blur to that between 1 and 2 px, where the coarser band is strongest (the
/// top tenth: edges rather than noise). A step edge gives about 1, a picture blurred by 2 px about 0.1.
double sharpnessOf(const cv::Mat &luma)
{
    cv::Mat blurred1;
    cv::Mat blurred2;
    cv::GaussianBlur(luma, blurred1, {}, 1.0);
    cv::GaussianBlur(luma, blurred2, {}, 2.0);
    const cv::Mat coarse = blurred1 - blurred2;
    const cv::Mat fine = luma - blurred1;
    std::vector<float> energies;
    energies.reserve(coarse.total());
    for (int y = 0; y < coarse.rows; ++y) {
        for (int x = 0; x < coarse.cols; ++x)
            energies.push_back(coarse.at<float>(y, x) * coarse.at<float>(y, x));
    }
    const auto cut = energies.begin() + static_cast<std::ptrdiff_t>(energies.size() * 9 / 10);
    std::nth_element(energies.begin(), cut, energies.end());
    double fineEnergy = 0;
    double coarseEnergy = 1e-3; // a picture of one colour has no sharpness
    for (int y = 0; y < coarse.rows; ++y) {
        for (int x = 0; x < coarse.cols; ++x) {
            const float energy = coarse.at<float>(y, x) * coarse.at<float>(y, x);
            if (energy >= *cut) {
                coarseEnergy += energy;
                fineEnergy += fine.at<float>(y, x) * fine.at<float>(y, x);
            }
        }
    }
    return unit(fineEnergy / coarseEnergy, 0.15, 0.9);
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
    quality.exposure = 1 - unit(std::max(tones.clippedDark - 0.3, 0.0) + std::max(tones.clippedBright - 0.1, 0.0), 0, 0.4);
    quality.contrast = unit(tones.spread, 0.08, 0.5);
    quality.size = unit(std::log2(std::max(box.width / scale, 1.0)), 6, 10);
    const double mean = 0.4 * quality.sharpness + 0.25 * quality.size + 0.2 * quality.contrast + 0.15 * quality.exposure;
    // One bad part spoils the photo whatever the others are.
    const double weakest = std::min({quality.sharpness, quality.size, quality.contrast, quality.exposure});
    const double score = std::min(mean, 0.25 + 1.5 * weakest);
    quality.grade = std::clamp(1 + static_cast<int>(std::floor(score * 5)), 1, 5);
    return quality;
}

} // namespace flukeprint::imaging
