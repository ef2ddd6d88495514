#pragma once

#include "core/base/result.h"
#include "ui/shell/page.h"

class QLabel;
class QLayout;
class QLineEdit;
class QListView;
class QSplitter;
class QStackedWidget;
class QTimer;

namespace flukeprint::ui {

class AnnotationModel;
class Card;
class EmptyState;
class GridView;
class IndividualForm;
class IndividualModel;
class Pill;

/// Known animals: a list with search on the left, the chosen one's photos and data on the right.
class IndividualsPage : public Page
{
    Q_OBJECT
public:
    explicit IndividualsPage(const PageContext &context, QWidget *parent = nullptr);

    void setSession(workflows::CatalogueSession *session) override;
    void activated() override;
    void deactivated() override;
    [[nodiscard]] QList<QAction *> menuActions(MenuPlace place) const override;
    void showIndividual(IndividualId individual) override;

private:
    QWidget *buildHeader();
    QWidget *buildList();
    QWidget *buildDetails();
    QWidget *buildPhotos(QWidget *parent);
    QWidget *buildForm(QWidget *parent);
    QLayout *buildButtons(QWidget *parent);
    void buildSortMenu();
    void buildActions();
    void reloadLater();
    void search();
    void showState();
    void currentChanged();
    void showPhotos();
    void showSummary();
    void makeRepresentative();
    void mergeInto();
    [[nodiscard]] AnnotationId chosenPhoto() const;

    PageContext m_context;
    workflows::CatalogueSession *m_session = nullptr;
    IndividualModel *m_model = nullptr;
    AnnotationModel *m_photos = nullptr;
    QLabel *m_count = nullptr;
    QLineEdit *m_search = nullptr;
    Pill *m_sort = nullptr;
    QTimer *m_typing = nullptr;
    QStackedWidget *m_stack = nullptr;
    EmptyState *m_empty = nullptr;
    QSplitter *m_splitter = nullptr;
    QListView *m_list = nullptr;
    GridView *m_grid = nullptr;
    Card *m_photoCard = nullptr;
    QLabel *m_summary = nullptr;
    QLabel *m_noPhotos = nullptr;
    IndividualForm *m_form = nullptr;
    QAction *m_showInCatalogue = nullptr;
    QAction *m_representative = nullptr;
    QAction *m_merge = nullptr;
    int m_order = 0;
    bool m_stale = true;
    bool m_front = false;
};

} // namespace flukeprint::ui
