#include "ui/widgets/grid_view.h"

#include <QMenu>
#include <QPainter>
#include <QResizeEvent>
#include <QScrollBar>

#include <algorithm>

namespace flukeprint::ui {

GridView::GridView(QWidget *parent)
    : QAbstractItemView(parent)
{
    setSelectionMode(ExtendedSelection);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    // Always there: a bar that comes and goes with the number of rows would change the columns under the pointer.
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    setEditTriggers(NoEditTriggers);
    viewport()->setMouseTracking(true);
}

void GridView::setCellShape(int minimumCellWidth, double heightPerWidth, int textHeight)
{
    m_minimumCellWidth = minimumCellWidth;
    m_heightPerWidth = heightPerWidth;
    m_textHeight = textHeight;
    const QModelIndex current = currentIndex();
    updateGeometries();
    if (current.isValid())
        scrollTo(current);
    viewport()->update();
}

void GridView::setContextActions(const QList<QAction *> &actions)
{
    auto *menu = new QMenu(this);
    menu->setObjectName(objectName() + QStringLiteral("Menu"));
    menu->addActions(actions);
    setContextMenuPolicy(Qt::CustomContextMenu);
    connect(this, &QWidget::customContextMenuRequested, menu, [this, menu](const QPoint &at) {
        if (indexAt(at).isValid())
            menu->popup(viewport()->mapToGlobal(at));
    });
}

int GridView::modelRows() const
{
    return model() ? model()->rowCount(rootIndex()) : 0;
}

int GridView::columns() const
{
    return std::max(1, viewport()->width() / m_minimumCellWidth);
}

void GridView::setInset(int inset)
{
    m_inset = inset;
    updateGeometries();
}

QSize GridView::cellSize() const
{
    const int width = (viewport()->width() + m_inset) / columns();
    return {width, m_textHeight + static_cast<int>(width * m_heightPerWidth)};
}

QRect GridView::cellRect(int row) const
{
    const QSize cell = cellSize();
    const int columnCount = columns();
    return {(row % columnCount) * cell.width() - m_inset, (row / columnCount) * cell.height() - m_inset - verticalOffset(), cell.width(),
            cell.height()};
}

int GridView::verticalOffset() const
{
    return verticalScrollBar()->value();
}

std::pair<int, int> GridView::visibleRows() const
{
    const int height = cellSize().height();
    const int first = (verticalOffset() + m_inset) / height * columns();
    const int last = ((verticalOffset() + m_inset + viewport()->height() - 1) / height + 1) * columns() - 1;
    return {first, std::min(last, modelRows() - 1)};
}

QRect GridView::visualRect(const QModelIndex &index) const
{
    return index.isValid() ? cellRect(index.row()) : QRect();
}

void GridView::scrollTo(const QModelIndex &index, ScrollHint hint)
{
    if (!index.isValid())
        return;
    const QRect rect = cellRect(index.row());
    QScrollBar *bar = verticalScrollBar();
    if (hint == PositionAtCenter)
        bar->setValue(bar->value() + rect.center().y() - viewport()->height() / 2);
    else if (hint == PositionAtTop || rect.top() < 0)
        bar->setValue(bar->value() + rect.top());
    else if (hint == PositionAtBottom || rect.bottom() >= viewport()->height())
        bar->setValue(bar->value() + rect.bottom() - viewport()->height() + 1);
}

QModelIndex GridView::indexAt(const QPoint &point) const
{
    const QSize cell = cellSize();
    const int column = (point.x() + m_inset) / cell.width();
    const int row = (point.y() + m_inset + verticalOffset()) / cell.height() * columns() + column;
    if (point.x() < 0 || point.y() + verticalOffset() < 0 || column >= columns() || row >= modelRows())
        return {};
    return model()->index(row, 0, rootIndex());
}

void GridView::reset()
{
    QAbstractItemView::reset();
    updateGeometries();
    viewport()->update();
}

void GridView::rowsInserted(const QModelIndex &parent, int start, int end)
{
    QAbstractItemView::rowsInserted(parent, start, end);
    updateGeometries();
}

void GridView::paintEvent(QPaintEvent *)
{
    QPainter painter(viewport());
    QStyleOptionViewItem option;
    initViewItemOption(&option);
    const auto [first, last] = visibleRows();
    const QPoint pointer = viewport()->mapFromGlobal(QCursor::pos());
    for (int row = first; row <= last; ++row) {
        const QModelIndex index = model()->index(row, 0, rootIndex());
        option.rect = cellRect(row);
        option.state = QStyle::State_None;
        if (isEnabled())
            option.state |= QStyle::State_Enabled;
        if (selectionModel() && selectionModel()->isSelected(index))
            option.state |= QStyle::State_Selected;
        if (hasFocus() && index == currentIndex())
            option.state |= QStyle::State_HasFocus;
        if (viewport()->underMouse() && option.rect.contains(pointer))
            option.state |= QStyle::State_MouseOver;
        itemDelegate()->paint(&painter, option, index);
    }
}

void GridView::resizeEvent(QResizeEvent *event)
{
    // The current item stays where it is if it was in sight, else what stood at the top does. All as it was laid out before.
    QScrollBar *bar = verticalScrollBar();
    const int offset = bar->value();
    const auto [oldColumns, oldHeight] = m_laidOut;
    const int current = currentIndex().isValid() ? currentIndex().row() : -1;
    const int currentTop = current / oldColumns * oldHeight - offset;
    const bool inSight = current >= 0 && currentTop + oldHeight > 0 && currentTop < event->oldSize().height();
    const int first = (offset + m_inset) / oldHeight * oldColumns;
    QAbstractItemView::resizeEvent(event);
    updateGeometries();
    if (event->oldSize().height() <= 0 || modelRows() == 0)
        return;
    if (offset > 0 && inSight)
        bar->setValue(cellRect(current).top() + verticalOffset() + m_inset - currentTop);
    else if (offset > 0 && event->oldSize().width() != event->size().width() && first < modelRows())
        scrollTo(model()->index(first, 0, rootIndex()), PositionAtTop);
    if (inSight)
        scrollTo(currentIndex());
}

void GridView::updateGeometries()
{
    m_laidOut = {columns(), cellSize().height()};
    const int rows = (modelRows() + columns() - 1) / columns();
    QScrollBar *bar = verticalScrollBar();
    bar->setPageStep(viewport()->height());
    bar->setSingleStep(cellSize().height() / 3);
    bar->setRange(0, std::max(0, rows * cellSize().height() - m_inset - viewport()->height()));
    bar->setEnabled(bar->maximum() > 0); // drawn without a handle then
    QAbstractItemView::updateGeometries();
}

void GridView::scrollContentsBy(int, int)
{
    viewport()->update();
}

QModelIndex GridView::moveCursor(CursorAction action, Qt::KeyboardModifiers)
{
    const int count = modelRows();
    if (count == 0)
        return {};
    if (!currentIndex().isValid())
        return model()->index(0, 0, rootIndex());
    int row = currentIndex().row();
    const int page = std::max(1, viewport()->height() / cellSize().height()) * columns();
    switch (action) {
    case MoveLeft:
    case MovePrevious: row -= 1; break;
    case MoveRight:
    case MoveNext: row += 1; break;
    case MoveUp: row -= row >= columns() ? columns() : 0; break;
    case MoveDown: row += row + columns() < count ? columns() : 0; break;
    case MovePageUp: row -= page; break;
    case MovePageDown: row += page; break;
    case MoveHome: row = 0; break;
    case MoveEnd: row = count - 1; break;
    }
    return model()->index(std::clamp(row, 0, count - 1), 0, rootIndex());
}

bool GridView::isIndexHidden(const QModelIndex &) const
{
    return false;
}

void GridView::setSelection(const QRect &rect, QItemSelectionModel::SelectionFlags flags)
{
    const QRect area = rect.normalized();
    QItemSelection selection;
    const auto [first, last] = visibleRows();
    const QModelIndex from = indexAt(rect.topLeft());
    const QModelIndex to = indexAt(rect.bottomRight());
    if (from.isValid() && to.isValid() && state() != DragSelectingState) {
        // Shift and arrows give the two ends; everything between them in reading order is meant.
        selection.select(model()->index(std::min(from.row(), to.row()), 0), model()->index(std::max(from.row(), to.row()), 0));
    } else {
        for (int row = first; row <= last; ++row) {
            if (cellRect(row).intersects(area))
                selection.select(model()->index(row, 0), model()->index(row, 0));
        }
    }
    selectionModel()->select(selection, flags);
}

QRegion GridView::visualRegionForSelection(const QItemSelection &selection) const
{
    QRegion region;
    const auto [first, last] = visibleRows();
    for (const QItemSelectionRange &range : selection) {
        for (int row = std::max(first, range.top()); row <= std::min(last, range.bottom()); ++row)
            region += cellRect(row);
    }
    return region;
}

} // namespace flukeprint::ui
