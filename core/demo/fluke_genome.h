#pragma once

#include <cstdint>
#include <vector>

namespace flukeprint::demo {

/// Fluke coordinates: seen from below with the tail raised, as photographers see it. x runs from -1 (left tip) to 1
/// (right tip), y downwards; the notch is near (0, 0), the tips lie above it (y < 0), the tail stock below (y > 0.35).
struct FlukePoint
{
    double x = 0;
    double y = 0;
};

/// One side; the two sides of a whale are alike, never equal.
struct LobeShape
{
    double tipRise = 0.4; ///< how far the tip lies above the notch
    double trailingPower = 1.0; ///< < 1: rises steeply from the notch, > 1: towards the tip
    double trailingBulge = 0.0; ///< S-shape of the trailing edge, + = towards the tail stock in the inner half
    double tipHook = 0.1; ///< how far the tip is bent back
    double leadingFullness = 0.6; ///< x of the leading edge's inner control point
    double leadingDrop = 0.3; ///< y of that point
};

/// A tooth of the trailing edge, or with negative height a bite out of it.
struct EdgeTooth
{
    double position = 0; ///< -1..1 along the trailing edge
    double halfWidth = 0.02;
    double height = 0.01; ///< + = outwards
};

struct Scar
{
    std::vector<FlukePoint> points;
    double width = 0.004;
    double strength = 1; ///< 0..1
};

struct Barnacle
{
    FlukePoint centre;
    double radius = 0.01;
    bool ring = false; ///< a ring scar rather than a dot
};

/// A patch of the other colour.
struct PigmentPatch
{
    FlukePoint centre;
    double radiusX = 0.1;
    double radiusY = 0.05;
    double angleDeg = 0;
    bool dark = true;
    double strength = 1;
};

/// Everything that makes one synthetic whale recognisable. Nothing of a photo (light, water, pose) is in here.
struct FlukeGenome
{
    std::uint64_t seed = 0;
    int colourType = 3; ///< 1 (white below) .. 5 (black), as in the North Atlantic catalogue
    LobeShape left;
    LobeShape right;
    double notchDepth = 0.08;
    double notchHalfWidth = 0.04;
    std::vector<EdgeTooth> teeth; ///< serration and nicks of the trailing edge
    double centreReach = 0.4; ///< how far the dark centre reaches outwards
    double centreSoftness = 0.2;
    double centreSkew = 0; ///< the dark centre's shift to the right
    double trailingBand = 0.05; ///< mean width of the dark band along the trailing edge
    double leadingBand = 0.03;
    double speckle = 0.5; ///< 0: soft border between dark and light, 1: splattered
    double streak = 0.3; ///< how much the splatter is drawn out along the lobe
    double lightAlbedo = 0.85;
    double darkAlbedo = 0.07;
    std::vector<PigmentPatch> patches;
    std::vector<Scar> scars;
    std::vector<Barnacle> barnacles;
};

/// The whale of a seed: the same for the same seed on every machine of an architecture.
[[nodiscard]] FlukeGenome makeGenome(std::uint64_t seed);

} // namespace flukeprint::demo
