#include "core/demo/scene.h"

#include <algorithm>
#include <cmath>

namespace flukeprint::demo {

namespace {

struct SeaColours
{
    Rgb deep;
    Rgb bright;
    Rgb sky;
};

/// Read off photos of the North Atlantic: overcast, blue day, green coast, dawn, silver, dark.
constexpr SeaColours seaColours[] = {
    {{0.27F, 0.31F, 0.33F}, {0.62F, 0.66F, 0.68F}, {0.84F, 0.86F, 0.88F}},
    {{0.10F, 0.22F, 0.42F}, {0.42F, 0.60F, 0.80F}, {0.62F, 0.78F, 0.93F}},
    {{0.16F, 0.26F, 0.25F}, {0.50F, 0.60F, 0.58F}, {0.82F, 0.86F, 0.86F}},
    {{0.20F, 0.22F, 0.30F}, {0.66F, 0.60F, 0.58F}, {0.90F, 0.80F, 0.72F}},
    {{0.42F, 0.45F, 0.47F}, {0.82F, 0.84F, 0.85F}, {0.92F, 0.93F, 0.94F}},
    {{0.05F, 0.09F, 0.14F}, {0.28F, 0.36F, 0.44F}, {0.60F, 0.68F, 0.76F}},
};

Rgb mixed(const Rgb &a, const Rgb &b, double share)
{
    Rgb result{};
    for (std::size_t c = 0; c < 3; ++c)
        result[c] = static_cast<float>(a[c] + share * (b[c] - a[c]));
    return result;
}

void drawSea(SeaLook &sea, Random &random)
{
    constexpr std::size_t kinds = std::size(seaColours);
    const SeaColours &first = seaColours[random.below(kinds)];
    const SeaColours &second = seaColours[random.below(kinds)];
    const double share = random.uniform(0, 0.45);
    sea.deep = mixed(first.deep, second.deep, share);
    sea.bright = mixed(first.bright, second.bright, share);
    sea.sky = mixed(first.sky, second.sky, share);
    sea.roughness = random.uniform(0.35, 1.3);
    sea.waveSize = random.uniform(0.6, 1.8);
    sea.windDeg = random.uniform(-35, 35);
    sea.horizon = random.uniform(-1.6, -0.25);
    if (random.uniform() < 0.22) {
        sea.horizon = random.uniform(0.03, 0.28);
        sea.land = random.uniform() < 0.5;
    }
    sea.glitter = random.uniform() < 0.35 ? random.uniform(0.2, 1.0) : random.uniform(0, 0.15);
}

void drawLight(Light &light, Random &random)
{
    light.level = random.uniform(0.72, 1.12);
    light.ambient = random.uniform(0.4, 0.85);
    light.fromRight = random.uniform(-1, 1);
    light.fromAbove = random.uniform(0.1, 1);
    light.warmth = random.uniform(-0.6, 0.8);
    light.gloss = random.uniform(0.02, 0.13);
    light.contrast = random.uniform(0.85, 1.2);
    if (random.uniform() < 0.12) { // against the light
        light.level = random.uniform(0.4, 0.6);
        light.gloss = random.uniform(0.06, 0.12);
    }
}

} // namespace

Scene drawEncounter(Random &random)
{
    static constexpr int sizes[][2] = {{1050, 700}, {1050, 700}, {1050, 700}, {1050, 591}, {1050, 788}, {900, 600}};
    Scene scene;
    drawSea(scene.sea, random);
    drawLight(scene.light, random);
    const auto &size = sizes[random.below(std::size(sizes))];
    scene.camera.width = size[0];
    scene.camera.height = size[1];
    scene.camera.noise = random.uniform(0.004, 0.028);
    scene.camera.saturation = random.uniform() < 0.08 ? 0 : random.uniform(0.75, 1.15);
    return scene;
}

Scene drawPhoto(const Scene &encounter, Random &random)
{
    Scene scene = encounter;
    scene.seed = random.next();
    Pose &pose = scene.pose;
    pose.yaw = std::clamp(15 * random.normal(), -42.0, 42.0);
    pose.pitch = std::clamp(14 + 16 * random.normal(), -15.0, 58.0);
    pose.roll = std::clamp(6 * random.normal(), -22.0, 22.0);
    pose.curl = random.uniform(-0.06, 0.18);
    pose.droop = random.uniform(-0.1, 0.12);
    pose.span = std::clamp(0.7 + 0.16 * random.normal(), 0.26, 0.98);
    pose.centreX = 0.5 + (1.02 - pose.span) * random.uniform(-0.5, 0.5);
    pose.centreY = random.uniform(0.38, 0.56);
    pose.waterline = random.uniform(0.34, 0.7);
    scene.sea.windDeg += random.uniform(-8, 8);
    scene.light.level *= random.uniform(0.92, 1.08);
    scene.splash.foam = random.uniform(0.1, 0.9);
    scene.splash.drips = random.uniform() < 0.4 ? random.uniform(0.1, 0.8) : 0;
    scene.splash.veil = random.uniform() < 0.14 ? random.uniform(0.05, 0.32) : 0;
    scene.camera.blurPx = random.uniform() < 0.15 ? random.uniform(1.2, 2.8) : random.uniform(0.25, 0.9);
    scene.camera.motionPx = random.uniform() < 0.1 ? random.uniform(2, 7) : 0;
    scene.camera.jpegQuality = 62 + static_cast<int>(random.below(34));
    return scene;
}

} // namespace flukeprint::demo
