#include "ui/review/review_page.h"

#include "core/catalogue/annotation_query.h"
#include "core/catalogue/annotation_store.h"
#include "core/catalogue/individual_store.h"
#include "core/workflows/session.h"
#include "ui/review/action_bar.h"
#include "ui/review/candidate_panel.h"
#include "ui/review/compare_card.h"
#include "ui/review/query_card.h"
#include "ui/review/relabel_bar.h"
#include "ui/review/review_header.h"
#include "ui/widgets/async_image_loader.h"
#include "ui/widgets/empty_state.h"

#include <QAction>
#include <QStackedWidget>

#include <algorithm>
#include <utility>

/// The half of the review page that fills the queue and shows what is under review.
namespace flukeprint::ui {

using workflows::CatalogueSession;
using workflows::ReviewItem;
using workflows::ReviewQueue;

namespace {

constexpr std::size_t photosAhead = 2;
constexpr qint64 largePhotoPx = 12'000'000; // of such ones only the next is held ready

} // namespace

// ---- Queue

void ReviewPage::setSession(CatalogueSession *session)
{
    m_reload.stop();
    m_prefetch.stop();
    endRelabel();
    if (m_session)
        m_session->disconnect(this);
    m_queue.reset();
    m_item.reset();
    m_session = session;
    m_chosen = m_finished = false;
    settle();
    m_stale = true;
    m_front = m_front && session;
    m_compare->setCatalogue(session ? &session->catalogue() : nullptr);
    m_header->clearFilters();
    if (session) {
        m_queue = std::make_unique<ReviewQueue>(*session);
        connectSession();
    }
    m_header->showSession(session);
    refreshBadge();
    if (m_front)
        load();
    else
        refresh();
}

void ReviewPage::activated()
{
    m_front = true;
    if (m_stale && !m_chosen)
        load();
    else
        refresh();
    setFocus(Qt::OtherFocusReason);
}

void ReviewPage::deactivated()
{
    endRelabel();
    m_front = false;
}

void ReviewPage::load()
{
    m_reload.stop();
    if (!m_session)
        return;
    m_stale = m_chosen;
    if (!m_chosen) {
        endRelabel();
        m_finished = false;
        m_busy = true;
        const auto loaded = m_queue->load(m_header->order(), m_header->filter());
        if (std::exchange(m_toFirst, false) && loaded && m_queue->size() > 0)
            m_queue->goTo(m_queue->ids().front());
        m_busy = false;
        if (!loaded)
            Q_EMIT failure(tr("Reading what is left to review"), loaded.error());
        refreshYears();
    }
    refresh();
}

void ReviewPage::reloadLater()
{
    refreshBadge();
    m_stale = true;
    // Not under the hands of somebody who is typing a code.
    if (m_front && !m_bar->isRelabelling())
        m_reload.start();
}

void ReviewPage::showAnnotations(const std::vector<AnnotationId> &annotations)
{
    if (!m_session || annotations.empty())
        return;
    endRelabel();
    settle();
    m_chosen = true;
    m_finished = false;
    m_busy = true;
    m_queue->show(annotations);
    m_queue->goTo(annotations.front());
    m_busy = false;
    refresh();
}

void ReviewPage::leaveChosen()
{
    m_chosen = false;
    load();
    setFocus(Qt::OtherFocusReason);
}

void ReviewPage::refreshBadge()
{
    const auto counts = m_session ? catalogue::AnnotationStore(m_session->catalogue()).counts() : Result<catalogue::AnnotationStore::Counts>(Error());
    setBadge(counts ? static_cast<int>(counts->unidentified + counts->proposed) : 0);
}

void ReviewPage::refreshYears()
{
    int years[2] = {0, 0};
    catalogue::AnnotationFilter dated;
    dated.states = {catalogue::IdentityState::Unidentified, catalogue::IdentityState::Proposed};
    dated.takenFrom = QStringLiteral("1800-01-01");
    for (const bool newest : {false, true}) {
        const auto page = catalogue::AnnotationQuery(m_session->catalogue()).page(dated, {catalogue::AnnotationSort::TakenAt, newest}, 0, 1);
        if (page && !page->empty())
            years[newest ? 1 : 0] = page->front().takenAt.left(4).toInt();
    }
    m_header->setYears(years[0], years[1]);
}

// ---- What is shown

void ReviewPage::refresh()
{
    m_item.reset();
    const bool any = m_queue && m_queue->size() > 0;
    if (any && !m_finished) {
        auto item = m_queue->currentItem();
        if (item)
            m_item = std::move(*item);
        else
            Q_EMIT failure(tr("Showing the photo"), item.error());
    }
    m_header->setChosenCount(m_chosen && m_queue ? m_queue->size() : 0);
    m_header->setProgress(m_queue ? m_queue->openCount() : 0, any ? m_queue->position() + 1 : 0, any ? m_queue->size() : 0);
    m_header->showSession(m_session);
    m_stack->setCurrentWidget(m_item ? m_content : static_cast<QWidget *>(m_empty));
    m_bar->setVisible(m_item.has_value());
    if (m_item)
        showItem();
    else
        showNothing();
    refreshActions();
}

void ReviewPage::showNothing()
{
    m_query->clear();
    m_candidates->clear();
    m_compare->setQuery(std::nullopt);
    m_compare->setNoCandidate({});
    QList<QAction *> actions;
    const auto offer = [&](const char *name) {
        if (QAction *action = m_context.action ? m_context.action(QString::fromLatin1(name)) : nullptr)
            actions << action;
    };
    const auto photos = m_session ? catalogue::AnnotationStore(m_session->catalogue()).count() : Result<std::int64_t>(0);
    if (m_chosen) {
        m_empty->setText(tr("The chosen photos are done"), tr("Backspace shows the last one again, Ctrl+Z takes the last decision back."));
        actions << m_allOpen;
    } else if (!photos || *photos == 0) {
        m_empty->setText(tr("No photos yet"),
                         tr("Import a folder of fluke photos. What has no name yet comes here, with its likeliest individuals."));
        offer("actionImportFolder");
        offer("actionImportPhotos");
    } else if (m_header->isFiltering()) {
        m_empty->setText(tr("Nothing left that fits these filters"), tr("Clear them to go on with the others."));
        actions << m_clearFilters;
    } else {
        QString sentence = tr("Every photo has a name or is marked unusable. Import more photos to go on.");
        if (m_finished)
            sentence += QLatin1Char(' ') + tr("Backspace shows the last one again, Ctrl+Z takes the last decision back.");
        m_empty->setText(tr("All photos are reviewed"), sentence);
        offer("actionImportFolder");
        offer("actionPage_training");
    }
    m_empty->setActions(actions);
}

void ReviewPage::showItem()
{
    catalogue::Catalogue &catalogue = m_session->catalogue();
    const auto next = catalogue::IndividualStore(catalogue).nextCode();
    m_nextCode = next ? *next : QString();
    m_query->showItem(catalogue, *m_item);
    m_compare->setQuery(photoOf(catalogue, m_item->annotation, m_item->photo));
    m_candidates->showItem(catalogue, *m_item, m_nextCode);
    m_prefetch.start();
}

void ReviewPage::showCandidatePhotos()
{
    // Who is thought to be new is compared with the nearest all the same.
    const workflows::CandidateInfo *candidate = shownCandidate(m_candidates->selected() + 1);
    if (!candidate)
        candidate = shownCandidate(1);
    if (!candidate) {
        m_compare->setNoCandidate(tr("The chosen candidate's photos appear here."));
    } else {
        auto photos = photosNearestFirst(*m_session, m_item->annotation.id, candidate->individual);
        if (photos)
            m_compare->setCandidate(candidate->code, std::move(*photos));
        else
            Q_EMIT failure(tr("Reading the photos of %1").arg(candidate->code), photos.error());
    }
    refreshConfirm();
    refreshActions();
}

const workflows::CandidateInfo *ReviewPage::shownCandidate(int rank) const
{
    if (!m_item || m_item->state != ReviewItem::Candidates::Ready || rank < 1 || rank > ranks)
        return nullptr;
    const auto place = static_cast<std::size_t>(rank - 1);
    return place < m_item->list.candidates.size() ? &m_item->list.candidates[place] : nullptr;
}

void ReviewPage::refreshConfirm()
{
    const int index = m_candidates->selected();
    if (const workflows::CandidateInfo *candidate = shownCandidate(index + 1))
        m_bar->setConfirm(tr("Confirm %1").arg(candidate->code), QString::number(index + 1));
    else
        m_bar->setConfirm(tr("Confirm as new"), tr("Enter"));
}

void ReviewPage::refreshActions()
{
    const bool shown = m_item && !m_bar->isRelabelling();
    const bool decides = shown && mayDecide();
    for (int rank = 1; rank <= ranks; ++rank)
        m_confirm[static_cast<std::size_t>(rank - 1)]->setEnabled(decides && shownCandidate(rank));
    for (QAction *action : {m_confirmSelected, m_newIndividual, m_relabel, m_unusable}) {
        action->setEnabled(decides);
        action->setToolTip(m_session && !mayDecide() ? tr("This catalogue is open for reading only.") : QString());
    }
    for (QAction *action : {m_later, m_candidateUp, m_candidateDown})
        action->setEnabled(shown);
    m_back->setEnabled(m_queue && m_queue->size() > 0 && !m_bar->isRelabelling() && (m_finished || m_queue->position() > 0));
    m_photoBefore->setEnabled(shown && m_compare->canStep(-1));
    m_photoAfter->setEnabled(shown && m_compare->canStep(1));
    m_confirmMenu->setEnabled(decides);
}

void ReviewPage::prefetchPhotos()
{
    if (!m_queue || !m_item)
        return;
    const std::vector<AnnotationId> &ids = m_queue->ids();
    const std::size_t first = m_queue->position() + 1;
    const std::size_t last = std::min(ids.size(), first + photosAhead);
    // Farthest first, since the loader decodes what was asked for last.
    for (std::size_t place = last; place > first; --place) {
        const auto photo = readPhoto(m_session->catalogue(), ids[place - 1]);
        if (!photo)
            continue;
        const bool large = photo->sizePx.width() * photo->sizePx.height() > static_cast<double>(largePhotoPx);
        m_context.images->get({photo->thumbnail, 0});
        if (!large || place - 1 == first)
            m_context.images->get({photo->path, 0});
    }
}

} // namespace flukeprint::ui
