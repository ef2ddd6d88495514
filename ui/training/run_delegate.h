#pragma once

#include <QStyledItemDelegate>

namespace flukeprint::ui {

/// A run as two lines: name over state, MAP@5 at the right; the state's dot has a shape of its own beside its colour.
class RunDelegate : public QStyledItemDelegate
{
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

} // namespace flukeprint::ui
