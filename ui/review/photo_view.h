#pragma once

#include "ui/review/review_photos.h"
#include "ui/widgets/image_view.h"

#include <optional>

namespace flukeprint::ui {

class AsyncImageLoader;
struct ImageRequest;
struct LoadedImage;

/// An image view that fetches its photo itself: the thumbnail at once, then the photo in full size. Takes the focus by Tab only, so
/// that a person who drags a photo keeps the keys of the page.
class PhotoView : public ImageView
{
    Q_OBJECT
public:
    /// `images` must outlive the view.
    explicit PhotoView(AsyncImageLoader *images, QWidget *parent = nullptr);

    /// nullopt: `message` instead of a photo. The view's zoom is kept.
    void setPhoto(const std::optional<ReviewPhoto> &photo, const QString &message = {});
    [[nodiscard]] const std::optional<ReviewPhoto> &photo() const { return m_photo; }
    /// In the lower left corner; empty: none.
    void setCaption(const QString &text);
    [[nodiscard]] bool isInFullSize() const { return m_full; }

Q_SIGNALS:
    /// The picture changed (loading ended, another photo).
    void pictureChanged();

private:
    void fetch();
    void take(const ImageRequest &request, const LoadedImage &image);
    void paintCaption(QPainter &painter) const;

    AsyncImageLoader *m_images;
    std::optional<ReviewPhoto> m_photo;
    QString m_caption;
    bool m_full = false;
    bool m_missing = false;
};

} // namespace flukeprint::ui
