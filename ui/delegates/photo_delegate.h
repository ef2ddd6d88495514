#pragma once

#include <QAbstractItemDelegate>

namespace flukeprint::ui {

class AsyncImageLoader;

/// A cell of a photo grid: the thumbnail on black, the individual's code or the state with its icon, the file name. Works on the roles
/// of AnnotationModel; asks the loader for what it paints and repaints the view when that has come.
class PhotoDelegate : public QAbstractItemDelegate
{
    Q_OBJECT
public:
    static constexpr int textHeight = 52; ///< what a cell is higher than two thirds of its width
    static constexpr double heightPerWidth = 2.0 / 3.0; ///< as most photos are
    static constexpr int cellMargin = 5; ///< between the cell's edge and its frame

    /// `images` must outlive the delegate.
    explicit PhotoDelegate(AsyncImageLoader *images, QObject *parent = nullptr);

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

private:
    void paintPhoto(QPainter *painter, const QRect &rect, const QModelIndex &index) const;
    void paintText(QPainter *painter, const QRect &rect, const QModelIndex &index) const;

    AsyncImageLoader *m_images;
};

enum class ThumbnailFit {
    Whole, ///< black where the photo has another shape
    Fill, ///< cut at the longer sides
};

/// Draws `image` centred in a rounded black frame; for all delegates that show photos.
void paintThumbnail(QPainter *painter, const QRect &rect, const QImage &image, int radius, ThumbnailFit fit = ThumbnailFit::Whole);

} // namespace flukeprint::ui
