#include "core/workflows/session.h"
#include "ui/catalogue/catalogue_page.h"
#include "ui/catalogue/detail_panel.h"
#include "ui/catalogue/filter_bar.h"
#include "ui/dialogs/individual_picker.h"
#include "ui/text/format.h"
#include "ui/widgets/grid_view.h"

#include <QAction>
#include <QDesktopServices>
#include <QFileInfo>
#include <QItemSelectionModel>
#include <QUrl>

namespace flukeprint::ui {

QAction *CataloguePage::addAction(const QString &name, const QString &text, const QString &shortName, const QKeySequence &shortcut,
                                  void (CataloguePage::*slot)())
{
    auto *action = new QAction(text, this);
    action->setObjectName(name);
    action->setIconText(shortName);
    action->setProperty("shortName", shortName);
    action->setShortcut(shortcut);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    QWidget::addAction(action);
    connect(action, &QAction::triggered, this, slot);
    return action;
}

void CataloguePage::buildActions()
{
    m_identify =
        addAction(QStringLiteral("actionIdentifySelected"), tr("&Identify Selected in Review"), tr("Identify"), Qt::Key_I, &CataloguePage::identify);
    m_relabel = addAction(QStringLiteral("actionRelabelSelected"), tr("&Relabel Selected\u2026"), tr("Relabel"), Qt::Key_R, &CataloguePage::relabel);
    m_unusable =
        addAction(QStringLiteral("actionMarkUnusable"), tr("Mark Selected &Unusable"), tr("Unusable"), Qt::Key_X, &CataloguePage::markUnusable);
    m_unidentify = addAction(QStringLiteral("actionUnidentify"), tr("&Take Identity Away"), tr("Unidentify"), {}, &CataloguePage::unidentify);
    m_editBox = addAction(QStringLiteral("actionEditBox"), tr("Edit &Box"), tr("Box"), Qt::Key_B, &CataloguePage::editBox);
    m_editPoints = addAction(QStringLiteral("actionEditPoints"), tr("Set &Tips and Notch"), tr("Tips"), Qt::Key_T, &CataloguePage::editPoints);
    m_openFolder = addAction(QStringLiteral("actionOpenFolder"), tr("Open &Folder of Photo"), tr("Folder"), {}, &CataloguePage::openFolder);
    m_expand = addAction(QStringLiteral("actionLargeView"), tr("&Large View"), tr("Large"), Qt::Key_L, &CataloguePage::expand);
    m_find = addAction(QStringLiteral("actionFind"), tr("&Find\u2026"), tr("Find"), QKeySequence::Find, &CataloguePage::find);
    m_back = new QAction(this);
    m_back->setObjectName(QStringLiteral("actionLeaveLargeView"));
    m_back->setShortcut(Qt::Key_Escape);
    m_back->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    QWidget::addAction(m_back);
    connect(m_back, &QAction::triggered, this, [this] {
        if (m_detail->isEditing())
            m_detail->cancelEditing();
        else if (m_expanded)
            setExpanded(false);
    });
}

QList<QAction *> CataloguePage::menuActions(MenuPlace place) const
{
    switch (place) {
    case MenuPlace::Edit: return {m_relabel, m_unusable, m_unidentify, m_editBox, m_editPoints, m_find};
    case MenuPlace::View: return {m_expand, m_openFolder};
    case MenuPlace::Identify: return {m_identify};
    case MenuPlace::Train: break;
    }
    return {};
}

int CataloguePage::selectedCount() const
{
    // By ranges, since all photos of a large catalogue are one range.
    int count = 0;
    for (const QItemSelectionRange &range : m_grid->selectionModel()->selection())
        count += range.height();
    return count;
}

void CataloguePage::refreshActions()
{
    const int chosen = selectedCount();
    m_filters->setSelectedCount(chosen);
    for (QAction *action : {m_identify, m_relabel, m_unusable}) {
        const QString name = action->property("shortName").toString();
        action->setIconText(chosen > 1 ? tr("%1 %2", "Relabel 3").arg(name, countText(chosen)) : name);
    }
    const bool any = m_session && m_grid->selectionModel()->hasSelection();
    const bool writable = any && !m_session->isReadOnly();
    for (QAction *action : {m_relabel, m_unusable, m_unidentify, m_editBox, m_editPoints})
        action->setEnabled(writable);
    for (QAction *action : {m_identify, m_openFolder, m_expand})
        action->setEnabled(any);
    m_find->setEnabled(m_session != nullptr);
}

bool CataloguePage::decided(const Result<std::int64_t> &outcome, const QString &title, const QString &text)
{
    if (outcome)
        Q_EMIT notice(text, true);
    else
        Q_EMIT failure(title, outcome.error());
    return outcome.ok();
}

void CataloguePage::identify()
{
    const std::vector<AnnotationId> ids = selected();
    if (!ids.empty())
        Q_EMIT annotationsRequested(QStringLiteral("review"), ids);
}

void CataloguePage::relabel()
{
    const std::vector<AnnotationId> ids = selected();
    if (ids.empty() || !m_session)
        return;
    const auto count = static_cast<int>(ids.size());
    const auto choice = IndividualPicker::pick(m_session->catalogue(), tr("Relabel %n photo(s)", nullptr, count), true, this);
    if (!choice)
        return;
    if (choice->individual.isValid()) {
        decided(m_session->decideMany(ids, catalogue::DecisionKind::Relabel, choice->individual), tr("Relabel"),
                tr("%n photo(s) relabelled", nullptr, count));
        return;
    }
    const auto created = m_session->newIndividual(ids, choice->newCode);
    if (!created)
        Q_EMIT failure(tr("Relabel"), created.error());
    else if (count == 1)
        Q_EMIT notice(tr("New individual %1").arg(created->code), true);
    else
        Q_EMIT notice(tr("New individual %1 on %n photo(s)", nullptr, count).arg(created->code), true);
}

void CataloguePage::markUnusable()
{
    const std::vector<AnnotationId> ids = selected();
    if (!ids.empty())
        decided(m_session->decideMany(ids, catalogue::DecisionKind::Unusable), tr("Mark Unusable"),
                tr("%n photo(s) marked unusable", nullptr, static_cast<int>(ids.size())));
}

void CataloguePage::unidentify()
{
    const std::vector<AnnotationId> ids = selected();
    if (!ids.empty())
        decided(m_session->decideMany(ids, catalogue::DecisionKind::Unidentify), tr("Take Identity Away"),
                tr("Identity of %n photo(s) taken away", nullptr, static_cast<int>(ids.size())));
}

void CataloguePage::editBox()
{
    m_detail->startEditingBox();
}

void CataloguePage::editPoints()
{
    m_detail->startEditingPoints();
}

void CataloguePage::openFolder()
{
    const QString path = m_detail->photoPath();
    if (path.isEmpty())
        return;
    const QString folder = QFileInfo(path).absolutePath();
    if (!QFileInfo::exists(folder))
        Q_EMIT notice(tr("The folder %1 is not there any more.").arg(pathText(folder)), false);
    else if (!QDesktopServices::openUrl(QUrl::fromLocalFile(folder)))
        Q_EMIT notice(tr("No program that shows folders was found. The photo is in %1").arg(pathText(folder)), false);
}

void CataloguePage::expand()
{
    setExpanded(!m_expanded);
}

void CataloguePage::find()
{
    setExpanded(false);
    m_filters->focusSearch();
}

} // namespace flukeprint::ui
