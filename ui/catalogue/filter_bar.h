#pragma once

#include "core/catalogue/annotation_query.h"

#include <QWidget>

class QAction;
class QLabel;
class QLineEdit;
class QTimer;

namespace flukeprint::ui {

class DateRangePill;
class IndividualEdit;
class Pill;

/// Title, filters, sort order and thumbnail size of the catalogue page.
class FilterBar : public QWidget
{
    Q_OBJECT
public:
    explicit FilterBar(QWidget *parent = nullptr);

    void setCatalogue(catalogue::Catalogue *catalogue);
    [[nodiscard]] catalogue::AnnotationFilter filter() const;
    [[nodiscard]] catalogue::AnnotationOrder order() const;
    void setOrderIndex(int index);
    [[nodiscard]] int orderIndex() const { return m_orderIndex; }
    /// 0 small, 1 medium, 2 large.
    void setThumbnailSize(int size);
    [[nodiscard]] int thumbnailSize() const { return m_thumbnailSize; }
    [[nodiscard]] bool isFiltering() const;
    void setCount(std::int64_t count);
    /// Said beside the count where it is more than one.
    void setSelectedCount(int count);
    void clear();
    void showIndividual(const QString &code);
    void focusSearch();

Q_SIGNALS:
    void filterChanged();
    void orderChanged();
    void thumbnailSizeChanged(int size);

private:
    void buildStateMenu();
    void buildSortMenu();
    void buildSizeMenu();
    void refreshPills();
    void announce();
    void showCount();

    QLabel *m_count = nullptr;
    QLineEdit *m_search = nullptr;
    IndividualEdit *m_individual = nullptr;
    Pill *m_states = nullptr;
    QList<QAction *> m_stateActions;
    DateRangePill *m_dates = nullptr;
    Pill *m_clear = nullptr;
    Pill *m_sort = nullptr;
    Pill *m_size = nullptr;
    QTimer *m_typing = nullptr;
    bool m_quiet = false; ///< while several filters change at once
    std::int64_t m_shownCount = 0;
    int m_selectedCount = 0;
    int m_orderIndex = 0;
    int m_thumbnailSize = 1;
};

} // namespace flukeprint::ui
