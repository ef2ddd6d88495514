#include "ui/models/annotation_model.h"

#include "core/catalogue/catalogue.h"
#include "ui/text/decision_text.h"

#include <algorithm>
#include <span>
#include <utility>

namespace flukeprint::ui {

namespace {

constexpr int pageLength = 64;
constexpr int pagesKept = 128;
constexpr int patienceMs = 8;

} // namespace

struct AnnotationModel::Search
{
    catalogue::AnnotationFilter filter;
    catalogue::AnnotationOrder order;
    Result<std::vector<AnnotationId>> found = std::vector<AnnotationId>();
};

AnnotationModel::AnnotationModel(QObject *parent)
    : QAbstractListModel(parent)
    , m_pages(pagesKept)
{
    m_threads.setMaxThreadCount(1);
}

AnnotationModel::~AnnotationModel()
{
    forgetSearches();
}

void AnnotationModel::setCatalogue(catalogue::Catalogue *catalogue)
{
    forgetSearches();
    m_catalogue = catalogue;
    clear();
}

void AnnotationModel::forgetSearches()
{
    m_running.reset();
    m_next.reset();
    m_threads.waitForDone(); // it uses the catalogue that is about to go
}

void AnnotationModel::clear()
{
    beginResetModel();
    m_ids.clear();
    m_pages.clear();
    endResetModel();
}

Result<void> AnnotationModel::search(const catalogue::AnnotationFilter &filter, catalogue::AnnotationOrder order)
{
    m_running.reset();
    m_next.reset();
    if (!m_catalogue) {
        clear();
        return {};
    }
    auto found = catalogue::AnnotationQuery(*m_catalogue).ids(filter, order);
    if (!found) {
        clear();
        return found.error();
    }
    show(std::move(found).value());
    return {};
}

void AnnotationModel::searchLater(const catalogue::AnnotationFilter &filter, catalogue::AnnotationOrder order)
{
    if (!m_catalogue) {
        clear();
        Q_EMIT searched({});
        return;
    }
    auto search = std::make_shared<Search>();
    search->filter = filter;
    search->order = order;
    if (m_running) {
        m_next = search;
        return;
    }
    start(search);
    if (m_threads.waitForDone(patienceMs))
        deliver(search);
}

void AnnotationModel::start(const std::shared_ptr<Search> &search)
{
    m_running = search;
    m_threads.start([this, search, catalogue = m_catalogue] {
        auto reader = catalogue->openReader();
        search->found = reader ? catalogue::AnnotationQuery(*reader).ids(search->filter, search->order)
                               : Result<std::vector<AnnotationId>>(reader.error());
        QMetaObject::invokeMethod(this, [this, search] { deliver(search); }, Qt::QueuedConnection);
    });
}

void AnnotationModel::deliver(const std::shared_ptr<Search> &search)
{
    if (search != m_running)
        return;
    m_running.reset();
    if (m_next) {
        start(std::exchange(m_next, nullptr));
        return;
    }
    if (search->found)
        show(std::move(search->found).value());
    else
        clear();
    Q_EMIT searched(search->found ? Result<void>() : Result<void>(search->found.error()));
}

void AnnotationModel::show(std::vector<AnnotationId> ids)
{
    if (ids == m_ids) {
        refreshAll();
        return;
    }
    beginResetModel();
    m_ids = std::move(ids);
    m_pages.clear();
    endResetModel();
}

AnnotationId AnnotationModel::idAt(int row) const
{
    return row >= 0 && row < static_cast<int>(m_ids.size()) ? m_ids[static_cast<std::size_t>(row)] : AnnotationId();
}

int AnnotationModel::rowOf(AnnotationId id) const
{
    const auto at = std::find(m_ids.begin(), m_ids.end(), id);
    return at == m_ids.end() ? -1 : static_cast<int>(at - m_ids.begin());
}

const catalogue::AnnotationRow *AnnotationModel::fetch(int row) const
{
    const AnnotationId id = idAt(row);
    if (!m_catalogue || !id.isValid())
        return nullptr;
    const int number = row / pageLength;
    RowPage *page = m_pages.object(number);
    if (!page) {
        const auto first = static_cast<std::size_t>(number) * pageLength;
        const auto length = std::min<std::size_t>(pageLength, m_ids.size() - first);
        const auto rows = catalogue::AnnotationQuery(*m_catalogue).rows(std::span(m_ids).subspan(first, length));
        page = new RowPage;
        if (rows) {
            for (const catalogue::AnnotationRow &found : rows.value())
                page->insert(found.id.value, found);
        }
        m_pages.insert(number, page);
    }
    const auto at = page->constFind(id.value);
    return at == page->constEnd() ? nullptr : &at.value();
}

std::optional<catalogue::AnnotationRow> AnnotationModel::rowAt(int row) const
{
    const catalogue::AnnotationRow *found = fetch(row);
    return found ? std::optional(*found) : std::nullopt;
}

void AnnotationModel::refresh(const std::vector<AnnotationId> &annotations)
{
    for (const AnnotationId id : annotations) {
        const int row = rowOf(id);
        if (row < 0)
            continue;
        m_pages.remove(row / pageLength);
        Q_EMIT dataChanged(index(row), index(row));
    }
}

void AnnotationModel::refreshAll()
{
    m_pages.clear();
    if (!m_ids.empty())
        Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

int AnnotationModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_ids.size());
}

QVariant AnnotationModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    if (role == IdRole)
        return static_cast<qlonglong>(idAt(index.row()).value);
    const catalogue::AnnotationRow *row = fetch(index.row());
    if (!row)
        return {};
    switch (role) {
    case Qt::DisplayRole: return row->fileName;
    case Qt::AccessibleTextRole:
        return QStringLiteral("%1, %2").arg(row->fileName, row->individualCode.isEmpty() ? stateText(row->state) : row->individualCode);
    case ThumbnailRole: return QString::fromStdString(m_catalogue->thumbnailPath(row->thumbnailKey).string());
    case StateRole: return static_cast<int>(row->state);
    case CodeRole: return row->individualCode;
    case MissingRole: return row->missing;
    case TakenAtRole: return row->takenAt;
    default: return {};
    }
}

} // namespace flukeprint::ui
