#include "ui/models/individual_model.h"

#include "core/catalogue/catalogue.h"

#include <algorithm>

namespace flukeprint::ui {

IndividualModel::IndividualModel(QObject *parent)
    : QAbstractListModel(parent)
{
}

void IndividualModel::setCatalogue(catalogue::Catalogue *catalogue)
{
    beginResetModel();
    m_catalogue = catalogue;
    m_rows.clear();
    endResetModel();
}

Result<void> IndividualModel::search(const QString &text, catalogue::IndividualSort sort, bool descending)
{
    Result<std::vector<catalogue::IndividualRow>> found = std::vector<catalogue::IndividualRow>();
    if (m_catalogue)
        found = catalogue::IndividualStore(*m_catalogue).list({text, false}, sort, descending);
    beginResetModel();
    m_rows = found ? std::move(found).value() : std::vector<catalogue::IndividualRow>();
    endResetModel();
    return found ? Result<void>() : Result<void>(found.error());
}

const catalogue::IndividualRow *IndividualModel::rowAt(int row) const
{
    return row >= 0 && row < static_cast<int>(m_rows.size()) ? &m_rows[static_cast<std::size_t>(row)] : nullptr;
}

IndividualId IndividualModel::idAt(int row) const
{
    const catalogue::IndividualRow *found = rowAt(row);
    return found ? found->id : IndividualId();
}

int IndividualModel::rowOf(IndividualId id) const
{
    const auto at = std::find_if(m_rows.begin(), m_rows.end(), [id](const auto &row) { return row.id == id; });
    return at == m_rows.end() ? -1 : static_cast<int>(at - m_rows.begin());
}

int IndividualModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant IndividualModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const catalogue::IndividualRow &row = m_rows[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole: return row.code;
    case Qt::AccessibleTextRole: return QStringLiteral("%1 %2").arg(row.code, row.name);
    case IdRole: return static_cast<qlonglong>(row.id.value);
    case NameRole: return row.name;
    case PhotoCountRole: return row.photoCount;
    case FirstSeenRole: return row.firstSeen;
    case LastSeenRole: return row.lastSeen;
    case ThumbnailRole:
        return row.thumbnailKey.isEmpty() ? QString() : QString::fromStdString(m_catalogue->thumbnailPath(row.thumbnailKey).string());
    default: return {};
    }
}

} // namespace flukeprint::ui
