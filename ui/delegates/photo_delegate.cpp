#include "ui/delegates/photo_delegate.h"

#include "core/catalogue/records.h"
#include "ui/models/annotation_model.h"
#include "ui/text/decision_text.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/widgets/async_image_loader.h"

#include <QPainter>
#include <QPainterPath>

namespace flukeprint::ui {

namespace {

constexpr int photoMargin = 5;
constexpr int stateIconSide = 14;

QColor stateColour(catalogue::IdentityState state)
{
    const Colours &c = Theme::colours();
    switch (state) {
    case catalogue::IdentityState::Identified: return c.accent;
    case catalogue::IdentityState::Proposed: return c.attention;
    default: return c.secondary;
    }
}

} // namespace

PhotoDelegate::PhotoDelegate(AsyncImageLoader *images, QObject *parent)
    : QAbstractItemDelegate(parent)
    , m_images(images)
{
}

QSize PhotoDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const
{
    return {200, static_cast<int>(200 * heightPerWidth) + textHeight};
}

void PhotoDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Colours &c = Theme::colours();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRect cell = option.rect.adjusted(cellMargin, cellMargin, -cellMargin, -cellMargin);
    const bool selected = option.state & QStyle::State_Selected;
    const bool focused = option.state & QStyle::State_HasFocus;
    const bool hovered = option.state & QStyle::State_MouseOver;
    painter->setPen(QPen(selected || focused ? c.accent : c.line, 1));
    painter->setBrush(selected ? c.accentSurface : hovered ? c.hover : c.panel);
    painter->drawRoundedRect(QRectF(cell).adjusted(0.5, 0.5, -0.5, -0.5), Sizes::buttonRadius, Sizes::buttonRadius);
    const int photoWidth = cell.width() - 2 * photoMargin;
    const QRect photo(cell.left() + photoMargin, cell.top() + photoMargin, photoWidth, static_cast<int>(photoWidth * heightPerWidth));
    paintPhoto(painter, photo, index);
    paintText(painter, QRect(cell.left() + 10, photo.bottom() + 4, cell.width() - 20, cell.bottom() - photo.bottom() - 8), index);
    painter->restore();
}

void PhotoDelegate::paintPhoto(QPainter *painter, const QRect &rect, const QModelIndex &index) const
{
    const LoadedImage thumbnail = m_images->get({index.data(AnnotationModel::ThumbnailRole).toString(), 0});
    paintThumbnail(painter, rect, thumbnail.image, Sizes::thumbnailRadius);
    if (index.data(AnnotationModel::MissingRole).toBool())
        painter->drawPixmap(rect.right() - 24, rect.top() + 6,
                            iconPixmap(QStringLiteral("warning"), darkColours().attention, 18, painter->device()->devicePixelRatioF()));
}

void PhotoDelegate::paintText(QPainter *painter, const QRect &rect, const QModelIndex &index) const
{
    const Colours &c = Theme::colours();
    const auto state = static_cast<catalogue::IdentityState>(index.data(AnnotationModel::StateRole).toInt());
    const QString code = index.data(AnnotationModel::CodeRole).toString();
    const QRect first(rect.left(), rect.top(), rect.width(), rect.height() / 2);
    const QRect second(rect.left(), first.bottom() + 1, rect.width(), rect.height() - first.height());
    painter->drawPixmap(first.left(), first.center().y() - stateIconSide / 2 + 1,
                        iconPixmap(stateIcon(state), stateColour(state), stateIconSide, painter->device()->devicePixelRatioF()));
    const QRect words = first.adjusted(stateIconSide + 5, 0, 0, 0);
    const bool named = !code.isEmpty();
    painter->setFont(named ? boldFont() : baseFont());
    painter->setPen(named ? c.text : c.secondary);
    painter->drawText(words, Qt::AlignVCenter, painter->fontMetrics().elidedText(named ? code : stateText(state), Qt::ElideRight, words.width()));
    painter->setFont(smallFont());
    painter->setPen(c.secondary);
    const QString name = index.data(Qt::DisplayRole).toString();
    painter->drawText(second, Qt::AlignVCenter, painter->fontMetrics().elidedText(name, Qt::ElideMiddle, second.width()));
}

void paintThumbnail(QPainter *painter, const QRect &rect, const QImage &image, int radius, ThumbnailFit fit)
{
    painter->save();
    painter->setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    painter->setPen(Qt::NoPen);
    painter->setBrush(Theme::colours().photo);
    painter->drawRoundedRect(rect, radius, radius);
    if (!image.isNull()) {
        const QSizeF size =
            QSizeF(image.size()).scaled(rect.size(), fit == ThumbnailFit::Whole ? Qt::KeepAspectRatio : Qt::KeepAspectRatioByExpanding);
        const QRectF target(rect.x() + (rect.width() - size.width()) / 2, rect.y() + (rect.height() - size.height()) / 2, size.width(),
                            size.height());
        QPainterPath clip;
        clip.addRoundedRect(rect, radius, radius);
        painter->setClipPath(clip);
        painter->drawImage(target, image);
    }
    painter->restore();
}

} // namespace flukeprint::ui
