#include "core/imaging/chip.h"
#include "core/imaging/decode.h"
#include "core/imaging/perceptual_hash.h"
#include "tests/imaging/test_files.h"

#include <QDirIterator>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace flukeprint;
using namespace flukeprint::imaging;

namespace {

/// Smooth blobs: pictures of different seeds have nothing in common.
Image picture(int seed, int width = 400, int height = 260)
{
    Image image(width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            double value = 128;
            for (int wave = 1; wave <= 6; ++wave) {
                const double u = 6.28 * x / width, v = 6.28 * y / height;
                value += 28 * std::sin(u * (0.3 * wave + 0.17 * ((seed * wave) % 7)) + seed * wave)
                    * std::cos(v * (0.4 * wave) + 2.3 * seed);
            }
            for (int c = 0; c < 3; ++c)
                image.row(y)[3 * x + c] = static_cast<std::uint8_t>(std::clamp(value + 10 * c, 0.0, 255.0));
        }
    }
    return image;
}

} // namespace

class TestPerceptualHash : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void copiesStayNear();
    void otherPicturesAreFar();
    void edgeCases();
    void realPhotosAreToldApart();
};

void TestPerceptualHash::copiesStayNear()
{
    for (int seed = 1; seed <= 8; ++seed) {
        const Image image = picture(seed);
        const std::uint64_t hash = perceptualHash(image);
        const auto recompressed = decode(*encodeJpeg(image, 40), "a.jpg");
        QVERIFY(recompressed);
        QVERIFY(hammingDistance(hash, perceptualHash(recompressed->image)) <= nearDuplicateMaxBits);
        QVERIFY(hammingDistance(hash, perceptualHash(*makeThumbnail(image, 120))) <= nearDuplicateMaxBits);
        Image brighter = image;
        for (std::uint8_t &value : brighter.pixels)
            value = static_cast<std::uint8_t>(std::min(255.0, value * 0.9 + 20));
        QVERIFY(hammingDistance(hash, perceptualHash(brighter)) <= nearDuplicateMaxBits);
    }
}

void TestPerceptualHash::otherPicturesAreFar()
{
    std::vector<std::uint64_t> hashes;
    for (int seed = 1; seed <= 12; ++seed)
        hashes.push_back(perceptualHash(picture(seed)));
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j)
            QVERIFY(hammingDistance(hashes[i], hashes[j]) > nearDuplicateMaxBits);
    }
}

void TestPerceptualHash::edgeCases()
{
    QCOMPARE(perceptualHash(Image()), std::uint64_t{0});
    QCOMPARE(perceptualHash(picture(3, 1, 1)), perceptualHash(picture(3, 1, 1)));
    QCOMPARE(hammingDistance(0, ~std::uint64_t{0}), 64);
    QCOMPARE(hammingDistance(5, 5), 0);
}

void TestPerceptualHash::realPhotosAreToldApart()
{
    const QString folder = QStringLiteral(FLUKEPRINT_SHARED_DATA_DIR "/data/flukes_full/photos");
    if (!QDir(folder).exists())
        QSKIP("shared/data is not here");
    std::vector<std::uint64_t> hashes;
    QDirIterator files(folder, {QStringLiteral("*.jpg")});
    while (files.hasNext()) {
        const auto photo = decodeFile(files.next().toStdString(), {0.25});
        QVERIFY(photo);
        hashes.push_back(perceptualHash(photo->image));
    }
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j)
            QVERIFY(hammingDistance(hashes[i], hashes[j]) > nearDuplicateMaxBits);
    }
}

QTEST_GUILESS_MAIN(TestPerceptualHash)
#include "tst_perceptual_hash.moc"
