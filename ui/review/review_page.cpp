#include "ui/review/review_page.h"

#include "core/workflows/session.h"
#include "ui/review/action_bar.h"
#include "ui/review/candidate_panel.h"
#include "ui/review/compare_card.h"
#include "ui/review/held_key_guard.h"
#include "ui/review/query_card.h"
#include "ui/review/relabel_bar.h"
#include "ui/review/review_header.h"
#include "ui/settings/settings.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/widgets/empty_state.h"

#include <QAction>
#include <QKeyEvent>
#include <QMenu>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace flukeprint::ui {

using workflows::CatalogueSession;
using workflows::ReviewQueue;

namespace {

constexpr int reloadPauseMs = 400; // an import tells of its photos in bursts
constexpr int prefetchPauseMs = 60; // what is on show is decoded first
const QString orderState = QStringLiteral("reviewOrder");
constexpr auto decidingKeys =
    std::to_array<int>({Qt::Key_1, Qt::Key_2, Qt::Key_3, Qt::Key_4, Qt::Key_5, Qt::Key_Return, Qt::Key_Enter, Qt::Key_N, Qt::Key_X});

} // namespace

ReviewPage::ReviewPage(const PageContext &context, QWidget *parent)
    : Page(QStringLiteral("review"), tr("Review"), QStringLiteral("review"), parent)
    , m_context(context)
{
    setFocusPolicy(Qt::ClickFocus);
    buildActions();
    buildLayout();
    connectParts();
    m_reload.setSingleShot(true);
    m_reload.setInterval(reloadPauseMs);
    connect(&m_reload, &QTimer::timeout, this, &ReviewPage::load);
    m_prefetch.setSingleShot(true);
    m_prefetch.setInterval(prefetchPauseMs);
    connect(&m_prefetch, &QTimer::timeout, this, &ReviewPage::prefetchPhotos);
    m_header->setOrderIndex(context.settings->widgetState(orderState).toInt());
    new HeldKeyGuard([this](int key) { return m_front && !m_bar->isRelabelling() && std::ranges::find(decidingKeys, key) != decidingKeys.end(); },
                     this);
    refresh();
}

ReviewPage::~ReviewPage() = default;

QAction *ReviewPage::addAction(const char *name, const QString &text, const QList<QKeySequence> &keys, void (ReviewPage::*slot)())
{
    auto *action = new QAction(text, this);
    action->setObjectName(QString::fromLatin1(name));
    action->setShortcuts(keys);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    action->setAutoRepeat(false); // a key held down decides once
    QWidget::addAction(action);
    connect(action, &QAction::triggered, this, slot);
    return action;
}

void ReviewPage::buildActions()
{
    auto *confirms = new QMenu(tr("&Confirm Candidate"), this);
    confirms->setObjectName(QStringLiteral("menuConfirmCandidate"));
    m_confirmMenu = confirms->menuAction();
    m_confirmMenu->setObjectName(QStringLiteral("actionConfirmMenu"));
    for (int rank = 1; rank <= ranks; ++rank) {
        auto *action = new QAction(tr("Confirm Candidate &%1").arg(rank), this);
        action->setObjectName(QStringLiteral("actionConfirm_%1").arg(rank));
        action->setShortcut(Qt::Key_0 + rank);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        action->setAutoRepeat(false);
        QWidget::addAction(action);
        connect(action, &QAction::triggered, this, [this, rank] { confirm(rank); });
        confirms->addAction(action);
        m_confirm[static_cast<std::size_t>(rank - 1)] = action;
    }
    m_confirmSelected = addAction("actionConfirmSelected", tr("Confirm &Selected"), {Qt::Key_Return, Qt::Key_Enter}, &ReviewPage::confirmSelected);
    m_newIndividual = addAction("actionNewIndividual", tr("&New Individual"), {Qt::Key_N}, &ReviewPage::newIndividual);
    m_relabel = addAction("actionReviewRelabel", tr("&Relabel"), {Qt::Key_R}, &ReviewPage::startRelabel);
    m_unusable = addAction("actionReviewUnusable", tr("&Unusable"), {Qt::Key_X}, &ReviewPage::markUnusable);
    m_later = addAction("actionReviewLater", tr("&Later: Next Photo"), {Qt::Key_Space}, &ReviewPage::later);
    m_back = addAction("actionReviewBack", tr("&Back to Photo Before"), {Qt::Key_Backspace}, &ReviewPage::back);
    const auto addStep = [this](const char *name, const QString &text, int key, auto step) {
        QAction *action = addAction(name, text, {key}, &ReviewPage::refreshActions);
        action->setAutoRepeat(true);
        connect(action, &QAction::triggered, this, [this, step] {
            settle();
            step();
        });
        return action;
    };
    m_candidateUp = addStep("actionCandidateUp", tr("Candidate &Above"), Qt::Key_Up, [this] { m_candidates->moveSelection(-1); });
    m_candidateDown = addStep("actionCandidateDown", tr("Candidate Belo&w"), Qt::Key_Down, [this] { m_candidates->moveSelection(1); });
    m_photoBefore = addStep("actionCandidatePhotoBefore", tr("Candidate's Photo Before"), Qt::Key_Left, [this] { m_compare->step(-1); });
    m_photoAfter = addStep("actionCandidatePhotoAfter", tr("Candidate's Next Photo"), Qt::Key_Right, [this] { m_compare->step(1); });
    m_allOpen = new QAction(tr("Review All That Is Open"), this);
    m_allOpen->setObjectName(QStringLiteral("actionReviewAllOpen"));
    connect(m_allOpen, &QAction::triggered, this, &ReviewPage::leaveChosen);
    m_clearFilters = new QAction(tr("Clear Filters"), this);
    m_clearFilters->setObjectName(QStringLiteral("actionReviewClearFilters"));
    connect(m_clearFilters, &QAction::triggered, this, [this] {
        m_header->clearFilters();
        load();
    });
}

QList<QAction *> ReviewPage::menuActions(MenuPlace place) const
{
    if (place != MenuPlace::Identify)
        return {};
    return {m_confirmMenu, m_confirmSelected, m_newIndividual, m_relabel,       m_unusable,    m_later,
            m_back,        m_candidateUp,     m_candidateDown, m_photoBefore, m_photoAfter};
}

void ReviewPage::buildLayout()
{
    m_header = new ReviewHeader(this);
    m_stack = new QStackedWidget(this);
    m_stack->setObjectName(QStringLiteral("reviewStack"));
    m_empty = new EmptyState(QStringLiteral("review"), m_stack);
    m_empty->setObjectName(QStringLiteral("reviewEmpty"));
    QList<QAction *> noModel;
    if (QAction *import = m_context.action ? m_context.action(QStringLiteral("actionImportModel")) : nullptr)
        noModel << import;
    m_columns = new QSplitter(Qt::Horizontal, m_stack);
    m_query = new QueryCard(m_context.images, m_columns);
    m_query->setMinimumWidth(380);
    m_candidates = new CandidatePanel(m_context.images, noModel, m_columns);
    m_candidates->setMinimumWidth(400);
    m_columns->setSizes({640, 500});
    m_columns->setStretchFactor(0, 3);
    m_columns->setStretchFactor(1, 2);
    m_rows = new QSplitter(Qt::Vertical, m_stack);
    m_compare = new CompareCard(m_context.images, m_rows);
    m_compare->setMinimumHeight(150);
    m_rows->addWidget(m_columns);
    m_rows->addWidget(m_compare);
    m_rows->setSizes({370, 250});
    m_rows->setStretchFactor(0, 1);
    m_rows->setStretchFactor(1, 1);
    rememberSplitter(m_columns, QStringLiteral("reviewColumns"));
    rememberSplitter(m_rows, QStringLiteral("reviewRows"));

    ActionBar::Actions actions {m_confirmSelected, m_newIndividual, m_relabel, m_unusable, m_later, nullptr};
    if (m_context.action)
        actions.undo = m_context.action(QStringLiteral("actionUndo"));
    m_bar = new ActionBar(actions, this);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_rows);
    m_content = m_rows;
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(Sizes::pageMargin, Sizes::gap, Sizes::pageMargin, Sizes::gap);
    layout->setSpacing(Sizes::gap);
    layout->addWidget(m_header);
    layout->addWidget(m_stack, 1);
    layout->addWidget(m_bar);
    // Buttons take the focus by Tab only: a click leaves the keys where they are.
    for (QAbstractButton *button : findChildren<QAbstractButton *>()) {
        if (button->focusPolicy() != Qt::NoFocus)
            button->setFocusPolicy(Qt::TabFocus);
        button->installEventFilter(this);
    }
}

void ReviewPage::rememberSplitter(QSplitter *splitter, const QString &name)
{
    splitter->setObjectName(name);
    splitter->setHandleWidth(Sizes::gap);
    splitter->setChildrenCollapsible(false);
    splitter->restoreState(m_context.settings->widgetState(name));
    connect(splitter, &QSplitter::splitterMoved, this, [this, splitter, name] { m_context.settings->setWidgetState(name, splitter->saveState()); });
}

void ReviewPage::connectParts()
{
    connect(m_header, &ReviewHeader::filterChanged, this, &ReviewPage::load);
    connect(m_header, &ReviewHeader::orderChanged, this, [this] {
        m_context.settings->setWidgetState(orderState, QByteArray::number(m_header->orderIndex()));
        m_toFirst = true;
        load();
        m_orderIsFresh = m_header->order() == catalogue::ReviewOrder::MostUncertain;
        if (m_orderIsFresh)
            Q_EMIT candidatesRequested();
    });
    connect(m_header, &ReviewHeader::queueRequested, this, &ReviewPage::leaveChosen);
    connect(m_header, &ReviewHeader::keysRequested, this, [this] {
        if (QAction *keys = m_context.action ? m_context.action(QStringLiteral("actionKeys")) : nullptr)
            keys->trigger();
    });
    connect(m_candidates, &CandidatePanel::selectionChanged, this, &ReviewPage::showCandidatePhotos);
    connect(m_compare, &CompareCard::stepped, this, &ReviewPage::refreshActions);
    connect(m_bar->relabelBar(), &RelabelBar::chosen, this, &ReviewPage::relabel);
    connect(m_bar->relabelBar(), &RelabelBar::newWanted, this, &ReviewPage::createAs);
    connect(m_bar->relabelBar(), &RelabelBar::cancelled, this, &ReviewPage::endRelabel);
}

void ReviewPage::connectSession()
{
    const auto refreshIfShown = [this](AnnotationId annotation) {
        if (!m_busy && m_queue && annotation == m_queue->current())
            refresh();
    };
    connect(m_queue.get(), &ReviewQueue::itemChanged, this, refreshIfShown);
    connect(m_queue.get(), &ReviewQueue::currentChanged, this, refreshIfShown);
    // After the queue, which heard of them first.
    connect(m_session, &CatalogueSession::decisionsChanged, this, [this] {
        refreshBadge();
        m_stale = m_stale || !m_front;
        if (!m_busy && m_front)
            refresh(); // the gallery has changed, so the ranks may have
    });
    connect(m_session, &CatalogueSession::galleryStateChanged, this, [this] {
        m_header->showSession(m_session);
        if (m_front)
            refresh();
    });
    connect(m_session, &CatalogueSession::photosChanged, this, &ReviewPage::reloadLater);
    connect(m_session, &CatalogueSession::candidatesStored, this, [this] {
        if (m_header->order() != catalogue::ReviewOrder::MostUncertain)
            return;
        m_toFirst = m_orderIsFresh;
        reloadLater();
    });
    connect(m_session, &CatalogueSession::individualsChanged, this, [this] {
        if (!m_busy && m_front)
            refresh();
    });
}

bool ReviewPage::eventFilter(QObject *watched, QEvent *event)
{
    // A button that has the focus keeps its own keys; only then may Space mean something else than "later".
    if (event->type() == QEvent::ShortcutOverride) {
        const auto *button = qobject_cast<QAbstractButton *>(watched);
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (button && button->hasFocus() && (key == Qt::Key_Space || key == Qt::Key_Return || key == Qt::Key_Enter))
            event->accept();
    }
    return Page::eventFilter(watched, event);
}

} // namespace flukeprint::ui
