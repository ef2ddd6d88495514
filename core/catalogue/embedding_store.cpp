#include "core/catalogue/embedding_store.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/in_transaction.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace flukeprint::catalogue {

namespace {

struct ModelInfo
{
    std::size_t dimension = 0;
    QString name;
};

Result<ModelInfo> modelInfo(Database &database, ModelId model)
{
    const auto found = database.first(QStringLiteral("SELECT dimension, name FROM model WHERE id = ?"),
                                      {idValue(model)}, [](const Row &row) {
                                          return ModelInfo{static_cast<std::size_t>(row.integer(0)), row.text(1)};
                                      });
    if (!found)
        return found.error();
    if (!found->has_value())
        return Error(ErrorCode::NotFound, {"model", std::to_string(model.value)});
    return **found;
}

Result<void> checkVectors(const ModelInfo &model, std::size_t count, std::span<const float> vectors)
{
    if (vectors.size() != count * model.dimension)
        return Error(ErrorCode::ModelIncompatible,
                     {model.name.toStdString(),
                      std::to_string(vectors.size()) + " values for " + std::to_string(count) + " x "
                          + std::to_string(model.dimension)});
    if (!std::all_of(vectors.begin(), vectors.end(), [](float value) { return std::isfinite(value); }))
        return Error(ErrorCode::InvalidArgument, {"embedding", "not finite", "finite numbers"});
    return {};
}

QByteArray blobOf(std::span<const float> row)
{
    // no copy: the statement has run before `row` goes
    return QByteArray::fromRawData(reinterpret_cast<const char *>(row.data()),
                                   static_cast<qsizetype>(row.size_bytes()));
}

/// Damage that no computation of ours leaves behind: another length, values that are not finite, no direction at all.
bool isUsable(const QByteArray &bytes, std::size_t dimension)
{
    if (static_cast<std::size_t>(bytes.size()) != dimension * sizeof(float))
        return false;
    double sum = 0;
    for (std::size_t i = 0; i < dimension; ++i) {
        float value = 0;
        std::memcpy(&value, bytes.constData() + i * sizeof value, sizeof value);
        sum += double{value} * double{value};
    }
    return std::isfinite(sum) && sum > 0;
}

QString scopeCondition(EmbeddingScope scope)
{
    switch (scope) {
    case EmbeddingScope::All:
        return QStringLiteral("1 = 1");
    case EmbeddingScope::Usable:
        return QStringLiteral("a.state <> 'unusable'");
    case EmbeddingScope::Identified:
        break;
    }
    return QStringLiteral("a.state = 'identified'");
}

const QString currentEmbeddings =
    QStringLiteral("FROM embedding e JOIN annotation a ON a.id = e.annotation_id AND a.box_revision = e.box_revision ");

void appendRow(EmbeddingSet &set, const Row &row, const QByteArray &bytes)
{
    set.annotations.push_back(row.id<AnnotationId>(0));
    set.photos.push_back(row.id<PhotoId>(1));
    set.individuals.push_back(row.id<IndividualId>(2));
    set.states.push_back(identityStateFromName(row.text(3)).value_or(IdentityState::Unidentified));
    set.encounters.push_back(row.id<EncounterId>(4));
    set.duplicateGroups.push_back(row.integer(5));
    const std::size_t end = set.vectors.size();
    set.vectors.resize(end + static_cast<std::size_t>(set.dimension));
    std::memcpy(set.vectors.data() + end, bytes.constData(), static_cast<std::size_t>(bytes.size()));
}

} // namespace

EmbeddingStore::EmbeddingStore(Catalogue &catalogue)
    : m_database(catalogue.database())
{
}

Result<std::int64_t> EmbeddingStore::put(ModelId model, std::span<const EmbeddingKey> keys,
                                         std::span<const float> vectors)
{
    return inTransaction(m_database, [&]() -> Result<std::int64_t> {
        const Result<ModelInfo> info = modelInfo(m_database, model);
        if (!info)
            return info.error();
        if (const Result<void> sound = checkVectors(*info, keys.size(), vectors); !sound)
            return sound.error();
        std::int64_t stored = 0;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const auto done = m_database.run(
                QStringLiteral(
                    "INSERT INTO embedding (model_id, annotation_id, box_revision, vector) "
                    "SELECT ?, a.id, ?, ? FROM annotation a WHERE a.id = ? "
                    "ON CONFLICT (model_id, annotation_id) DO UPDATE SET box_revision = excluded.box_revision, "
                    "vector = excluded.vector"),
                {idValue(model), keys[i].boxRevision, blobOf(vectors.subspan(i * info->dimension, info->dimension)),
                 idValue(keys[i].annotation)});
            if (!done)
                return done.error();
            stored += done->rows;
        }
        return stored;
    });
}

Result<std::optional<std::vector<float>>> EmbeddingStore::find(ModelId model, AnnotationId annotation)
{
    const Result<ModelInfo> info = modelInfo(m_database, model);
    if (!info)
        return info.error();
    const auto bytes = m_database.first(
        QStringLiteral("SELECT e.vector %1 WHERE e.model_id = ? AND e.annotation_id = ?").arg(currentEmbeddings),
        {idValue(model), idValue(annotation)}, [](const Row &row) { return row.bytes(0); });
    if (!bytes)
        return bytes.error();
    if (!bytes->has_value() || !isUsable(**bytes, info->dimension))
        return std::optional<std::vector<float>>();
    std::vector<float> vector(static_cast<std::size_t>((*bytes)->size()) / sizeof(float));
    std::memcpy(vector.data(), (*bytes)->constData(), vector.size() * sizeof(float));
    return std::optional(std::move(vector));
}

Result<EmbeddingSet> EmbeddingStore::load(ModelId model, EmbeddingScope scope, std::stop_token stop)
{
    const Result<ModelInfo> info = modelInfo(m_database, model);
    if (!info)
        return info.error();
    EmbeddingSet set;
    set.model = model;
    set.dimension = static_cast<int>(info->dimension);
    const Result<std::int64_t> expected =
        m_database.integer(QStringLiteral("SELECT count(*) FROM embedding WHERE model_id = ?"), {idValue(model)});
    if (!expected)
        return expected.error();
    set.vectors.reserve(static_cast<std::size_t>(*expected) * info->dimension);
    bool stopped = false;
    const QString sql =
        QStringLiteral(
            "SELECT e.annotation_id, a.photo_id, a.individual_id, a.state, p.encounter_id, p.duplicate_group, "
            "e.vector %1 JOIN photo p ON p.id = a.photo_id WHERE e.model_id = ? AND %2 ORDER BY e.annotation_id")
            .arg(currentEmbeddings, scopeCondition(scope));
    const Result<void> done = m_database.each(sql, {idValue(model)}, [&](const Row &row) {
        const QByteArray bytes = row.bytes(6);
        if (isUsable(bytes, info->dimension))
            appendRow(set, row, bytes);
        else
            set.unusable.push_back(row.id<AnnotationId>(0));
        stopped = stop.stop_requested();
        return !stopped;
    });
    if (!done)
        return done.error();
    if (stopped)
        return Error(ErrorCode::Cancelled);
    return set;
}

Result<std::vector<EmbeddingKey>> EmbeddingStore::missing(ModelId model)
{
    return m_database.all(
        QStringLiteral(
            "SELECT a.id, a.box_revision FROM annotation a WHERE a.state <> 'unusable' AND NOT EXISTS (SELECT 1 FROM "
            "embedding e "
            "WHERE e.model_id = ? AND e.annotation_id = a.id AND e.box_revision = a.box_revision) ORDER BY a.id"),
        {idValue(model)}, [](const Row &row) {
            return EmbeddingKey{row.id<AnnotationId>(0), row.number(1)};
        });
}

Result<QStringList> EmbeddingStore::dropUnusable(ModelId model, std::stop_token stop)
{
    const Result<ModelInfo> info = modelInfo(m_database, model);
    if (!info)
        return info.error();
    std::vector<std::int64_t> rows;
    QStringList names;
    const Result<void> read = m_database.each(
        QStringLiteral("SELECT e.id, e.vector, p.file_name %1 JOIN photo p ON p.id = a.photo_id WHERE e.model_id = ? ORDER BY e.id")
            .arg(currentEmbeddings),
        {idValue(model)}, [&](const Row &row) {
            if (!isUsable(row.bytes(1), info->dimension)) {
                rows.push_back(row.integer(0));
                names << row.text(2);
            }
            return !stop.stop_requested();
        });
    if (!read)
        return read.error();
    if (stop.stop_requested())
        return Error(ErrorCode::Cancelled);
    if (rows.empty())
        return names;
    return inTransaction(m_database, [&]() -> Result<QStringList> {
        for (const std::int64_t row : rows) {
            const auto dropped = m_database.run(QStringLiteral("DELETE FROM embedding WHERE id = ?"), {integerValue(row)});
            if (!dropped)
                return dropped.error();
        }
        return names;
    });
}

Result<EmbeddingStore::Coverage> EmbeddingStore::coverage(ModelId model)
{
    const auto found =
        m_database.first(QStringLiteral("SELECT (SELECT count(*) %1 WHERE e.model_id = ? AND a.state <> 'unusable'), "
                                        "(SELECT count(*) FROM annotation WHERE state <> 'unusable')")
                             .arg(currentEmbeddings),
                         {idValue(model)}, [](const Row &row) {
                             return Coverage{row.integer(0), row.integer(1)};
                         });
    if (!found)
        return found.error();
    return found->value_or(Coverage{});
}

Result<std::int64_t> EmbeddingStore::removeAll(ModelId model)
{
    const auto removed = m_database.run(QStringLiteral("DELETE FROM embedding WHERE model_id = ?"), {idValue(model)});
    if (!removed)
        return removed.error();
    return removed->rows;
}

} // namespace flukeprint::catalogue
