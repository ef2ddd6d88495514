#include "ui/individuals/individuals_page.h"

#include "core/workflows/session.h"
#include "ui/individuals/individual_form.h"
#include "ui/models/annotation_model.h"
#include "ui/models/individual_model.h"
#include "ui/settings/settings.h"
#include "ui/text/format.h"
#include "ui/theme/icons.h"
#include "ui/widgets/async_image_loader.h"
#include "ui/widgets/card.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/grid_view.h"
#include "ui/widgets/pill.h"

#include <QAction>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QSplitter>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace flukeprint::ui {

using catalogue::IndividualSort;
using workflows::CatalogueSession;

namespace {

struct Order
{
    IndividualSort sort;
    bool descending;
};

constexpr std::array orders {Order {IndividualSort::Code, false}, Order {IndividualSort::Name, false}, Order {IndividualSort::PhotoCount, true},
                             Order {IndividualSort::LastSeen, true}};
constexpr int typingPauseMs = 200;

} // namespace

IndividualsPage::IndividualsPage(const PageContext &context, QWidget *parent)
    : Page(QStringLiteral("individuals"), tr("Individuals"), QStringLiteral("individuals"), parent)
    , m_context(context)
{
    m_model = new IndividualModel(this);
    m_photos = new AnnotationModel(this);
    m_typing = new QTimer(this);
    m_typing->setSingleShot(true);
    m_typing->setInterval(typingPauseMs);
    connect(m_typing, &QTimer::timeout, this, &IndividualsPage::search);
    buildActions();

    m_stack = new QStackedWidget(this);
    m_stack->setObjectName(QStringLiteral("individualsStack"));
    m_empty = new EmptyState(QStringLiteral("individuals"), m_stack);
    m_empty->setObjectName(QStringLiteral("individualsEmpty"));
    m_splitter = new QSplitter(Qt::Horizontal, m_stack);
    m_splitter->setObjectName(QStringLiteral("individualsSplitter"));
    m_splitter->setHandleWidth(Sizes::gap);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(buildList());
    m_splitter->addWidget(buildDetails());
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setStretchFactor(1, 3);
    m_splitter->setSizes({360, 800});
    m_splitter->restoreState(context.settings->value(SettingKey::IndividualsSplitter).toByteArray());
    connect(m_splitter, &QSplitter::splitterMoved, this,
            [this] { m_context.settings->setValue(SettingKey::IndividualsSplitter, m_splitter->saveState()); });
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_splitter);

    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(Sizes::pageMargin, Sizes::gap, Sizes::pageMargin, Sizes::pageMargin);
    layout->setSpacing(Sizes::gap);
    layout->addWidget(buildHeader());
    layout->addWidget(m_stack, 1);
    connect(m_context.images, &AsyncImageLoader::loaded, m_list->viewport(), qOverload<>(&QWidget::update));
    connect(m_context.images, &AsyncImageLoader::loaded, m_grid->viewport(), qOverload<>(&QWidget::update));
}

void IndividualsPage::setSession(CatalogueSession *session)
{
    if (m_session)
        m_session->disconnect(this);
    m_form->setSession(nullptr);
    m_session = session;
    catalogue::Catalogue *catalogue = session ? &session->catalogue() : nullptr;
    m_form->setSession(session);
    m_model->setCatalogue(catalogue);
    m_photos->setCatalogue(catalogue);
    m_stale = true;
    if (session) {
        connect(session, &CatalogueSession::individualsChanged, this, &IndividualsPage::reloadLater);
        connect(session, &CatalogueSession::photosChanged, this, &IndividualsPage::reloadLater);
        connect(session, &CatalogueSession::decisionsChanged, this, &IndividualsPage::reloadLater);
    }
    reloadLater();
}

void IndividualsPage::activated()
{
    m_front = true;
    if (m_stale)
        search();
    m_list->setFocus();
}

void IndividualsPage::deactivated()
{
    m_form->save();
    m_front = false;
}

void IndividualsPage::reloadLater()
{
    m_stale = true;
    if (m_front)
        search();
}

void IndividualsPage::search()
{
    m_stale = false;
    const IndividualId before = m_form->individual();
    const Order &order = orders[static_cast<std::size_t>(m_order)];
    const auto done = m_model->search(m_search->text().trimmed(), order.sort, order.descending);
    if (!done)
        Q_EMIT failure(tr("Searching the individuals"), done.error());
    m_count->setText(countText(m_model->rowCount()));
    showState();
    const int row = std::max(0, m_model->rowOf(before));
    if (m_model->rowCount() > 0) {
        m_list->setCurrentIndex(m_model->index(row));
        m_list->scrollTo(m_model->index(row));
    }
    currentChanged();
}

void IndividualsPage::showState()
{
    const bool any = m_model->rowCount() > 0;
    m_stack->setCurrentWidget(any ? static_cast<QWidget *>(m_splitter) : m_empty);
    if (m_search->text().trimmed().isEmpty())
        m_empty->setText(tr("No individuals yet"), tr("They appear when photos are confirmed in Review, or imported with a table of labels."));
    else
        m_empty->setText(tr("Nobody found"), tr("No code, name or alias contains \u201c%1\u201d.").arg(m_search->text().trimmed()));
}

void IndividualsPage::currentChanged()
{
    m_form->setIndividual(m_model->idAt(m_list->currentIndex().row()));
    m_form->refresh();
    showPhotos();
    showSummary();
    const bool any = m_form->individual().isValid() && m_session;
    m_showInCatalogue->setEnabled(any);
    m_merge->setEnabled(any && !m_session->isReadOnly());
    m_representative->setEnabled(any && !m_session->isReadOnly() && chosenPhoto().isValid());
}

void IndividualsPage::showPhotos()
{
    catalogue::AnnotationFilter filter;
    filter.individual = m_model->idAt(m_list->currentIndex().row());
    if (!filter.individual.isValid()) {
        m_photos->clear();
        return;
    }
    const auto done = m_photos->search(filter, {catalogue::AnnotationSort::TakenAt, true});
    if (!done)
        Q_EMIT failure(tr("Searching the individuals"), done.error());
}

void IndividualsPage::showSummary()
{
    const catalogue::IndividualRow *row = m_model->rowAt(m_list->currentIndex().row());
    if (!row) {
        m_summary->clear();
        return;
    }
    m_grid->setVisible(row->photoCount > 0);
    m_noPhotos->setVisible(row->photoCount == 0);
    m_photoCard->setTitle(row->name.isEmpty() ? row->code : tr("%1  %2").arg(row->code, row->name));
    QStringList parts {tr("%n photo(s)", nullptr, row->photoCount)};
    const QString first = dateText(row->firstSeen.toStdString());
    const QString last = dateText(row->lastSeen.toStdString());
    if (!first.isEmpty() && first != last)
        parts << tr("seen from %1 to %2").arg(first, last);
    else if (!first.isEmpty())
        parts << tr("seen on %1").arg(first);
    m_summary->setText(parts.join(QStringLiteral(", ")));
}

AnnotationId IndividualsPage::chosenPhoto() const
{
    return m_grid->currentIndex().isValid() ? m_photos->idAt(m_grid->currentIndex().row()) : AnnotationId();
}

void IndividualsPage::showIndividual(IndividualId individual)
{
    if (m_model->rowOf(individual) < 0) {
        m_search->clear();
        m_typing->stop();
        search();
    }
    const int row = m_model->rowOf(individual);
    if (row >= 0) {
        m_list->setCurrentIndex(m_model->index(row));
        m_list->scrollTo(m_model->index(row), QAbstractItemView::PositionAtCenter);
    }
}

} // namespace flukeprint::ui
