#include "core/demo/fluke_outline.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace flukeprint::demo {

namespace {

constexpr double stockHalfWidth = 0.1;
constexpr double stockStartY = 0.45;

double smoothTrailing(const FlukeGenome &genome, double position)
{
    const LobeShape &lobe = position < 0 ? genome.left : genome.right;
    const double t = std::abs(position);
    const double rise = -lobe.tipRise * std::pow(t, lobe.trailingPower);
    const double bulge = lobe.trailingBulge * std::sin(2 * std::numbers::pi * t);
    const double hook = -lobe.tipHook * std::pow(std::max(0.0, t - 0.72) / 0.28, 2);
    const double notch = genome.notchDepth * std::exp(-std::pow(t / genome.notchHalfWidth, 2));
    return rise + bulge + hook + notch;
}

/// Teeth are rounded, bites are V-shaped.
double toothShape(const EdgeTooth &tooth, double position)
{
    const double distance = std::abs(position - tooth.position) / tooth.halfWidth;
    if (distance >= 1)
        return 0;
    return tooth.height * (tooth.height > 0 ? 1 - distance * distance : std::pow(1 - distance, 0.8));
}

std::vector<FlukePoint> trailingEdge(const FlukeGenome &genome)
{
    constexpr int steps = 900;
    std::vector<FlukePoint> edge;
    for (int i = 0; i <= steps; ++i) {
        const double position = -1 + 2.0 * i / steps;
        const double fade = std::min(1.0, (1 - std::abs(position)) / 0.02); // both edges meet in the tip
        double outwards = 0;
        for (const EdgeTooth &tooth : genome.teeth)
            outwards += toothShape(tooth, position);
        edge.push_back({position, smoothTrailing(genome, position) - fade * outwards});
    }
    return edge;
}

std::vector<FlukePoint> leadingEdge(const FlukeGenome &genome, double side)
{
    const LobeShape &lobe = side < 0 ? genome.left : genome.right;
    const double tipY = smoothTrailing(genome, side);
    const FlukePoint control[4] = {
        {1, tipY}, {1.06, tipY + 0.2}, {lobe.leadingFullness, lobe.leadingDrop}, {stockHalfWidth, stockStartY}};
    constexpr int steps = 120;
    std::vector<FlukePoint> edge;
    for (int i = 0; i <= steps; ++i) {
        const double t = static_cast<double>(i) / steps;
        const double weight[4] = {std::pow(1 - t, 3), 3 * t * std::pow(1 - t, 2), 3 * t * t * (1 - t), t * t * t};
        FlukePoint point;
        for (int c = 0; c < 4; ++c) {
            point.x += side * weight[c] * control[c].x;
            point.y += weight[c] * control[c].y;
        }
        edge.push_back(point);
    }
    return edge;
}

/// From the fluke's base down, widening towards the body.
std::vector<FlukePoint> tailStock(double side)
{
    std::vector<FlukePoint> edge;
    for (double y = stockStartY + 0.02; y <= 1.0001; y += 0.02) {
        const double t = (y - stockStartY) / (1 - stockStartY);
        edge.push_back(
            {side * (stockHalfWidth - 0.022 * std::sin(std::numbers::pi * std::min(1.0, 2.2 * t)) + 0.1 * t * t), y});
    }
    return edge;
}

} // namespace

FlukeOutline outlineOf(const FlukeGenome &genome)
{
    FlukeOutline outline;
    outline.trailing = trailingEdge(genome);
    outline.leadingLeft = leadingEdge(genome, -1);
    outline.leadingRight = leadingEdge(genome, 1);
    outline.closed = outline.trailing;
    const auto append = [&outline](const std::vector<FlukePoint> &points, bool reversed) {
        if (reversed)
            outline.closed.insert(outline.closed.end(), points.rbegin(), points.rend());
        else
            outline.closed.insert(outline.closed.end(), points.begin(), points.end());
    };
    append(outline.leadingRight, false);
    append(tailStock(1), false);
    append(tailStock(-1), true);
    append(outline.leadingLeft, true);
    return outline;
}

} // namespace flukeprint::demo
