#include "core/imaging/chip.h"
#include "core/imaging/decode.h"
#include "tests/imaging/test_files.h"

#include <QTest>

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

using namespace flukeprint;
using namespace flukeprint::imaging;
using chips::ChipShape;

namespace {

Image fromFunction(int width, int height, const std::function<int(double x, double y)> &value)
{
    Image image(width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < 3; ++c)
                image.row(y)[3 * x + c] = static_cast<std::uint8_t>(value(x + 0.5, y + 0.5));
        }
    }
    return image;
}

int at(const std::vector<std::uint8_t> &chip, const ChipShape &shape, std::uint32_t x, std::uint32_t y)
{
    return chip[(std::size_t{y} * shape.widthPx + x) * shape.channels];
}

} // namespace

class TestChip : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void wholeFrameOfTheSameSizeIsACopy();
    void shrinkingAverages();
    void fractionalBoxesAreExact();
    void growingInterpolates();
    void turnedBoxFollowsTheAnimal_data();
    void turnedBoxFollowsTheAnimal();
    void fineStripesDoNotAlias();
    void boxesOverTheEdgeRepeatIt();
    void greyChips();
    void impossibleRequests();
    void thumbnails();
    void chipsOfReducedDecodingMatchThoseOfTheFullPhoto();
};

void TestChip::wholeFrameOfTheSameSizeIsACopy()
{
    const Image image = testfiles::gradient(64, 32);
    const auto chip = extractChip(image, Box::wholeFrame(64, 32), {64, 32, 3});
    QVERIFY(chip);
    QVERIFY(*chip == image.pixels);
}

void TestChip::shrinkingAverages()
{
    const Image image = fromFunction(400, 200, [](double x, double y) { return (int(x) + int(y)) % 2 != 0 ? 255 : 0; });
    const ChipShape shape{40, 20, 3};
    const auto chip = extractChip(image, Box::wholeFrame(400, 200), shape);
    QVERIFY(chip);
    for (const std::uint8_t value : *chip)
        QVERIFY(std::abs(int(value) - 128) <= 1);
}

void TestChip::fractionalBoxesAreExact()
{
    // A ramp: the mean over a chip pixel is the ramp's value at its centre, wherever the box begins.
    const Image image = fromFunction(300, 100, [](double x, double) { return int(x * 0.5); });
    const Box box{150.3, 50.2, 201.7, 60.4, 0};
    const ChipShape shape{50, 20, 3};
    const auto chip = extractChip(image, box, shape);
    QVERIFY(chip);
    for (std::uint32_t x = 0; x < shape.widthPx; ++x) {
        const double expected = 0.5 * (box.centreX - box.width / 2 + (x + 0.5) * box.width / 50) - 0.25;
        QVERIFY(std::abs(at(*chip, shape, x, 10) - expected) < 1.0);
    }
}

void TestChip::growingInterpolates()
{
    const Image image = fromFunction(20, 10, [](double x, double) { return int(10 * x); });
    const ChipShape shape{160, 80, 3};
    const auto chip = extractChip(image, Box::wholeFrame(20, 10), shape);
    QVERIFY(chip);
    for (std::uint32_t x = 17; x < 143; ++x)
        QVERIFY(std::abs(at(*chip, shape, x, 40) - 10 * (x + 0.5) / 8) < 1.5);
}

void TestChip::turnedBoxFollowsTheAnimal_data()
{
    QTest::addColumn<double>("angle");
    QTest::addColumn<double>("size");
    for (const double angle : {-90.0, -37.0, 12.0, 45.0, 180.0}) {
        for (const double size : {60.0, 200.0, 700.0})
            QTest::addRow("%.0f degrees, %.0f px", angle, size) << angle << size;
    }
}

void TestChip::turnedBoxFollowsTheAnimal()
{
    QFETCH(double, angle);
    QFETCH(double, size);
    // A bright right half and a dark left half, in the box's own axes.
    const Box box{500, 500, size, size / 2, angle};
    const double radians = angle * std::numbers::pi / 180;
    const Image image = fromFunction(1000, 1000, [&](double x, double y) {
        const double along = (x - 500) * std::cos(radians) + (y - 500) * std::sin(radians);
        const double across = (y - 500) * std::cos(radians) - (x - 500) * std::sin(radians);
        return (along > 0 ? 150 : 50) + (across > 0 ? 40 : 0);
    });
    const ChipShape shape{128, 64, 3};
    const auto chip = extractChip(image, box, shape);
    QVERIFY(chip);
    QVERIFY(std::abs(at(*chip, shape, 20, 10) - 50) <= 1);
    QVERIFY(std::abs(at(*chip, shape, 108, 10) - 150) <= 1);
    QVERIFY(std::abs(at(*chip, shape, 20, 54) - 90) <= 1);
    QVERIFY(std::abs(at(*chip, shape, 108, 54) - 190) <= 1);
}

void TestChip::fineStripesDoNotAlias()
{
    const Image image = fromFunction(1200, 600, [](double x, double) { return int(x) % 2 != 0 ? 255 : 0; });
    const ChipShape shape{100, 50, 3};
    const auto chip = extractChip(image, {600, 300, 900, 450, 7}, shape);
    QVERIFY(chip);
    for (std::uint32_t y = 5; y < 45; ++y) {
        for (std::uint32_t x = 5; x < 95; ++x)
            QVERIFY(std::abs(at(*chip, shape, x, y) - 128) < 12);
    }
}

void TestChip::boxesOverTheEdgeRepeatIt()
{
    const Image image = fromFunction(100, 100, [](double x, double) { return x < 50 ? 30 : 220; });
    const ChipShape shape{60, 30, 3};
    for (const double angle : {0.0, 180.0}) {
        const auto chip = extractChip(image, {100, 50, 120, 60, angle}, shape);
        QVERIFY(chip);
        QCOMPARE(at(*chip, shape, angle == 0 ? 58 : 1, 15), 220); // beyond the right edge
    }
}

void TestChip::greyChips()
{
    Image image(40, 20);
    for (std::size_t i = 0; i < image.pixels.size(); i += 3)
        image.pixels[i] = 200; // red
    const auto chip = extractChip(image, Box::wholeFrame(40, 20), {20, 10, 1});
    QVERIFY(chip);
    QCOMPARE(chip->size(), std::size_t{200});
    QVERIFY(std::abs(int(chip->front()) - int(0.299 * 200)) <= 1);
}

void TestChip::impossibleRequests()
{
    const Image image = testfiles::gradient(50, 50);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto codeOf = [](const Result<std::vector<std::uint8_t>> &result) {
        return result ? ErrorCode::NothingToDo : result.error().code;
    };
    const ChipShape shape{32, 16, 3};
    QCOMPARE(codeOf(extractChip(Image(), Box::wholeFrame(5, 5), shape)), ErrorCode::InvalidArgument);
    QCOMPARE(codeOf(extractChip(image, {25, 25, 0, 10, 0}, shape)), ErrorCode::InvalidArgument);
    QCOMPARE(codeOf(extractChip(image, {nan, 25, 10, 10, 0}, shape)), ErrorCode::InvalidArgument);
    QCOMPARE(codeOf(extractChip(image, {500, 25, 10, 10, 0}, shape)), ErrorCode::InvalidArgument);
    QCOMPARE(codeOf(extractChip(image, {25, 25, 10, 10, 0}, {0, 16, 3})), ErrorCode::InvalidArgument);
    QCOMPARE(codeOf(extractChip(image, {25, 25, 10, 10, 0}, {32, 5000, 3})), ErrorCode::InvalidArgument);
    QCOMPARE(codeOf(extractChip(image, {25, 25, 10, 10, 0}, {32, 16, 2})), ErrorCode::InvalidArgument);
}

void TestChip::thumbnails()
{
    const Image image = testfiles::gradient(1000, 400);
    const auto reduced = makeThumbnail(image, 250);
    QVERIFY(reduced);
    QCOMPARE(reduced->width, 250);
    QCOMPARE(reduced->height, 100);
    const auto same = makeThumbnail(image, 5000);
    QVERIFY(same && same->pixels == image.pixels);
    const auto boxed = makeThumbnail(image, 100, Box::fromCorners(100, 100, 300, 200));
    QVERIFY(boxed);
    QCOMPARE(boxed->width, 100);
    QCOMPARE(boxed->height, 50);
    QVERIFY(!makeThumbnail(Image(), 100));
}

void TestChip::chipsOfReducedDecodingMatchThoseOfTheFullPhoto()
{
    const Image image = fromFunction(
        1050, 700, [](double x, double y) { return int(128 + 60 * std::sin(x / 17) + 50 * std::cos(y / 23)); });
    const auto bytes = *encodeJpeg(image, 95);
    const std::vector<Box> boxes{Box::wholeFrame(1050, 700), {500, 300, 800, 320, -8}};
    const ChipShape shape{256, 128, 3};
    const auto chips = decodeChips(bytes, "a.jpg", boxes, shape);
    QVERIFY(chips);
    QCOMPARE(chips->size(), boxes.size());
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        const auto full = extractChip(image, boxes[i], shape);
        QVERIFY(full);
        double difference = 0;
        for (std::size_t value = 0; value < full->size(); ++value)
            difference += std::abs(int((*full)[value]) - int((*chips)[i][value]));
        QVERIFY2(difference / double(full->size()) < 1.5,
                 qPrintable(QString::number(difference / double(full->size()))));
    }
}

QTEST_GUILESS_MAIN(TestChip)
#include "tst_chip.moc"
