#include "ui/catalogue/catalogue_page.h"

#include "core/catalogue/annotation_store.h"
#include "core/catalogue/individual_store.h"
#include "core/workflows/session.h"
#include "ui/catalogue/detail_panel.h"
#include "ui/catalogue/filter_bar.h"
#include "ui/delegates/photo_delegate.h"
#include "ui/models/annotation_model.h"
#include "ui/settings/settings.h"
#include "ui/widgets/async_image_loader.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/grid_view.h"

#include <QAction>
#include <QSplitter>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <utility>

namespace flukeprint::ui {

using workflows::CatalogueSession;

CataloguePage::CataloguePage(const PageContext &context, QWidget *parent)
    : Page(QStringLiteral("catalogue"), tr("Catalogue"), QStringLiteral("catalogue"), parent)
    , m_context(context)
{
    m_filters = new FilterBar(this);
    m_filters->setOrderIndex(context.settings->value(SettingKey::CatalogueSort).toInt());
    m_filters->setThumbnailSize(context.settings->value(SettingKey::ThumbnailSize).toInt());
    m_stack = new QStackedWidget(this);
    m_stack->setObjectName(QStringLiteral("catalogueStack"));
    m_empty = new EmptyState(QStringLiteral("catalogue"), m_stack);
    m_empty->setObjectName(QStringLiteral("catalogueEmpty"));
    buildGrid();
    buildActions();
    m_detail->setActions({m_identify, m_relabel, m_unusable, m_openFolder});
    auto *line = new QAction(this);
    line->setSeparator(true);
    m_grid->setContextActions({m_identify, m_relabel, m_unusable, m_unidentify, line, m_editBox, m_editPoints, m_expand, m_openFolder});

    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(Sizes::pageMargin, Sizes::gap, Sizes::pageMargin, Sizes::pageMargin);
    layout->setSpacing(Sizes::gap);
    layout->addWidget(m_filters);
    layout->addWidget(m_stack, 1);

    connect(m_filters, &FilterBar::filterChanged, this, &CataloguePage::search);
    connect(m_filters, &FilterBar::orderChanged, this, [this] {
        m_context.settings->setValue(SettingKey::CatalogueSort, m_filters->orderIndex());
        search();
    });
    connect(m_filters, &FilterBar::thumbnailSizeChanged, this, [this](int size) {
        m_context.settings->setValue(SettingKey::ThumbnailSize, size);
        applyThumbnailSize();
    });
    connect(m_detail, &DetailPanel::edited, this, &Page::edited);
    connect(m_detail, &DetailPanel::saved, this, [this](const QString &text) { Q_EMIT notice(text, true); });
    connect(m_model, &AnnotationModel::searched, this, &CataloguePage::searched);
    // Queued: what ends the editing may just be putting another photo on show.
    connect(m_detail, &DetailPanel::editingEnded, this, &CataloguePage::searchIfStale, Qt::QueuedConnection);
    connect(m_detail, &DetailPanel::failure, this, &Page::failure);
    connect(m_detail, &DetailPanel::expandRequested, this, &CataloguePage::setExpanded);
    connect(m_detail, &DetailPanel::stepRequested, this, &CataloguePage::step);
    connect(m_detail, &DetailPanel::individualActivated, this,
            [this](IndividualId id) { Q_EMIT individualRequested(QStringLiteral("individuals"), id); });
    refreshActions();
}

void CataloguePage::buildGrid()
{
    m_splitter = new QSplitter(Qt::Horizontal, m_stack);
    m_splitter->setObjectName(QStringLiteral("catalogueSplitter"));
    m_splitter->setHandleWidth(Sizes::gap);
    m_splitter->setChildrenCollapsible(false);
    m_model = new AnnotationModel(this);
    m_grid = new GridView(m_splitter);
    m_grid->setObjectName(QStringLiteral("catalogueGrid"));
    m_grid->setAccessibleName(tr("Photos"));
    m_grid->setModel(m_model);
    m_grid->setItemDelegate(new PhotoDelegate(m_context.images, m_grid));
    m_grid->setMinimumWidth(320);
    m_grid->setInset(PhotoDelegate::cellMargin);
    applyThumbnailSize();
    m_detail = new DetailPanel(m_context.images, m_splitter);
    m_detail->setMinimumWidth(360);
    m_splitter->addWidget(m_grid);
    m_splitter->addWidget(m_detail);
    m_splitter->setStretchFactor(0, 3);
    m_splitter->setStretchFactor(1, 2);
    m_splitter->setSizes({660, 500});
    m_splitter->restoreState(m_context.settings->value(SettingKey::CatalogueSplitter).toByteArray());
    connect(m_splitter, &QSplitter::splitterMoved, this,
            [this] { m_context.settings->setValue(SettingKey::CatalogueSplitter, m_splitter->saveState()); });
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_splitter);
    connect(m_context.images, &AsyncImageLoader::loaded, m_grid->viewport(), qOverload<>(&QWidget::update));
    connect(m_grid->selectionModel(), &QItemSelectionModel::selectionChanged, this, &CataloguePage::selectionChanged);
    connect(m_grid->selectionModel(), &QItemSelectionModel::currentChanged, this, &CataloguePage::selectionChanged);
    connect(m_grid, &QAbstractItemView::activated, this, [this] { setExpanded(true); });
}

void CataloguePage::applyThumbnailSize()
{
    constexpr std::array widths {140, 190, 280};
    m_grid->setCellShape(widths[static_cast<std::size_t>(m_filters->thumbnailSize())], PhotoDelegate::heightPerWidth, PhotoDelegate::textHeight);
}

void CataloguePage::setSession(CatalogueSession *session)
{
    if (m_session) {
        m_session->disconnect(this);
        m_session->jobs().disconnect(this);
    }
    m_session = session;
    m_wanted = {};
    catalogue::Catalogue *catalogue = session ? &session->catalogue() : nullptr;
    m_detail->setSession(session);
    m_filters->setCatalogue(catalogue);
    m_model->setCatalogue(catalogue);
    setExpanded(false);
    m_stale = true;
    if (session) {
        connect(session, &CatalogueSession::photosChanged, this, &CataloguePage::reloadLater);
        connect(session, &CatalogueSession::photosArriving, this, &CataloguePage::reloadLater);
        connect(session, &CatalogueSession::decisionsChanged, this, [this](const std::vector<AnnotationId> &ids) {
            m_model->refresh(ids);
            if (m_filters->isFiltering())
                reloadLater();
            if (std::find(ids.begin(), ids.end(), m_detail->annotation()) != ids.end())
                m_detail->refresh();
        });
        connect(session, &CatalogueSession::annotationChanged, this, [this](AnnotationId id) {
            m_model->refresh({id});
            if (id == m_detail->annotation())
                m_detail->refresh();
        });
        connect(session, &CatalogueSession::individualsChanged, this, [this] {
            m_detail->refresh();
            reloadLater();
        });
        connect(session, &CatalogueSession::candidatesStored, this, [this] {
            m_model->refreshAll();
            if (m_filters->isFiltering())
                reloadLater();
            m_detail->refresh();
        });
        connect(&session->jobs(), &jobs::JobQueue::activeCountChanged, this, [this] {
            if (m_model->rowCount() == 0 && !m_stale)
                showState();
        });
    }
    reloadLater();
}

void CataloguePage::activated()
{
    m_front = true;
    if (m_stale)
        search();
    m_grid->setFocus();
}

void CataloguePage::deactivated()
{
    m_front = false;
}

void CataloguePage::reloadLater()
{
    m_stale = true;
    searchIfStale();
}

void CataloguePage::searchIfStale()
{
    if (m_stale && m_front && !m_detail->isEditing())
        search();
}

void CataloguePage::search()
{
    m_stale = false;
    if (m_model->rowCount() == 0) {
        m_empty->setText(tr("Looking through the catalogue"), {});
        m_empty->setActions({});
    }
    m_model->searchLater(m_filters->filter(), m_filters->order());
}

void CataloguePage::searched(const Result<void> &outcome)
{
    if (!outcome)
        Q_EMIT failure(tr("Searching the catalogue"), outcome.error());
    // Not from under the hands of somebody who edits a photo that is no longer found.
    if (m_detail->isEditing() && m_model->rowOf(m_detail->annotation()) < 0) {
        m_stale = true;
        return;
    }
    m_filters->setCount(static_cast<std::int64_t>(m_model->ids().size()));
    showState();
    // The detail panel still shows what was chosen before the rows were replaced.
    const AnnotationId wanted = std::exchange(m_wanted, AnnotationId());
    const AnnotationId before = wanted.isValid() ? wanted : m_detail->annotation();
    // A current row alone is none that anybody chose: the focus makes one when it comes to a grid that has just been filled.
    if (m_model->rowCount() > 0 && (wanted.isValid() || !m_grid->currentIndex().isValid() || !m_grid->selectionModel()->hasSelection()))
        select(m_model->rowOf(before) >= 0 ? before : m_model->idAt(0));
    selectionChanged();
}

void CataloguePage::showState()
{
    const bool any = m_model->rowCount() > 0;
    m_stack->setCurrentWidget(any ? static_cast<QWidget *>(m_splitter) : m_empty);
    if (any)
        return;
    if (m_filters->isFiltering()) {
        m_empty->setText(tr("Nothing fits these filters"), tr("Take one of them away, or press clear above."));
        m_empty->setActions({});
    } else if (const QString coming = photosOnTheirWay(); !coming.isEmpty()) {
        m_empty->setText(coming, tr("They appear here as they come. The line at the lower edge shows how far it is."));
        m_empty->setActions({});
    } else {
        m_empty->setText(tr("No photos yet"), tr("Import a folder of fluke photos, or drop it onto this window. Nothing is moved or changed."));
        QList<QAction *> actions;
        for (const char *name : {"actionImportFolder", "actionImportPhotos", "actionOpenDemo"}) {
            if (QAction *action = m_context.action(QString::fromLatin1(name)))
                actions << action;
        }
        m_empty->setActions(actions);
    }
}

QString CataloguePage::photosOnTheirWay() const
{
    if (!m_session)
        return {};
    jobs::JobQueue &queue = m_session->jobs();
    for (const jobs::JobKey key : queue.keys()) {
        const auto status = queue.status(key);
        const bool active = status
            && (status->state == jobs::JobState::Queued || status->state == jobs::JobState::Running || status->state == jobs::JobState::Paused);
        if (active && status->title.code == "demo")
            return tr("The whales of the demo are being drawn");
        if (active && status->title.code == "import")
            return tr("Photos are being imported");
    }
    return {};
}

void CataloguePage::select(AnnotationId annotation)
{
    const int row = m_model->rowOf(annotation);
    if (row < 0)
        return;
    // Not setCurrentIndex of the view, which asks what keys are held: Ctrl of Ctrl+1 would take the photo out of the selection.
    m_grid->selectionModel()->setCurrentIndex(m_model->index(row), QItemSelectionModel::ClearAndSelect);
    m_grid->scrollTo(m_model->index(row));
}

void CataloguePage::step(int by)
{
    select(m_model->idAt(m_model->rowOf(m_detail->annotation()) + by));
}

std::vector<AnnotationId> CataloguePage::selected() const
{
    std::vector<AnnotationId> ids;
    for (const QModelIndex &index : m_grid->selectionModel()->selectedIndexes())
        ids.push_back(m_model->idAt(index.row()));
    return ids;
}

void CataloguePage::selectionChanged()
{
    m_detail->setAnnotation(m_model->idAt(m_grid->currentIndex().row()));
    refreshActions();
}

void CataloguePage::showAnnotations(const std::vector<AnnotationId> &annotations)
{
    if (annotations.empty())
        return;
    if (m_model->rowOf(annotations.front()) >= 0) {
        select(annotations.front());
        return;
    }
    m_wanted = annotations.front();
    m_filters->clear();
    search();
}

void CataloguePage::showIndividual(IndividualId individual)
{
    const auto found = m_session ? catalogue::IndividualStore(m_session->catalogue()).get(individual) : Result<catalogue::Individual>(Error());
    if (found)
        m_filters->showIndividual(found.value().code);
}

void CataloguePage::setExpanded(bool expanded)
{
    const bool changed = expanded != m_expanded;
    m_expanded = expanded;
    m_grid->setVisible(!expanded);
    m_filters->setVisible(!expanded);
    m_detail->setExpanded(expanded);
    if (changed && !expanded)
        m_grid->scrollTo(m_grid->currentIndex());
    if (!expanded && m_front)
        m_grid->setFocus();
}

} // namespace flukeprint::ui
