#include "core/demo/sea_sights.h"
#include "core/imaging/decode.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <vector>

using namespace flukeprint;
using namespace flukeprint::demo;

class TestSeaSights : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sameSeedSamePicture();
    void manyShowMoreThanTheSea();
    void filesAreNumberedPhotos();
    void drawingCanBeCancelled();
};

void TestSeaSights::sameSeedSamePicture()
{
    const imaging::Image first = paintSight(7);
    QVERIFY(first.width >= 400 && first.height >= 280);
    QCOMPARE(paintSight(7).pixels, first.pixels);
    QVERIFY(paintSight(8).pixels != first.pixels);
}

void TestSeaSights::manyShowMoreThanTheSea()
{
    // A back stands out from the water around it: in a row of pixels it makes a far larger step than waves do.
    int striking = 0;
    constexpr int count = 24;
    for (std::uint64_t seed = 1; seed <= count; ++seed) {
        const imaging::Image picture = paintSight(seed);
        constexpr int block = 12;
        int furthest = 0;
        for (int y = 0; y + block < picture.height; y += block) {
            std::vector<int> means;
            for (int x = 0; x + block < picture.width; x += block) {
                int sum = 0;
                for (int dy = 0; dy < block; ++dy) {
                    for (int dx = 0; dx < block; ++dx)
                        sum += picture.row(y + dy)[3 * (x + dx) + 1];
                }
                means.push_back(sum / (block * block));
            }
            const auto [low, high] = std::minmax_element(means.begin(), means.end());
            furthest = std::max(furthest, *high - *low);
        }
        striking += furthest > 60 ? 1 : 0;
    }
    QVERIFY2(striking >= count / 3, std::to_string(striking).c_str());
    QVERIFY2(striking < count, std::to_string(striking).c_str());
}

void TestSeaSights::filesAreNumberedPhotos()
{
    const QTemporaryDir folder;
    const std::filesystem::path out = folder.filePath("sights").toStdString();
    std::vector<std::int64_t> done;
    QVERIFY(writeSights(out, 3, 5, {}, [&](const Progress &progress) { done.push_back(progress.done); }).ok());
    QCOMPARE(done, (std::vector<std::int64_t>{1, 2, 3}));
    std::vector<std::vector<std::uint8_t>> pictures;
    for (const char *name : {"sight_00001.jpg", "sight_00002.jpg", "sight_00003.jpg"}) {
        const auto photo = imaging::decodeFile(out / name);
        QVERIFY(photo.ok());
        pictures.push_back(photo->image.pixels);
    }
    QVERIFY(pictures[0] != pictures[1] && pictures[1] != pictures[2] && pictures[0] != pictures[2]);
}

void TestSeaSights::drawingCanBeCancelled()
{
    const QTemporaryDir folder;
    std::stop_source source;
    const auto written = writeSights(folder.filePath("s").toStdString(), 50, 1, source.get_token(),
                                     [&](const Progress &) { source.request_stop(); });
    QCOMPARE(written.error().code, ErrorCode::Cancelled);
    QVERIFY(!std::filesystem::exists(folder.filePath("s/sight_00002.jpg").toStdString()));
}

QTEST_GUILESS_MAIN(TestSeaSights)
#include "tst_sea_sights.moc"
