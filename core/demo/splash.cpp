#include "core/demo/splash.h"

#include "core/demo/noise_field.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace flukeprint::demo {

namespace {

cv::Vec3f foamColour(const Scene &scene)
{
    const float level = static_cast<float>(std::clamp(0.93 * scene.light.level, 0.45, 1.0));
    return cv::Vec3f(0.96F, 0.98F, 1.0F) * level;
}

void cover(cv::Vec3f &pixel, const cv::Vec3f &colour, float share)
{
    pixel += (colour - pixel) * share;
}

/// White water where the tail stock cuts the surface: noise, drawn out along the surface, that a bell lets through.
void paintFoam(cv::Mat &picture, const Scene &scene, const FlukePose &pose, const std::vector<float> &waterRows,
               Random &random)
{
    const auto strength = static_cast<float>(scene.splash.foam);
    const auto unit = static_cast<float>(pose.pixelsPerUnit());
    const FlukePoint stock = pose.toPixel({0, scene.pose.waterline});
    const auto centreX = static_cast<float>(stock.x);
    const float spread = unit * (0.3F + 0.6F * strength);
    const float height = unit * (0.025F + 0.06F * strength);
    const int centre = std::clamp(static_cast<int>(stock.x), 0, picture.cols - 1);
    const int level = static_cast<int>(waterRows[static_cast<std::size_t>(centre)]);
    const cv::Rect area =
        cv::Rect(cv::Point(static_cast<int>(centreX - 2.1F * spread), level - static_cast<int>(4 * height)),
                 cv::Point(static_cast<int>(centreX + 2.1F * spread), level + static_cast<int>(8 * height)))
        & cv::Rect({}, picture.size());
    if (area.empty())
        return;
    const cv::Mat coarse = fractalNoise(random, area.size(), 9, 12, 4, 0.8);
    const cv::Mat fine = fractalNoise(random, area.size(), 70, 75, 2, 0.8);
    const cv::Vec3f colour = foamColour(scene);
    for (int row = 0; row < area.height; ++row) {
        for (int column = 0; column < area.width; ++column) {
            const int px = area.x + column;
            const float across = (static_cast<float>(px) - centreX) / spread;
            const float below = static_cast<float>(area.y + row) - waterRows[static_cast<std::size_t>(px)];
            const float along = below / (below < 0 ? height : 3.2F * height);
            const float bell = std::exp(-across * across - along * along);
            const float noise = 0.62F * coarse.at<float>(row, column) + 0.3F * fine.at<float>(row, column);
            const float dense = bell * (0.8F + 0.5F * strength) + 0.75F * noise * (0.15F + bell) - 0.32F;
            const float share = 0.92F * smoothStep(0.05F, 0.75F, dense);
            if (share > 0)
                cover(picture.at<cv::Vec3f>(area.y + row, px), colour * (0.86F + 0.14F * noise), share);
        }
    }
}

void paintDrop(cv::Mat &picture, double x, double y, double radius, const cv::Vec3f &colour, float share)
{
    const int reach = static_cast<int>(std::ceil(radius)) + 1;
    const int centreX = static_cast<int>(std::floor(x));
    const int centreY = static_cast<int>(std::floor(y));
    for (int row = std::max(0, centreY - reach); row <= std::min(picture.rows - 1, centreY + reach); ++row) {
        for (int column = std::max(0, centreX - reach); column <= std::min(picture.cols - 1, centreX + reach);
             ++column) {
            const double distance = std::hypot(column + 0.5 - x, row + 0.5 - y);
            const float inside = static_cast<float>(std::clamp(radius + 0.5 - distance, 0.0, 1.0));
            if (inside > 0)
                cover(picture.at<cv::Vec3f>(row, column), colour, inside * share);
        }
    }
}

void paintDrops(cv::Mat &picture, const Scene &scene, const FlukePose &pose, Random &random)
{
    const cv::Vec3f colour = foamColour(scene);
    const double unit = pose.pixelsPerUnit();
    const FlukePoint stock = pose.toPixel({0, scene.pose.waterline});
    const int count = static_cast<int>(600 * scene.splash.foam * scene.splash.foam);
    for (int i = 0; i < count; ++i) {
        const double x = stock.x + 0.4 * unit * random.normal();
        const double y = stock.y - 0.12 * unit * std::abs(random.normal()) + 0.03 * unit;
        paintDrop(picture, x, y, random.uniform(0.3, 1.7), colour, static_cast<float>(random.uniform(0.3, 0.95)));
    }
}

/// Streams from a few places of the trailing edge that break into drops on the way down.
void paintDrips(cv::Mat &picture, const Scene &scene, const FlukePose &pose, const FlukeOutline &outline,
                Random &random)
{
    const cv::Vec3f colour = foamColour(scene);
    const int streams = static_cast<int>(22 * scene.splash.drips);
    for (int stream = 0; stream < streams; ++stream) {
        // Mostly off the lobes' ends, where the water of the whole edge gathers.
        const double side = random.uniform() < 0.5 ? -1 : 1;
        const double position = side * (1 - std::abs(0.22 * random.normal()));
        const auto index = static_cast<std::size_t>(std::clamp((position + 1) / 2, 0.0, 1.0)
                                                    * static_cast<double>(outline.trailing.size() - 1));
        const FlukePoint start = pose.toPixel(outline.trailing[index]);
        const double length = pose.pixelsPerUnit() * random.uniform(0.1, 0.45);
        double x = start.x + random.uniform(-2, 2);
        for (double y = 0; y < length; y += random.uniform(1.0, 4.5)) {
            x += 0.25 * random.normal();
            const float share = static_cast<float>((1 - y / length) * random.uniform(0.25, 0.9));
            paintDrop(picture, x, start.y + y, random.uniform(0.3, 1.2), colour, share);
        }
    }
}

void paintVeil(cv::Mat &picture, const Scene &scene, const FlukePose &pose, Random &random)
{
    const double side = random.uniform() < 0.5 ? -1 : 1;
    const FlukePoint centre = pose.toPixel({side * random.uniform(0.1, 0.7), random.uniform(0.05, 0.35)});
    const float radius = static_cast<float>(pose.pixelsPerUnit() * (0.15 + 1.1 * scene.splash.veil));
    const cv::Mat noise = fractalNoise(random, picture.size(), 10, 9, 5, 0.8);
    const cv::Vec3f colour = foamColour(scene);
    const auto x0 = static_cast<float>(centre.x);
    const auto y0 = static_cast<float>(centre.y);
    const int first = std::max(0, static_cast<int>(y0 - 2.2F * radius));
    const int last = std::min(picture.rows - 1, static_cast<int>(y0 + 2.2F * radius));
    for (int row = first; row <= last; ++row) {
        for (int column = std::max(0, static_cast<int>(x0 - 2 * radius));
             column <= std::min(picture.cols - 1, static_cast<int>(x0 + 2 * radius)); ++column) {
            const float dx = (static_cast<float>(column) - x0) / radius;
            const float dy = (static_cast<float>(row) - y0) / (1.3F * radius);
            const float bell = std::exp(-(dx * dx + dy * dy));
            const float dense = bell * 0.9F + 0.5F * noise.at<float>(row, column) * std::sqrt(bell);
            const float share = 0.8F * smoothStep(0.05F, 1.25F, dense);
            if (share > 0)
                cover(picture.at<cv::Vec3f>(row, column), colour, share);
        }
    }
}

} // namespace

void paintSplash(cv::Mat &picture, const Scene &scene, const FlukePose &pose, const FlukeOutline &outline,
                 const std::vector<float> &waterRows, Random &random)
{
    paintFoam(picture, scene, pose, waterRows, random);
    paintDrops(picture, scene, pose, random);
    if (scene.splash.drips > 0)
        paintDrips(picture, scene, pose, outline, random);
    if (scene.splash.veil > 0)
        paintVeil(picture, scene, pose, random);
}

} // namespace flukeprint::demo
