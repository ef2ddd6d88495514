#include "ui/widgets/async_image_loader.h"

#include "core/imaging/decode.h"

#include <QCache>
#include <QMutex>
#include <QSet>
#include <QThread>
#include <QThreadPool>

#include <algorithm>
#include <deque>

namespace flukeprint::ui {

namespace {

QString keyOf(const ImageRequest &request)
{
    return QString::number(request.longSidePx) + QLatin1Char('|') + request.path;
}

void deletePixels(void *pixels)
{
    delete static_cast<imaging::Image *>(pixels);
}

/// Takes the pixels over without copying them.
QImage toQImage(imaging::Image &&image)
{
    auto *owner = new imaging::Image(std::move(image));
    const QImage wrapped(owner->pixels.data(), owner->width, owner->height, static_cast<qsizetype>(owner->stride()),
                         QImage::Format_RGB888, deletePixels, owner);
    return wrapped.convertToFormat(QImage::Format_RGB32);
}

/// KiB, at least 1.
qsizetype costOf(const LoadedImage &image)
{
    qsizetype bytes = image.image.sizeInBytes();
    for (const QImage &smaller : image.smaller)
        bytes += smaller.sizeInBytes();
    return std::max<qsizetype>(1, bytes / 1024);
}

Result<LoadedImage> decode(const ImageRequest &request)
{
    const std::string name = request.path.toStdString();
    auto bytes = imaging::readPhotoFile(std::filesystem::path(name));
    if (!bytes)
        return bytes.error();
    const auto header = imaging::probe(*bytes, name);
    if (!header)
        return header.error();
    imaging::DecodeOptions options;
    if (request.longSidePx > 0)
        options.minScale = imaging::scaleForLongSide(*header, request.longSidePx);
    auto photo = imaging::decode(*bytes, name, options);
    if (!photo)
        return photo.error();
    LoadedImage loaded {toQImage(std::move(photo->image)), QSize(photo->header.widthPx, photo->header.heightPx), {}};
    loaded.smaller = halvedImages(loaded.image);
    return loaded;
}

} // namespace

std::vector<QImage> halvedImages(const QImage &image)
{
    std::vector<QImage> smaller;
    QImage last = image;
    while (std::max(last.width(), last.height()) > 1024) {
        last = last.scaled(last.width() / 2, last.height() / 2, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
        smaller.push_back(last);
    }
    return smaller;
}

struct AsyncImageLoader::Private
{
    explicit Private(const Options &given)
        : options(given)
        , cache(std::max<qint64>(1, given.cacheBytes / 1024))
    {
    }

    Options options;
    QThreadPool pool;
    QCache<QString, LoadedImage> cache; // cost in KiB
    QSet<QString> asked; // waiting or being decoded
    QSet<QString> failures;
    QMutex mutex; // guards `waiting`, the only thing that the threads share
    std::deque<ImageRequest> waiting;
};

AsyncImageLoader::AsyncImageLoader(QObject *parent)
    : AsyncImageLoader(Options(), parent)
{
}

AsyncImageLoader::AsyncImageLoader(Options options, QObject *parent)
    : QObject(parent)
    , m_private(std::make_unique<Private>(options))
{
    const int threads = options.threads > 0 ? options.threads : std::clamp(QThread::idealThreadCount() / 2, 1, 4);
    m_private->pool.setMaxThreadCount(threads);
}

AsyncImageLoader::~AsyncImageLoader()
{
    cancelWaiting();
    m_private->pool.waitForDone();
}

LoadedImage AsyncImageLoader::cached(const ImageRequest &request) const
{
    const LoadedImage *image = m_private->cache.object(keyOf(request));
    return image ? *image : LoadedImage();
}

bool AsyncImageLoader::hasFailed(const ImageRequest &request) const
{
    return m_private->failures.contains(keyOf(request));
}

LoadedImage AsyncImageLoader::get(const ImageRequest &request)
{
    const QString key = keyOf(request);
    if (const LoadedImage *image = m_private->cache.object(key))
        return *image;
    if (request.path.isEmpty() || m_private->asked.contains(key) || m_private->failures.contains(key))
        return {};
    m_private->asked.insert(key);
    {
        const QMutexLocker lock(&m_private->mutex);
        m_private->waiting.push_back(request);
        if (static_cast<int>(m_private->waiting.size()) > m_private->options.maxWaiting) {
            m_private->asked.remove(keyOf(m_private->waiting.front()));
            m_private->waiting.pop_front();
        }
    }
    m_private->pool.start([this] {
        ImageRequest next;
        {
            const QMutexLocker lock(&m_private->mutex);
            if (m_private->waiting.empty())
                return;
            next = m_private->waiting.back();
            m_private->waiting.pop_back();
        }
        const Result<LoadedImage> outcome = decode(next);
        // Queued to the GUI thread; Qt drops it if the loader is gone by then.
        QMetaObject::invokeMethod(
            this,
            [this, next, outcome] {
                const QString done = keyOf(next);
                m_private->asked.remove(done);
                if (!outcome) {
                    m_private->failures.insert(done);
                    Q_EMIT failed(next, outcome.error());
                    return;
                }
                const LoadedImage image = outcome.value();
                m_private->cache.insert(done, new LoadedImage(image), costOf(image));
                Q_EMIT loaded(next, image);
            },
            Qt::QueuedConnection);
    });
    return {};
}

void AsyncImageLoader::cancelWaiting()
{
    const QMutexLocker lock(&m_private->mutex);
    for (const ImageRequest &request : m_private->waiting)
        m_private->asked.remove(keyOf(request));
    m_private->waiting.clear();
}

void AsyncImageLoader::forget(const QString &path)
{
    const auto isOfPath = [&path](const QString &key) { return key.mid(key.indexOf(QLatin1Char('|')) + 1) == path; };
    for (const QString &key : m_private->cache.keys()) {
        if (isOfPath(key))
            m_private->cache.remove(key);
    }
    m_private->failures.removeIf(isOfPath);
}

void AsyncImageLoader::clear()
{
    cancelWaiting();
    m_private->cache.clear();
    m_private->failures.clear();
}

qint64 AsyncImageLoader::cachedBytes() const
{
    return m_private->cache.totalCost() * 1024;
}

int AsyncImageLoader::waitingCount() const
{
    const QMutexLocker lock(&m_private->mutex);
    return static_cast<int>(m_private->waiting.size());
}

} // namespace flukeprint::ui
