#pragma once

#include <QAbstractItemView>

namespace flukeprint::ui {

/// A grid of equal cells for models of any length: every position is computed, nothing is laid out in advance. Cells are at least
/// `minimumCellWidth` wide and share what the width leaves over.
class GridView : public QAbstractItemView
{
    Q_OBJECT
public:
    explicit GridView(QWidget *parent = nullptr);

    /// `heightForWidth` px for a cell of a given width, affine: textHeight + aspect * width.
    void setCellShape(int minimumCellWidth, double heightPerWidth, int textHeight);
    /// The cells' own margin, which the grid leaves out at its left and upper edge so that they stand in line with what is around.
    void setInset(int inset);
    /// What a right click on a cell offers (it becomes the current one first, and the selection if it was not in it). Name the grid before.
    void setContextActions(const QList<QAction *> &actions);
    [[nodiscard]] QSize cellSize() const;
    [[nodiscard]] int columns() const;
    /// Rows of the model that are at least partly in sight; empty: first > last.
    [[nodiscard]] std::pair<int, int> visibleRows() const;

    [[nodiscard]] QRect visualRect(const QModelIndex &index) const override;
    void scrollTo(const QModelIndex &index, ScrollHint hint = EnsureVisible) override;
    [[nodiscard]] QModelIndex indexAt(const QPoint &point) const override;

public Q_SLOTS:
    void reset() override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void updateGeometries() override;
    void scrollContentsBy(int dx, int dy) override;
    QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;
    [[nodiscard]] int horizontalOffset() const override { return 0; }
    [[nodiscard]] int verticalOffset() const override;
    [[nodiscard]] bool isIndexHidden(const QModelIndex &index) const override;
    void setSelection(const QRect &rect, QItemSelectionModel::SelectionFlags flags) override;
    [[nodiscard]] QRegion visualRegionForSelection(const QItemSelection &selection) const override;
    void rowsInserted(const QModelIndex &parent, int start, int end) override;

private:
    [[nodiscard]] int modelRows() const;
    [[nodiscard]] QRect cellRect(int row) const;

    int m_minimumCellWidth = 190;
    double m_heightPerWidth = 2.0 / 3.0;
    int m_textHeight = 48;
    int m_inset = 0;
    std::pair<int, int> m_laidOut {1, 1}; ///< columns and height of a cell as they were last laid out
};

} // namespace flukeprint::ui
