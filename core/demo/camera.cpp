#include "core/demo/camera.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace flukeprint::demo {

namespace {

constexpr std::size_t grainSize = 1U << 18;

/// Normal noise is slow to draw for every pixel of every photo; one long strip is read from a random place on each row.
const std::vector<float> &grain()
{
    static const std::vector<float> strip = [] {
        Random random(7, "grain");
        std::vector<float> values(grainSize);
        for (float &value : values)
            value = static_cast<float>(random.normal());
        return values;
    }();
    return strip;
}

void blur(cv::Mat &picture, const CameraLook &camera, Random &random)
{
    if (camera.blurPx > 0.3)
        cv::GaussianBlur(picture, picture, {}, camera.blurPx);
    const int length = static_cast<int>(std::lround(camera.motionPx));
    if (length < 2)
        return;
    const int side = length | 1;
    cv::Mat kernel = cv::Mat::zeros(side, side, CV_32F);
    const double angle = random.uniform(0, 3.14159);
    const cv::Point middle(side / 2, side / 2);
    const cv::Point end(static_cast<int>(std::lround(side / 2 * std::cos(angle))),
                        static_cast<int>(std::lround(side / 2 * std::sin(angle))));
    cv::line(kernel, middle - end, middle + end, cv::Scalar(1));
    cv::filter2D(picture, picture, -1, kernel / cv::sum(kernel)[0]);
}

/// Contrast and saturation, then 8 bit: blurring and grain cost a quarter there.
cv::Mat develop(const cv::Mat &picture, const Scene &scene)
{
    const auto contrast = static_cast<float>(scene.light.contrast);
    const auto saturation = static_cast<float>(scene.camera.saturation);
    cv::Mat developed(picture.size(), CV_8UC3);
    for (int row = 0; row < picture.rows; ++row) {
        const auto *source = picture.ptr<cv::Vec3f>(row);
        auto *target = developed.ptr<cv::Vec3b>(row);
        for (int column = 0; column < picture.cols; ++column) {
            const cv::Vec3f &value = source[column];
            const float luma = 0.3F * value[0] + 0.59F * value[1] + 0.11F * value[2];
            for (int c = 0; c < 3; ++c) {
                const float coloured = luma + saturation * (value[c] - luma);
                const float level = 255 * (0.5F + contrast * (coloured - 0.5F)) + 0.5F;
                target[column][c] = static_cast<std::uint8_t>(std::clamp(level, 0.0F, 255.0F));
            }
        }
    }
    return developed;
}

} // namespace

imaging::Image expose(const cv::Mat &picture, const Scene &scene, Random &random)
{
    const CameraLook &camera = scene.camera;
    cv::Mat developed = develop(picture, scene);
    blur(developed, camera, random);
    // Half of the grain is common to the three colours, as after a camera's noise reduction; film has one grain.
    const float common = static_cast<float>(255 * camera.noise * (camera.saturation > 0 ? 0.6 : 1.0));
    const float own = static_cast<float>(255 * camera.noise * (camera.saturation > 0 ? 0.6 : 0.0));
    imaging::Image image(camera.width, camera.height);
    for (int row = 0; row < camera.height; ++row) {
        const auto *source = developed.ptr<std::uint8_t>(row);
        const float *speck = grain().data() + random.below(grainSize - image.stride());
        std::uint8_t *target = image.row(row);
        for (std::size_t i = 0; i < image.stride(); ++i) {
            const float value = static_cast<float>(source[i]) + common * speck[i / 3] + own * speck[i] + 0.5F;
            target[i] = static_cast<std::uint8_t>(std::clamp(value, 0.0F, 255.0F));
        }
    }
    return image;
}

} // namespace flukeprint::demo
