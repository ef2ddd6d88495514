#include "core/catalogue/encounter_store.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/in_transaction.h"

#include <QDateTime>

#include <algorithm>

namespace flukeprint::catalogue {

namespace {

const QString encounterColumns =
    QStringLiteral("e.id, e.code, e.started_at, e.ended_at, e.place, e.latitude, e.longitude");

Encounter encounterFrom(const Row &row)
{
    return {row.id<EncounterId>(0), row.text(1),     row.text(2), row.text(3), row.text(4),
            row.maybeReal(5),       row.maybeReal(6)};
}

Error noSuchEncounter(EncounterId id)
{
    return Error(ErrorCode::NotFound, {"encounter", std::to_string(id.value)});
}

Result<void> checkFree(Database &database, const Encounter &encounter)
{
    if (encounter.code.trimmed().isEmpty())
        return Error(ErrorCode::InvalidArgument, {"code", "", "not empty"});
    const Result<bool> taken =
        database.exists(QStringLiteral("SELECT 1 FROM encounter WHERE lower(code) = lower(?) AND id <> ?"),
                        {encounter.code, integerValue(encounter.id.value)});
    if (!taken)
        return taken.error();
    if (*taken)
        return Error(ErrorCode::AlreadyExists, {"encounter", encounter.code.toStdString()});
    return {};
}

/// Seconds from a moment to the span of an encounter; 0 inside.
qint64 distanceSeconds(const Encounter &encounter, const QDateTime &moment)
{
    const QDateTime start = QDateTime::fromString(encounter.startedAt, Qt::ISODate);
    const QDateTime end = encounter.endedAt.isEmpty() ? start : QDateTime::fromString(encounter.endedAt, Qt::ISODate);
    return std::max({qint64{0}, moment.secsTo(start), end.secsTo(moment)});
}

} // namespace

EncounterStore::EncounterStore(Catalogue &catalogue)
    : m_database(catalogue.database())
{
}

Result<EncounterId> EncounterStore::add(const Encounter &encounter)
{
    return inTransaction(m_database, [&]() -> Result<EncounterId> {
        Encounter fresh = encounter;
        fresh.id = {};
        if (const Result<void> free = checkFree(m_database, fresh); !free)
            return free.error();
        const auto added = m_database.run(QStringLiteral("INSERT INTO encounter (code, started_at, ended_at, place, "
                                                         "latitude, longitude) VALUES (?, ?, ?, ?, ?, ?)"),
                                          {fresh.code, fresh.startedAt, fresh.endedAt, fresh.place,
                                           realValue(fresh.latitude), realValue(fresh.longitude)});
        if (!added)
            return added.error();
        return EncounterId(added->lastId);
    });
}

Result<Encounter> EncounterStore::get(EncounterId id)
{
    static const QString sql = QStringLiteral("SELECT %1 FROM encounter e WHERE e.id = ?").arg(encounterColumns);
    auto found = m_database.first(sql, {idValue(id)}, encounterFrom);
    if (!found)
        return found.error();
    if (!found->has_value())
        return noSuchEncounter(id);
    return **found;
}

Result<std::optional<Encounter>> EncounterStore::find(const QString &code)
{
    static const QString sql =
        QStringLiteral("SELECT %1 FROM encounter e WHERE lower(e.code) = lower(?)").arg(encounterColumns);
    return m_database.first(sql, {code}, encounterFrom);
}

Result<void> EncounterStore::update(const Encounter &encounter)
{
    return inTransaction(m_database, [&]() -> Result<void> {
        if (const Result<void> free = checkFree(m_database, encounter); !free)
            return free;
        const auto changed =
            m_database.run(QStringLiteral("UPDATE encounter SET code = ?, started_at = ?, ended_at = ?, place = ?, "
                                          "latitude = ?, longitude = ? WHERE id = ?"),
                           {encounter.code, encounter.startedAt, encounter.endedAt, encounter.place,
                            realValue(encounter.latitude), realValue(encounter.longitude), idValue(encounter.id)});
        if (!changed)
            return changed.error();
        if (changed->rows == 0)
            return noSuchEncounter(encounter.id);
        return {};
    });
}

Result<std::vector<EncounterStore::Row>> EncounterStore::list()
{
    static const QString sql =
        QStringLiteral("SELECT %1, (SELECT count(*) FROM photo p WHERE p.encounter_id = e.id) FROM encounter e "
                       "WHERE e.merged_into IS NULL ORDER BY e.started_at DESC, e.id DESC")
            .arg(encounterColumns);
    return m_database.all(sql, {}, [](const catalogue::Row &row) {
        return EncounterStore::Row{encounterFrom(row), row.number(7)};
    });
}

Result<std::optional<Encounter>> EncounterStore::findByTime(const QString &takenAt, int gapMinutes)
{
    const QDateTime moment = QDateTime::fromString(takenAt, Qt::ISODate);
    if (!moment.isValid())
        return std::optional<Encounter>();
    const qint64 gapSeconds = qint64{gapMinutes} * 60;
    // text compares like time here: all moments are ISO 8601 of one length and without a zone
    static const QString sql =
        QStringLiteral("SELECT %1 FROM encounter e WHERE e.merged_into IS NULL AND e.started_at <> '' AND e.started_at <= ? "
                       "AND (CASE WHEN e.ended_at = '' THEN e.started_at ELSE e.ended_at END) >= ?")
            .arg(encounterColumns);
    const auto candidates = m_database.all(
        sql, {moment.addSecs(gapSeconds).toString(Qt::ISODate), moment.addSecs(-gapSeconds).toString(Qt::ISODate)},
        encounterFrom);
    if (!candidates)
        return candidates.error();
    const auto nearest =
        std::min_element(candidates->begin(), candidates->end(), [&](const Encounter &a, const Encounter &b) {
            return distanceSeconds(a, moment) < distanceSeconds(b, moment);
        });
    return nearest == candidates->end() ? std::optional<Encounter>() : std::optional(*nearest);
}

Result<void> EncounterStore::extend(EncounterId id, const QString &takenAt)
{
    return inTransaction(m_database, [&]() -> Result<void> {
        Result<Encounter> encounter = get(id);
        if (!encounter)
            return encounter.error();
        if (takenAt.isEmpty())
            return {};
        if (encounter->startedAt.isEmpty() || takenAt < encounter->startedAt)
            encounter->startedAt = takenAt;
        if (encounter->endedAt.isEmpty() || takenAt > encounter->endedAt)
            encounter->endedAt = takenAt;
        return update(*encounter);
    });
}

} // namespace flukeprint::catalogue
