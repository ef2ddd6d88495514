#pragma once

#include "core/base/result.h"
#include "ui/shell/page.h"

class QSplitter;
class QStackedWidget;

namespace flukeprint::ui {

class AnnotationModel;
class DetailPanel;
class EmptyState;
class FilterBar;
class GridView;

/// All photos: a grid with filters on the left, one of them in full on the right.
class CataloguePage : public Page
{
    Q_OBJECT
public:
    explicit CataloguePage(const PageContext &context, QWidget *parent = nullptr);

    void setSession(workflows::CatalogueSession *session) override;
    void activated() override;
    void deactivated() override;
    [[nodiscard]] QList<QAction *> menuActions(MenuPlace place) const override;
    void showAnnotations(const std::vector<AnnotationId> &annotations) override;
    void showIndividual(IndividualId individual) override;

private:
    void buildActions();
    QAction *addAction(const QString &name, const QString &text, const QString &shortName, const QKeySequence &shortcut,
                       void (CataloguePage::*slot)());
    void buildGrid();
    void applyThumbnailSize();
    void search();
    void searched(const Result<void> &outcome);
    /// Reloads now if the page is in front, else when it comes there.
    void reloadLater();
    void searchIfStale();
    void showState();
    void selectionChanged();
    void refreshActions();
    [[nodiscard]] std::vector<AnnotationId> selected() const;
    void select(AnnotationId annotation);
    /// To the next photo of the grid (1) or the one before (-1); nothing beyond its ends.
    void step(int by);
    /// What a job is just bringing in; empty: none is.
    [[nodiscard]] QString photosOnTheirWay() const;
    [[nodiscard]] int selectedCount() const;

    void identify();
    void relabel();
    void markUnusable();
    void unidentify();
    void editBox();
    void editPoints();
    void openFolder();
    void expand();
    void find();
    void setExpanded(bool expanded);
    bool decided(const Result<std::int64_t> &outcome, const QString &title, const QString &text);

    PageContext m_context;
    workflows::CatalogueSession *m_session = nullptr;
    AnnotationModel *m_model = nullptr;
    FilterBar *m_filters = nullptr;
    QStackedWidget *m_stack = nullptr;
    EmptyState *m_empty = nullptr;
    GridView *m_grid = nullptr;
    DetailPanel *m_detail = nullptr;
    QSplitter *m_splitter = nullptr;
    AnnotationId m_wanted; ///< to be chosen when the search that is under way has ended
    bool m_stale = true;
    bool m_front = false;
    bool m_expanded = false;

    QAction *m_identify = nullptr;
    QAction *m_relabel = nullptr;
    QAction *m_unusable = nullptr;
    QAction *m_unidentify = nullptr;
    QAction *m_editBox = nullptr;
    QAction *m_editPoints = nullptr;
    QAction *m_openFolder = nullptr;
    QAction *m_expand = nullptr;
    QAction *m_find = nullptr;
    QAction *m_back = nullptr;
};

} // namespace flukeprint::ui
