#pragma once

#include "core/base/error.h"

#include <QImage>
#include <QObject>
#include <QSize>
#include <QString>

#include <memory>
#include <vector>

namespace flukeprint::ui {

/// One picture at one size.
struct ImageRequest
{
    QString path;
    int longSidePx = 0; ///< decoded at least this large if the file is; 0: full size
    friend bool operator==(const ImageRequest &, const ImageRequest &) = default;
};

struct LoadedImage
{
    QImage image; ///< RGB32, upright
    QSize photoSize; ///< of the file in full size, upright
    std::vector<QImage> smaller; ///< of large pictures: half the size, and half of that, so that no view has to scale them down
    [[nodiscard]] bool isNull() const { return image.isNull(); }
};

/// `image` halved again and again until its long side is at most 1,024 px; empty for one that is that small.
[[nodiscard]] std::vector<QImage> halvedImages(const QImage &image);

/// Decodes photos in a few threads and keeps the last ones. What was asked for last comes first, and when more is waiting than
/// `maxWaiting`, the oldest requests are forgotten: what scrolled out of sight is never decoded. Use from the GUI thread only; the
/// destructor waits for the pictures being decoded.
class AsyncImageLoader : public QObject
{
    Q_OBJECT
public:
    struct Options
    {
        qint64 cacheBytes = 256LL * 1024 * 1024;
        int threads = 0; ///< 0: half the cores, at least 1, at most 4
        int maxWaiting = 120;
    };

    explicit AsyncImageLoader(QObject *parent = nullptr);
    explicit AsyncImageLoader(Options options, QObject *parent = nullptr);
    ~AsyncImageLoader() override;

    /// The picture if it is here; else it is asked for and `loaded` or `failed` follows, unless it is forgotten. A file that
    /// failed is not tried again until `forget` or `clear`.
    LoadedImage get(const ImageRequest &request);
    /// The same without asking for it.
    [[nodiscard]] LoadedImage cached(const ImageRequest &request) const;
    [[nodiscard]] bool hasFailed(const ImageRequest &request) const;
    void cancelWaiting();
    void forget(const QString &path);
    void clear();
    [[nodiscard]] qint64 cachedBytes() const;
    [[nodiscard]] int waitingCount() const;

Q_SIGNALS:
    void loaded(const flukeprint::ui::ImageRequest &request, const flukeprint::ui::LoadedImage &image);
    void failed(const flukeprint::ui::ImageRequest &request, const flukeprint::Error &error);

private:
    struct Private;
    std::unique_ptr<Private> m_private;
};

} // namespace flukeprint::ui
