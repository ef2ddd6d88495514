#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <span>

namespace flukeprint::catalogue {

class Catalogue;
class Database;

enum class ImportItemState {
    Pending,
    Added, ///< a new photo
    Duplicate, ///< bytes that the catalogue had; `photo` says which
    Skipped, ///< not imported; `reason` says why
};

struct ImportItem
{
    std::int64_t id = 0;
    QString path; ///< absolute
    std::int64_t modifiedAtMs = 0; ///< of the file, ms since 1970 UTC
    std::int64_t byteSize = 0;
    ImportItemState state = ImportItemState::Pending;
    PhotoId photo;
    std::optional<Error> reason; ///< of Skipped
};

struct ImportSession
{
    ImportSessionId id;
    QString startedAt; ///< UTC
    QString finishedAt; ///< empty: interrupted or running
    QString optionsJson; ///< what was asked for (paths, tables, copy): enough to continue
    std::int64_t total = 0;
    std::int64_t pending = 0;
    std::int64_t added = 0;
    std::int64_t duplicates = 0;
    std::int64_t skipped = 0;
};

/// What imports were asked for and how far they came: an interrupted one continues with its pending items. Wrap
/// `setAdded` and the writes it stands for in one Transaction. Thread-affine like its catalogue, which must outlive it.
/// Errors everywhere: NotFound (session), DatabaseFailed, DiskFull, CatalogueReadOnly.
class ImportLog
{
public:
    explicit ImportLog(Catalogue &catalogue);

    Result<ImportSessionId> begin(const QString &optionsJson);
    /// Adds files to do, those with a `reason` as skipped; a path that the session has already is left as it is. One transaction.
    Result<void> addItems(ImportSessionId session, std::span<const ImportItem> items);
    Result<std::vector<ImportItem>> pending(ImportSessionId session, std::int64_t afterItem = 0, int limit = 1000);
    Result<void> setAdded(std::int64_t item, PhotoId photo);
    Result<void> setDuplicate(std::int64_t item, PhotoId photo);
    Result<void> setSkipped(std::int64_t item, const Error &reason);
    Result<void> finish(ImportSessionId session);

    Result<ImportSession> get(ImportSessionId session);
    /// Newest first.
    Result<std::vector<ImportSession>> list();
    /// The newest session that was not finished.
    Result<std::optional<ImportSession>> interrupted();
    Result<std::vector<ImportItem>> skipped(ImportSessionId session);
    /// Files whose bytes the catalogue had, with their photo; of every session where none is given.
    Result<std::vector<ImportItem>> duplicates(ImportSessionId session = {});
    /// The photo that some session made of this very file (same path, time and size), so that hashing can be saved;
    /// else nullopt.
    Result<std::optional<PhotoId>> knownFile(const QString &path, std::int64_t modifiedAtMs, std::int64_t byteSize);

private:
    Database &m_database;
};

} // namespace flukeprint::catalogue
