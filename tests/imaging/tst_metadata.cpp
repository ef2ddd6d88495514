#include "core/imaging/decode.h"
#include "core/imaging/metadata.h"
#include "tests/imaging/test_files.h"

#include <QTest>

#include <atomic>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

using namespace flukeprint;
using namespace flukeprint::imaging;

namespace {

testfiles::Bytes photoWith(const std::map<std::string, std::string> &values, int orientation = 0)
{
    return testfiles::withExif(*encodeJpeg(testfiles::gradient(60, 40)), {orientation, values});
}

const std::map<std::string, std::string> fullValues{
    {"Exif.Photo.DateTimeOriginal", "2017:06:13 09:41:22"},
    {"Exif.Photo.OffsetTimeOriginal", "-04:00"},
    {"Exif.GPSInfo.GPSLatitudeRef", "N"},
    {"Exif.GPSInfo.GPSLatitude", "42/1 24/1 1800/100"},
    {"Exif.GPSInfo.GPSLongitudeRef", "W"},
    {"Exif.GPSInfo.GPSLongitude", "70/1 18/1 0/1"},
    {"Exif.Image.Make", "Canon"},
    {"Exif.Image.Model", "Canon EOS 7D"},
    {"Exif.Photo.LensModel", "EF100-400mm  "},
};

} // namespace

class TestMetadata : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everythingThatACameraWrites();
    void timesWithoutOffsetAndOtherSources();
    void impossibleValuesAreEmpty_data();
    void impossibleValuesAreEmpty();
    void southAndEast();
    void makeIsNotRepeated();
    void photosWithoutMetadata();
    void brokenMetadataNeverCrashes();
    void manyThreadsAtOnce();
};

void TestMetadata::everythingThatACameraWrites()
{
    const PhotoMetadata metadata = readMetadata(photoWith(fullValues, 6));
    QCOMPARE(metadata.takenAt, std::string("2017-06-13T09:41:22-04:00"));
    QVERIFY(metadata.latitudeDeg && std::abs(*metadata.latitudeDeg - 42.405) < 1e-6);
    QVERIFY(metadata.longitudeDeg && std::abs(*metadata.longitudeDeg + 70.3) < 1e-6);
    QCOMPARE(metadata.camera, std::string("Canon EOS 7D"));
    QCOMPARE(metadata.lens, std::string("EF100-400mm"));
    QCOMPARE(metadata.orientation, 6);
    QCOMPARE(metadata.widthPx, 40); // upright
    QCOMPARE(metadata.heightPx, 60);
}

void TestMetadata::timesWithoutOffsetAndOtherSources()
{
    QCOMPARE(readMetadata(photoWith({{"Exif.Photo.DateTimeOriginal", "2017:06:13 09:41:22"}})).takenAt,
             std::string("2017-06-13T09:41:22"));
    QCOMPARE(readMetadata(photoWith({{"Exif.Photo.DateTimeDigitized", "2017:06:13 09:41:22"}})).takenAt,
             std::string("2017-06-13T09:41:22"));
    QCOMPARE(readMetadata(photoWith({{"Exif.Image.DateTime", "2016:02:29 23:59:59"}})).takenAt,
             std::string("2016-02-29T23:59:59"));
    // The time of the photo, not that of the last edit.
    QCOMPARE(readMetadata(photoWith({{"Exif.Image.DateTime", "2020:01:01 00:00:00"},
                                     {"Exif.Photo.DateTimeOriginal", "2017:06:13 09:41:22"}}))
                 .takenAt,
             std::string("2017-06-13T09:41:22"));
}

void TestMetadata::impossibleValuesAreEmpty_data()
{
    QTest::addColumn<QString>("time");
    for (const char *time :
         {"0000:00:00 00:00:00", "    :  :     :  :  ", "2017:13:40 25:61:61", "yesterday", "2017:06", ""})
        QTest::addRow("%s", time) << QString::fromLatin1(time);
}

void TestMetadata::impossibleValuesAreEmpty()
{
    QFETCH(QString, time);
    const PhotoMetadata metadata = readMetadata(photoWith({{"Exif.Photo.DateTimeOriginal", time.toStdString()},
                                                           {"Exif.GPSInfo.GPSLatitude", "142/1 0/1 0/1"},
                                                           {"Exif.GPSInfo.GPSLongitude", "70/0 18/1 0/1"},
                                                           {"Exif.Image.Make", "   "}}));
    QVERIFY(metadata.takenAt.empty());
    QVERIFY(!metadata.latitudeDeg && !metadata.longitudeDeg);
    QVERIFY(metadata.camera.empty());
    QCOMPARE(metadata.orientation, 1);
}

void TestMetadata::southAndEast()
{
    const PhotoMetadata metadata = readMetadata(photoWith({{"Exif.GPSInfo.GPSLatitudeRef", "S"},
                                                           {"Exif.GPSInfo.GPSLatitude", "33/1 515/10 0/1"},
                                                           {"Exif.GPSInfo.GPSLongitudeRef", "E"},
                                                           {"Exif.GPSInfo.GPSLongitude", "151/1 12/1 0/0"}}));
    QVERIFY(metadata.latitudeDeg && std::abs(*metadata.latitudeDeg + (33 + 51.5 / 60)) < 1e-6);
    QVERIFY(metadata.longitudeDeg && std::abs(*metadata.longitudeDeg - 151.2) < 1e-6);
    const PhotoMetadata noFix = readMetadata(
        photoWith({{"Exif.GPSInfo.GPSLatitude", "0/1 0/1 0/1"}, {"Exif.GPSInfo.GPSLongitude", "0/1 0/1 0/1"}}));
    QVERIFY(!noFix.latitudeDeg && !noFix.longitudeDeg);
}

void TestMetadata::makeIsNotRepeated()
{
    const auto cameraOf = [](const char *make, const char *model) {
        return readMetadata(photoWith({{"Exif.Image.Make", make}, {"Exif.Image.Model", model}})).camera;
    };
    QCOMPARE(cameraOf("NIKON CORPORATION", "NIKON D500"), std::string("NIKON D500"));
    QCOMPARE(cameraOf("SONY", "ILCE-7RM4"), std::string("SONY ILCE-7RM4"));
    QCOMPARE(cameraOf("SONY", ""), std::string("SONY"));
}

void TestMetadata::photosWithoutMetadata()
{
    for (const auto &bytes : {*encodeJpeg(testfiles::gradient(60, 40)), testfiles::png(testfiles::gradient(60, 40)),
                              testfiles::tiff(testfiles::gradient(60, 40), {})}) {
        const PhotoMetadata metadata = readMetadata(bytes);
        QVERIFY(metadata.takenAt.empty());
        QCOMPARE(metadata.orientation, 1);
        QCOMPARE(metadata.widthPx, 60);
        QCOMPARE(metadata.heightPx, 40);
    }
    QCOMPARE(readMetadata({}).widthPx, 0);
}

void TestMetadata::brokenMetadataNeverCrashes()
{
    const auto original = photoWith(fullValues, 3);
    std::uint32_t state = 99;
    const auto next = [&state] { return state = state * 1664525U + 1013904223U, state >> 8; };
    int sane = 0;
    for (int round = 0; round < 600; ++round) {
        auto bytes = original;
        for (std::uint32_t i = 0; i < 1 + next() % 6; ++i)
            bytes[next() % std::min<std::size_t>(bytes.size(), 700)] = static_cast<std::uint8_t>(next());
        if (round % 7 == 0)
            bytes.resize(next() % bytes.size());
        const PhotoMetadata metadata = readMetadata(bytes);
        sane += metadata.orientation >= 1 && metadata.orientation <= 8
            && metadata.latitudeDeg.has_value() == metadata.longitudeDeg.has_value()
            && std::abs(metadata.latitudeDeg.value_or(0)) <= 90 && std::abs(metadata.longitudeDeg.value_or(0)) <= 180
            && (metadata.takenAt.empty() || metadata.takenAt.size() == 19 || metadata.takenAt.size() == 25);
    }
    QCOMPARE(sane, 600);
}

void TestMetadata::manyThreadsAtOnce()
{
    const auto bytes = photoWith(fullValues, 1);
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                for (int round = 0; round < 100; ++round)
                    right += readMetadata(bytes).takenAt == "2017-06-13T09:41:22-04:00" ? 1 : 0;
            });
        }
    }
    QCOMPARE(right.load(), 800);
}

QTEST_GUILESS_MAIN(TestMetadata)
#include "tst_metadata.moc"
