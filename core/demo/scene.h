#pragma once

#include "core/base/random.h"

#include <array>
#include <cstdint>

namespace flukeprint::demo {

using Rgb = std::array<float, 3>; ///< 0..1

/// How the tail is turned and where it is in the frame. Angles in degrees.
struct Pose
{
    double yaw = 0; ///< about the vertical, + = the right lobe comes nearer
    double pitch = 0; ///< 0: seen square on, + = leans away
    double roll = 0; ///< in the picture plane, clockwise
    double curl = 0.05; ///< bend of the lobes towards the viewer
    double droop = 0; ///< sag of the tips in the picture
    double span = 0.8; ///< tip to tip, share of the frame's width
    double centreX = 0.5; ///< of the notch, share of the frame
    double centreY = 0.45;
    double waterline = 0.45; ///< where the sea begins, in fluke coordinates along the tail stock
};

struct SeaLook
{
    Rgb deep{0.08F, 0.16F, 0.22F};
    Rgb bright{0.45F, 0.55F, 0.62F};
    Rgb sky{0.75F, 0.82F, 0.88F};
    double roughness = 0.8; ///< 0.2 calm .. 1.6
    double waveSize = 1;
    double windDeg = 0;
    double horizon = -0.6; ///< row share; negative: above the frame
    bool land = false; ///< hills along the horizon
    double glitter = 0.2;
};

struct Light
{
    double level = 1;
    double ambient = 0.55; ///< share of light from all sides
    double fromRight = 0; ///< -1..1: where the sun stands
    double fromAbove = 0.6;
    double warmth = 0; ///< -1 cool .. 1 warm
    double gloss = 0.06; ///< sky mirrored by wet skin
    double contrast = 1;
};

struct Splash
{
    double foam = 0.5; ///< around the tail stock
    double veil = 0; ///< water thrown over the fluke, share of occlusion 0..0.4
    double drips = 0.3; ///< streams running off the edge
};

struct CameraLook
{
    int width = 1050;
    int height = 700;
    double blurPx = 0.5;
    double motionPx = 0;
    double noise = 0.01; ///< standard deviation, 0..1 scale
    double saturation = 1; ///< 0: black-and-white film
    int jpegQuality = 88;
};

/// Everything of a photo that is not the whale.
struct Scene
{
    std::uint64_t seed = 0;
    Pose pose;
    SeaLook sea;
    Light light;
    Splash splash;
    CameraLook camera;
};

/// What the photos of one encounter share: sea, light and camera.
[[nodiscard]] Scene drawEncounter(Random &random);
/// One photo of an encounter: its own pose, splash and sharpness, and small changes of the rest.
[[nodiscard]] Scene drawPhoto(const Scene &encounter, Random &random);

} // namespace flukeprint::demo
