#include "ui/training/run_list_model.h"

#include "core/catalogue/model_store.h"
#include "core/catalogue/run_store.h"
#include "ui/text/format.h"
#include "ui/text/training_text.h"

#include <algorithm>
#include <cmath>

namespace flukeprint::ui {

RunListModel::RunListModel(QObject *parent)
    : QAbstractListModel(parent)
{
}

void RunListModel::setCatalogue(catalogue::Catalogue *catalogue)
{
    beginResetModel();
    m_catalogue = catalogue;
    m_runs.clear();
    m_scores.clear();
    m_servingRun = {};
    endResetModel();
}

Result<void> RunListModel::reload()
{
    if (!m_catalogue)
        return {};
    catalogue::RunStore store(*m_catalogue);
    Result<std::vector<catalogue::Run>> runs = store.list();
    if (!runs)
        return runs.error();
    beginResetModel();
    m_runs = std::move(*runs);
    m_scores.clear();
    for (const catalogue::Run &run : m_runs) {
        const auto points = store.series(run.id, QStringLiteral("map5"));
        for (const catalogue::MetricPoint &point : points.valueOr({})) {
            // The kept model is that of the best epoch.
            if (std::isfinite(point.value))
                m_scores[run.id] = std::max(m_scores[run.id], point.value);
        }
    }
    const auto active = catalogue::ModelStore(*m_catalogue).active();
    m_servingRun = active ? active->run : RunId();
    endResetModel();
    return {};
}

void RunListModel::refresh(RunId run)
{
    const QModelIndex place = indexOf(run);
    const auto fresh = m_catalogue && place.isValid() ? catalogue::RunStore(*m_catalogue).get(run)
                                                      : Result<catalogue::Run>(Error(ErrorCode::NotFound));
    if (!fresh) {
        const Result<void> reloaded = reload();
        Q_UNUSED(reloaded)
        return;
    }
    m_runs[static_cast<std::size_t>(place.row())] = *fresh;
    Q_EMIT dataChanged(place, place);
}

void RunListModel::setScore(RunId run, double map5)
{
    m_scores[run] = std::max(m_scores[run], map5);
    const QModelIndex place = indexOf(run);
    if (place.isValid())
        Q_EMIT dataChanged(place, place, {ScoreRole});
}

int RunListModel::rowCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : static_cast<int>(m_runs.size()); }

QString RunListModel::stateText(const catalogue::Run &run) const
{
    const QString state = run.id == m_servingRun ? tr("model in use") : runStateText(run.state);
    const QString day = dateText((run.finishedAt.isEmpty() ? run.createdAt : run.finishedAt).toStdString());
    return day.isEmpty() ? state : state + QStringLiteral(", ") + day;
}

QVariant RunListModel::data(const QModelIndex &index, int role) const
{
    const std::optional<catalogue::Run> row = run(index);
    if (!row)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return row->name;
    case Qt::ToolTipRole:
        return tr("%1, preset %2").arg(row->name, row->preset);
    case Qt::AccessibleTextRole:
        return row->name + QStringLiteral(", ") + stateText(*row);
    case RunRole:
        return QVariant::fromValue<qint64>(row->id.value);
    case StateRole:
        return static_cast<int>(row->state);
    case StateTextRole:
        return stateText(*row);
    case ScoreRole: {
        const auto score = m_scores.find(row->id);
        return score == m_scores.end() ? QString(QChar(0x2013)) : metricText(score->second);
    }
    case ServingRole:
        return row->id == m_servingRun;
    default:
        return {};
    }
}

std::optional<catalogue::Run> RunListModel::run(RunId id) const { return run(indexOf(id)); }

std::optional<catalogue::Run> RunListModel::run(const QModelIndex &index) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return std::nullopt;
    return m_runs[static_cast<std::size_t>(index.row())];
}

QModelIndex RunListModel::indexOf(RunId id) const
{
    const auto found = std::find_if(m_runs.begin(), m_runs.end(), [id](const catalogue::Run &run) { return run.id == id; });
    return found == m_runs.end() ? QModelIndex() : index(static_cast<int>(found - m_runs.begin()));
}

} // namespace flukeprint::ui
