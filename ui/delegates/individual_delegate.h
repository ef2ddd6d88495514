#pragma once

#include <QAbstractItemDelegate>

namespace flukeprint::ui {

class AsyncImageLoader;

/// A line of the list of individuals: representative photo, code and name, number of photos and when seen. Works on the roles of
/// IndividualModel.
class IndividualDelegate : public QAbstractItemDelegate
{
    Q_OBJECT
public:
    static constexpr int rowHeight = 64;

    /// `images` must outlive the delegate.
    explicit IndividualDelegate(AsyncImageLoader *images, QObject *parent = nullptr);

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

private:
    void paintText(QPainter *painter, QRect rect, const QModelIndex &index) const;

    AsyncImageLoader *m_images;
};

} // namespace flukeprint::ui
