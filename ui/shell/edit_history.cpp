#include "ui/shell/edit_history.h"

#include "core/workflows/session.h"
#include "ui/text/decision_text.h"

namespace flukeprint::ui {

EditHistory::EditHistory(workflows::CatalogueSession &session, QObject *parent)
    : QObject(parent)
    , m_session(session)
{
    connect(&session, &workflows::CatalogueSession::decisionsChanged, this, &EditHistory::changed);
}

std::int64_t EditHistory::newestBatch() const
{
    const auto step = m_session.undoStep();
    return step && step.value() ? step.value()->batch : 0;
}

void EditHistory::add(const LocalEdit &edit)
{
    m_done.push_back({edit, newestBatch()});
    m_undone.clear();
    Q_EMIT changed();
}

bool EditHistory::undoIsLocal() const
{
    return !m_done.empty() && m_done.back().batch == newestBatch();
}

bool EditHistory::redoIsLocal() const
{
    return !m_undone.empty() && m_undone.back().batch == newestBatch();
}

QString EditHistory::undoText() const
{
    if (undoIsLocal())
        return m_done.back().edit.text;
    const auto step = m_session.undoStep();
    return step && step.value() ? undoStepText(*step.value()) : QString();
}

QString EditHistory::redoText() const
{
    if (redoIsLocal())
        return m_undone.back().edit.text;
    const auto step = m_session.redoStep();
    return step && step.value() ? undoStepText(*step.value()) : QString();
}

Result<QString> EditHistory::undo()
{
    if (!undoIsLocal()) {
        const auto step = m_session.undo();
        if (!step)
            return step.error();
        return undoStepText(step.value());
    }
    const Entry entry = m_done.back();
    m_done.pop_back();
    const bool done = entry.edit.undo();
    if (done)
        m_undone.push_back(entry);
    Q_EMIT changed();
    return done ? entry.edit.text : QString();
}

Result<QString> EditHistory::redo()
{
    if (!redoIsLocal()) {
        const auto step = m_session.redo();
        if (!step)
            return step.error();
        return undoStepText(step.value());
    }
    const Entry entry = m_undone.back();
    m_undone.pop_back();
    const bool done = entry.edit.redo();
    if (done)
        m_done.push_back(entry);
    Q_EMIT changed();
    return done ? entry.edit.text : QString();
}

} // namespace flukeprint::ui
