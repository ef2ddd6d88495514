#include "core/workflows/session.h"
#include "ui/delegates/individual_delegate.h"
#include "ui/delegates/photo_delegate.h"
#include "ui/individuals/individual_form.h"
#include "ui/individuals/individuals_page.h"
#include "ui/models/annotation_model.h"
#include "ui/models/individual_model.h"
#include "ui/settings/settings.h"
#include "ui/theme/icons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/grid_view.h"
#include "ui/widgets/key_button.h"
#include "ui/widgets/pill.h"

#include <QAction>
#include <QActionGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QSplitter>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

/// The part of the page of individuals that puts it together.
namespace flukeprint::ui {

QWidget *IndividualsPage::buildHeader()
{
    auto *header = new QWidget(this);
    header->setObjectName(QStringLiteral("individualsHeader"));
    auto *title = new QLabel(tr("Individuals"), header);
    title->setObjectName(QStringLiteral("individualsTitle"));
    title->setProperty("role", "title");
    m_count = new QLabel(header);
    m_count->setObjectName(QStringLiteral("individualsCount"));
    m_count->setProperty("role", "small");
    m_search = new QLineEdit(header);
    m_search->setObjectName(QStringLiteral("individualsSearch"));
    m_search->setPlaceholderText(tr("Search code, name, alias"));
    m_search->addAction(icon(QStringLiteral("search"), IconTint::Secondary), QLineEdit::LeadingPosition);
    m_search->setClearButtonEnabled(true);
    m_search->setMaximumWidth(280);
    connect(m_search, &QLineEdit::textChanged, m_typing, qOverload<>(&QTimer::start));
    m_sort = new Pill({}, Pill::Kind::Button, header);
    m_sort->setObjectName(QStringLiteral("individualsSort"));
    m_sort->setIconName(QStringLiteral("sort"));
    buildSortMenu();
    auto *row = new QHBoxLayout(header);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    row->addWidget(title);
    row->addWidget(m_count);
    row->addSpacing(8);
    row->addWidget(m_search, 1);
    row->addStretch(1);
    row->addWidget(m_sort);
    return header;
}

void IndividualsPage::buildSortMenu()
{
    const std::array names {tr("by code"), tr("by name"), tr("most photos first"), tr("last seen first")};
    m_order = std::clamp(m_context.settings->value(SettingKey::IndividualsSort).toInt(), 0, static_cast<int>(names.size()) - 1);
    auto *menu = new QMenu(m_sort);
    menu->setObjectName(QStringLiteral("individualsSortMenu"));
    auto *group = new QActionGroup(menu);
    for (int index = 0; index < static_cast<int>(names.size()); ++index) {
        const QString name = names[static_cast<std::size_t>(index)];
        QAction *action = menu->addAction(name);
        action->setObjectName(QStringLiteral("individualsSort_%1").arg(index));
        action->setCheckable(true);
        action->setChecked(index == m_order);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, index, name] {
            m_order = index;
            m_sort->setText(name);
            m_sort->updateGeometry();
            m_context.settings->setValue(SettingKey::IndividualsSort, index);
            search();
        });
    }
    m_sort->setText(names[static_cast<std::size_t>(m_order)]);
    m_sort->setMenu(menu);
}

QWidget *IndividualsPage::buildList()
{
    auto *card = new Card(m_splitter);
    card->setObjectName(QStringLiteral("individualsListCard"));
    m_list = new QListView(card);
    m_list->setObjectName(QStringLiteral("individualsList"));
    m_list->setAccessibleName(tr("Individuals"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new IndividualDelegate(m_context.images, m_list));
    m_list->setUniformItemSizes(true);
    m_list->setMouseTracking(true);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    card->body()->setContentsMargins(0, 6, 0, 6);
    card->body()->addWidget(m_list);
    card->setMinimumWidth(280);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &IndividualsPage::currentChanged);
    return card;
}

QWidget *IndividualsPage::buildDetails()
{
    auto *right = new QWidget(m_splitter);
    right->setObjectName(QStringLiteral("individualDetails"));
    auto *column = new QVBoxLayout(right);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(Sizes::gap);
    column->addWidget(buildPhotos(right), 1);
    column->addWidget(buildForm(right));
    column->addLayout(buildButtons(right));
    return right;
}

QWidget *IndividualsPage::buildPhotos(QWidget *parent)
{
    m_photoCard = new Card(tr("Photos"), parent);
    m_photoCard->setObjectName(QStringLiteral("individualPhotoCard"));
    m_summary = new QLabel(parent);
    m_summary->setObjectName(QStringLiteral("individualSummary"));
    m_summary->setProperty("role", "small");
    m_photoCard->header()->addStretch();
    m_photoCard->header()->addWidget(m_summary);
    m_grid = new GridView(m_photoCard);
    m_grid->setObjectName(QStringLiteral("individualPhotos"));
    m_grid->setAccessibleName(tr("Photos of this individual"));
    m_grid->setModel(m_photos);
    m_grid->setItemDelegate(new PhotoDelegate(m_context.images, m_grid));
    m_grid->setCellShape(190, PhotoDelegate::heightPerWidth, PhotoDelegate::textHeight);
    m_grid->setSelectionMode(QAbstractItemView::SingleSelection);
    m_grid->setContextActions({m_showInCatalogue, m_representative, m_merge});
    m_photoCard->body()->setContentsMargins(6, 6, 0, 6);
    m_noPhotos = new QLabel(tr("No photo is of this individual any more. It keeps its code for the log of decisions."), m_photoCard);
    m_noPhotos->setObjectName(QStringLiteral("individualNoPhotos"));
    m_noPhotos->setProperty("role", "secondary");
    m_noPhotos->setAlignment(Qt::AlignCenter);
    m_noPhotos->setWordWrap(true);
    m_noPhotos->hide();
    m_photoCard->body()->addWidget(m_noPhotos, 1);
    m_photoCard->body()->addWidget(m_grid, 1);
    connect(m_grid, &QAbstractItemView::activated, m_showInCatalogue, &QAction::trigger);
    connect(m_grid->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this] { m_representative->setEnabled(m_session && !m_session->isReadOnly() && chosenPhoto().isValid()); });
    return m_photoCard;
}

QWidget *IndividualsPage::buildForm(QWidget *parent)
{
    auto *formCard = new Card(tr("About this individual"), parent);
    formCard->setObjectName(QStringLiteral("individualFormCard"));
    m_form = new IndividualForm(formCard);
    formCard->body()->addWidget(m_form);
    // In the header nothing moves when the first alias comes.
    formCard->header()->addWidget(m_form->aliases(), 1);
    connect(m_form, &IndividualForm::edited, this, &Page::edited);
    connect(m_form, &IndividualForm::notice, this, &Page::notice);
    connect(m_form, &IndividualForm::failure, this, &Page::failure);
    return formCard;
}

QLayout *IndividualsPage::buildButtons(QWidget *parent)
{
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    for (QAction *action : {m_showInCatalogue, m_representative, m_merge}) {
        auto *button = new KeyButton(action->iconText(), {}, parent);
        button->setObjectName(QStringLiteral("individuals_") + action->objectName());
        button->setEnabled(action->isEnabled());
        connect(button, &QPushButton::clicked, action, &QAction::trigger);
        connect(action, &QAction::changed, button, [button, action] { button->setEnabled(action->isEnabled()); });
        buttons->addWidget(button);
    }
    buttons->addStretch();
    return buttons;
}

} // namespace flukeprint::ui
