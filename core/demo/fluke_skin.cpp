#include "core/demo/fluke_skin.h"

#include "core/demo/fluke_outline.h"
#include "core/demo/noise_field.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace flukeprint::demo {

namespace {

constexpr int subPixelBits = 4;

cv::Size canvasSize(int pixelsPerUnit)
{
    return {static_cast<int>((FlukeSkin::right - FlukeSkin::left) * pixelsPerUnit),
            static_cast<int>((FlukeSkin::bottom - FlukeSkin::top) * pixelsPerUnit)};
}

std::vector<cv::Point> toCanvas(const std::vector<FlukePoint> &points, int pixelsPerUnit)
{
    std::vector<cv::Point> canvas;
    const double scale = pixelsPerUnit * (1 << subPixelBits);
    for (const FlukePoint &point : points) {
        canvas.emplace_back(static_cast<int>(std::lround((point.x - FlukeSkin::left) * scale)),
                            static_cast<int>(std::lround((point.y - FlukeSkin::top) * scale)));
    }
    return canvas;
}

/// Distance of every pixel to a line, in fluke units.
cv::Mat distanceTo(const std::vector<std::vector<FlukePoint>> &lines, int pixelsPerUnit)
{
    cv::Mat free(canvasSize(pixelsPerUnit), CV_8U, cv::Scalar(255));
    for (const auto &line : lines)
        cv::polylines(free, toCanvas(line, pixelsPerUnit), false, cv::Scalar(0), 1, cv::LINE_8, subPixelBits);
    cv::Mat distance;
    cv::distanceTransform(free, distance, cv::DIST_L2, cv::DIST_MASK_3);
    return distance / pixelsPerUnit;
}

struct PigmentInputs
{
    cv::Mat trailing; // distances
    cv::Mat leading;
    cv::Mat broad; // noise
    cv::Mat band;
};

float patchStrength(const PigmentPatch &patch, float x, float y, float noise)
{
    const float angle = static_cast<float>(patch.angleDeg * std::numbers::pi / 180);
    const float dx = x - static_cast<float>(patch.centre.x);
    const float dy = y - static_cast<float>(patch.centre.y);
    const float along = (dx * std::cos(angle) + dy * std::sin(angle)) / static_cast<float>(patch.radiusX);
    const float across = (dy * std::cos(angle) - dx * std::sin(angle)) / static_cast<float>(patch.radiusY);
    const float distance = std::sqrt(along * along + across * across);
    const float ragged = distance + 0.5F * std::clamp(noise, -1.2F, 1.2F);
    return static_cast<float>(patch.strength) * smoothStep(1.35F, 0.35F, ragged);
}

/// Darkness 0..1 before the splatter. The dark parts grow from the tail stock and from both edges.
float softDarkness(const FlukeGenome &genome, const PigmentInputs &in, int px, int py, float x, float y)
{
    const float broad = in.broad.at<float>(py, px);
    const float soft = static_cast<float>(genome.centreSoftness);
    const float side = x - static_cast<float>(genome.centreSkew);
    const float fromCentre = std::hypot(side, 0.75F * (y - 0.34F));
    const float reach = static_cast<float>(genome.centreReach) + 0.14F * broad;
    float dark = smoothStep(reach + soft, reach - soft, fromCentre);
    const float band = 1 + 0.75F * in.band.at<float>(py, px);
    const float trailing = static_cast<float>(genome.trailingBand) * band + 0.004F;
    dark = std::max(dark, smoothStep(1.7F * trailing, 0.5F * trailing, in.trailing.at<float>(py, px)));
    const float leading = static_cast<float>(genome.leadingBand) * band + 0.002F;
    dark = std::max(dark, smoothStep(1.8F * leading, 0.4F * leading, in.leading.at<float>(py, px)));
    for (const PigmentPatch &patch : genome.patches) {
        const float strength = patchStrength(patch, x, y, broad + 0.5F * in.band.at<float>(py, px));
        dark = patch.dark ? std::max(dark, strength) : dark * (1 - 0.85F * strength);
    }
    return std::max(dark, smoothStep(0.40F, 0.56F, y + 0.05F * broad)); // the tail stock
}

cv::Mat softPigment(const FlukeGenome &genome, const FlukeOutline &outline, int pixelsPerUnit)
{
    Random random(genome.seed, "skin");
    const cv::Size size = canvasSize(pixelsPerUnit);
    PigmentInputs in;
    in.trailing = distanceTo({outline.trailing}, pixelsPerUnit);
    in.leading = distanceTo({outline.leadingLeft, outline.leadingRight}, pixelsPerUnit);
    in.broad = fractalNoise(random, size, 7, 6, 4, 0.6);
    in.band = fractalNoise(random, size, 12, 3, 3, 0.7);
    cv::Mat darkness(size, CV_32F);
    for (int py = 0; py < size.height; ++py) {
        const float y = static_cast<float>(FlukeSkin::top + (py + 0.5) / pixelsPerUnit);
        for (int px = 0; px < size.width; ++px) {
            const float x = static_cast<float>(FlukeSkin::left + (px + 0.5) / pixelsPerUnit);
            darkness.at<float>(py, px) = softDarkness(genome, in, px, py, x, y);
        }
    }
    return darkness;
}

/// Splatter: fine noise, drawn out along the lobes, decides where a soft border becomes dark or light.
cv::Mat albedoFrom(const FlukeGenome &genome, const cv::Mat &softDark)
{
    Random random(genome.seed, "splatter");
    const cv::Size size = softDark.size();
    const int across = 70 + static_cast<int>(90 * (1 - genome.streak));
    const cv::Mat grain = fractalNoise(random, size, across, 130 + static_cast<int>(60 * genome.streak), 3, 0.85);
    const cv::Mat mottle = fractalNoise(random, size, 16, 14, 4, 0.7);
    const float speckle = static_cast<float>(genome.speckle);
    const float light = static_cast<float>(genome.lightAlbedo);
    const float dark = static_cast<float>(genome.darkAlbedo);
    cv::Mat albedo(size, CV_32F);
    for (int y = 0; y < size.height; ++y) {
        const float *soft = softDark.ptr<float>(y);
        const float *fine = grain.ptr<float>(y);
        const float *cloud = mottle.ptr<float>(y);
        float *target = albedo.ptr<float>(y);
        for (int x = 0; x < size.width; ++x) {
            const float splattered =
                smoothStep(0.38F, 0.62F, soft[x] + 0.42F * fine[x] * (0.25F + soft[x] * (1 - soft[x]) * 3));
            const float share = soft[x] + speckle * (splattered - soft[x]);
            const float lit = light * (1 + 0.06F * cloud[x] + 0.03F * fine[x]);
            target[x] = lit + share * (dark * (1 + 0.35F * cloud[x]) - lit);
        }
    }
    return albedo;
}

float albedoAt(const cv::Mat &albedo, FlukePoint point)
{
    const int x = static_cast<int>((point.x - FlukeSkin::left) * FlukeSkin::pixelsPerUnit);
    const int y = static_cast<int>((point.y - FlukeSkin::top) * FlukeSkin::pixelsPerUnit);
    const bool inside = x >= 0 && y >= 0 && x < albedo.cols && y < albedo.rows;
    return inside ? albedo.at<std::uint8_t>(y, x) / 255.0F : 0.0F;
}

/// Scars heal white on dark skin and dark on white skin.
double markTone(float albedo, double strength)
{
    const double target = albedo < 0.35F ? 0.78 : 0.12;
    return 255 * (albedo + strength * (target - albedo));
}

void drawMarks(const FlukeGenome &genome, cv::Mat &albedo)
{
    const cv::Mat unmarked = albedo.clone(); // or a mark would judge its own colour
    constexpr int scale = FlukeSkin::pixelsPerUnit;
    for (const Scar &scar : genome.scars) {
        for (std::size_t i = 0; i + 1 < scar.points.size(); ++i) {
            const double along = static_cast<double>(i) / static_cast<double>(scar.points.size() - 1);
            const double taper = std::sin(std::numbers::pi * (0.08 + 0.84 * along)); // fades towards both ends
            const double tone = markTone(albedoAt(unmarked, scar.points[i]), scar.strength * taper);
            const int width = std::max(1, static_cast<int>(std::lround(scar.width * scale * taper)));
            cv::polylines(albedo, toCanvas({scar.points[i], scar.points[i + 1]}, scale), false, cv::Scalar(tone), width,
                          cv::LINE_AA, subPixelBits);
        }
    }
    for (const Barnacle &barnacle : genome.barnacles) {
        const double tone = markTone(albedoAt(unmarked, barnacle.centre), 0.8);
        const cv::Point centre = toCanvas({barnacle.centre}, scale).front();
        const int radius = static_cast<int>(barnacle.radius * scale * (1 << subPixelBits));
        cv::circle(albedo, centre, radius, cv::Scalar(tone), barnacle.ring ? 2 : cv::FILLED, cv::LINE_AA, subPixelBits);
    }
}

} // namespace

FlukeSkin paintSkin(const FlukeGenome &genome)
{
    constexpr int coarse = FlukeSkin::pixelsPerUnit / 2;
    const FlukeOutline outline = outlineOf(genome);
    const cv::Size size = canvasSize(FlukeSkin::pixelsPerUnit);
    cv::Mat softDark;
    cv::resize(softPigment(genome, outline, coarse), softDark, size, 0, 0, cv::INTER_CUBIC);
    cv::Mat albedo;
    albedoFrom(genome, softDark).convertTo(albedo, CV_8U, 255);
    drawMarks(genome, albedo);
    cv::Mat coverage = cv::Mat::zeros(size, CV_8U);
    const std::vector<std::vector<cv::Point>> polygon{toCanvas(outline.closed, FlukeSkin::pixelsPerUnit)};
    cv::fillPoly(coverage, polygon, cv::Scalar(255), cv::LINE_AA, subPixelBits);
    FlukeSkin skin;
    cv::merge(std::vector<cv::Mat>{albedo, coverage}, skin.levels[0]);
    for (std::size_t level = 1; level < skin.levels.size(); ++level)
        cv::resize(skin.levels[level - 1], skin.levels[level], {}, 0.5, 0.5, cv::INTER_AREA);
    return skin;
}

} // namespace flukeprint::demo
