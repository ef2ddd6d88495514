#include "ui/review/review_page.h"

#include "core/workflows/session.h"
#include "ui/review/action_bar.h"
#include "ui/review/candidate_panel.h"
#include "ui/review/relabel_bar.h"
#include "ui/review/review_header.h"
#include "ui/settings/settings.h"
#include "ui/text/decision_text.h"

#include <QAction>

/// The half of the review page that decides.
namespace flukeprint::ui {

using workflows::CandidateInfo;

bool ReviewPage::mayDecide() const
{
    return m_session && !m_session->isReadOnly();
}

void ReviewPage::decided(const Result<DecisionId> &outcome, const QString &title, const QString &text)
{
    m_busy = false;
    if (!outcome) {
        Q_EMIT failure(title, outcome.error());
        refresh();
        return;
    }
    Q_EMIT notice(text, true);
    goOn();
}

void ReviewPage::goOn()
{
    settle();
    if (!m_context.settings->value(SettingKey::ReviewGoesOn).toBool()) {
        refresh();
        return;
    }
    m_busy = true;
    bool moved = m_queue->openCount() > 0 && m_queue->nextOpen();
    if (!moved && m_chosen)
        moved = m_queue->next();
    m_busy = false;
    m_finished = !moved;
    refresh();
}

void ReviewPage::confirm(int rank)
{
    const CandidateInfo *shown = shownCandidate(rank);
    if (!shown || !mayDecide())
        return;
    const QString code = shown->code;
    const QString file = m_item->photo.fileName;
    // What counts is who was on show under this number, even if the gallery has changed a moment ago.
    const auto now = m_queue->currentItem();
    const auto place = static_cast<std::size_t>(rank - 1);
    if (!now || now->annotation.id != m_item->annotation.id || now->list.candidates.size() <= place
        || now->list.candidates[place].individual != shown->individual) {
        refresh();
        Q_EMIT notice(tr("The candidates have just changed. Look again."), false);
        return;
    }
    m_busy = true;
    decided(m_queue->confirm(rank), tr("Confirm"), tr("%1 confirmed as %2").arg(file, code));
}

void ReviewPage::confirmSelected()
{
    if (m_candidates->selected() == CandidatePanel::newIndividual)
        newIndividual();
    else
        confirm(m_candidates->selected() + 1);
}

void ReviewPage::newIndividual()
{
    createAs(m_nextCode);
}

void ReviewPage::createAs(const QString &code)
{
    if (!m_item || !mayDecide())
        return;
    const QString file = m_item->photo.fileName;
    endRelabel();
    m_busy = true;
    decided(m_queue->newIndividual(code), tr("New individual"), tr("%1 is the new individual %2").arg(file, code));
}

void ReviewPage::startRelabel()
{
    if (!m_item || !mayDecide())
        return;
    settle();
    m_bar->showRelabel(true);
    m_bar->relabelBar()->open(m_session->catalogue());
    refreshActions();
}

void ReviewPage::endRelabel()
{
    if (!m_bar->isRelabelling())
        return;
    m_bar->relabelBar()->close();
    m_bar->showRelabel(false);
    refreshActions();
    setFocus(Qt::OtherFocusReason);
    if (m_stale && m_front && !m_chosen)
        m_reload.start();
}

void ReviewPage::relabel(const QString &code)
{
    if (!m_item || !mayDecide())
        return;
    const QString file = m_item->photo.fileName;
    endRelabel();
    m_busy = true;
    decided(m_queue->relabel(code), tr("Relabel"), tr("%1 relabelled as %2").arg(file, code));
}

void ReviewPage::markUnusable()
{
    if (!m_item || !mayDecide())
        return;
    const QString file = m_item->photo.fileName;
    m_busy = true;
    decided(m_queue->markUnusable(), tr("Unusable"), tr("%1 marked unusable").arg(file));
}

void ReviewPage::later()
{
    if (!m_item)
        return;
    settle();
    const AnnotationId before = m_queue->current();
    m_busy = true;
    const bool moved = m_chosen ? m_queue->next() || m_queue->goTo(m_queue->ids().front()) : m_queue->nextOpen();
    m_busy = false;
    refresh();
    if (!moved || m_queue->current() == before)
        Q_EMIT notice(tr("There is no other open photo."), false);
}

void ReviewPage::back()
{
    if (!m_queue || m_queue->size() == 0)
        return;
    settle();
    m_busy = true;
    if (m_finished)
        m_finished = false; // the last one is still at its place
    else
        m_queue->previous();
    m_busy = false;
    refresh();
}

bool ReviewPage::undo()
{
    if (!m_queue || !mayDecide())
        return false;
    endRelabel();
    m_busy = true;
    return takeStep(m_queue->undo(), tr("Undo"), tr("Undone: %1"));
}

bool ReviewPage::redo()
{
    if (!m_queue || !mayDecide())
        return false;
    endRelabel();
    m_busy = true;
    return takeStep(m_queue->redo(), tr("Redo"), tr("Done again: %1"));
}

bool ReviewPage::takeStep(const Result<catalogue::UndoStep> &step, const QString &title, const QString &done)
{
    settle();
    m_busy = false;
    if (!step) {
        Q_EMIT failure(title, step.error());
        refresh();
        return true;
    }
    Q_EMIT notice(done.arg(undoStepText(*step)), false);
    returnTo(step->annotation);
    return true;
}

void ReviewPage::returnTo(AnnotationId annotation)
{
    m_finished = false;
    m_busy = true;
    // Decided before the queue was read, it may be open again now.
    bool found = m_queue->goTo(annotation);
    if (!found && annotation.isValid()) {
        m_chosen = false;
        const auto loaded = m_queue->load(m_header->order(), m_header->filter());
        found = loaded && m_queue->goTo(annotation);
        if (!found && m_header->isFiltering()) {
            m_header->clearFilters();
            found = m_queue->load(m_header->order(), m_header->filter()) && m_queue->goTo(annotation);
        }
    }
    m_busy = false;
    if (!found)
        m_finished = m_queue->openCount() == 0;
    refresh();
}

} // namespace flukeprint::ui
