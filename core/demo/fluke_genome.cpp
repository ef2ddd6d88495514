#include "core/demo/fluke_genome.h"

#include "core/base/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace flukeprint::demo {

namespace {

LobeShape averageLobe(Random &random)
{
    LobeShape lobe;
    lobe.tipRise = random.uniform(0.10, 0.36);
    lobe.trailingPower = random.uniform(0.68, 1.12);
    lobe.trailingBulge = random.uniform(-0.055, 0.03);
    lobe.tipHook = random.uniform(0.02, 0.16);
    lobe.leadingFullness = random.uniform(0.5, 0.78);
    lobe.leadingDrop = random.uniform(0.32, 0.52);
    return lobe;
}

LobeShape varied(const LobeShape &base, Random &random)
{
    LobeShape lobe = base;
    lobe.tipRise += 0.012 * random.normal();
    lobe.trailingPower += 0.04 * random.normal();
    lobe.trailingBulge += 0.008 * random.normal();
    lobe.tipHook = std::max(0.0, lobe.tipHook + 0.012 * random.normal());
    lobe.leadingFullness += 0.012 * random.normal();
    lobe.leadingDrop += 0.008 * random.normal();
    return lobe;
}

/// Serration: teeth of irregular spacing whose size differs from whale to whale and along the edge.
void growTeeth(FlukeGenome &genome, Random &random)
{
    const double size = random.uniform(0.004, 0.015);
    const double spacing = random.uniform(0.022, 0.055);
    double regional = 1;
    for (double position = -0.97; position < 0.97;) {
        regional = std::clamp(regional + 0.35 * random.normal(), 0.25, 1.9);
        EdgeTooth tooth;
        tooth.position = position;
        tooth.halfWidth = spacing * random.uniform(0.45, 1.0);
        tooth.height = size * regional * random.uniform(0.3, 1.3);
        genome.teeth.push_back(tooth);
        position += spacing * random.uniform(0.55, 1.6);
    }
    const int nicks = static_cast<int>(random.below(6));
    for (int i = 0; i < nicks; ++i) {
        EdgeTooth nick;
        nick.position = random.uniform(-0.95, 0.95);
        nick.halfWidth = random.uniform(0.008, 0.035);
        nick.height = -random.uniform(0.012, 0.055);
        genome.teeth.push_back(nick);
    }
    if (random.uniform() < 0.12) { // a tip bitten or torn off
        const double side = random.uniform() < 0.5 ? -1 : 1;
        genome.teeth.push_back(
            {side * random.uniform(0.88, 0.97), random.uniform(0.03, 0.08), -random.uniform(0.05, 0.12)});
    }
}

int drawColourType(Random &random)
{
    const double draw = random.uniform();
    if (draw < 0.16)
        return 1;
    if (draw < 0.40)
        return 2;
    if (draw < 0.66)
        return 3;
    return draw < 0.86 ? 4 : 5;
}

void choosePigment(FlukeGenome &genome, Random &random)
{
    static constexpr double reach[] = {0.06, 0.22, 0.42, 0.66, 1.3};
    genome.colourType = drawColourType(random);
    genome.centreReach = reach[genome.colourType - 1] + random.uniform(-0.08, 0.1);
    genome.centreSoftness = random.uniform(0.06, 0.34);
    genome.centreSkew = 0.05 * random.normal();
    genome.trailingBand = random.uniform(0.012, genome.colourType >= 3 ? 0.14 : 0.075);
    genome.leadingBand = random.uniform(0.004, genome.colourType >= 3 ? 0.10 : 0.045);
    genome.speckle = random.uniform(0.25, 1.0);
    genome.streak = random.uniform(0.0, 1.0);
    genome.lightAlbedo = random.uniform(0.68, 0.92);
    genome.darkAlbedo = random.uniform(0.045, 0.11);
    if (genome.colourType == 5)
        genome.lightAlbedo = random.uniform(0.3, 0.7);
}

/// A place on the lobes, away from the outline.
FlukePoint placeOnLobe(Random &random)
{
    const double x = random.uniform(0.08, 0.85);
    const double side = random.uniform() < 0.5 ? -1 : 1;
    const double upper = 0.05 - 0.25 * x;
    const double lower = 0.37 - 0.3 * x;
    return {side * x, random.uniform(upper, lower)};
}

void addPatches(FlukeGenome &genome, Random &random)
{
    const int count = static_cast<int>(random.below(6)) + (genome.colourType == 5 ? 2 : 0);
    for (int i = 0; i < count; ++i) {
        PigmentPatch patch;
        patch.centre = placeOnLobe(random);
        patch.radiusX = random.uniform(0.05, 0.22);
        patch.radiusY = patch.radiusX * random.uniform(0.35, 0.9);
        patch.angleDeg = random.uniform(-60, 60);
        patch.dark = genome.colourType < 4 ? random.uniform() < 0.75 : random.uniform() < 0.2;
        patch.strength = random.uniform(0.5, 1.0);
        genome.patches.push_back(patch);
    }
}

Scar singleScar(Random &random)
{
    Scar scar;
    FlukePoint point = placeOnLobe(random);
    double direction = random.uniform(0, 2 * std::numbers::pi);
    const double turn = 0.12 * random.normal();
    const double length = random.uniform(0.04, 0.28);
    constexpr int steps = 14;
    for (int i = 0; i <= steps; ++i) {
        scar.points.push_back(point);
        point.x += length / steps * std::cos(direction);
        point.y += length / steps * std::sin(direction);
        direction += turn + 0.06 * random.normal();
    }
    scar.width = random.uniform(0.0025, 0.008);
    scar.strength = random.uniform(0.45, 1.0);
    return scar;
}

void addScars(FlukeGenome &genome, Random &random)
{
    const int singles = 2 + static_cast<int>(random.below(9));
    for (int i = 0; i < singles; ++i)
        genome.scars.push_back(singleScar(random));
    if (random.uniform() > 0.4)
        return;
    // Rake marks: the parallel lines that a killer whale's teeth leave.
    const Scar first = singleScar(random);
    const int lines = 3 + static_cast<int>(random.below(4));
    const double gap = random.uniform(0.015, 0.03);
    const FlukePoint from = first.points.front();
    const FlukePoint to = first.points.back();
    const double length = std::max(std::hypot(to.x - from.x, to.y - from.y), 1e-6);
    for (int line = 0; line < lines; ++line) {
        Scar scar = first;
        for (FlukePoint &point : scar.points) {
            point.x += -(to.y - from.y) / length * gap * line + 0.0015 * random.normal();
            point.y += (to.x - from.x) / length * gap * line + 0.0015 * random.normal();
        }
        scar.strength = random.uniform(0.5, 1.0);
        genome.scars.push_back(scar);
    }
}

void addBarnacles(FlukeGenome &genome, Random &random)
{
    const int scattered = static_cast<int>(random.below(14));
    for (int i = 0; i < scattered; ++i)
        genome.barnacles.push_back({placeOnLobe(random), random.uniform(0.003, 0.011), random.uniform() < 0.55});
    const int clusters = static_cast<int>(random.below(3));
    for (int cluster = 0; cluster < clusters; ++cluster) {
        const FlukePoint centre = placeOnLobe(random);
        const int count = 4 + static_cast<int>(random.below(12));
        for (int i = 0; i < count; ++i) {
            const FlukePoint place{centre.x + 0.05 * random.normal(), centre.y + 0.03 * random.normal()};
            genome.barnacles.push_back({place, random.uniform(0.002, 0.008), random.uniform() < 0.4});
        }
    }
}

/// Whales that look alike at first sight: of about the same outline and the same white, told apart by edge, patches and scars. Most of any
/// real catalogue has such doubles, and a catalogue without them would let a glance at the colour suffice.
constexpr std::uint64_t lookalikeGroups = 7;
constexpr double shareOfLookalikes = 0.8;

/// What a whale shares with those it looks like; its own seed where it looks like nobody.
std::uint64_t seedOfLooks(std::uint64_t seed)
{
    Random random(seed, "looks");
    const bool alike = random.uniform() < shareOfLookalikes;
    return alike ? random.below(lookalikeGroups) : seed;
}

void chooseOutline(FlukeGenome &genome, Random &looks, Random &own)
{
    const LobeShape base = varied(averageLobe(looks), own);
    genome.left = varied(base, own);
    genome.right = varied(base, own);
    genome.notchDepth = looks.uniform(0.05, 0.16) + 0.008 * own.normal();
    genome.notchHalfWidth = looks.uniform(0.02, 0.075) + 0.004 * own.normal();
}

/// The pigment of lookalikes is never quite the same.
void varyPigment(FlukeGenome &genome, Random &own)
{
    genome.centreReach += 0.03 * own.normal();
    genome.centreSoftness = std::max(0.03, genome.centreSoftness + 0.03 * own.normal());
    genome.centreSkew += 0.02 * own.normal();
    genome.trailingBand = std::max(0.005, genome.trailingBand + 0.008 * own.normal());
    genome.leadingBand = std::max(0.002, genome.leadingBand + 0.005 * own.normal());
}

} // namespace

FlukeGenome makeGenome(std::uint64_t seed)
{
    FlukeGenome genome;
    genome.seed = seed;
    const std::uint64_t looks = seedOfLooks(seed);
    Random sharedShape(looks, "shape");
    Random shape(seed, "own shape");
    chooseOutline(genome, sharedShape, shape);
    growTeeth(genome, shape);
    Random sharedPigment(looks, "pigment");
    choosePigment(genome, sharedPigment);
    Random pigment(seed, "own pigment");
    varyPigment(genome, pigment);
    addPatches(genome, pigment);
    Random marks(seed, "marks");
    addScars(genome, marks);
    addBarnacles(genome, marks);
    return genome;
}

} // namespace flukeprint::demo
