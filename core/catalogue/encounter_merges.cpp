#include "core/catalogue/encounter_merges.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/encounter_store.h"
#include "core/catalogue/in_transaction.h"

#include <algorithm>
#include <tuple>

namespace flukeprint::catalogue {

namespace {

const QString mergeQuery = QStringLiteral(
    "SELECT m.id, m.from_id, m.into_id, f.code, i.code, m.at, m.who, m.cause, m.undone_at, "
    "(SELECT count(*) FROM encounter_merge_photo p WHERE p.merge_id = m.id) FROM encounter_merge m "
    "JOIN encounter f ON f.id = m.from_id JOIN encounter i ON i.id = m.into_id ");

EncounterMerge mergeFrom(const Row &row)
{
    EncounterMerge merge;
    merge.id = row.integer(0);
    merge.from = row.id<EncounterId>(1);
    merge.into = row.id<EncounterId>(2);
    merge.fromCode = row.text(3);
    merge.intoCode = row.text(4);
    merge.at = row.text(5);
    merge.who = row.text(6);
    merge.cause = row.text(7);
    merge.undoneAt = row.text(8);
    merge.photos = row.integer(9);
    return merge;
}

} // namespace

EncounterMerges::EncounterMerges(Catalogue &catalogue, QString who)
    : m_database(catalogue.database())
    , m_who(std::move(who))
{
}

Result<std::int64_t> EncounterMerges::merge(EncounterId from, EncounterId into, const QString &cause)
{
    return inTransaction(m_database, [&]() -> Result<std::int64_t> {
        if (const Result<void> mergeable = checkMergeable(from, into); !mergeable)
            return mergeable.error();
        const auto entered = m_database.run(
            QStringLiteral("INSERT INTO encounter_merge (from_id, into_id, at, who, cause, into_started_at, into_ended_at) "
                           "SELECT ?, id, ?, ?, ?, started_at, ended_at FROM encounter WHERE id = ?"),
            {idValue(from), utcNow(), m_who, cause, idValue(into)});
        if (!entered)
            return entered.error();
        if (const Result<void> moved = movePhotos(entered->lastId, from, into); !moved)
            return moved.error();
        if (const Result<void> widened = widen(into, from); !widened)
            return widened.error();
        return entered->lastId;
    });
}

Result<void> EncounterMerges::checkMergeable(EncounterId from, EncounterId into)
{
    if (from == into)
        return Error(ErrorCode::InvalidArgument, {"encounter", std::to_string(from.value), "two different ones"});
    for (const EncounterId id : {from, into}) {
        const auto merged = m_database.first(QStringLiteral("SELECT merged_into FROM encounter WHERE id = ?"), {idValue(id)},
                                             [](const Row &row) { return !row.isNull(0); });
        if (!merged)
            return merged.error();
        if (!merged->has_value())
            return Error(ErrorCode::NotFound, {"encounter", std::to_string(id.value)});
        if (**merged)
            return Error(ErrorCode::InvalidArgument, {"encounter", std::to_string(id.value), "not merged yet"});
    }
    return {};
}

Result<void> EncounterMerges::movePhotos(std::int64_t merge, EncounterId from, EncounterId into)
{
    const auto noted = m_database.run(QStringLiteral("INSERT INTO encounter_merge_photo (merge_id, photo_id) "
                                                     "SELECT ?, id FROM photo WHERE encounter_id = ?"),
                                      {integerValue(merge), idValue(from)});
    if (!noted)
        return noted.error();
    const auto moved = m_database.run(QStringLiteral("UPDATE photo SET encounter_id = ? WHERE encounter_id = ?"),
                                      {idValue(into), idValue(from)});
    if (!moved)
        return moved.error();
    return withoutCount(m_database.run(QStringLiteral("UPDATE encounter SET merged_into = ? WHERE id = ?"),
                                       {idValue(into), idValue(from)}));
}

Result<void> EncounterMerges::widen(EncounterId into, EncounterId from)
{
    const auto other = m_database.first(QStringLiteral("SELECT started_at, ended_at FROM encounter WHERE id = ?"), {idValue(from)},
                                        [](const Row &row) { return std::pair(row.text(0), row.text(1)); });
    if (!other)
        return other.error();
    // Text compares like time: all moments are ISO 8601 of one length and without a zone.
    const auto [start, end] = **other;
    const auto earlier = m_database.run(
        QStringLiteral("UPDATE encounter SET started_at = ? WHERE id = ? AND (started_at = '' OR started_at > ?) AND ? <> ''"),
        {start, idValue(into), start, start});
    if (!earlier)
        return earlier.error();
    const auto later = m_database.run(QStringLiteral("UPDATE encounter SET ended_at = ? WHERE id = ? AND ended_at < ?"),
                                      {end, idValue(into), end});
    if (!later)
        return later.error();
    return withoutCount(m_database.run(
        QStringLiteral("UPDATE encounter SET (latitude, longitude) = (SELECT latitude, longitude FROM encounter WHERE id = ?) "
                       "WHERE id = ? AND (latitude IS NULL OR longitude IS NULL)"),
        {idValue(from), idValue(into)}));
}

Result<std::optional<EncounterMerge>> EncounterMerges::find(std::int64_t merge)
{
    return m_database.first(mergeQuery + QStringLiteral("WHERE m.id = ?"), {integerValue(merge)}, mergeFrom);
}

Result<void> EncounterMerges::undo(std::int64_t merge)
{
    return inTransaction(m_database, [&]() -> Result<void> {
        const auto found = find(merge);
        if (!found)
            return found.error();
        if (!found->has_value())
            return Error(ErrorCode::NotFound, {"encounter merge", std::to_string(merge)});
        if (!(*found)->undoneAt.isEmpty())
            return Error(ErrorCode::NothingToDo, {"encounter merge"});
        return giveBack(**found);
    });
}

Result<std::int64_t> EncounterMerges::joinAgain(std::int64_t merge)
{
    const auto found = find(merge);
    if (!found)
        return found.error();
    if (!found->has_value())
        return Error(ErrorCode::NotFound, {"encounter merge", std::to_string(merge)});
    const Result<EncounterId> from = whatBecameOf((*found)->from);
    const Result<EncounterId> into = from ? whatBecameOf((*found)->into) : from;
    if (!into)
        return into.error();
    if (*from == *into)
        return Error(ErrorCode::NothingToDo, {"encounter merge"});
    return this->merge(*from, *into, (*found)->cause);
}

/// Follows merges that came after: where the photos are now.
Result<EncounterId> EncounterMerges::whatBecameOf(EncounterId encounter)
{
    for (;;) {
        const auto next = m_database.integer(QStringLiteral("SELECT merged_into FROM encounter WHERE id = ?"), {idValue(encounter)});
        if (!next)
            return next.error();
        if (*next == 0)
            return encounter;
        encounter = EncounterId(*next);
    }
}

Result<void> EncounterMerges::giveBack(const EncounterMerge &merge)
{
    const Result<EncounterId> holder = whatBecameOf(merge.into);
    if (!holder)
        return holder.error();
    const auto undone = m_database.run(QStringLiteral("UPDATE encounter_merge SET undone_at = ?, undone_by = ? WHERE id = ?"),
                                       {utcNow(), m_who, integerValue(merge.id)});
    if (!undone)
        return undone.error();
    const auto revived = m_database.run(QStringLiteral("UPDATE encounter SET merged_into = NULL WHERE id = ?"), {idValue(merge.from)});
    if (!revived)
        return revived.error();
    const auto moved = m_database.run(
        QStringLiteral("UPDATE photo SET encounter_id = ? WHERE encounter_id = ? AND id IN "
                       "(SELECT photo_id FROM encounter_merge_photo WHERE merge_id = ?)"),
        {idValue(merge.from), idValue(*holder), integerValue(merge.id)});
    if (!moved)
        return moved.error();
    if (const Result<void> shrunk = shrinkAll(merge); !shrunk)
        return shrunk;
    return forgetPosition(*holder, merge.from);
}

/// What was widened by the parted encounter: the one it went into, and those that this went into since.
Result<void> EncounterMerges::shrinkAll(const EncounterMerge &merge)
{
    std::int64_t through = merge.id;
    for (EncounterId holder = merge.into; through != 0;) {
        for (const SpanEnd &end : {SpanEnd{QStringLiteral("started_at"), QStringLiteral("min")},
                                   SpanEnd{QStringLiteral("ended_at"), QStringLiteral("max")}}) {
            if (const Result<void> shrunk = shrink(through, holder, merge.from, end); !shrunk)
                return shrunk;
        }
        const auto next = m_database.first(
            QStringLiteral("SELECT id, into_id FROM encounter_merge WHERE from_id = ? AND undone_at = '' ORDER BY id DESC LIMIT 1"),
            {idValue(holder)}, [](const Row &row) { return std::pair(row.integer(0), row.id<EncounterId>(1)); });
        if (!next)
            return next.error();
        std::tie(through, holder) = next->value_or(std::pair(std::int64_t{0}, holder));
    }
    return {};
}

/// An end of the span that came with the parted encounter goes back to where it was, or further if that holds what stays.
Result<void> EncounterMerges::shrink(std::int64_t through, EncounterId holder, EncounterId parted, const SpanEnd &end)
{
    const auto shrunk = m_database.run(
        QStringLiteral("UPDATE encounter SET %1 = coalesce((SELECT %2(t) FROM ("
                       "SELECT nullif(into_%1, '') AS t FROM encounter_merge WHERE id = ? "
                       "UNION ALL SELECT nullif(taken_at, '') FROM photo WHERE encounter_id = encounter.id "
                       "UNION ALL SELECT nullif(e.%1, '') FROM encounter e WHERE e.merged_into = encounter.id)), "
                       // It is known to have had no time at all, or nothing is known.
                       "(SELECT into_%1 FROM encounter_merge WHERE id = ?), %1) "
                       "WHERE id = ? AND %1 = (SELECT %1 FROM encounter WHERE id = ?)")
            .arg(end.column, end.outermost),
        {integerValue(through), integerValue(through), idValue(holder), idValue(parted)});
    if (!shrunk)
        return shrunk.error();
    // Merges that came later must not bring back what has left with this one.
    return withoutCount(m_database.run(
        QStringLiteral("UPDATE encounter_merge SET into_%1 = (SELECT m.into_%1 FROM encounter_merge m WHERE m.id = ?) "
                       "WHERE into_id = ? AND undone_at = '' AND id > ? AND into_%1 = (SELECT %1 FROM encounter WHERE id = ?)")
            .arg(end.column),
        {integerValue(through), idValue(holder), integerValue(through), idValue(parted)}));
}

/// A position that none of its own photos can have given came with what has left again.
Result<void> EncounterMerges::forgetPosition(EncounterId encounter, EncounterId parted)
{
    return withoutCount(m_database.run(
        QStringLiteral("UPDATE encounter SET latitude = NULL, longitude = NULL WHERE id = ? "
                       "AND EXISTS (SELECT 1 FROM encounter p WHERE p.id = ? AND p.latitude = encounter.latitude "
                       "AND p.longitude = encounter.longitude) "
                       "AND NOT EXISTS (SELECT 1 FROM photo WHERE encounter_id = encounter.id AND latitude IS NOT NULL)"),
        {idValue(encounter), idValue(parted)}));
}

Result<std::vector<EncounterMerge>> EncounterMerges::list()
{
    return m_database.all(mergeQuery + QStringLiteral("ORDER BY m.id DESC"), {}, mergeFrom);
}

Result<std::optional<EncounterMerge>> EncounterMerges::newest()
{
    return m_database.first(mergeQuery + QStringLiteral("WHERE m.undone_at = '' ORDER BY m.id DESC LIMIT 1"), {}, mergeFrom);
}

Result<std::vector<std::pair<EncounterId, EncounterId>>> EncounterMerges::parted()
{
    return m_database.all(
        QStringLiteral("WITH RECURSIVE root(id, holder) AS (SELECT id, id FROM encounter WHERE merged_into IS NULL "
                       "UNION ALL SELECT e.id, r.holder FROM encounter e JOIN root r ON e.merged_into = r.id) "
                       "SELECT DISTINCT min(f.holder, i.holder), max(f.holder, i.holder) FROM encounter_merge m "
                       "JOIN root f ON f.id = m.from_id JOIN root i ON i.id = m.into_id "
                       "WHERE m.undone_at <> '' AND f.holder <> i.holder ORDER BY 1, 2"),
        {}, [](const Row &row) { return std::pair(row.id<EncounterId>(0), row.id<EncounterId>(1)); });
}

} // namespace flukeprint::catalogue
