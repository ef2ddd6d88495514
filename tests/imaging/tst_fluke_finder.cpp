#include "core/imaging/decode.h"
#include "core/imaging/fluke_finder.h"
#include "tests/imaging/test_files.h"

#include <QFile>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace flukeprint;
using namespace flukeprint::imaging;

namespace {

struct Corners
{
    double x0, y0, x1, y1;
    [[nodiscard]] double area() const { return std::max(0.0, x1 - x0) * std::max(0.0, y1 - y0); }
};

Corners cornersOf(const Box &box)
{
    return {box.centreX - box.width / 2, box.centreY - box.height / 2, box.centreX + box.width / 2,
            box.centreY + box.height / 2};
}

double common(const Corners &a, const Corners &b)
{
    return Corners{std::max(a.x0, b.x0), std::max(a.y0, b.y0), std::min(a.x1, b.x1), std::min(a.y1, b.y1)}.area();
}

double overlap(const Corners &a, const Corners &b)
{
    return common(a, b) / (a.area() + b.area() - common(a, b));
}

/// Grey waves with a dark V-shaped tail between the corners.
Image seaWithTail(int width, int height, const Corners &tail)
{
    Image image(width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double wave = 12 * std::sin(x * 0.21 + 3 * std::sin(y * 0.13)) * std::sin(y * 0.4);
            const double u = (x - tail.x0) / (tail.x1 - tail.x0) * 2 - 1;
            const double v = (y - tail.y0) / (tail.y1 - tail.y0);
            const bool inside = std::abs(u) < 1 && v > 0.55 - 0.55 * std::abs(u) && v < 1 - 0.6 * std::abs(u);
            for (int c = 0; c < 3; ++c)
                image.row(y)[3 * x + c] = static_cast<std::uint8_t>(inside ? 25 + 3 * c : 120 + 14 * c + wave);
        }
    }
    return image;
}

struct Scores
{
    int photos = 0;
    int answers = 0;
    double found = 0;
    double whole = 0;
    double covered = 0;
};

/// Means over an annotated folder; a photo without answer counts as the whole frame, as the import takes it.
Scores scoresOn(const QString &folder)
{
    Scores scores;
    QFile table(folder + QStringLiteral("/boxes.csv"));
    if (!table.open(QIODevice::ReadOnly))
        return scores;
    const auto lines = table.readAll().split('\n');
    for (qsizetype i = 1; i < lines.size(); ++i) {
        const auto fields = lines[i].split(',');
        if (fields.size() != 5)
            continue;
        const auto photo =
            decodeFile((folder + QStringLiteral("/photos/") + QString::fromLatin1(fields[0])).toStdString());
        if (!photo)
            continue;
        const Corners truth{fields[1].toDouble(), fields[2].toDouble(), fields[3].toDouble(), fields[4].toDouble()};
        const Corners frame{0, 0, double(photo->image.width), double(photo->image.height)};
        const auto finding = findFluke(photo->image);
        const Corners answer = finding ? cornersOf(finding->box) : frame;
        ++scores.photos;
        scores.answers += finding ? 1 : 0;
        scores.found += overlap(answer, truth);
        scores.whole += overlap(frame, truth);
        scores.covered += common(answer, truth) / truth.area();
    }
    return scores;
}

} // namespace

class TestFlukeFinder : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void findsATail_data();
    void findsATail();
    void boxesStayInsideThePicture();
    void answersAreTheSameAtAnySize();
    void betterThanTheWholeFrameOnRealPhotos_data();
    void betterThanTheWholeFrameOnRealPhotos();
};

void TestFlukeFinder::findsATail_data()
{
    QTest::addColumn<double>("x0");
    QTest::addColumn<double>("y0");
    QTest::addColumn<double>("x1");
    QTest::addColumn<double>("y1");
    QTest::newRow("large") << 40.0 << 60.0 << 480.0 << 260.0;
    QTest::newRow("middle") << 130.0 << 90.0 << 380.0 << 220.0;
    QTest::newRow("small, off centre") << 330.0 << 180.0 << 420.0 << 225.0;
}

void TestFlukeFinder::findsATail()
{
    QFETCH(double, x0);
    QFETCH(double, y0);
    QFETCH(double, x1);
    QFETCH(double, y1);
    const Corners tail{x0, y0, x1, y1};
    const auto finding = findFluke(seaWithTail(525, 350, tail));
    QVERIFY(finding);
    QVERIFY(finding->confidence > 0 && finding->confidence <= 1);
    const Corners answer = cornersOf(finding->box);
    QVERIFY2(overlap(answer, tail) > 0.35, qPrintable(QString::number(overlap(answer, tail))));
    QVERIFY(overlap(answer, tail) > overlap({0, 0, 525, 350}, tail));
}

void TestFlukeFinder::boxesStayInsideThePicture()
{
    for (const Image &image : {testfiles::gradient(64, 300), testfiles::gradient(500, 40), Image(200, 100)}) {
        const auto finding = findFluke(image);
        const Corners answer = finding ? cornersOf(finding->box) : Corners{0, 0, 1, 1};
        QVERIFY(answer.x0 >= -1e-6 && answer.y0 >= -1e-6);
        QVERIFY(answer.x1 <= image.width + 1e-6 && answer.y1 <= image.height + 1e-6 && answer.area() > 0);
    }
    QVERIFY(!findFluke(Image(8, 8)));
    QVERIFY(!findFluke(Image()));
}

void TestFlukeFinder::answersAreTheSameAtAnySize()
{
    const auto large = findFluke(seaWithTail(1050, 700, {200, 150, 800, 480}));
    const auto small = findFluke(seaWithTail(525, 350, {100, 75, 400, 240}));
    QVERIFY(large && small);
    QVERIFY(overlap(cornersOf(large->box), cornersOf(small->box.scaled(2))) > 0.9);
}

void TestFlukeFinder::betterThanTheWholeFrameOnRealPhotos_data()
{
    QTest::addColumn<QString>("folder");
    QTest::addColumn<double>("margin");
    QTest::newRow("flukes") << QStringLiteral("/data/flukes") << 0.09;
    QTest::newRow("flukes_full") << QStringLiteral("/data/flukes_full") << 0.0;
}

void TestFlukeFinder::betterThanTheWholeFrameOnRealPhotos()
{
    QFETCH(QString, folder);
    QFETCH(double, margin);
    const Scores scores = scoresOn(QStringLiteral(FLUKEPRINT_SHARED_DATA_DIR) + folder);
    if (scores.photos == 0)
        QSKIP("shared/data is not here");
    const double found = scores.found / scores.photos;
    const double whole = scores.whole / scores.photos;
    qInfo("%s: %d photos, %d answers, IoU %.3f (whole frame %.3f), covered %.3f", qPrintable(folder), scores.photos,
          scores.answers, found, whole, scores.covered / scores.photos);
    QVERIFY(found > whole + margin);
    QVERIFY(scores.covered / scores.photos > 0.9);
}

QTEST_GUILESS_MAIN(TestFlukeFinder)
#include "tst_fluke_finder.moc"
