#include "core/imaging/chip.h"
#include "core/imaging/perceptual_hash.h"
#include "core/imaging/prepare.h"
#include "tests/imaging/test_files.h"

#include <QFile>
#include <QTest>

#include <algorithm>
#include <cmath>

using namespace flukeprint;
using namespace flukeprint::imaging;

namespace {

/// An even sea with a dark bar, whose place is known.
Image seaWithBar(int width, int height, const Box &bar)
{
    Image image(width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const bool inside = std::abs(x - bar.centreX) < bar.width / 2 && std::abs(y - bar.centreY) < bar.height / 2;
            const int wave = static_cast<int>(10 * std::sin(x * 0.3) * std::sin(y * 0.5));
            for (int c = 0; c < 3; ++c)
                image.row(y)[3 * x + c] = static_cast<std::uint8_t>(inside ? 25 : 130 + 10 * c + wave);
        }
    }
    return image;
}

} // namespace

class TestPrepare : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everythingAnImportNeeds();
    void givenBoxIsKept();
    void withoutSearchTheWholeFrame();
    void smallFlukeGetsAFullResolutionChip();
    void turnedPhotosAreUpright();
    void errorsPassThrough();
};

void TestPrepare::everythingAnImportNeeds()
{
    const Box bar{500, 340, 420, 200, 0};
    const auto bytes = testfiles::withExif(*encodeJpeg(seaWithBar(1050, 700, bar)),
                                           {1, {{"Exif.Photo.DateTimeOriginal", "2017:06:13 09:41:22"}}});
    const auto photo = prepare(bytes, "a.jpg");
    QVERIFY2(photo, photo ? "" : photo.error().debugText().c_str());
    QCOMPARE(photo->header.widthPx, 1050);
    QCOMPARE(photo->metadata.takenAt, std::string("2017-06-13T09:41:22"));
    QCOMPARE(photo->overview.width, 512);
    QCOMPARE(photo->overview.height, 341);
    QVERIFY(std::abs(photo->overviewScale - 512.0 / 1050) < 0.002);
    QCOMPARE(photo->chip.size(), std::size_t{256 * 128 * 3});
    QCOMPARE(photo->boxOrigin, BoxOrigin::Automatic);
    QVERIFY(std::abs(photo->box.centreX - bar.centreX) < 60 && std::abs(photo->box.centreY - bar.centreY) < 60);
    QVERIFY(photo->box.width < 800 && photo->box.width > 400);
    QCOMPARE(photo->hash, perceptualHash(photo->overview));
    QVERIFY(photo->quality.grade >= 1 && photo->quality.grade <= 5);
    QVERIFY(photo->quality.size > 0.7);
}

void TestPrepare::givenBoxIsKept()
{
    const auto bytes = *encodeJpeg(testfiles::gradient(1000, 600));
    PrepareOptions options;
    options.box = Box{400, 300, 500, 250, 10};
    options.chipShape = {64, 32, 1};
    const auto photo = prepare(bytes, "a.jpg", options);
    QVERIFY(photo);
    QVERIFY(photo->box == *options.box);
    QCOMPARE(photo->boxOrigin, BoxOrigin::Given);
    QCOMPARE(photo->boxConfidence, 1.0);
    QCOMPARE(photo->chip.size(), std::size_t{64 * 32});
    const auto full = extractChip(testfiles::gradient(1000, 600), *options.box, options.chipShape);
    double difference = 0;
    for (std::size_t i = 0; i < photo->chip.size(); ++i)
        difference += std::abs(int(photo->chip[i]) - int((*full)[i]));
    QVERIFY(difference / double(photo->chip.size()) < 3); // the same place, up to JPEG's loss
}

void TestPrepare::withoutSearchTheWholeFrame()
{
    PrepareOptions options;
    options.findBox = false;
    const auto photo = prepare(testfiles::png(testfiles::gradient(300, 200)), "a.png", options);
    QVERIFY(photo);
    QCOMPARE(photo->boxOrigin, BoxOrigin::WholeFrame);
    QVERIFY(photo->box == Box::wholeFrame(300, 200));
    QCOMPARE(photo->overview.width, 300); // smaller than asked: as it is
    QCOMPARE(photo->overviewScale, 1.0);
}

void TestPrepare::smallFlukeGetsAFullResolutionChip()
{
    // Stripes of one pixel survive in the chip only if it was cut from the full-size photo.
    const Box bar{1600, 1000, 260, 130, 0};
    Image image = seaWithBar(3000, 2000, bar);
    for (int y = 940; y < 1060; ++y) {
        for (int x = 1480; x < 1720; ++x) {
            for (int c = 0; c < 3; ++c)
                image.row(y)[3 * x + c] = (x / 2) % 2 != 0 ? 90 : 5;
        }
    }
    const auto photo = prepare(*encodeJpeg(image, 97), "a.jpg");
    QVERIFY(photo);
    QCOMPARE(photo->boxOrigin, BoxOrigin::Automatic);
    QVERIFY(photo->box.width < 700);
    const auto fromFull = decodeChips(*encodeJpeg(image, 97), "a.jpg", std::vector<Box>{photo->box}, {256, 128, 3});
    QVERIFY(fromFull);
    QVERIFY(photo->chip == fromFull->front());
}

void TestPrepare::turnedPhotosAreUpright()
{
    const auto bytes = testfiles::withExif(*encodeJpeg(testfiles::gradient(900, 600)), {6, {}});
    const auto photo = prepare(bytes, "a.jpg");
    QVERIFY(photo);
    QCOMPARE(photo->header.widthPx, 600);
    QCOMPARE(photo->header.heightPx, 900);
    QVERIFY(photo->overview.height > photo->overview.width);
    QVERIFY(photo->box.centreX <= 600 && photo->box.centreY <= 900);
}

void TestPrepare::errorsPassThrough()
{
    auto bytes = *encodeJpeg(testfiles::gradient(900, 600));
    bytes.resize(bytes.size() / 2);
    const auto cut = prepare(bytes, "cut.jpg");
    QVERIFY(!cut);
    QCOMPARE(cut.error().code, ErrorCode::FileTruncated);
    const auto none = prepare({}, "none.jpg");
    QVERIFY(!none);
    QCOMPARE(none.error().code, ErrorCode::FileEmpty);
    PrepareOptions options;
    options.overviewSidePx = 0;
    QVERIFY(!prepare(*encodeJpeg(testfiles::gradient(90, 60)), "a.jpg", options));
}

QTEST_GUILESS_MAIN(TestPrepare)
#include "tst_prepare.moc"
