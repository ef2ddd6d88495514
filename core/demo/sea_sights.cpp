#include "core/demo/sea_sights.h"

#include "core/base/atomic_file.h"
#include "core/demo/camera.h"
#include "core/demo/noise_field.h"
#include "core/demo/scene.h"
#include "core/demo/sea.h"
#include "core/imaging/decode.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <vector>

namespace flukeprint::demo {

namespace {

/// A back above the water. Lengths as shares of the animal's length, which is `lengthPx` in the picture.
struct Back
{
    double lengthPx = 300;
    double height = 0.06;
    double finHeight = 0.1; ///< 0: none
    double finBase = 0.1;
    double finLean = 0.5; ///< how far its tip lies behind its middle, share of the base
    double finPlace = 0.1; ///< of its middle, from the animal's middle
    double middleX = 260; ///< px
    double waterY = 200; ///< px
    double rollDeg = 0;
    bool leftwards = false;
    float albedo = 0.1F;
};

Back drawBack(const Scene &scene, Random &random)
{
    const int width = scene.camera.width, height = scene.camera.height;
    Back back;
    const bool near = random.uniform() < 0.5;
    back.lengthPx = width * (near ? random.uniform(0.8, 3.0) : random.uniform(0.12, 0.8));
    back.height = random.uniform(0.02, 0.13);
    const bool finned = random.uniform() < 0.75;
    back.finHeight = finned ? std::min(random.uniform(0.04, 0.3), 0.8 * height / back.lengthPx) : 0;
    back.finBase = back.finHeight * random.uniform(0.7, 1.9);
    back.finLean = random.uniform(0.1, 0.9);
    back.finPlace = random.uniform(-0.1, 0.25);
    back.leftwards = random.below(2) == 1;
    back.rollDeg = 7 * random.normal();
    // What sticks out is in view: the fin where there is one, else the middle.
    const double shown = random.uniform(0.15, 0.85) * width;
    back.middleX = shown + (back.leftwards ? 1 : -1) * back.finPlace * back.lengthPx;
    const double above = (back.height + back.finHeight) * back.lengthPx;
    back.waterY = std::clamp(height * random.uniform(0.4, 0.9), std::min(above * 0.9, 0.95 * height), 0.98 * height);
    back.albedo = static_cast<float>(random.uniform() < 0.75 ? random.uniform(0.04, 0.2) : random.uniform(0.2, 0.8));
    return back;
}

double backAt(const Back &back, double x) { return back.height * (1 - 4 * x * x); }

using Points = std::vector<cv::Point2d>;

void appendCurve(Points &points, cv::Point2d from, cv::Point2d by, cv::Point2d to)
{
    constexpr int steps = 16;
    for (int i = 0; i <= steps; ++i) {
        const double t = static_cast<double>(i) / steps;
        points.push_back(from * ((1 - t) * (1 - t)) + by * (2 * t * (1 - t)) + to * (t * t));
    }
}

/// Head to tail, y upwards from the water, in lengths of the animal.
Points outlineOf(const Back &back)
{
    constexpr int steps = 60;
    Points points;
    const double front = back.finPlace - back.finBase / 2, behind = back.finPlace + back.finBase / 2;
    for (int i = 0; i <= steps; ++i) {
        const double x = static_cast<double>(i) / steps - 0.5;
        if (back.finHeight > 0 && x > front && points.back().x <= front) {
            const cv::Point2d tip(back.finPlace + back.finLean * back.finBase, backAt(back, back.finPlace) + back.finHeight);
            const double foot = backAt(back, back.finPlace);
            appendCurve(points, {front, backAt(back, front)}, {back.finPlace - 0.1 * back.finBase, foot + 0.85 * back.finHeight}, tip);
            appendCurve(points, tip, {back.finPlace + 0.45 * back.finLean * back.finBase, foot + 0.4 * back.finHeight},
                        {behind, backAt(back, behind)});
        }
        if (back.finHeight <= 0 || x <= front || x >= behind)
            points.emplace_back(x, backAt(back, x));
    }
    points.emplace_back(0.5, -0.3);
    points.emplace_back(-0.5, -0.3);
    return points;
}

/// Share of each pixel that the animal covers, as if there were no water: CV_32F.
cv::Mat coverageOf(const Back &back, cv::Size size)
{
    constexpr int shift = 4;
    const double angle = back.rollDeg * CV_PI / 180;
    std::vector<cv::Point> polygon;
    for (const cv::Point2d &point : outlineOf(back)) {
        const double x = (back.leftwards ? -point.x : point.x) * back.lengthPx, y = -point.y * back.lengthPx;
        polygon.emplace_back(cvRound((back.middleX + x * std::cos(angle) - y * std::sin(angle)) * (1 << shift)),
                             cvRound((back.waterY + x * std::sin(angle) + y * std::cos(angle)) * (1 << shift)));
    }
    cv::Mat mask = cv::Mat::zeros(size, CV_8U);
    cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{polygon}, cv::Scalar(255), cv::LINE_AA, shift);
    cv::Mat share;
    mask.convertTo(share, CV_32F, 1.0 / 255);
    return share;
}

/// The animal's own colour in one pixel: darker below, with the sky on wet skin.
cv::Vec3f skinColour(const Scene &scene, const Back &back, float upwards, float mottle)
{
    const auto level = static_cast<float>(scene.light.level);
    const auto warmth = static_cast<float>(scene.light.warmth);
    const float diffuse = back.albedo * level * (0.75F + 0.5F * upwards) * (1 + 0.35F * mottle);
    const float gloss = static_cast<float>(scene.light.gloss) * (0.4F + 1.2F * upwards + 0.5F * mottle);
    const cv::Vec3f sky(scene.sea.sky[0], scene.sea.sky[1], scene.sea.sky[2]);
    return cv::Vec3f(1 + 0.06F * warmth, 1.0F, 1 - 0.09F * warmth) * diffuse + sky * std::max(0.0F, gloss);
}

/// Lays the animal over the sea down to the waves, with its mirror image and some foam where it cuts the surface.
void paintBack(cv::Mat &picture, const Scene &scene, const Back &back, Random &random)
{
    const cv::Mat share = coverageOf(back, picture.size());
    const cv::Mat mottle = fractalNoise(random, picture.size(), 9, 7, 4, 0.7);
    const cv::Mat waves = fractalNoise(random, {picture.cols, 1}, 12, 1, 4, 0.6);
    const auto foam = static_cast<float>(scene.splash.foam * random.uniform(0, 0.8));
    const auto tall = static_cast<float>((back.height + back.finHeight) * back.lengthPx);
    const float swell = 0.012F * static_cast<float>(picture.rows * scene.sea.roughness);
    for (int column = 0; column < picture.cols; ++column) {
        const float surface = static_cast<float>(back.waterY) + swell * waves.at<float>(0, column);
        for (int row = 0; row < picture.rows; ++row) {
            cv::Vec3f &pixel = picture.at<cv::Vec3f>(row, column);
            const float height = surface - static_cast<float>(row);
            const bool above = height > 0;
            const int source = above ? row : static_cast<int>(surface + height) + static_cast<int>(30 * (pixel[1] - 0.4F));
            if (source < 0 || source >= picture.rows)
                continue;
            const float noise = mottle.at<float>(source, column);
            const float covered = share.at<float>(source, column) * (above ? 1.0F : 0.35F * std::exp(height / 40));
            const float upwards = std::clamp(std::abs(height) / std::max(tall, 1.0F), 0.0F, 1.0F);
            pixel += (skinColour(scene, back, upwards, noise) - pixel) * covered;
            const float edge = std::exp(-height * height / (4 + 0.004F * tall * tall)) * share.at<float>(source, column);
            pixel += (cv::Vec3f(0.95F, 0.97F, 0.98F) - pixel) * std::clamp(foam * edge * (0.7F + noise), 0.0F, 1.0F);
        }
    }
}

Scene drawSight(Random &random)
{
    Scene scene = drawPhoto(drawEncounter(random), random);
    // Half as large as the photos of flukes: nothing needs to be recognised here.
    scene.camera.width /= 2;
    scene.camera.height /= 2;
    scene.camera.blurPx /= 2;
    scene.camera.motionPx /= 2;
    if (random.uniform() < 0.4) {
        scene.sea.horizon = random.uniform(0.03, 0.6);
        scene.sea.land = random.uniform() < 0.5;
    }
    return scene;
}

} // namespace

imaging::Image paintSight(std::uint64_t seed)
{
    constexpr double emptyShare = 0.25;
    Random random(seed, "sight");
    const Scene scene = drawSight(random);
    cv::Mat picture = paintSea(scene, random);
    if (random.uniform() >= emptyShare)
        paintBack(picture, scene, drawBack(scene, random), random);
    return expose(picture, scene, random);
}

Result<void> writeSights(const std::filesystem::path &directory, int count, std::uint64_t seed, const std::stop_token &stop,
                         const ProgressFn &progress)
{
    constexpr int jpegQuality = 88;
    std::error_code failure;
    std::filesystem::create_directories(directory, failure);
    if (failure)
        return Error(ErrorCode::FileUnwritable, {directory.string(), failure.message()});
    for (int i = 1; i <= count; ++i) {
        if (stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        const auto jpeg = imaging::encodeJpeg(paintSight(seed * 1'000'003 + static_cast<std::uint64_t>(i)), jpegQuality);
        if (!jpeg)
            return jpeg.error();
        char name[32];
        std::snprintf(name, sizeof name, "sight_%05d.jpg", i);
        const std::string_view bytes(reinterpret_cast<const char *>(jpeg->data()), jpeg->size());
        if (const auto written = writeFileAtomically(directory / name, bytes); !written)
            return written;
        if (progress)
            progress({"drawing", i, count, name});
    }
    return {};
}

} // namespace flukeprint::demo
