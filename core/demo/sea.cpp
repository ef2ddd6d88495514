#include "core/demo/sea.h"

#include "core/demo/noise_field.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace flukeprint::demo {

namespace {

constexpr int tileSide = 1024;

/// Slope along x and y of a wavy square that repeats without a seam, CV_32FC2 with a spread of 1. The wind blows along
/// y.
cv::Mat makeWaveTile()
{
    Random random(20190714, "sea");
    cv::Mat spectrumX = cv::Mat::zeros(tileSide, tileSide, CV_32FC2);
    cv::Mat spectrumY = spectrumX.clone();
    constexpr double longest = 9; // wave number of the strongest waves: waves a tile
    for (int row = 0; row < tileSide; ++row) {
        const double ky = row < tileSide / 2 ? row : row - tileSide;
        for (int column = 0; column < tileSide; ++column) {
            const double kx = column < tileSide / 2 ? column : column - tileSide;
            const double k2 = kx * kx + ky * ky;
            const double real = random.normal();
            const double imaginary = random.normal();
            if (k2 < 4 || k2 > 260 * 260)
                continue;
            const double along = ky * ky / k2;
            const double power = std::exp(-longest * longest / k2) / (k2 * k2) * (0.12 + along);
            const double amplitude = std::sqrt(power);
            const auto slope = [&](double k) {
                return cv::Vec2f(static_cast<float>(-k * amplitude * imaginary),
                                 static_cast<float>(k * amplitude * real));
            };
            spectrumX.at<cv::Vec2f>(row, column) = slope(kx);
            spectrumY.at<cv::Vec2f>(row, column) = slope(ky);
        }
    }
    cv::Mat slopes[2];
    cv::dft(spectrumX, slopes[0], cv::DFT_INVERSE | cv::DFT_REAL_OUTPUT | cv::DFT_SCALE);
    cv::dft(spectrumY, slopes[1], cv::DFT_INVERSE | cv::DFT_REAL_OUTPUT | cv::DFT_SCALE);
    cv::Scalar mean;
    cv::Scalar deviation;
    cv::meanStdDev(slopes[1], mean, deviation);
    slopes[0] /= deviation[0];
    slopes[1] /= deviation[0];
    cv::Mat tile;
    cv::merge(slopes, 2, tile);
    return tile;
}

const cv::Mat &waveTile()
{
    static const cv::Mat tile = makeWaveTile();
    return tile;
}

/// Row of the picture to distance on the water: the nearer to the horizon, the further.
struct SeaPlane
{
    double horizonPx;
    double reference; // height of the horizon over the frame's bottom, px

    [[nodiscard]] double depth(int row) const { return reference / std::max(row + 0.5 - horizonPx, 1.0); }
};

float intoTile(double place)
{
    return static_cast<float>(place - tileSide * std::floor(place / tileSide));
}

/// Slopes as seen in every pixel, CV_32FC2; `texels` is the wave tile's pixels per picture pixel at the bottom row.
cv::Mat seenSlopes(const Scene &scene, const SeaPlane &plane, double texels, Random &random)
{
    const double angle = scene.sea.windDeg * std::numbers::pi / 180;
    const double offsetX = random.uniform(0, tileSide);
    const double offsetY = random.uniform(0, tileSide);
    const double stretch = 2.6; // low grazing angles squeeze waves towards the viewer's rows
    cv::Mat places(scene.camera.height, scene.camera.width, CV_32FC2);
    for (int row = 0; row < places.rows; ++row) {
        const double depth = plane.depth(row);
        const double v = depth * plane.reference * texels * stretch;
        auto *place = places.ptr<cv::Vec2f>(row);
        const double u = -0.5 * places.cols * depth * texels;
        const auto stepX = static_cast<float>(std::cos(angle) * depth * texels);
        const auto stepY = static_cast<float>(std::sin(angle) * depth * texels);
        float x = intoTile(u * std::cos(angle) - v * std::sin(angle) + offsetX);
        float y = intoTile(u * std::sin(angle) + v * std::cos(angle) + offsetY);
        for (int column = 0; column < places.cols; ++column) {
            place[column] = cv::Vec2f(x, y);
            x += stepX;
            y += stepY;
            // A step is far smaller than the tile, so one turn is enough.
            x -= x >= tileSide ? tileSide : 0;
            y -= y >= tileSide ? tileSide : y < 0 ? -tileSide : 0;
        }
    }
    cv::Mat slopes;
    cv::remap(waveTile(), slopes, places, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_WRAP);
    return slopes;
}

cv::Vec3f toVec(const Rgb &colour)
{
    return {colour[0], colour[1], colour[2]};
}

struct SeaShades
{
    cv::Vec3f deep;
    cv::Vec3f bright;
    cv::Vec3f sun;
    float steepness = 1;
    float lean = 0;
    float glitter = 0;
};

cv::Vec3f waterColour(const SeaShades &shades, const cv::Vec2f &big, const cv::Vec2f &small, float lane, float fade)
{
    const float slope = (big[1] + shades.lean * big[0]) + 0.6F * fade * (small[1] + shades.lean * small[0]);
    // Fresnel's law in short: water leaning away mirrors the sky, water leaning here shows its own colour.
    const float tilt = shades.steepness * slope + 0.35F * lane;
    const float mirrored = 0.5F + 0.5F * tilt / std::sqrt(1 + tilt * tilt);
    cv::Vec3f colour = shades.deep + (shades.bright - shades.deep) * mirrored;
    const float crest = slope - 1.35F;
    if (crest > 0)
        colour += shades.sun * std::min(1.0F, shades.glitter * crest * crest * 1.6F);
    return colour;
}

/// Sky, and hills where the scene has them, above the horizon.
void paintSky(const Scene &scene, cv::Mat &picture, int horizonRow, Random &random)
{
    const cv::Vec3f sky = toVec(scene.sea.sky);
    const cv::Mat ridge = fractalNoise(random, {scene.camera.width, 1}, 6, 1, 4, 0.55);
    for (int row = 0; row < std::min(horizonRow, picture.rows); ++row) {
        const float height = static_cast<float>(horizonRow - row) / static_cast<float>(picture.rows);
        auto *pixel = picture.ptr<cv::Vec3f>(row);
        for (int column = 0; column < picture.cols; ++column) {
            pixel[column] = sky * (1.0F - 0.35F * height);
            const float hill = 0.03F + 0.03F * ridge.at<float>(0, column);
            if (scene.sea.land && height < hill)
                pixel[column] = sky * 0.45F + toVec(scene.sea.deep) * 0.35F;
        }
    }
}

} // namespace

cv::Mat paintSea(const Scene &scene, Random &random)
{
    const CameraLook &camera = scene.camera;
    const SeaPlane plane{scene.sea.horizon * camera.height, (1 - scene.sea.horizon) * camera.height};
    const cv::Mat big = seenSlopes(scene, plane, 0.42 / scene.sea.waveSize, random);
    const cv::Mat small = seenSlopes(scene, plane, 1.9 / scene.sea.waveSize, random);
    const cv::Mat lanes = fractalNoise(random, {camera.width, camera.height}, 2, 7, 3);
    SeaShades shades;
    shades.deep = toVec(scene.sea.deep);
    shades.bright = toVec(scene.sea.bright);
    shades.sun = cv::Vec3f(1.0F, 0.97F, 0.92F) - shades.bright * 0.4F;
    shades.steepness = static_cast<float>(0.75 * scene.sea.roughness);
    shades.lean = static_cast<float>(0.6 * scene.light.fromRight);
    shades.glitter = static_cast<float>(scene.sea.glitter);
    cv::Mat picture(camera.height, camera.width, CV_32FC3);
    const int horizonRow = static_cast<int>(std::ceil(plane.horizonPx));
    paintSky(scene, picture, horizonRow, random);
    const cv::Vec3f haze = toVec(scene.sea.sky) * 0.5F + shades.bright * 0.5F;
    for (int row = std::max(horizonRow, 0); row < camera.height; ++row) {
        // Far waves are finer than a pixel: they blend into haze.
        const float fade = static_cast<float>(1 / std::max(1.0, 0.9 * plane.depth(row)));
        for (int column = 0; column < camera.width; ++column) {
            const cv::Vec3f water = waterColour(shades, big.at<cv::Vec2f>(row, column) * std::sqrt(fade),
                                                small.at<cv::Vec2f>(row, column), lanes.at<float>(row, column), fade);
            const float far = std::max(0.0F, 0.8F - 3 * fade);
            picture.at<cv::Vec3f>(row, column) = water * (1 - far) + haze * far;
        }
    }
    return picture;
}

} // namespace flukeprint::demo
