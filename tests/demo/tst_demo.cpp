#include "core/base/atomic_file.h"
#include "core/demo/demo_photos.h"
#include "core/imaging/decode.h"
#include "core/imaging/metadata.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <map>
#include <mutex>
#include <set>

using namespace flukeprint;
using namespace flukeprint::demo;

namespace {

std::vector<QStringList> readTable(const std::filesystem::path &path)
{
    QFile file(QString::fromStdString(path.string()));
    std::vector<QStringList> rows;
    if (!file.open(QIODevice::ReadOnly))
        return rows;
    for (const QByteArray &line : file.readAll().split('\n')) {
        if (!line.isEmpty())
            rows.push_back(QString::fromUtf8(line).split(QLatin1Char(',')));
    }
    return rows;
}

DemoOptions smallOptions()
{
    DemoOptions options;
    options.individuals = 4;
    options.photosPerIndividual = 3;
    options.unidentifiedShare = 0.34;
    options.seed = 11;
    return options;
}

} // namespace

class TestDemo : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void tablesNameEveryPhoto();
    void photosCarryTimePlaceAndCamera();
    void whalesAreMetMoreThanOnce();
    void sameSeedSameBytes();
    void otherSeedOtherWhales();
    void cancelStopsAndSaysSo();
    void impossibleOptionsAreRefused();
    void unwritableFolderIsAnError();

private:
    QTemporaryDir m_folder;
    DemoSummary m_summary;
};

void TestDemo::initTestCase()
{
    std::mutex mutex;
    std::int64_t last = 0;
    const auto written =
        writeDemoPhotos(m_folder.path().toStdString(), smallOptions(), {}, [&](const Progress &progress) {
            const std::lock_guard lock(mutex);
            last = std::max(last, progress.done);
            QCOMPARE(progress.total, 14);
        });
    QVERIFY2(written, written ? "" : written.error().debugText().c_str());
    m_summary = *written;
    QCOMPARE(last, m_summary.photos);
}

void TestDemo::tablesNameEveryPhoto()
{
    const auto labels = readTable(m_summary.labelsCsv);
    const auto boxes = readTable(m_summary.boxesCsv);
    QCOMPARE(labels.front(), (QStringList{QStringLiteral("Image"), QStringLiteral("Id"), QStringLiteral("encounter")}));
    QCOMPARE(boxes.front().join(QLatin1Char(',')), QStringLiteral("Image,x0_px,y0_px,x1_px,y1_px"));
    QCOMPARE(int(labels.size()), m_summary.photos + 1);
    QCOMPARE(labels.size(), boxes.size());
    std::set<QString> names;
    int unidentified = 0;
    for (std::size_t i = 1; i < labels.size(); ++i) {
        const auto photo = imaging::decodeFile(m_summary.photosFolder / labels[i][0].toStdString(), {0.25});
        QVERIFY2(photo, photo ? "" : photo.error().debugText().c_str());
        QCOMPARE(boxes[i][0], labels[i][0]);
        const double x0 = boxes[i][1].toDouble(), y0 = boxes[i][2].toDouble();
        const double x1 = boxes[i][3].toDouble(), y1 = boxes[i][4].toDouble();
        QVERIFY(x0 >= 0 && y0 >= 0 && x1 <= photo->header.widthPx && y1 <= photo->header.heightPx);
        QVERIFY(x1 - x0 > 100 && y1 - y0 > 25);
        if (labels[i][1] == QLatin1String("new_whale"))
            ++unidentified;
        else
            names.insert(labels[i][1]);
    }
    QCOMPARE(int(names.size()), 4);
    QCOMPARE(unidentified, m_summary.unidentified);
    QCOMPARE(unidentified, 4); // two of named whales, two strangers
    QCOMPARE(m_summary.photos, 14);
}

void TestDemo::photosCarryTimePlaceAndCamera()
{
    std::string previous;
    for (const QStringList &row : readTable(m_summary.labelsCsv)) {
        if (row[0] == QLatin1String("Image"))
            continue;
        const auto bytes = imaging::readPhotoFile(m_summary.photosFolder / row[0].toStdString());
        QVERIFY(bytes);
        const auto metadata = imaging::readMetadata(*bytes);
        QCOMPARE(QString::fromStdString(metadata.takenAt.substr(0, 10)), row[2].left(10));
        QVERIFY(metadata.takenAt >= previous); // files are in the order of time
        previous = metadata.takenAt;
        QCOMPARE(metadata.takenAt.substr(19), std::string("-04:00"));
        QVERIFY(metadata.latitudeDeg && *metadata.latitudeDeg > 40 && *metadata.latitudeDeg < 46);
        QVERIFY(metadata.longitudeDeg && *metadata.longitudeDeg > -72 && *metadata.longitudeDeg < -65);
        QVERIFY(metadata.camera.starts_with("Flukeprint Synthetic"));
        QVERIFY(!metadata.lens.empty());
    }
}

void TestDemo::whalesAreMetMoreThanOnce()
{
    std::map<QString, std::set<QString>> encounters;
    for (const QStringList &row : readTable(m_summary.labelsCsv)) {
        if (row[1].startsWith(QLatin1String("GOM-")))
            encounters[row[1]].insert(row[2]);
    }
    int twice = 0;
    for (const auto &[whale, met] : encounters)
        twice += met.size() >= 2 ? 1 : 0;
    QVERIFY2(twice >= 2, "identification across encounters needs whales that are met again");
}

void TestDemo::sameSeedSameBytes()
{
    const QTemporaryDir again;
    QVERIFY(writeDemoPhotos(again.path().toStdString(), smallOptions()));
    int compared = 0;
    for (const char *name : {"labels.csv", "boxes.csv"})
        QCOMPARE(*readFile(std::filesystem::path(again.path().toStdString()) / name),
                 *readFile(std::filesystem::path(m_folder.path().toStdString()) / name));
    for (const auto &entry : std::filesystem::directory_iterator(m_summary.photosFolder)) {
        const auto other =
            readFile(std::filesystem::path(again.path().toStdString()) / "photos" / entry.path().filename());
        QVERIFY(other);
        QVERIFY(*other == *readFile(entry.path()));
        ++compared;
    }
    QCOMPARE(compared, m_summary.photos);
}

void TestDemo::otherSeedOtherWhales()
{
    const QTemporaryDir other;
    DemoOptions options = smallOptions();
    options.individuals = 1;
    options.seed = 12;
    const auto written = writeDemoPhotos(other.path().toStdString(), options);
    QVERIFY(written);
    QVERIFY(*readFile(written->labelsCsv) != *readFile(m_summary.labelsCsv));
}

void TestDemo::cancelStopsAndSaysSo()
{
    const QTemporaryDir folder;
    std::stop_source source;
    DemoOptions options = smallOptions();
    options.individuals = 30;
    const auto written = writeDemoPhotos(folder.path().toStdString(), options, source.get_token(),
                                         [&source](const Progress &) { source.request_stop(); });
    QVERIFY(!written);
    QCOMPARE(written.error().code, ErrorCode::Cancelled);
    QVERIFY(!QFile::exists(folder.filePath(QStringLiteral("labels.csv"))));
}

void TestDemo::impossibleOptionsAreRefused()
{
    const QTemporaryDir folder;
    for (const DemoOptions &options :
         {DemoOptions{0, 6, 1, 0.1}, DemoOptions{4, 0, 1, 0.1}, DemoOptions{4, 6, 1, 1.5}}) {
        const auto written = writeDemoPhotos(folder.path().toStdString(), options);
        QVERIFY(!written);
        QCOMPARE(written.error().code, ErrorCode::InvalidArgument);
    }
}

void TestDemo::unwritableFolderIsAnError()
{
    const QTemporaryDir folder;
    QFile blocker(folder.filePath(QStringLiteral("taken")));
    QVERIFY(blocker.open(QIODevice::WriteOnly));
    const auto written = writeDemoPhotos(folder.filePath(QStringLiteral("taken")).toStdString(), smallOptions());
    QVERIFY(!written);
    QCOMPARE(written.error().code, ErrorCode::FileUnwritable);
}

QTEST_GUILESS_MAIN(TestDemo)
#include "tst_demo.moc"
