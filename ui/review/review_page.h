#pragma once

#include "core/base/result.h"
#include "core/workflows/review_queue.h"
#include "ui/shell/page.h"

#include <QTimer>

#include <array>
#include <memory>
#include <optional>

class QSplitter;
class QStackedWidget;

namespace flukeprint::ui {

class ActionBar;
class CandidatePanel;
class CompareCard;
class EmptyState;
class QueryCard;
class ReviewHeader;

/// Walks the photos that have no identity yet: query left, candidates right, both compared below, decided by one key each. Nothing asks
/// back, since everything can be undone, and undoing returns to the photo concerned.
class ReviewPage : public Page
{
    Q_OBJECT
public:
    explicit ReviewPage(const PageContext &context, QWidget *parent = nullptr);
    ~ReviewPage() override;

    void setSession(workflows::CatalogueSession *session) override;
    void activated() override;
    void deactivated() override;
    [[nodiscard]] QList<QAction *> menuActions(MenuPlace place) const override;
    /// Puts just these under review, decided ones too, until the person goes back to the queue.
    void showAnnotations(const std::vector<AnnotationId> &annotations) override;
    bool undo() override;
    bool redo() override;

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    static constexpr int ranks = 5;

    // Construction
    void buildActions();
    QAction *addAction(const char *name, const QString &text, const QList<QKeySequence> &keys, void (ReviewPage::*slot)());
    void buildLayout();
    void rememberSplitter(QSplitter *splitter, const QString &name);
    void connectParts();
    void connectSession();

    // Queue
    void load();
    void reloadLater();
    void leaveChosen();
    /// The person has turned to the photo on show: it must not go away by itself.
    void settle() { m_toFirst = m_orderIsFresh = false; }
    void refreshBadge();
    void refreshYears();

    // What is shown
    void refresh();
    void showNothing();
    void showItem();
    void showCandidatePhotos();
    void refreshActions();
    void refreshConfirm();
    void prefetchPhotos();

    // Decisions
    void confirm(int rank);
    void confirmSelected();
    void newIndividual();
    void startRelabel();
    void endRelabel();
    void relabel(const QString &code);
    void createAs(const QString &code);
    void markUnusable();
    void later();
    void back();
    void decided(const Result<DecisionId> &outcome, const QString &title, const QString &text);
    void goOn();
    bool takeStep(const Result<catalogue::UndoStep> &step, const QString &title, const QString &done);
    void returnTo(AnnotationId annotation);
    [[nodiscard]] bool mayDecide() const;
    /// The candidate on show at this rank; null if there is none.
    [[nodiscard]] const workflows::CandidateInfo *shownCandidate(int rank) const;

    PageContext m_context;
    workflows::CatalogueSession *m_session = nullptr;
    std::unique_ptr<workflows::ReviewQueue> m_queue;
    std::optional<workflows::ReviewItem> m_item;
    QString m_nextCode;
    bool m_front = false;
    bool m_stale = true;
    bool m_chosen = false; ///< a selection of another page is under review
    bool m_finished = false; ///< nothing is left, and the person has not gone back
    bool m_toFirst = false; ///< the next load goes to the first photo
    bool m_orderIsFresh = false; ///< just switched to what the model is least sure of, and nothing done since
    bool m_busy = false; ///< while the queue changes by our own doing: one refresh at its end
    QTimer m_reload;
    QTimer m_prefetch;

    ReviewHeader *m_header = nullptr;
    QStackedWidget *m_stack = nullptr;
    EmptyState *m_empty = nullptr;
    QWidget *m_content = nullptr;
    QSplitter *m_rows = nullptr;
    QSplitter *m_columns = nullptr;
    QueryCard *m_query = nullptr;
    CandidatePanel *m_candidates = nullptr;
    CompareCard *m_compare = nullptr;
    ActionBar *m_bar = nullptr;

    std::array<QAction *, ranks> m_confirm {};
    QAction *m_confirmMenu = nullptr;
    QAction *m_confirmSelected = nullptr;
    QAction *m_newIndividual = nullptr;
    QAction *m_relabel = nullptr;
    QAction *m_unusable = nullptr;
    QAction *m_later = nullptr;
    QAction *m_back = nullptr;
    QAction *m_candidateUp = nullptr;
    QAction *m_candidateDown = nullptr;
    QAction *m_photoBefore = nullptr;
    QAction *m_photoAfter = nullptr;
    QAction *m_allOpen = nullptr; ///< for the empty state
    QAction *m_clearFilters = nullptr;
};

} // namespace flukeprint::ui
