#include "core/imaging/decode.h"
#include "tests/imaging/test_files.h"

#include <QDirIterator>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <unistd.h>

using namespace flukeprint;
using namespace flukeprint::imaging;

namespace {

/// Largest difference of any value, away from the frame.
int worstDifference(const Image &a, const Image &b, int margin = 2)
{
    if (a.width != b.width || a.height != b.height)
        return 256;
    int worst = 0;
    for (int y = margin; y < a.height - margin; ++y) {
        for (int x = 3 * margin; x < 3 * (a.width - margin); ++x)
            worst = std::max(worst, std::abs(int(a.row(y)[x]) - int(b.row(y)[x])));
    }
    return worst;
}

/// Without the blue checker, whose edges JPEG smears.
Image smooth(int width, int height)
{
    Image image = testfiles::gradient(width, height);
    for (std::size_t i = 2; i < image.pixels.size(); i += 3)
        image.pixels[i] = 90;
    return image;
}

ErrorCode codeFor(const testfiles::Bytes &bytes)
{
    const auto photo = decode(bytes, "a.jpg");
    return photo ? ErrorCode::NothingToDo : photo.error().code;
}

} // namespace

class TestDecode : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void jpegRoundTrip();
    void cmykAndProgressiveJpegs();
    void everyOrientationComesUpright_data();
    void everyOrientationComesUpright();
    void pngsOfEightAndSixteenBit();
    void tiffs_data();
    void tiffs();
    void cutFilesAreTruncated_data();
    void cutFilesAreTruncated();
    void garbageInsideJpegIsDamage();
    void hugePictureIsRefusedBeforeDecoding();
    void otherFormatsAreNamed();
    void filesThatAreNoPhotos();
    void reducedDecodingIsConsistent();
    void rawFileIsDeveloped();
    void rawFileWithPreview();
    void randomDamageNeverCrashes();
    void realPhotosAllDecode();
};

void TestDecode::jpegRoundTrip()
{
    const Image image = smooth(200, 120);
    const auto bytes = encodeJpeg(image, 95);
    QVERIFY(bytes);
    const auto header = probe(*bytes, "a.jpg");
    QVERIFY(header);
    QCOMPARE(header->widthPx, 200);
    QCOMPARE(header->heightPx, 120);
    const auto photo = decode(*bytes, "a.jpg");
    QVERIFY(photo);
    QVERIFY(worstDifference(photo->image, image) <= 6);
    QVERIFY(!encodeJpeg(Image()));
}

void TestDecode::cmykAndProgressiveJpegs()
{
    const Image image = smooth(160, 100);
    for (const auto &bytes : {testfiles::cmykJpeg(image), testfiles::progressiveJpeg(image)}) {
        const auto photo = decode(bytes, "a.jpg");
        QVERIFY(photo);
        QVERIFY(worstDifference(photo->image, image) <= 8);
    }
}

void TestDecode::everyOrientationComesUpright_data()
{
    QTest::addColumn<int>("orientation");
    QTest::addColumn<QByteArray>("kind");
    for (const char *kind : {"jpeg", "png", "tiff"}) {
        for (int orientation = 1; orientation <= 8; ++orientation)
            QTest::addRow("%s %d", kind, orientation) << orientation << QByteArray(kind);
    }
}

void TestDecode::everyOrientationComesUpright()
{
    QFETCH(int, orientation);
    QFETCH(QByteArray, kind);
    // Where the stored picture's first row and column are on the upright one: EXIF 2.32, tag 274.
    const Image stored = smooth(96, 64);
    testfiles::Bytes bytes;
    if (kind == "tiff")
        bytes = testfiles::tiff(stored, {8, 3, orientation, false});
    else
        bytes =
            testfiles::withExif(kind == "png" ? testfiles::png(stored) : *encodeJpeg(stored, 98), {orientation, {}});
    const auto photo = decode(bytes, "a");
    QVERIFY2(photo, photo ? "" : photo.error().debugText().c_str());
    const Image &image = photo->image;
    const bool swapped = orientation >= 5;
    QCOMPARE(image.width, swapped ? 64 : 96);
    QCOMPARE(photo->header.widthPx, image.width);
    QCOMPARE(photo->header.heightPx, image.height);
    // Stored red grows to the right and green downwards; see which way they grow on the upright picture.
    const auto grows = [&image](int channel, bool alongX) {
        const int first = image.row(5)[5 * 3 + channel];
        const int last =
            alongX ? image.row(5)[(image.width - 5) * 3 + channel] : image.row(image.height - 5)[5 * 3 + channel];
        return last - first > 100 ? 1 : last - first < -100 ? -1 : 0;
    };
    static constexpr int expectedRed[] = {1, -1, -1, 1, 1, 1, -1, -1};
    static constexpr int expectedGreen[] = {1, 1, -1, -1, 1, -1, -1, 1};
    QCOMPARE(grows(0, !swapped), expectedRed[orientation - 1]);
    QCOMPARE(grows(1, swapped), expectedGreen[orientation - 1]);
}

void TestDecode::pngsOfEightAndSixteenBit()
{
    const Image image = testfiles::gradient(90, 70);
    for (const bool deep : {false, true}) {
        const auto photo = decode(testfiles::png(image, deep), "a.png");
        QVERIFY(photo);
        QVERIFY(worstDifference(photo->image, image, 0) <= 1);
    }
    const auto lossless = decode(*encodePng(image), "a.png");
    QVERIFY(lossless);
    QVERIFY(lossless->image.pixels == image.pixels);
}

void TestDecode::tiffs_data()
{
    QTest::addColumn<int>("bits");
    QTest::addColumn<int>("channels");
    QTest::addColumn<bool>("bigEndian");
    for (const int bits : {8, 16}) {
        for (const int channels : {1, 3, 4}) {
            for (const bool bigEndian : {false, true})
                QTest::addRow("%d bit, %d channels, %s", bits, channels, bigEndian ? "MM" : "II")
                    << bits << channels << bigEndian;
        }
    }
}

void TestDecode::tiffs()
{
    QFETCH(int, bits);
    QFETCH(int, channels);
    QFETCH(bool, bigEndian);
    Image image = testfiles::gradient(80, 60);
    const auto photo = decode(testfiles::tiff(image, {bits, channels, 1, bigEndian}), "a.tif");
    QVERIFY2(photo, photo ? "" : photo.error().debugText().c_str());
    if (channels == 1) {
        for (std::size_t i = 0; i < image.pixels.size(); ++i)
            image.pixels[i] = image.pixels[i - i % 3];
    }
    QVERIFY(worstDifference(photo->image, image, 0) <= 1);
}

void TestDecode::cutFilesAreTruncated_data()
{
    QTest::addColumn<QByteArray>("kind");
    QTest::addColumn<double>("kept");
    for (const char *kind : {"jpeg", "progressive", "png", "tiff"}) {
        for (const double kept : {0.2, 0.5, 0.9, 0.99})
            QTest::addRow("%s %.2f", kind, kept) << QByteArray(kind) << kept;
    }
}

void TestDecode::cutFilesAreTruncated()
{
    QFETCH(QByteArray, kind);
    QFETCH(double, kept);
    const Image image = testfiles::gradient(400, 300);
    testfiles::Bytes bytes = kind == "jpeg" ? *encodeJpeg(image)
        : kind == "png"                     ? testfiles::png(image)
        : kind == "tiff"                    ? testfiles::tiff(image, {})
                                            : testfiles::progressiveJpeg(image);
    QVERIFY(decode(bytes, "a"));
    bytes.resize(static_cast<std::size_t>(kept * double(bytes.size())));
    QCOMPARE(codeFor(bytes), ErrorCode::FileTruncated);
    const auto reduced = decode(bytes, "a", {0.25});
    QVERIFY(!reduced);
    QCOMPARE(reduced.error().code, ErrorCode::FileTruncated);
    QCOMPARE(reduced.error().args.front(), std::string("a"));
}

void TestDecode::garbageInsideJpegIsDamage()
{
    auto bytes = *encodeJpeg(testfiles::gradient(400, 300));
    for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 200; ++i)
        bytes[i] = i % 2 != 0 ? 0xD9 : 0xFF; // end-of-image markers in the middle of the data
    QVERIFY(!decode(bytes, "a.jpg"));
}

void TestDecode::hugePictureIsRefusedBeforeDecoding()
{
    // A header alone claims the size; nothing could be decoded from these bytes.
    auto bytes = *encodeJpeg(smooth(64, 64));
    const std::uint8_t marker[] = {0xFF, 0xC0};
    const auto frame = std::search(bytes.begin(), bytes.end(), std::begin(marker), std::end(marker));
    QVERIFY(frame != bytes.end());
    frame[7] = 30000 >> 8;
    frame[8] = 30000 & 0xFF;
    const auto header = probe(bytes, "wide.jpg");
    QVERIFY(!header);
    QCOMPARE(header.error().code, ErrorCode::ImageTooLarge);
    QCOMPARE(header.error().args, (std::vector<std::string>{"wide.jpg", "30000", "64"}));
    QCOMPARE(codeFor(bytes), ErrorCode::ImageTooLarge);
    auto pngBytes = testfiles::png(smooth(64, 64));
    pngBytes[16] = 0x7F; // width of two thousand million
    QCOMPARE(codeFor(pngBytes), ErrorCode::ImageTooLarge);
    testfiles::Bytes tiffBytes = testfiles::tiff(Image(16'385, 1), {8, 1, 1, false});
    QCOMPARE(codeFor(tiffBytes), ErrorCode::ImageTooLarge);
}

void TestDecode::otherFormatsAreNamed()
{
    const std::string gif = "GIF89a...............";
    const auto photo = decode(std::span(reinterpret_cast<const std::uint8_t *>(gif.data()), gif.size()), "a.gif");
    QVERIFY(!photo);
    QCOMPARE(photo.error().code, ErrorCode::FormatUnsupported);
    QCOMPARE(photo.error().args, (std::vector<std::string>{"a.gif", "GIF"}));
}

void TestDecode::filesThatAreNoPhotos()
{
    const QTemporaryDir folder;
    const auto write = [&folder](const char *name, const QByteArray &content) {
        QFile file(folder.filePath(QString::fromLatin1(name)));
        return file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
    };
    QVERIFY(write("empty.jpg", {}));
    QVERIFY(write("text.jpg", "This is a letter, not a photo.\n"));
    QVERIFY(write("secret.jpg", "\xFF\xD8\xFF\xE0"));
    const auto codeOf = [&folder](const char *name) {
        const auto photo = decodeFile(folder.filePath(QString::fromLatin1(name)).toStdString());
        return photo ? ErrorCode::NothingToDo : photo.error().code;
    };
    QCOMPARE(codeOf("empty.jpg"), ErrorCode::FileEmpty);
    QCOMPARE(codeOf("text.jpg"), ErrorCode::FormatUnknown);
    QCOMPARE(codeOf("none.jpg"), ErrorCode::FileNotFound);
    QCOMPARE(codeOf("."), ErrorCode::FileUnreadable);
    QCOMPARE(codeOf("secret.jpg"), ErrorCode::FileTruncated);
    if (::geteuid() != 0) { // root may read everything
        QVERIFY(QFile::setPermissions(folder.filePath(QStringLiteral("secret.jpg")), {}));
        QCOMPARE(codeOf("secret.jpg"), ErrorCode::FileUnreadable);
    }
}

void TestDecode::reducedDecodingIsConsistent()
{
    const Image image = smooth(401, 299);
    const auto bytes = *encodeJpeg(image, 95);
    for (const double wanted : {1.0, 0.6, 0.5, 0.3, 0.2, 0.05}) {
        const auto photo = decode(bytes, "a.jpg", {wanted});
        QVERIFY(photo);
        QVERIFY(photo->scale >= std::min(wanted, 1.0) - 1e-9 || photo->scale == 0.125);
        QCOMPARE(photo->header.widthPx, 401);
        QCOMPARE(photo->image.width, static_cast<int>(std::ceil(401 * photo->scale)));
        // The same place has the same colour at every scale.
        const int x = static_cast<int>(300 * photo->scale);
        const int y = static_cast<int>(200 * photo->scale);
        QVERIFY(std::abs(int(photo->image.row(y)[3 * x]) - int(image.row(200)[900])) < 8);
        QVERIFY(std::abs(int(photo->image.row(y)[3 * x + 1]) - int(image.row(200)[901])) < 8);
    }
    QVERIFY(!decode(bytes, "a.jpg", {0.0}));
}

void TestDecode::rawFileIsDeveloped()
{
    const Image image = smooth(512, 384);
    const auto bytes = testfiles::dng(image, {6, {}});
    const auto header = probe(bytes, "a.dng");
    QVERIFY2(header, header ? "" : header.error().debugText().c_str());
    QCOMPARE(header->kind, FileKind::Raw);
    const auto photo = decode(bytes, "a.dng");
    QVERIFY2(photo, photo ? "" : photo.error().debugText().c_str());
    QCOMPARE(photo->image.width, 192); // half size, turned
    QCOMPARE(photo->image.height, 256);
    QCOMPARE(header->widthPx, photo->image.width);
    QCOMPARE(header->heightPx, photo->image.height);
    testfiles::Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2));
    QVERIFY(!decode(cut, "a.dng"));
}

void TestDecode::rawFileWithPreview()
{
    const Image preview = smooth(1200, 800);
    const auto bytes = testfiles::dng(smooth(512, 384), {1, *encodeJpeg(preview, 95)});
    const auto photo = decode(bytes, "a.dng");
    QVERIFY2(photo, photo ? "" : photo.error().debugText().c_str());
    QCOMPARE(photo->header.kind, FileKind::Raw);
    QVERIFY(worstDifference(photo->image, preview) <= 6);
    const auto reduced = decode(bytes, "a.dng", {0.5});
    QVERIFY(reduced);
    QCOMPARE(reduced->image.width, 600);
    QCOMPARE(reduced->header.widthPx, 1200);
}

void TestDecode::randomDamageNeverCrashes()
{
    const Image image = testfiles::gradient(64, 48);
    const testfiles::Bytes originals[] = {*encodeJpeg(image),
                                          testfiles::progressiveJpeg(image),
                                          testfiles::png(image),
                                          testfiles::tiff(image, {16, 3, 1, true}),
                                          testfiles::withExif(*encodeJpeg(image), {3, {{"Exif.Image.Make", "x"}}}),
                                          testfiles::dng(image, {})};
    std::uint32_t state = 12345;
    const auto next = [&state] { return state = state * 1664525U + 1013904223U, state >> 8; };
    int answers = 0;
    for (const auto &original : originals) {
        for (int round = 0; round < 150; ++round) {
            auto bytes = original;
            const std::size_t reach = round % 2 != 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 200);
            for (std::uint32_t i = 0; i < 1 + next() % 8; ++i)
                bytes[next() % reach] = static_cast<std::uint8_t>(next());
            const auto photo = decode(bytes, "fuzz", {round % 3 != 0 ? 1.0 : 0.25});
            answers += photo ? int(photo->image.width > 0) : int(!photo.error().args.empty());
        }
    }
    QCOMPARE(answers, 6 * 150);
}

void TestDecode::realPhotosAllDecode()
{
    const QString folder = QStringLiteral(FLUKEPRINT_SHARED_DATA_DIR "/data/flukes_full/photos");
    if (!QDir(folder).exists())
        QSKIP("shared/data is not here");
    QDirIterator files(folder, {QStringLiteral("*.jpg")});
    int count = 0;
    while (files.hasNext()) {
        const auto photo = decodeFile(files.next().toStdString(), {0.5});
        QVERIFY2(photo, photo ? "" : photo.error().debugText().c_str());
        ++count;
    }
    QCOMPARE(count, 22);
}

QTEST_GUILESS_MAIN(TestDecode)
#include "tst_decode.moc"
