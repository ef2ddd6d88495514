#include "ui/delegates/individual_delegate.h"

#include "ui/delegates/photo_delegate.h"
#include "ui/models/individual_model.h"
#include "ui/text/format.h"
#include "ui/theme/theme.h"
#include "ui/widgets/async_image_loader.h"

#include <QPainter>

namespace flukeprint::ui {

namespace {

constexpr int photoWidth = 84;
constexpr int photoHeight = 48;

} // namespace

IndividualDelegate::IndividualDelegate(AsyncImageLoader *images, QObject *parent)
    : QAbstractItemDelegate(parent)
    , m_images(images)
{
}

QSize IndividualDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const
{
    return {200, rowHeight};
}

void IndividualDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Colours &c = Theme::colours();
    painter->save();
    if (option.state & QStyle::State_Selected)
        painter->fillRect(option.rect, c.accentSurface);
    else if (option.state & QStyle::State_MouseOver)
        painter->fillRect(option.rect, c.hover);
    painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), c.line);
    const QRect photo(option.rect.left() + Sizes::gap, option.rect.top() + (rowHeight - photoHeight) / 2, photoWidth, photoHeight);
    const LoadedImage thumbnail = m_images->get({index.data(IndividualModel::ThumbnailRole).toString(), 0});
    paintThumbnail(painter, photo, thumbnail.image, Sizes::thumbnailRadius, ThumbnailFit::Fill);
    paintText(painter,
              QRect(photo.right() + Sizes::gap, option.rect.top() + 12, option.rect.right() - photo.right() - 2 * Sizes::gap, rowHeight - 24), index);
    painter->restore();
}

void IndividualDelegate::paintText(QPainter *painter, QRect rect, const QModelIndex &index) const
{
    const Colours &c = Theme::colours();
    const QRect first(rect.left(), rect.top(), rect.width(), rect.height() / 2);
    const QRect second(rect.left(), first.bottom() + 1, rect.width(), rect.height() / 2);
    const QString code = index.data(Qt::DisplayRole).toString();
    painter->setFont(boldFont());
    painter->setPen(c.text);
    const QString shown = painter->fontMetrics().elidedText(code, Qt::ElideRight, first.width());
    painter->drawText(first, Qt::AlignVCenter, shown);
    const int used = painter->fontMetrics().horizontalAdvance(shown) + 6;
    const QString name = index.data(IndividualModel::NameRole).toString();
    if (!name.isEmpty() && used < first.width()) {
        painter->setFont(baseFont());
        painter->setPen(c.secondary);
        painter->drawText(first.adjusted(used, 0, 0, 0), Qt::AlignVCenter,
                          painter->fontMetrics().elidedText(name, Qt::ElideRight, first.width() - used));
    }
    const int count = index.data(IndividualModel::PhotoCountRole).toInt();
    const QString lastSeen = monthText(index.data(IndividualModel::LastSeenRole).toString().toStdString());
    QString line = tr("%n photo(s)", nullptr, count);
    if (!lastSeen.isEmpty())
        line = tr("%1, last seen %2").arg(line, lastSeen);
    painter->setFont(smallFont());
    painter->setPen(c.secondary);
    painter->drawText(second, Qt::AlignVCenter, painter->fontMetrics().elidedText(line, Qt::ElideRight, second.width()));
}

} // namespace flukeprint::ui
