#include "core/catalogue/import_log.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/in_transaction.h"
#include "core/catalogue/json_fields.h"
#include "core/catalogue/names.h"

#include <array>

namespace flukeprint::catalogue {

namespace {

constexpr auto itemStates = std::to_array<Named<ImportItemState>>({
    {ImportItemState::Pending, "pending"},
    {ImportItemState::Added, "added"},
    {ImportItemState::Duplicate, "duplicate"},
    {ImportItemState::Skipped, "skipped"},
});

const QString itemColumns = QStringLiteral("id, path, modified_at_ms, byte_size, state, photo_id, reason");

ImportItem itemFrom(const Row &row)
{
    ImportItem item;
    item.id = row.integer(0);
    item.path = row.text(1);
    item.modifiedAtMs = row.integer(2);
    item.byteSize = row.integer(3);
    item.state = valueIn(itemStates, row.text(4)).value_or(ImportItemState::Pending);
    item.photo = row.id<PhotoId>(5);
    if (item.state == ImportItemState::Skipped)
        item.reason = errorFromJson(row.text(6));
    return item;
}

const QString sessionSelect = QStringLiteral(
    "SELECT s.id, s.started_at, s.finished_at, s.options, "
    "(SELECT count(*) FROM import_item i WHERE i.session_id = s.id), "
    "(SELECT count(*) FROM import_item i WHERE i.session_id = s.id AND i.state = 'pending'), "
    "(SELECT count(*) FROM import_item i WHERE i.session_id = s.id AND i.state = 'added'), "
    "(SELECT count(*) FROM import_item i WHERE i.session_id = s.id AND i.state = 'duplicate'), "
    "(SELECT count(*) FROM import_item i WHERE i.session_id = s.id AND i.state = 'skipped') FROM import_session s ");

ImportSession sessionFrom(const Row &row)
{
    return {row.id<ImportSessionId>(0),
            row.text(1),
            row.text(2),
            row.text(3),
            row.integer(4),
            row.integer(5),
            row.integer(6),
            row.integer(7),
            row.integer(8)};
}

Error noSuchSession(ImportSessionId id)
{
    return Error(ErrorCode::NotFound, {"import session", std::to_string(id.value)});
}

Result<void> setItem(Database &database, std::int64_t item, ImportItemState state, PhotoId photo, const QString &reason)
{
    const auto changed =
        database.run(QStringLiteral("UPDATE import_item SET state = ?, photo_id = ?, reason = ? WHERE id = ?"),
                     {nameIn(itemStates, state), idValue(photo), reason, integerValue(item)});
    if (!changed)
        return changed.error();
    if (changed->rows == 0)
        return Error(ErrorCode::NotFound, {"import item", std::to_string(item)});
    return {};
}

} // namespace

ImportLog::ImportLog(Catalogue &catalogue)
    : m_database(catalogue.database())
{
}

Result<ImportSessionId> ImportLog::begin(const QString &optionsJson)
{
    const auto added = m_database.run(QStringLiteral("INSERT INTO import_session (started_at, options) VALUES (?, ?)"),
                                      {utcNow(), optionsJson});
    if (!added)
        return added.error();
    return ImportSessionId(added->lastId);
}

Result<void> ImportLog::addItems(ImportSessionId session, std::span<const ImportItem> items)
{
    return inTransaction(m_database, [&]() -> Result<void> {
        const Result<bool> known =
            m_database.exists(QStringLiteral("SELECT 1 FROM import_session WHERE id = ?"), {idValue(session)});
        if (!known)
            return known.error();
        if (!*known)
            return noSuchSession(session);
        for (const ImportItem &item : items) {
            const auto added = m_database.run(
                QStringLiteral(
                    "INSERT INTO import_item (session_id, path, modified_at_ms, byte_size, state, reason) VALUES (?, ?, ?, ?, ?, ?) "
                    "ON CONFLICT (session_id, path) DO NOTHING"),
                {idValue(session), item.path, integerValue(item.modifiedAtMs), integerValue(item.byteSize),
                 nameIn(itemStates, item.reason ? ImportItemState::Skipped : ImportItemState::Pending),
                 item.reason ? errorToJson(*item.reason) : QString()});
            if (!added)
                return added.error();
        }
        return {};
    });
}

Result<std::vector<ImportItem>> ImportLog::pending(ImportSessionId session, std::int64_t afterItem, int limit)
{
    static const QString sql =
        QStringLiteral(
            "SELECT %1 FROM import_item WHERE session_id = ? AND state = 'pending' AND id > ? ORDER BY id LIMIT ?")
            .arg(itemColumns);
    return m_database.all(sql, {idValue(session), integerValue(afterItem), limit}, itemFrom);
}

Result<void> ImportLog::setAdded(std::int64_t item, PhotoId photo)
{
    return setItem(m_database, item, ImportItemState::Added, photo, {});
}

Result<void> ImportLog::setDuplicate(std::int64_t item, PhotoId photo)
{
    return setItem(m_database, item, ImportItemState::Duplicate, photo, {});
}

Result<void> ImportLog::setSkipped(std::int64_t item, const Error &reason)
{
    return setItem(m_database, item, ImportItemState::Skipped, {}, errorToJson(reason));
}

Result<void> ImportLog::finish(ImportSessionId session)
{
    const auto changed = m_database.run(QStringLiteral("UPDATE import_session SET finished_at = ? WHERE id = ?"),
                                        {utcNow(), idValue(session)});
    if (!changed)
        return changed.error();
    if (changed->rows == 0)
        return noSuchSession(session);
    return {};
}

Result<ImportSession> ImportLog::get(ImportSessionId session)
{
    auto found = m_database.first(sessionSelect + QStringLiteral("WHERE s.id = ?"), {idValue(session)}, sessionFrom);
    if (!found)
        return found.error();
    if (!found->has_value())
        return noSuchSession(session);
    return **found;
}

Result<std::vector<ImportSession>> ImportLog::list()
{
    return m_database.all(sessionSelect + QStringLiteral("ORDER BY s.id DESC"), {}, sessionFrom);
}

Result<std::optional<ImportSession>> ImportLog::interrupted()
{
    return m_database.first(sessionSelect + QStringLiteral("WHERE s.finished_at = '' ORDER BY s.id DESC LIMIT 1"), {},
                            sessionFrom);
}

Result<std::vector<ImportItem>> ImportLog::skipped(ImportSessionId session)
{
    static const QString sql =
        QStringLiteral("SELECT %1 FROM import_item WHERE session_id = ? AND state = 'skipped' ORDER BY id")
            .arg(itemColumns);
    return m_database.all(sql, {idValue(session)}, itemFrom);
}

Result<std::vector<ImportItem>> ImportLog::duplicates(ImportSessionId session)
{
    const QString everySession
        = QStringLiteral("SELECT %1 FROM import_item WHERE state = 'duplicate'").arg(itemColumns);
    if (!session.isValid())
        return m_database.all(everySession + QStringLiteral(" ORDER BY id"), {}, itemFrom);
    return m_database.all(everySession + QStringLiteral(" AND session_id = ? ORDER BY id"), {idValue(session)}, itemFrom);
}

Result<std::optional<PhotoId>> ImportLog::knownFile(const QString &path, std::int64_t modifiedAtMs,
                                                    std::int64_t byteSize)
{
    return m_database.first(
        QStringLiteral("SELECT photo_id FROM import_item WHERE path = ? AND modified_at_ms = ? AND byte_size = ? "
                       "AND photo_id IS NOT NULL ORDER BY id DESC LIMIT 1"),
        {path, integerValue(modifiedAtMs), integerValue(byteSize)}, [](const Row &row) { return row.id<PhotoId>(0); });
}

} // namespace flukeprint::catalogue
