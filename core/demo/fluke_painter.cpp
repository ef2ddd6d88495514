#include "core/demo/fluke_painter.h"

#include "core/demo/camera.h"
#include "core/demo/fluke_outline.h"
#include "core/demo/fluke_pose.h"
#include "core/demo/fluke_skin.h"
#include "core/demo/noise_field.h"
#include "core/demo/sea.h"
#include "core/demo/splash.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace flukeprint::demo {

struct FlukePainter::Whale
{
    FlukeOutline outline;
    FlukeSkin skin;
};

namespace {

/// The fluke is drawn at twice the picture's resolution and averaged down, which smooths its edges.
constexpr int oversampling = 2;

/// Pixels that the fluke can touch.
cv::Rect reachOf(const FlukeOutline &outline, const FlukePose &pose, const CameraLook &camera)
{
    double x0 = 1e9, y0 = 1e9, x1 = -1e9, y1 = -1e9;
    for (const FlukePoint &point : outline.closed) {
        const FlukePoint at = pose.toPixel(point);
        x0 = std::min(x0, at.x);
        x1 = std::max(x1, at.x);
        y0 = std::min(y0, at.y);
        y1 = std::max(y1, at.y);
    }
    const cv::Rect all(0, 0, camera.width, camera.height);
    return cv::Rect(cv::Point(static_cast<int>(x0) - 2, static_cast<int>(y0) - 2),
                    cv::Point(static_cast<int>(x1) + 3, static_cast<int>(y1) + 3))
        & all;
}

/// The surface of the water in front of the tail, with small waves.
std::vector<float> waterSurface(const Scene &scene, const FlukePose &pose, Random &random)
{
    const cv::Mat waves = fractalNoise(random, {scene.camera.width, 1}, 14, 1, 4, 0.6);
    const double height = 0.02 * pose.pixelsPerUnit() * scene.sea.roughness;
    std::vector<float> rows;
    for (int column = 0; column < scene.camera.width; ++column)
        rows.push_back(static_cast<float>(pose.waterRow(column) + height * waves.at<float>(0, column)));
    return rows;
}

struct SkinSample
{
    cv::Mat texture; // CV_8UC2, albedo and coverage at every sample
    cv::Mat shade; // CV_32F
};

SkinSample sampleSkin(const FlukeSkin &skin, const FlukePose &pose, const cv::Rect &area)
{
    const double texelsPerSample = FlukeSkin::pixelsPerUnit / (pose.pixelsPerUnit() * oversampling);
    const std::size_t level = texelsPerSample > 3 ? 2 : texelsPerSample > 1.5 ? 1 : 0;
    const auto scale = static_cast<float>(FlukeSkin::pixelsPerUnit >> level);
    const float firstX = static_cast<float>(area.x + 0.5 / oversampling);
    SkinSample sample;
    cv::Mat places(area.height * oversampling, area.width * oversampling, CV_32FC2);
    sample.shade.create(places.size(), CV_32F);
    for (int row = 0; row < places.rows; ++row) {
        const float py = static_cast<float>(area.y + (row + 0.5) / oversampling);
        auto *place = places.ptr<cv::Vec2f>(row);
        float *shade = sample.shade.ptr<float>(row);
        for (int column = 0; column < places.cols; ++column) {
            const SkinPlace at = pose.fromPixel(firstX + static_cast<float>(column) / oversampling, py);
            place[column] = cv::Vec2f((at.x - static_cast<float>(FlukeSkin::left)) * scale - 0.5F,
                                      (at.y - static_cast<float>(FlukeSkin::top)) * scale - 0.5F);
            shade[column] = at.shade;
        }
    }
    cv::remap(skin.levels[level], sample.texture, places, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_CONSTANT,
              cv::Scalar());
    return sample;
}

struct SkinLight
{
    cv::Vec3f colour; // of the light
    cv::Vec3f gloss;
};

SkinLight skinLight(const Scene &scene)
{
    const auto warmth = static_cast<float>(scene.light.warmth);
    const auto level = static_cast<float>(scene.light.level);
    SkinLight light;
    light.colour = cv::Vec3f(1 + 0.06F * warmth, 1.0F, 1 - 0.09F * warmth) * level;
    const Rgb &sky = scene.sea.sky;
    light.gloss = cv::Vec3f(sky[0], sky[1], sky[2]) * static_cast<float>(scene.light.gloss);
    return light;
}

/// Adds one sample of the oversampled fluke to a picture pixel's sum.
void addSample(const cv::Vec2b &texel, float light, float gloss, const SkinLight &colours, cv::Vec4f &sum)
{
    constexpr float share = 1.0F / (255 * oversampling * oversampling);
    const float coverage = static_cast<float>(texel[1]) * share;
    const float diffuse = static_cast<float>(texel[0]) / 255.0F * light;
    for (int c = 0; c < 3; ++c)
        sum[c] += coverage * (diffuse * colours.colour[c] + gloss * colours.gloss[c]);
    sum[3] += coverage;
}

/// Premultiplied colour and coverage at the picture's resolution, CV_32FC4. `wetness` is noise of that size.
cv::Mat shadeFluke(const SkinSample &sample, const Scene &scene, const cv::Mat &wetness)
{
    const SkinLight colours = skinLight(scene);
    cv::Mat layer = cv::Mat::zeros(wetness.size(), CV_32FC4);
    for (int row = 0; row < layer.rows; ++row) {
        auto *target = layer.ptr<cv::Vec4f>(row);
        const float *wet = wetness.ptr<float>(row);
        // The upper part of the raised fluke faces more of the sky.
        const float vertical = 1.04F - 0.12F * static_cast<float>(row) / static_cast<float>(layer.rows);
        for (int part = 0; part < oversampling * oversampling; ++part) {
            const int sampleRow = row * oversampling + part / oversampling;
            const auto *texel = sample.texture.ptr<cv::Vec2b>(sampleRow) + part % oversampling;
            const float *shade = sample.shade.ptr<float>(sampleRow) + part % oversampling;
            for (int column = 0; column < layer.cols; ++column) {
                const cv::Vec2b &skin = texel[column * oversampling];
                if (skin[1] != 0) {
                    const float gloss = std::max(0.0F, 0.6F + 0.8F * wet[column]);
                    addSample(skin, shade[column * oversampling] * vertical, gloss, colours, target[column]);
                }
            }
        }
    }
    return layer;
}

/// Lays the fluke over the sea: whole above the water, mirrored and faint below its surface.
void composite(cv::Mat &picture, const cv::Mat &layer, const cv::Rect &area, const std::vector<float> &waterRows)
{
    for (int row = 0; row < picture.rows; ++row) {
        for (int column = area.x; column < area.x + area.width; ++column) {
            const float surface = waterRows[static_cast<std::size_t>(column)];
            const float above = std::clamp(surface - static_cast<float>(row), 0.0F, 1.0F);
            cv::Vec3f &pixel = picture.at<cv::Vec3f>(row, column);
            const auto blend = [&](int sourceRow, int sourceColumn, float share) {
                if (sourceRow < 0 || sourceRow >= layer.rows || sourceColumn < 0 || sourceColumn >= layer.cols)
                    return;
                const cv::Vec4f &fluke = layer.at<cv::Vec4f>(sourceRow, sourceColumn);
                for (int c = 0; c < 3; ++c)
                    pixel[c] += share * (fluke[c] - fluke[3] * pixel[c]);
            };
            if (above < 1) {
                // Ripples throw the mirror image sideways; the sea's own brightness stands for their slope.
                const int ripple = static_cast<int>(40 * (pixel[1] - 0.4F));
                const int mirrored = static_cast<int>(2 * surface - static_cast<float>(row)) + ripple;
                const float depth = static_cast<float>(row) - surface;
                blend(mirrored - area.y, column - area.x + ripple / 2, 0.3F * std::exp(-depth / 60.0F) * (1 - above));
            }
            if (above > 0)
                blend(row - area.y, column - area.x, above);
        }
    }
}

imaging::Box visibleBox(const FlukeOutline &outline, const FlukePose &pose, const std::vector<float> &waterRows,
                        const CameraLook &camera)
{
    double x0 = camera.width, y0 = camera.height, x1 = 0, y1 = 0;
    for (const auto *edge : {&outline.trailing, &outline.leadingLeft, &outline.leadingRight}) {
        for (const FlukePoint &point : *edge) {
            const FlukePoint at = pose.toPixel(point);
            const double x = std::clamp(at.x, 0.0, static_cast<double>(camera.width));
            const auto column = std::min(static_cast<std::size_t>(x), waterRows.size() - 1);
            const double y = std::clamp(at.y, 0.0, std::min<double>(waterRows[column], camera.height));
            x0 = std::min(x0, x);
            x1 = std::max(x1, x);
            y0 = std::min(y0, y);
            y1 = std::max(y1, y);
        }
    }
    return imaging::Box::fromCorners(x0, y0, x1, y1);
}

} // namespace

FlukePainter::FlukePainter(const FlukeGenome &genome)
    : m_whale(std::make_unique<Whale>(Whale{outlineOf(genome), paintSkin(genome)}))
{
}
FlukePainter::FlukePainter(FlukePainter &&) noexcept = default;
FlukePainter &FlukePainter::operator=(FlukePainter &&) noexcept = default;
FlukePainter::~FlukePainter() = default;

PaintedPhoto FlukePainter::paint(const Scene &scene) const
{
    Random random(scene.seed, "photo");
    const FlukePose pose(scene.pose, scene.light, scene.camera.width, scene.camera.height);
    const cv::Rect area = reachOf(m_whale->outline, pose, scene.camera);
    const std::vector<float> waterRows = waterSurface(scene, pose, random);
    cv::Mat picture = paintSea(scene, random);
    if (area.area() > 0) {
        const SkinSample sample = sampleSkin(m_whale->skin, pose, area);
        const cv::Mat wetness = fractalNoise(random, area.size(), 8, 10, 3, 0.7);
        composite(picture, shadeFluke(sample, scene, wetness), area, waterRows);
    }
    paintSplash(picture, scene, pose, m_whale->outline, waterRows, random);
    PaintedPhoto photo;
    photo.image = expose(picture, scene, random);
    photo.box = visibleBox(m_whale->outline, pose, waterRows, scene.camera);
    return photo;
}

} // namespace flukeprint::demo
