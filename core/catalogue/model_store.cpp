#include "core/catalogue/model_store.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/in_transaction.h"
#include "core/catalogue/json_fields.h"
#include "core/catalogue/proposal_store.h"

namespace flukeprint::catalogue {

namespace {

const QString modelColumns =
    QStringLiteral("id, name, preset, architecture, file, dimension, input_width_px, input_height_px, metadata, "
                   "metrics, calibration, created_at, run_id, active");

Model modelFrom(const Row &row)
{
    Model model;
    model.id = row.id<ModelId>(0);
    model.name = row.text(1);
    model.preset = row.text(2);
    model.architecture = row.text(3);
    model.file = row.text(4);
    model.dimension = row.number(5);
    model.inputWidthPx = row.number(6);
    model.inputHeightPx = row.number(7);
    model.metadataJson = row.text(8);
    model.metricsJson = row.text(9);
    model.calibrationJson = row.text(10);
    model.createdAt = row.text(11);
    model.run = row.id<RunId>(12);
    model.active = row.flag(13);
    return model;
}

Error noSuchModel(ModelId id)
{
    return Error(ErrorCode::NotFound, {"model", std::to_string(id.value)});
}

QString orEmptyObject(const QString &json)
{
    return json.isEmpty() ? QStringLiteral("{}") : json;
}

Result<void> checkFields(const Model &model)
{
    if (model.name.trimmed().isEmpty())
        return Error(ErrorCode::InvalidArgument, {"name", "", "not empty"});
    if (model.dimension <= 0 || model.inputWidthPx <= 0 || model.inputHeightPx <= 0)
        return Error(ErrorCode::InvalidArgument, {"dimension and input size", model.name.toStdString(), "> 0"});
    if (const Result<void> sound = checkJsonObject("metadata", orEmptyObject(model.metadataJson)); !sound)
        return sound;
    if (const Result<void> sound = checkJsonObject("metrics", orEmptyObject(model.metricsJson)); !sound)
        return sound;
    return checkJsonObject("calibration", orEmptyObject(model.calibrationJson));
}

Result<void> changeOne(Database &database, ModelId id, const char *column, const QString &json)
{
    if (const Result<void> sound = checkJsonObject(column, json); !sound)
        return sound;
    const auto changed = database.run(QStringLiteral("UPDATE model SET %1 = ? WHERE id = ?").arg(QLatin1String(column)),
                                      {json, idValue(id)});
    if (!changed)
        return changed.error();
    if (changed->rows == 0)
        return noSuchModel(id);
    return {};
}

} // namespace

ModelStore::ModelStore(Catalogue &catalogue)
    : m_database(catalogue.database())
{
}

Result<ModelId> ModelStore::add(const Model &model)
{
    if (const Result<void> sound = checkFields(model); !sound)
        return sound.error();
    return inTransaction(m_database, [&]() -> Result<ModelId> {
        const Result<bool> taken =
            m_database.exists(QStringLiteral("SELECT 1 FROM model WHERE name = ?"), {model.name});
        if (!taken)
            return taken.error();
        if (*taken)
            return Error(ErrorCode::AlreadyExists, {"model", model.name.toStdString()});
        const Result<bool> haveActive = m_database.exists(QStringLiteral("SELECT 1 FROM model WHERE active = 1"));
        if (!haveActive)
            return haveActive.error();
        static const QString insert =
            QStringLiteral("INSERT INTO model (%1) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                .arg(modelColumns);
        const auto added = m_database.run(insert,
                                          {model.name, model.preset, model.architecture, model.file, model.dimension,
                                           model.inputWidthPx, model.inputHeightPx, orEmptyObject(model.metadataJson),
                                           orEmptyObject(model.metricsJson), orEmptyObject(model.calibrationJson),
                                           model.createdAt.isEmpty() ? utcNow() : model.createdAt, idValue(model.run),
                                           int{!*haveActive}});
        if (!added)
            return added.error();
        return ModelId(added->lastId);
    });
}

Result<Model> ModelStore::get(ModelId id)
{
    static const QString sql = QStringLiteral("SELECT %1 FROM model WHERE id = ?").arg(modelColumns);
    auto found = m_database.first(sql, {idValue(id)}, modelFrom);
    if (!found)
        return found.error();
    if (!found->has_value())
        return noSuchModel(id);
    return **found;
}

Result<std::optional<Model>> ModelStore::find(const QString &name)
{
    static const QString sql = QStringLiteral("SELECT %1 FROM model WHERE name = ?").arg(modelColumns);
    return m_database.first(sql, {name}, modelFrom);
}

Result<Model> ModelStore::active()
{
    static const QString sql = QStringLiteral("SELECT %1 FROM model WHERE active = 1").arg(modelColumns);
    auto found = m_database.first(sql, {}, modelFrom);
    if (!found)
        return found.error();
    if (!found->has_value())
        return Error(ErrorCode::ModelMissing);
    return **found;
}

Result<std::vector<Model>> ModelStore::list()
{
    static const QString sql =
        QStringLiteral("SELECT %1 FROM model ORDER BY created_at DESC, id DESC").arg(modelColumns);
    return m_database.all(sql, {}, modelFrom);
}

Result<void> ModelStore::activate(ModelId id)
{
    return inTransaction(m_database, [&]() -> Result<void> {
        const Result<Model> model = get(id);
        if (!model)
            return model.error();
        if (model->active)
            return {};
        // first off, then on: the index allows one active model at any moment
        if (const auto off = m_database.run(QStringLiteral("UPDATE model SET active = 0 WHERE active = 1")); !off)
            return off.error();
        if (const auto on = m_database.run(QStringLiteral("UPDATE model SET active = 1 WHERE id = ?"), {idValue(id)});
            !on)
            return on.error();
        return clearAllProposals(m_database);
    });
}

Result<void> ModelStore::setCalibration(ModelId id, const QString &calibrationJson)
{
    return changeOne(m_database, id, "calibration", calibrationJson);
}

Result<void> ModelStore::setMetrics(ModelId id, const QString &metricsJson)
{
    return changeOne(m_database, id, "metrics", metricsJson);
}

Result<void> ModelStore::remove(ModelId id)
{
    return inTransaction(m_database, [&]() -> Result<void> {
        const Result<Model> model = get(id);
        if (!model)
            return model.error();
        if (model->active)
            return Error(ErrorCode::InvalidArgument, {"model", model->name.toStdString(), "not the active model"});
        return withoutCount(m_database.run(QStringLiteral("DELETE FROM model WHERE id = ?"), {idValue(id)}));
    });
}

Result<QString> ModelStore::freeName(const QString &wanted)
{
    for (int number = 1;; ++number) {
        const QString name = number == 1 ? wanted : QStringLiteral("%1-%2").arg(wanted).arg(number);
        const Result<bool> taken = m_database.exists(QStringLiteral("SELECT 1 FROM model WHERE name = ?"), {name});
        if (!taken)
            return taken.error();
        if (!*taken)
            return name;
    }
}

} // namespace flukeprint::catalogue
