#include "ui/training/run_delegate.h"

#include "core/catalogue/records.h"
#include "ui/theme/theme.h"
#include "ui/training/run_list_model.h"

#include <QPainter>

namespace flukeprint::ui {

namespace {

constexpr int rowHeight = 50;
constexpr int dotPx = 9;

/// Running: filled; paused and waiting: ring; ended badly: diamond.
void drawStateDot(QPainter *painter, QPointF centre, catalogue::RunState state, bool serving)
{
    const Colours &colours = Theme::colours();
    const double radius = dotPx / 2.0;
    painter->setRenderHint(QPainter::Antialiasing);
    switch (state) {
    case catalogue::RunState::Failed:
    case catalogue::RunState::Interrupted: {
        painter->setPen(Qt::NoPen);
        painter->setBrush(state == catalogue::RunState::Failed ? colours.error : colours.attention);
        const QPointF corners[] = {centre + QPointF(0, -radius - 1), centre + QPointF(radius + 1, 0),
                                   centre + QPointF(0, radius + 1), centre + QPointF(-radius - 1, 0)};
        painter->drawPolygon(corners, 4);
        return;
    }
    case catalogue::RunState::Queued:
    case catalogue::RunState::Paused:
    case catalogue::RunState::Cancelled:
        painter->setBrush(Qt::NoBrush);
        painter->setPen(QPen(state == catalogue::RunState::Cancelled ? colours.secondary : colours.accent, 1.8));
        break;
    case catalogue::RunState::Running:
    case catalogue::RunState::Finished:
        painter->setPen(Qt::NoPen);
        painter->setBrush(state == catalogue::RunState::Running || serving ? colours.accent : colours.secondary);
        break;
    }
    painter->drawEllipse(centre, radius, radius);
}

} // namespace

void RunDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Colours &colours = Theme::colours();
    painter->save();
    if (option.state & QStyle::State_Selected)
        painter->fillRect(option.rect, colours.accentSurface);
    else if (option.state & QStyle::State_MouseOver)
        painter->fillRect(option.rect, colours.hover);
    const QRect inner = option.rect.adjusted(Sizes::gap, 0, -Sizes::gap, 0);
    const auto state = static_cast<catalogue::RunState>(index.data(RunListModel::StateRole).toInt());
    drawStateDot(painter, QPointF(inner.left() + dotPx / 2.0 + 1, inner.center().y()), state,
                 index.data(RunListModel::ServingRole).toBool());

    painter->setFont(baseFont());
    painter->setPen(colours.text);
    const QString score = index.data(RunListModel::ScoreRole).toString();
    const int scoreWidth = drawFigures(painter, inner, Qt::AlignRight | Qt::AlignVCenter, score);
    QRect words = inner.adjusted(dotPx + 12, 7, -scoreWidth - Sizes::gap, -7);
    painter->setFont(boldFont());
    painter->drawText(words, Qt::AlignLeft | Qt::AlignTop,
                      QFontMetrics(boldFont()).elidedText(index.data().toString(), Qt::ElideRight, words.width()));
    painter->setFont(smallFont());
    painter->setPen(option.state & QStyle::State_Selected ? colours.text : colours.secondary);
    const QString stateText = index.data(RunListModel::StateTextRole).toString();
    painter->drawText(words, Qt::AlignLeft | Qt::AlignBottom,
                      QFontMetrics(smallFont()).elidedText(stateText, Qt::ElideRight, words.width()));
    if (option.state & QStyle::State_HasFocus && option.state & QStyle::State_KeyboardFocusChange) {
        painter->setPen(QPen(colours.accent, 1));
        painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
    }
    painter->restore();
}

QSize RunDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const
{
    // As wide as the list, whatever that is: it widens its rows, but never narrows them.
    constexpr int narrowestPx = 120;
    return {narrowestPx, rowHeight};
}

} // namespace flukeprint::ui
