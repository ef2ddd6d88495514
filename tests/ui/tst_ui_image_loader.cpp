#include "ui/widgets/async_image_loader.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace flukeprint;
using namespace flukeprint::ui;

class TestImageLoader : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void picturesComeAndStay();
    void smallerRequestsGiveSmallerPictures();
    void whatScrolledAwayIsNeverDecoded();
    void memoryStaysWithinItsLimit();
    void brokenFilesAreReportedOnce();
    void loaderCanDieWhileItLoads();

private:
    QString writePhoto(const QString &name, QSize size);
    QTemporaryDir m_dir;
};

void TestImageLoader::initTestCase()
{
    qRegisterMetaType<ImageRequest>();
    qRegisterMetaType<LoadedImage>();
    qRegisterMetaType<Error>();
}

QString TestImageLoader::writePhoto(const QString &name, QSize size)
{
    QImage image(size, QImage::Format_RGB32);
    image.fill(QColor(10, 60, 90));
    const QString path = m_dir.filePath(name);
    image.save(path, "JPG", 90);
    return path;
}

void TestImageLoader::picturesComeAndStay()
{
    AsyncImageLoader loader;
    const ImageRequest request {writePhoto(QStringLiteral("a.jpg"), {600, 400}), 0};
    QSignalSpy loaded(&loader, &AsyncImageLoader::loaded);
    QVERIFY(loader.get(request).isNull());
    QVERIFY(loader.get(request).isNull()); // asked twice, decoded once
    QTRY_COMPARE(loaded.count(), 1);
    const LoadedImage image = loader.get(request);
    QCOMPARE(image.photoSize, QSize(600, 400));
    QCOMPARE(image.image.size(), QSize(600, 400));
    QTest::qWait(50);
    QCOMPARE(loaded.count(), 1);
}

void TestImageLoader::smallerRequestsGiveSmallerPictures()
{
    AsyncImageLoader loader;
    const ImageRequest request {writePhoto(QStringLiteral("large.jpg"), {3200, 2400}), 400};
    loader.get(request);
    QTRY_VERIFY(!loader.cached(request).isNull());
    const LoadedImage image = loader.cached(request);
    QCOMPARE(image.photoSize, QSize(3200, 2400));
    QVERIFY(image.image.width() >= 400 && image.image.width() < 3200);
}

void TestImageLoader::whatScrolledAwayIsNeverDecoded()
{
    AsyncImageLoader::Options options;
    options.threads = 1;
    options.maxWaiting = 4;
    AsyncImageLoader loader(options);
    QSignalSpy loaded(&loader, &AsyncImageLoader::loaded);
    constexpr int asked = 40;
    QString last;
    for (int i = 0; i < asked; ++i) {
        last = writePhoto(QStringLiteral("s%1.jpg").arg(i), {1200, 900});
        loader.get({last, 0});
        QVERIFY(loader.waitingCount() <= options.maxWaiting);
    }
    loader.cancelWaiting();
    loader.get({last, 0});
    QTRY_VERIFY(!loader.cached({last, 0}).isNull());
    QTest::qWait(50);
    QVERIFY(loaded.count() < asked);
}

void TestImageLoader::memoryStaysWithinItsLimit()
{
    AsyncImageLoader::Options options;
    options.cacheBytes = 3 * 1024 * 1024;
    AsyncImageLoader loader(options);
    QSignalSpy loaded(&loader, &AsyncImageLoader::loaded);
    for (int i = 0; i < 8; ++i)
        loader.get({writePhoto(QStringLiteral("m%1.jpg").arg(i), {600, 400}), 0}); // 0.96 MB each
    QTRY_COMPARE(loaded.count(), 8);
    QVERIFY(loader.cachedBytes() <= options.cacheBytes);
    QVERIFY(loader.cachedBytes() > 0);
}

void TestImageLoader::brokenFilesAreReportedOnce()
{
    AsyncImageLoader loader;
    const QString path = m_dir.filePath(QStringLiteral("text.jpg"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("this is no photo");
    file.close();
    QSignalSpy failed(&loader, &AsyncImageLoader::failed);
    loader.get({path, 0});
    loader.get({m_dir.filePath(QStringLiteral("gone.jpg")), 0});
    QTRY_COMPARE(failed.count(), 2);
    QVERIFY(loader.hasFailed({path, 0}));
    loader.get({path, 0});
    QTest::qWait(50);
    QCOMPARE(failed.count(), 2);
    // The file was repaired.
    writePhoto(QStringLiteral("text.jpg"), {60, 40});
    loader.forget(path);
    loader.get({path, 0});
    QTRY_VERIFY(!loader.cached({path, 0}).isNull());
}

void TestImageLoader::loaderCanDieWhileItLoads()
{
    for (int round = 0; round < 5; ++round) {
        AsyncImageLoader loader;
        for (int i = 0; i < 8; ++i)
            loader.get({m_dir.filePath(QStringLiteral("m%1.jpg").arg(i)), round});
    }
    QCoreApplication::processEvents(); // answers of dead loaders must not arrive
    AsyncImageLoader loader;
    loader.get({m_dir.filePath(QStringLiteral("m0.jpg")), 0});
    QTRY_VERIFY(!loader.cached({m_dir.filePath(QStringLiteral("m0.jpg")), 0}).isNull());
}

QTEST_MAIN(TestImageLoader)
#include "tst_ui_image_loader.moc"
