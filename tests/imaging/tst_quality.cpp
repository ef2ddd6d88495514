#include "core/imaging/chip.h"
#include "core/imaging/decode.h"
#include "core/imaging/quality.h"
#include "tests/imaging/test_files.h"

#include <QFile>
#include <QTest>

#include <algorithm>

using namespace flukeprint;
using namespace flukeprint::imaging;

namespace {

/// Dark and light shapes with hard edges.
Image sharpPicture(int width, int height)
{
    Image image(width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const bool dark = (x / 143 + y / 97) % 2 != 0;
            for (int c = 0; c < 3; ++c)
                image.row(y)[3 * x + c] = dark ? 30 : 190;
        }
    }
    return image;
}

/// Down and up again: the detail is gone, the rest is as it was.
Image blurred(const Image &image, int factor)
{
    const auto small = makeThumbnail(image, std::max(image.width, image.height) / factor);
    return *cropBox(*small, Box::wholeFrame(small->width, small->height), image.width, image.height);
}

Image scaledTones(Image image, double factor, int offset)
{
    for (std::uint8_t &value : image.pixels)
        value = static_cast<std::uint8_t>(std::clamp(value * factor + offset, 0.0, 255.0));
    return image;
}

PhotoQuality qualityOf(const Image &image)
{
    return assessQuality(image, Box::wholeFrame(image.width, image.height));
}

} // namespace

class TestQuality : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void blurCostsSharpnessAndGrade();
    void smallFlukesAreGradedLower();
    void bleachedAndFlatPhotos();
    void degenerateInput();
    void gradesOfRealPhotos();
};

void TestQuality::blurCostsSharpnessAndGrade()
{
    const Image image = sharpPicture(1000, 500);
    const PhotoQuality sharp = qualityOf(image);
    const PhotoQuality soft = qualityOf(blurred(image, 13));
    const PhotoQuality useless = qualityOf(blurred(image, 30));
    QCOMPARE(sharp.grade, 5);
    QVERIFY(sharp.sharpness > soft.sharpness && soft.sharpness > useless.sharpness);
    QVERIFY2(soft.grade < sharp.grade && useless.grade < soft.grade,
             qPrintable(QStringLiteral("%1 %2 %3").arg(sharp.sharpness).arg(soft.sharpness).arg(useless.sharpness)));
}

void TestQuality::smallFlukesAreGradedLower()
{
    const Image image = sharpPicture(1000, 500);
    const PhotoQuality large = assessQuality(image, Box::wholeFrame(1000, 500));
    const PhotoQuality small = assessQuality(image, {500, 250, 100, 50, 0});
    QVERIFY(large.size > 0.95 && small.size < 0.2);
    QVERIFY(small.grade <= 3);
    // A reduced picture is judged by the size that the fluke has in the photo.
    const PhotoQuality reduced = assessQuality(*makeThumbnail(image, 500), Box::wholeFrame(500, 250), 0.5);
    QCOMPARE(reduced.size, large.size);
}

void TestQuality::bleachedAndFlatPhotos()
{
    const Image image = sharpPicture(800, 400);
    const PhotoQuality good = qualityOf(image);
    const PhotoQuality bleached = qualityOf(scaledTones(image, 1, 120));
    QVERIFY(bleached.exposure < good.exposure);
    const PhotoQuality flat = qualityOf(scaledTones(image, 0.1, 110));
    QVERIFY(flat.contrast < 0.2 && good.contrast > 0.9);
    QVERIFY(flat.grade < good.grade);
}

void TestQuality::degenerateInput()
{
    QCOMPARE(assessQuality(Image(), Box{}).grade, 1);
    QCOMPARE(qualityOf(Image(300, 200)).grade, 1); // black all over
    QCOMPARE(assessQuality(sharpPicture(300, 200), {1000, 1000, 10, 10, 0}).grade, 1);
}

void TestQuality::gradesOfRealPhotos()
{
    const QString folder = QStringLiteral(FLUKEPRINT_SHARED_DATA_DIR "/data/flukes_full/photos/");
    if (!QFile::exists(folder + QStringLiteral("0a1a0c3f7.jpg")))
        QSKIP("shared/data is not here");
    const auto gradeOf = [&folder](const char *name, const Box &box) {
        const auto photo = decodeFile((folder + QString::fromLatin1(name)).toStdString());
        return photo ? assessQuality(photo->image, box).grade : 0;
    };
    QVERIFY(gradeOf("00a3dd76f.jpg", Box::fromCorners(33, 82, 1022, 449)) >= 4); // crisp and large
    QVERIFY(gradeOf("0a1a0c3f7.jpg", Box::fromCorners(43, 85, 480, 211)) <= 3); // blurred and grainy
}

QTEST_GUILESS_MAIN(TestQuality)
#include "tst_quality.moc"
