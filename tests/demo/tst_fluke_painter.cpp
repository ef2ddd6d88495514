#include "core/base/random.h"
#include "core/demo/fluke_outline.h"
#include "core/demo/fluke_painter.h"
#include "core/demo/fluke_pose.h"
#include "core/imaging/chip.h"

#include <QTest>

#include <array>
#include <cmath>
#include <set>
#include <vector>

using namespace flukeprint;
using namespace flukeprint::demo;

namespace {

/// Square on, in plain light, on a calm sea: what differs is the whale.
Scene plainScene()
{
    Scene scene;
    scene.seed = 5;
    scene.splash = {0, 0, 0};
    scene.camera.noise = 0;
    scene.pose.waterline = 0.6;
    return scene;
}

std::vector<std::uint8_t> flukeOf(const PaintedPhoto &photo)
{
    return *imaging::extractChip(photo.image, photo.box, {128, 64, 1});
}

double meanDifference(const std::vector<std::uint8_t> &a, const std::vector<std::uint8_t> &b)
{
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += std::abs(int(a[i]) - int(b[i]));
    return sum / double(a.size());
}

} // namespace

class TestFlukePainter : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void genomesAreReproducibleAndVaried();
    void outlineIsClosedAndSane();
    void poseInvertsItself();
    void sameSceneSamePicture();
    void whalesDifferInTheirPattern();
    void backgroundDoesNotBetrayTheWhale();
};

void TestFlukePainter::genomesAreReproducibleAndVaried()
{
    std::set<int> colourTypes;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const FlukeGenome genome = makeGenome(seed);
        const FlukeGenome again = makeGenome(seed);
        QCOMPARE(genome.teeth.size(), again.teeth.size());
        QCOMPARE(genome.left.tipRise, again.left.tipRise);
        QCOMPARE(genome.scars.size(), again.scars.size());
        QVERIFY(genome.teeth.size() > 20);
        colourTypes.insert(genome.colourType);
    }
    QCOMPARE(colourTypes, (std::set<int>{1, 2, 3, 4, 5}));
}

void TestFlukePainter::outlineIsClosedAndSane()
{
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        const FlukeOutline outline = outlineOf(makeGenome(seed));
        QCOMPARE(outline.trailing.front().x, -1.0);
        QCOMPARE(outline.trailing.back().x, 1.0);
        for (const FlukePoint &point : outline.closed)
            QVERIFY(std::isfinite(point.y) && std::abs(point.x) < 1.15 && point.y > -0.8 && point.y <= 1.001);
        // The lobes have flesh: the leading edge stays below the trailing edge.
        for (const auto *edge : {&outline.leadingLeft, &outline.leadingRight}) {
            const FlukePoint &middle = (*edge)[edge->size() / 2];
            const auto index = static_cast<std::size_t>((middle.x + 1) / 2 * double(outline.trailing.size() - 1));
            QVERIFY(middle.y > outline.trailing[index].y + 0.05);
        }
    }
}

void TestFlukePainter::poseInvertsItself()
{
    Random random(3);
    for (int round = 0; round < 50; ++round) {
        Scene scene = drawPhoto(drawEncounter(random), random);
        const FlukePose pose(scene.pose, scene.light, 1050, 700);
        for (const FlukePoint &point : {FlukePoint{0, 0}, {-0.9, -0.3}, {0.7, 0.1}, {0.1, 0.4}}) {
            const FlukePoint pixel = pose.toPixel(point);
            const SkinPlace back = pose.fromPixel(static_cast<float>(pixel.x), static_cast<float>(pixel.y));
            QVERIFY(std::abs(back.x - point.x) < 0.004);
            QVERIFY(std::abs(back.y - point.y) < 0.004);
        }
    }
}

void TestFlukePainter::sameSceneSamePicture()
{
    Random random(8);
    const Scene scene = drawPhoto(drawEncounter(random), random);
    const FlukePainter painter(makeGenome(42));
    const PaintedPhoto first = painter.paint(scene);
    QCOMPARE(first.image.width, scene.camera.width);
    QVERIFY(first.image.pixels == painter.paint(scene).image.pixels);
    QVERIFY(first.image.pixels == FlukePainter(makeGenome(42)).paint(scene).image.pixels);
}

void TestFlukePainter::whalesDifferInTheirPattern()
{
    // In the same light and pose, two whales of one colour type are further apart than one whale in two poses.
    std::vector<FlukeGenome> sameType;
    for (std::uint64_t seed = 1; sameType.size() < 6; ++seed) {
        if (FlukeGenome genome = makeGenome(seed); genome.colourType == 3)
            sameType.push_back(genome);
    }
    Scene turned = plainScene();
    turned.pose.yaw = 6;
    turned.pose.roll = 2;
    double between = 0;
    double within = 0;
    std::vector<std::uint8_t> previous;
    for (const FlukeGenome &genome : sameType) {
        const FlukePainter painter(genome);
        const auto chip = flukeOf(painter.paint(plainScene()));
        within += meanDifference(chip, flukeOf(painter.paint(turned)));
        if (!previous.empty())
            between += meanDifference(chip, previous);
        previous = chip;
    }
    QVERIFY2(between / 5 > 1.3 * within / 6, qPrintable(QStringLiteral("%1 %2").arg(between / 5).arg(within / 6)));
}

void TestFlukePainter::backgroundDoesNotBetrayTheWhale()
{
    // The mean colour of photos differs within whales as much as between them.
    std::vector<std::array<double, 4>> means; // four photos of each of eight whales
    Random random(21);
    for (std::uint64_t whale = 0; whale < 8; ++whale) {
        const FlukePainter painter(makeGenome(100 + whale));
        std::array<double, 4> ofWhale{};
        for (double &mean : ofWhale) {
            const PaintedPhoto photo = painter.paint(drawPhoto(drawEncounter(random), random));
            for (const std::uint8_t value : photo.image.pixels)
                mean += value;
            mean /= double(photo.image.pixels.size());
        }
        means.push_back(ofWhale);
    }
    double total = 0, totalSquares = 0, withinSquares = 0;
    for (const auto &ofWhale : means) {
        const double centre = (ofWhale[0] + ofWhale[1] + ofWhale[2] + ofWhale[3]) / 4;
        for (const double mean : ofWhale) {
            total += mean;
            totalSquares += mean * mean;
            withinSquares += (mean - centre) * (mean - centre);
        }
    }
    const double overall = totalSquares - total * total / 32;
    QVERIFY2(withinSquares / overall > 0.55, qPrintable(QString::number(withinSquares / overall)));
}

QTEST_GUILESS_MAIN(TestFlukePainter)
#include "tst_fluke_painter.moc"
