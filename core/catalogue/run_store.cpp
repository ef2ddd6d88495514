#include "core/catalogue/run_store.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/in_transaction.h"
#include "core/catalogue/json_fields.h"

#include <cmath>
#include <limits>

namespace flukeprint::catalogue {

namespace {

const QString runColumns =
    QStringLiteral("id, name, preset, config, state, folder, device, created_at, started_at, finished_at, "
                   "snapshot_hash, model_id, error");

Run runFrom(const Row &row)
{
    Run run;
    run.id = row.id<RunId>(0);
    run.name = row.text(1);
    run.preset = row.text(2);
    run.configJson = row.text(3);
    run.state = runStateFromName(row.text(4)).value_or(RunState::Failed);
    run.folder = row.text(5);
    run.device = row.text(6);
    run.createdAt = row.text(7);
    run.startedAt = row.text(8);
    run.finishedAt = row.text(9);
    run.snapshotHash = row.text(10);
    run.model = row.id<ModelId>(11);
    run.errorJson = row.text(12);
    return run;
}

MetricPoint metricPointFrom(const Row &row)
{
    const double value = row.isNull(4) ? std::numeric_limits<double>::quiet_NaN() : row.real(4);
    return {row.integer(0), row.real(1), row.real(2), row.text(3), value};
}

Error noSuchRun(RunId id)
{
    return Error(ErrorCode::NotFound, {"run", std::to_string(id.value)});
}

Result<void> changeOne(Database &database, RunId id, const QString &assignment, QVariantList values)
{
    values.append(idValue(id));
    const auto changed = database.run(QStringLiteral("UPDATE run SET %1 WHERE id = ?").arg(assignment), values);
    if (!changed)
        return changed.error();
    if (changed->rows == 0)
        return noSuchRun(id);
    return {};
}

bool isEnd(RunState state)
{
    return state == RunState::Finished || state == RunState::Cancelled || state == RunState::Failed
        || state == RunState::Interrupted;
}

} // namespace

RunStore::RunStore(Catalogue &catalogue)
    : m_database(catalogue.database())
{
}

Result<RunId> RunStore::add(const Run &run)
{
    if (run.name.trimmed().isEmpty())
        return Error(ErrorCode::InvalidArgument, {"name", "", "not empty"});
    if (const Result<void> sound = checkJsonObject("config", run.configJson); !sound)
        return sound.error();
    return inTransaction(m_database, [&]() -> Result<RunId> {
        const Result<bool> taken = m_database.exists(QStringLiteral("SELECT 1 FROM run WHERE name = ?"), {run.name});
        if (!taken)
            return taken.error();
        if (*taken)
            return Error(ErrorCode::AlreadyExists, {"run", run.name.toStdString()});
        static const QString insert =
            QStringLiteral("INSERT INTO run (%1) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").arg(runColumns);
        const auto added =
            m_database.run(insert,
                           {run.name, run.preset, run.configJson, nameOf(run.state), run.folder, run.device,
                            run.createdAt.isEmpty() ? utcNow() : run.createdAt, run.startedAt, run.finishedAt,
                            run.snapshotHash, idValue(run.model), run.errorJson});
        if (!added)
            return added.error();
        return RunId(added->lastId);
    });
}

Result<Run> RunStore::get(RunId id)
{
    static const QString sql = QStringLiteral("SELECT %1 FROM run WHERE id = ?").arg(runColumns);
    auto found = m_database.first(sql, {idValue(id)}, runFrom);
    if (!found)
        return found.error();
    if (!found->has_value())
        return noSuchRun(id);
    return **found;
}

Result<std::optional<Run>> RunStore::find(const QString &name)
{
    static const QString sql = QStringLiteral("SELECT %1 FROM run WHERE name = ?").arg(runColumns);
    return m_database.first(sql, {name}, runFrom);
}

Result<std::vector<Run>> RunStore::list()
{
    static const QString sql = QStringLiteral("SELECT %1 FROM run ORDER BY created_at DESC, id DESC").arg(runColumns);
    return m_database.all(sql, {}, runFrom);
}

Result<QString> RunStore::freeName(const QString &preset)
{
    const Result<std::int64_t> last = m_database.integer(QStringLiteral("SELECT max(id) FROM run"));
    if (!last)
        return last.error();
    for (std::int64_t number = *last + 1;; ++number) {
        const QString name = QStringLiteral("%1-%2").arg(preset).arg(number, 4, 10, QLatin1Char('0'));
        const Result<bool> taken = m_database.exists(QStringLiteral("SELECT 1 FROM run WHERE name = ?"), {name});
        if (!taken)
            return taken.error();
        if (!*taken)
            return name;
    }
}

Result<void> RunStore::setState(RunId id, RunState state, const std::optional<Error> &error)
{
    const QString now = utcNow();
    const QString started = state == RunState::Running ? now : QString();
    return changeOne(
        m_database, id,
        QStringLiteral(
            "state = ?, started_at = (CASE WHEN started_at = '' THEN ? ELSE started_at END), finished_at = ?, "
            "error = ?"),
        {nameOf(state), started, isEnd(state) ? now : QString(), error ? errorToJson(*error) : QString()});
}

Result<void> RunStore::setFolder(RunId id, const QString &storedFolder)
{
    return changeOne(m_database, id, QStringLiteral("folder = ?"), {storedFolder});
}

Result<void> RunStore::setDevice(RunId id, const QString &device)
{
    return changeOne(m_database, id, QStringLiteral("device = ?"), {device});
}

Result<void> RunStore::setSnapshotHash(RunId id, const QString &hash)
{
    return changeOne(m_database, id, QStringLiteral("snapshot_hash = ?"), {hash});
}

Result<void> RunStore::setModel(RunId id, ModelId model)
{
    return changeOne(m_database, id, QStringLiteral("model_id = ?"), {idValue(model)});
}

Result<std::int64_t> RunStore::markInterrupted()
{
    const auto marked = m_database.run(
        QStringLiteral(
            "UPDATE run SET state = 'interrupted', finished_at = ? WHERE state IN ('queued', 'running', 'paused')"),
        {utcNow()});
    if (!marked)
        return marked.error();
    return marked->rows;
}

Result<void> RunStore::appendMetrics(RunId id, std::span<const MetricPoint> points)
{
    return inTransaction(m_database, [&]() -> Result<void> {
        const Result<bool> known = m_database.exists(QStringLiteral("SELECT 1 FROM run WHERE id = ?"), {idValue(id)});
        if (!known)
            return known.error();
        if (!*known)
            return noSuchRun(id);
        for (const MetricPoint &point : points) {
            const auto stored = m_database.run(
                QStringLiteral(
                    "INSERT INTO run_metric (run_id, name, step, epoch, seconds, value) VALUES (?, ?, ?, ?, ?, ?) "
                    "ON CONFLICT (run_id, name, step) DO UPDATE SET epoch = excluded.epoch, seconds = "
                    "excluded.seconds, "
                    "value = excluded.value"),
                {idValue(id), point.name, integerValue(point.step), point.epoch, point.seconds,
                 std::isfinite(point.value) ? QVariant(point.value) : QVariant()});
            if (!stored)
                return stored.error();
        }
        return {};
    });
}

Result<std::vector<MetricPoint>> RunStore::series(RunId id, const QString &name)
{
    return m_database.all(
        QStringLiteral(
            "SELECT step, epoch, seconds, name, value FROM run_metric WHERE run_id = ? AND name = ? ORDER BY step"),
        {idValue(id), name}, metricPointFrom);
}

Result<std::vector<MetricPoint>> RunStore::metrics(RunId id, std::int64_t afterStep)
{
    return m_database.all(QStringLiteral("SELECT step, epoch, seconds, name, value FROM run_metric WHERE run_id = ? "
                                         "AND step > ? ORDER BY step, name"),
                          {idValue(id), integerValue(afterStep)}, metricPointFrom);
}

Result<QStringList> RunStore::metricNames(RunId id)
{
    const auto names =
        m_database.all(QStringLiteral("SELECT DISTINCT name FROM run_metric WHERE run_id = ? ORDER BY name"),
                       {idValue(id)}, [](const Row &row) { return row.text(0); });
    if (!names)
        return names.error();
    return QStringList(names->begin(), names->end());
}

Result<void> RunStore::dropMetricsAfter(RunId id, std::int64_t step)
{
    return withoutCount(m_database.run(QStringLiteral("DELETE FROM run_metric WHERE run_id = ? AND step > ?"),
                                       {idValue(id), integerValue(step)}));
}

Result<void> RunStore::remove(RunId id)
{
    return inTransaction(m_database, [&]() -> Result<void> {
        const Result<Run> run = get(id);
        if (!run)
            return run.error();
        if (run->state == RunState::Running || run->state == RunState::Paused)
            return Error(ErrorCode::InvalidArgument, {"run", run->name.toStdString(), "not running"});
        return withoutCount(m_database.run(QStringLiteral("DELETE FROM run WHERE id = ?"), {idValue(id)}));
    });
}

} // namespace flukeprint::catalogue
