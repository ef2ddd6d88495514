#include "ui/catalogue/filter_bar.h"

#include "ui/catalogue/date_range_pill.h"
#include "ui/text/decision_text.h"
#include "ui/text/format.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/widgets/individual_edit.h"
#include "ui/widgets/pill.h"

#include <QAction>
#include <QActionGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QTimer>

#include <algorithm>
#include <array>

namespace flukeprint::ui {

namespace {

using catalogue::AnnotationOrder;
using catalogue::AnnotationSort;
using catalogue::IdentityState;

constexpr int typingPauseMs = 220;
constexpr std::array states {IdentityState::Unidentified, IdentityState::Proposed, IdentityState::Identified, IdentityState::Unusable};
constexpr std::array orders {AnnotationOrder {AnnotationSort::TakenAt, true}, AnnotationOrder {AnnotationSort::TakenAt, false},
                             AnnotationOrder {AnnotationSort::Individual, false}, AnnotationOrder {AnnotationSort::FileName, false},
                             AnnotationOrder {AnnotationSort::Quality, false}, AnnotationOrder {AnnotationSort::Id, true}};

} // namespace

FilterBar::FilterBar(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("catalogueFilters"));
    auto *title = new QLabel(tr("Catalogue"), this);
    title->setObjectName(QStringLiteral("catalogueTitle"));
    title->setProperty("role", "title");
    m_count = new QLabel(this);
    m_count->setObjectName(QStringLiteral("catalogueCount"));
    m_count->setProperty("role", "small");
    m_search = new QLineEdit(this);
    m_search->setObjectName(QStringLiteral("catalogueSearch"));
    m_search->setPlaceholderText(tr("Search file, place, encounter"));
    m_search->addAction(icon(QStringLiteral("search"), IconTint::Secondary), QLineEdit::LeadingPosition);
    m_search->setClearButtonEnabled(true);
    m_search->setMaximumWidth(250);
    m_individual = new IndividualEdit(this);
    m_individual->setObjectName(QStringLiteral("catalogueIndividual"));
    m_individual->setPlaceholderText(tr("Individual"));
    m_individual->setMaximumWidth(160);
    m_states = new Pill({}, Pill::Kind::Button, this);
    m_states->setObjectName(QStringLiteral("catalogueStates"));
    m_dates = new DateRangePill(this);
    m_dates->setObjectName(QStringLiteral("catalogueDates"));
    m_clear = new Pill(tr("clear"), Pill::Kind::Button, this);
    m_clear->setObjectName(QStringLiteral("catalogueClear"));
    m_clear->setIconName(QStringLiteral("close"));
    m_sort = new Pill({}, Pill::Kind::Button, this);
    m_sort->setObjectName(QStringLiteral("catalogueSort"));
    m_sort->setIconName(QStringLiteral("sort"));
    m_size = new Pill({}, Pill::Kind::Button, this);
    m_size->setObjectName(QStringLiteral("catalogueSize"));
    m_typing = new QTimer(this);
    m_typing->setSingleShot(true);
    m_typing->setInterval(typingPauseMs);
    buildStateMenu();
    buildSortMenu();
    buildSizeMenu();

    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(title);
    layout->addWidget(m_count);
    layout->addSpacing(8);
    layout->addWidget(m_search, 3);
    layout->addWidget(m_individual, 2);
    for (Pill *pill : {m_states, static_cast<Pill *>(m_dates), m_clear})
        layout->addWidget(pill);
    layout->addStretch(1);
    layout->addWidget(m_sort);
    layout->addWidget(m_size);

    connect(m_search, &QLineEdit::textChanged, m_typing, qOverload<>(&QTimer::start));
    connect(m_typing, &QTimer::timeout, this, &FilterBar::announce);
    connect(m_individual, &IndividualEdit::chosen, this, &FilterBar::announce);
    connect(m_dates, &DateRangePill::rangeChanged, this, &FilterBar::announce);
    connect(m_clear, &QAbstractButton::clicked, this, [this] {
        clear();
        announce();
    });
    refreshPills();
}

void FilterBar::buildStateMenu()
{
    auto *menu = new QMenu(m_states);
    menu->setObjectName(QStringLiteral("catalogueStateMenu"));
    for (const IdentityState state : states) {
        QAction *action = menu->addAction(stateText(state));
        action->setObjectName(QStringLiteral("state_") + catalogue::nameOf(state));
        action->setCheckable(true);
        connect(action, &QAction::toggled, this, &FilterBar::announce);
        m_stateActions.append(action);
    }
    m_states->setMenu(menu);
}

void FilterBar::buildSortMenu()
{
    const std::array names {tr("newest first"), tr("oldest first"), tr("by individual"), tr("by file name"), tr("best quality first"),
                            tr("last imported first")};
    auto *menu = new QMenu(m_sort);
    menu->setObjectName(QStringLiteral("catalogueSortMenu"));
    auto *group = new QActionGroup(menu);
    for (int index = 0; index < static_cast<int>(names.size()); ++index) {
        QAction *action = menu->addAction(names[static_cast<std::size_t>(index)]);
        action->setObjectName(QStringLiteral("sort_%1").arg(index));
        action->setCheckable(true);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, index] {
            setOrderIndex(index);
            Q_EMIT orderChanged();
        });
    }
    m_sort->setMenu(menu);
    setOrderIndex(0);
}

void FilterBar::buildSizeMenu()
{
    const std::array names {tr("small"), tr("medium"), tr("large")};
    auto *menu = new QMenu(m_size);
    menu->setObjectName(QStringLiteral("catalogueSizeMenu"));
    auto *group = new QActionGroup(menu);
    for (int index = 0; index < static_cast<int>(names.size()); ++index) {
        QAction *action = menu->addAction(names[static_cast<std::size_t>(index)]);
        action->setObjectName(QStringLiteral("size_%1").arg(index));
        action->setCheckable(true);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, index] {
            setThumbnailSize(index);
            Q_EMIT thumbnailSizeChanged(index);
        });
    }
    m_size->setIconName(QStringLiteral("catalogue"));
    m_size->setMenu(menu);
    m_size->setToolTip(tr("Size of the thumbnails"));
    m_size->setAccessibleName(tr("Size of the thumbnails"));
    setThumbnailSize(m_thumbnailSize);
}

void FilterBar::setOrderIndex(int index)
{
    m_orderIndex = std::clamp(index, 0, static_cast<int>(orders.size()) - 1);
    QAction *action = m_sort->findChild<QAction *>(QStringLiteral("sort_%1").arg(m_orderIndex));
    if (action) {
        action->setChecked(true);
        m_sort->setText(action->text());
        m_sort->updateGeometry();
    }
}

void FilterBar::setThumbnailSize(int size)
{
    m_thumbnailSize = std::clamp(size, 0, 2);
    if (QAction *action = m_size->findChild<QAction *>(QStringLiteral("size_%1").arg(m_thumbnailSize)))
        action->setChecked(true);
}

catalogue::AnnotationFilter FilterBar::filter() const
{
    catalogue::AnnotationFilter filter;
    filter.text = m_search->text().trimmed();
    filter.individual = m_individual->individual();
    for (std::size_t i = 0; i < states.size(); ++i) {
        if (m_stateActions[static_cast<int>(i)]->isChecked())
            filter.states.push_back(states[i]);
    }
    filter.takenFrom = m_dates->from();
    filter.takenTo = m_dates->to();
    return filter;
}

catalogue::AnnotationOrder FilterBar::order() const
{
    return orders[static_cast<std::size_t>(m_orderIndex)];
}

bool FilterBar::isFiltering() const
{
    const catalogue::AnnotationFilter now = filter();
    return !now.text.isEmpty() || now.individual.isValid() || !now.states.empty() || !now.takenFrom.isEmpty();
}

void FilterBar::setCount(std::int64_t count)
{
    m_shownCount = count;
    showCount();
}

void FilterBar::setSelectedCount(int count)
{
    m_selectedCount = count;
    showCount();
}

void FilterBar::showCount()
{
    const QString all = countText(m_shownCount);
    m_count->setText(m_selectedCount > 1 ? tr("%1, %2 selected").arg(all, countText(m_selectedCount)) : all);
}

void FilterBar::setCatalogue(catalogue::Catalogue *catalogue)
{
    clear();
    m_individual->setCatalogue(catalogue);
    m_dates->setCatalogue(catalogue);
}

void FilterBar::clear()
{
    m_quiet = true;
    m_search->clear();
    m_individual->clear();
    for (QAction *action : m_stateActions)
        action->setChecked(false);
    m_dates->clear();
    m_quiet = false;
    m_typing->stop();
    refreshPills();
}

void FilterBar::showIndividual(const QString &code)
{
    clear();
    m_individual->setText(code);
    announce();
}

void FilterBar::focusSearch()
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

void FilterBar::refreshPills()
{
    QStringList chosen;
    for (const QAction *action : m_stateActions) {
        if (action->isChecked())
            chosen << action->text();
    }
    m_states->setText(chosen.isEmpty() ? tr("any state") : chosen.join(QStringLiteral(", ")));
    m_states->setTone(chosen.isEmpty() ? Pill::Tone::Normal : Pill::Tone::Accent);
    m_states->updateGeometry();
    m_clear->setVisible(isFiltering());
}

void FilterBar::announce()
{
    if (m_quiet)
        return;
    m_typing->stop();
    refreshPills();
    Q_EMIT filterChanged();
}

} // namespace flukeprint::ui
