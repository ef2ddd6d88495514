#pragma once

#include "core/catalogue/annotation_query.h"
#include "ui/widgets/pill.h"

#include <QWidget>

class QLineEdit;
class QMenu;
class QTimer;

namespace flukeprint::workflows {
class CatalogueSession;
}

namespace flukeprint::ui {

/// First line of the review page: order and filters of the queue, how much is left, and what the candidates come from.
class ReviewHeader : public QWidget
{
    Q_OBJECT
public:
    explicit ReviewHeader(QWidget *parent = nullptr);

    [[nodiscard]] catalogue::ReviewOrder order() const;
    /// 0 newest, 1 most uncertain, 2 file name.
    [[nodiscard]] int orderIndex() const { return m_orderIndex; }
    void setOrderIndex(int index);
    [[nodiscard]] catalogue::AnnotationFilter filter() const;
    [[nodiscard]] bool isFiltering() const;
    /// Takes all filters away without a signal.
    void clearFilters();

    /// Years that photos of the catalogue were taken in; 0: not known.
    void setYears(int first, int last);
    /// `place` is 1-based among `count`; 0: nothing is shown.
    void setProgress(std::size_t left, std::size_t place, std::size_t count);
    /// More than 0: that many chosen photos instead of the queue.
    void setChosenCount(std::size_t count);
    /// Gallery, model and access; null: none is open.
    void showSession(workflows::CatalogueSession *session);

Q_SIGNALS:
    void filterChanged();
    void orderChanged();
    /// Back from the chosen photos to the queue.
    void queueRequested();
    void keysRequested();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    Pill *addPill(const QString &name, Pill::Kind kind, const QString &text = {});
    void buildOrderMenu();
    void buildQualityMenu();
    void setQuality(int worst);
    void setYear(int year);
    void showGallery(workflows::CatalogueSession &session);

    Pill *m_order = nullptr;
    Pill *m_left = nullptr;
    Pill *m_chosen = nullptr;
    QLineEdit *m_search = nullptr;
    Pill *m_quality = nullptr;
    Pill *m_year = nullptr;
    QMenu *m_years = nullptr; ///< the years that have photos
    Pill *m_gallery = nullptr;
    Pill *m_readOnly = nullptr;
    QTimer *m_typing = nullptr;
    int m_orderIndex = 0;
    int m_worstQuality = 0;
    int m_chosenYear = 0;
    bool m_hasYears = false;
};

} // namespace flukeprint::ui
