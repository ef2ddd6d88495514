#include "ui/review/photo_view.h"

#include "ui/text/messages.h"
#include "ui/theme/theme.h"
#include "ui/widgets/async_image_loader.h"

#include <QPainter>

namespace flukeprint::ui {

PhotoView::PhotoView(AsyncImageLoader *images, QWidget *parent)
    : ImageView(parent)
    , m_images(images)
{
    setFocusPolicy(Qt::TabFocus);
    setOverlay([this](QPainter &painter, const QTransform &) { paintCaption(painter); });
    connect(m_images, &AsyncImageLoader::loaded, this, &PhotoView::take);
    connect(m_images, &AsyncImageLoader::failed, this, [this](const ImageRequest &request, const Error &error) {
        if (!m_photo || request.path != m_photo->path)
            return;
        m_missing = true;
        if (!hasImage())
            setMessage(messageFor(error));
        update();
    });
}

void PhotoView::setPhoto(const std::optional<ReviewPhoto> &photo, const QString &message)
{
    const bool same = photo && m_photo && photo->path == m_photo->path && hasImage();
    m_photo = photo;
    if (!photo) {
        m_full = m_missing = false;
        setReference(std::nullopt);
        setMessage(message);
        Q_EMIT pictureChanged();
        return;
    }
    setAccessibleDescription(photo->fileName);
    if (!same)
        fetch();
}

void PhotoView::fetch()
{
    m_missing = m_images->hasFailed({m_photo->path, 0});
    const LoadedImage full = m_images->get({m_photo->path, 0});
    m_full = !full.isNull();
    // Asked for last, decoded first.
    const LoadedImage shown = m_full ? full : m_images->get({m_photo->thumbnail, 0});
    if (!shown.isNull())
        setImage(shown.image, m_photo->sizePx);
    else if (m_missing)
        setMessage(tr("The photo is not where it was. Import the folder it is in now, and it will be recognised."));
    else
        setMessage(tr("loading"));
    Q_EMIT pictureChanged();
}

void PhotoView::take(const ImageRequest &request, const LoadedImage &image)
{
    if (!m_photo || m_full)
        return;
    const bool full = request.path == m_photo->path && request.longSidePx == 0;
    if (!full && (request.path != m_photo->thumbnail || hasImage()))
        return;
    m_full = full;
    setImage(image.image, m_photo->sizePx);
    Q_EMIT pictureChanged();
}

void PhotoView::setCaption(const QString &text)
{
    m_caption = text;
    update();
}

void PhotoView::paintCaption(QPainter &painter) const
{
    QString text = m_caption;
    if (m_missing)
        text += (text.isEmpty() ? QString() : QStringLiteral("   ")) + tr("photo not found, this is its thumbnail");
    if (text.isEmpty())
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(smallFont());
    const QString shown = painter.fontMetrics().elidedText(text, Qt::ElideRight, width() - 40);
    const QRect label(10, height() - 30, painter.fontMetrics().horizontalAdvance(shown) + 16, 20);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(0, 0, 0, 170));
    painter.drawRoundedRect(label, 6, 6);
    // On a photo, so always the dark table.
    painter.setPen(darkColours().text);
    painter.drawText(label, Qt::AlignCenter, shown);
}

} // namespace flukeprint::ui
