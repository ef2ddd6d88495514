#include "core/catalogue/catalogue.h"

#include "core/base/log.h"
#include "core/base/partial_file.h"
#include "core/catalogue/backup.h"
#include "core/catalogue/catalogue_files.h"
#include "core/catalogue/database.h"
#include "core/catalogue/migration.h"
#include "core/catalogue/records.h"

#include <QFileInfo>
#include <QLockFile>

#include <system_error>

namespace flukeprint::catalogue {

namespace fs = std::filesystem;

namespace {

/// What all handles of one process share; never changed after opening, so any thread may read it.
struct Shared
{
    fs::path folder;
    std::unique_ptr<QLockFile> lock; ///< null for readers
    bool immutable = false;
    int schemaVersion = 0;
    fs::path migrationBackup;
};

Result<void> runPragma(Database &database, const char *pragma)
{
    return database.each(QString::fromUtf8(pragma), {}, [](const Row &) { return true; });
}

Result<std::unique_ptr<QLockFile>> takeLock(const fs::path &folder)
{
    auto lock = std::make_unique<QLockFile>(QString::fromStdString((folder / lockFileName).string()));
    lock->setStaleLockTime(
        0); // only a dead owner makes a lock stale, never its age: seasons of work keep one open for days
    if (lock->tryLock(0))
        return lock;
    if (lock->error() != QLockFile::LockFailedError)
        return Error(ErrorCode::CatalogueReadOnly, {folder.string()});
    qint64 pid = 0;
    QString host;
    QString program;
    lock->getLockInfo(&pid, &host, &program);
    const QString holder = QStringLiteral("pid %1 on %2, %3").arg(pid).arg(host, program);
    return Error(ErrorCode::CatalogueLocked, {folder.string(), holder.toStdString()});
}

Result<std::unique_ptr<Database>> openForReading(const fs::path &file, bool &immutable)
{
    Result<std::unique_ptr<Database>> database = Database::open(file, Database::Mode::ReadOnly);
    Result<std::int64_t> probe = database ? (*database)->integer(QStringLiteral("SELECT count(*) FROM sqlite_master"))
                                          : Result<std::int64_t>(database.error());
    if (probe)
        return database;
    // On a medium that cannot be written SQLite finds no place for its shared memory; without a write-ahead log it
    // needs none.
    if (QFileInfo(QString::fromStdString(file.parent_path().string())).isWritable() || hasWriteAheadLog(file))
        return probe.error();
    immutable = true;
    return Database::open(file, Database::Mode::Immutable);
}

/// What a killed program left half-written. Thumbnails and copied photos, of which there may be very many, are left to the next import.
void removeLeftovers(const fs::path &folder)
{
    std::size_t removed = 0;
    for (const char *name : {chipsFolderName, modelsFolderName, backupsFolderName})
        removed += removeAbandonedPartials(folder / name, Depth::Folder);
    removed += removeAbandonedPartials(folder / runsFolderName, Depth::Tree);
    if (removed > 0)
        log(LogLevel::Info, "catalogue", std::to_string(removed) + " files that were never finished are removed");
}

Result<int> checkedVersion(Database &database, const fs::path &file, std::span<const MigrationStep> steps)
{
    const Result<std::int64_t> application = database.integer(QStringLiteral("PRAGMA application_id"));
    if (!application)
        return application.error();
    if (*application != catalogueApplicationId)
        return Error(ErrorCode::DataDamaged, {file.string(), "not a catalogue"});
    const Result<std::int64_t> version = database.integer(QStringLiteral("PRAGMA user_version"));
    if (!version)
        return version.error();
    const int newest = steps.back().version;
    if (*version > newest)
        return Error(ErrorCode::VersionTooNew, {file.string(), std::to_string(*version), std::to_string(newest)});
    if (*version < 1)
        return Error(ErrorCode::DataDamaged, {file.string(), "schema version " + std::to_string(*version)});
    return static_cast<int>(*version);
}

Result<void> prepareForWriting(Database &database, Shared &shared, std::span<const MigrationStep> steps)
{
    if (shared.schemaVersion < steps.back().version) {
        const std::string why = "migration-from-version-" + std::to_string(shared.schemaVersion);
        const Result<fs::path> copy = keepCopy(database, shared.folder, why);
        if (!copy)
            return copy.error();
        if (const Result<void> migrated = migrate(database, steps); !migrated)
            return migrated;
        shared.migrationBackup = *copy;
        shared.schemaVersion = steps.back().version;
        log(LogLevel::Info, "catalogue", "migrated to schema version " + std::to_string(shared.schemaVersion));
    }
    return runPragma(database, "PRAGMA journal_mode = WAL");
}

Result<void> buildDatabase(const fs::path &folder)
{
    const fs::path partial = folder / (std::string(databaseFileName) + ".partial");
    {
        Result<std::unique_ptr<Database>> database = Database::open(partial, Database::Mode::Create);
        if (!database)
            return database.error();
        if (const Result<void> built = migrate(**database, schemaSteps()); !built)
            return built;
        if (const Result<void> wal = runPragma(**database, "PRAGMA journal_mode = WAL"); !wal)
            return wal;
    }
    std::error_code failed;
    fs::rename(partial, folder / databaseFileName, failed);
    if (failed)
        return Error(ErrorCode::FileUnwritable, {(folder / databaseFileName).string(), failed.message()});
    return {};
}

} // namespace

struct Catalogue::State
{
    std::shared_ptr<Shared> shared;
    Access access = Access::ReadWrite;
    std::unique_ptr<Database> database;
    bool primary = false;
};

Result<Catalogue> Catalogue::create(const fs::path &folder)
{
    const fs::path absolute = fs::absolute(folder).lexically_normal();
    if (const Result<void> usable = prepareNewFolder(absolute); !usable)
        return usable.error();
    {
        const Result<std::unique_ptr<QLockFile>> lock = takeLock(absolute);
        if (!lock)
            return lock.error();
        if (const Result<void> built = buildDatabase(absolute); !built)
            return built.error();
    }
    return open(absolute);
}

Result<Catalogue> Catalogue::open(const fs::path &folder, Access access)
{
    return open(folder, access, schemaSteps());
}

Result<Catalogue> Catalogue::open(const fs::path &folder, Access access, std::span<const MigrationStep> steps)
{
    auto state = std::make_unique<State>();
    state->shared = std::make_shared<Shared>();
    state->access = access;
    state->primary = access == Access::ReadWrite;
    Shared &shared = *state->shared;
    shared.folder = fs::absolute(folder).lexically_normal();
    const fs::path file = shared.folder / databaseFileName;
    const bool writes = access == Access::ReadWrite;
    if (const Result<void> there = checkFolder(shared.folder, writes); !there)
        return there.error();
    if (writes) {
        Result<std::unique_ptr<QLockFile>> lock = takeLock(shared.folder);
        if (!lock)
            return lock.error();
        shared.lock = std::move(*lock);
        removeLeftovers(shared.folder);
    }
    if (const Result<void> sound = checkDatabaseFile(file); !sound)
        return sound.error();
    Result<std::unique_ptr<Database>> database =
        writes ? Database::open(file, Database::Mode::ReadWrite) : openForReading(file, shared.immutable);
    if (!database)
        return database.error();
    state->database = std::move(*database);
    const Result<int> version = checkedVersion(*state->database, file, steps);
    if (!version)
        return version.error();
    shared.schemaVersion = *version;
    if (writes) {
        if (const Result<void> ready = prepareForWriting(*state->database, shared, steps); !ready)
            return ready.error();
    } else if (*version < steps.back().version) {
        return Error(ErrorCode::FormatUnsupported, {file.string(), "schema version " + std::to_string(*version)});
    }
    return Catalogue(std::move(state));
}

Result<Catalogue> Catalogue::openConnection() const
{
    if (m_state->access == Access::ReadOnly)
        return openReader();
    auto state = std::make_unique<State>();
    state->shared = m_state->shared;
    Result<std::unique_ptr<Database>> database = Database::open(databasePath(), Database::Mode::ReadWrite);
    if (!database)
        return database.error();
    state->database = std::move(*database);
    return Catalogue(std::move(state));
}

Result<Catalogue> Catalogue::openReader() const
{
    auto state = std::make_unique<State>();
    state->shared = m_state->shared;
    state->access = Access::ReadOnly;
    // A process that may write opens its readers writable and forbids them to write: only so can they recover a
    // write-ahead log.
    const bool writes = m_state->shared->lock != nullptr;
    const auto mode = m_state->shared->immutable ? Database::Mode::Immutable
        : writes                                 ? Database::Mode::ReadWrite
                                                 : Database::Mode::ReadOnly;
    Result<std::unique_ptr<Database>> database = Database::open(databasePath(), mode);
    if (!database)
        return database.error();
    if (const Result<void> forbidden = (*database)->forbidWriting(); !forbidden)
        return forbidden.error();
    state->database = std::move(*database);
    return Catalogue(std::move(state));
}

Catalogue::Catalogue(std::unique_ptr<State> state)
    : m_state(std::move(state))
{
}
Catalogue::Catalogue(Catalogue &&) noexcept = default;
Catalogue &Catalogue::operator=(Catalogue &&) noexcept = default;

Catalogue::~Catalogue()
{
    if (!m_state || !m_state->primary)
        return;
    // keeps the planner's statistics true; the limit bounds it to some milliseconds also for huge tables
    (void)runPragma(*m_state->database, "PRAGMA analysis_limit = 400");
    (void)runPragma(*m_state->database, "PRAGMA optimize");
}

const fs::path &Catalogue::folder() const
{
    return m_state->shared->folder;
}
fs::path Catalogue::databasePath() const
{
    return folder() / databaseFileName;
}
fs::path Catalogue::thumbnailsFolder() const
{
    return folder() / thumbnailsFolderName;
}
fs::path Catalogue::chipsFolder() const
{
    return folder() / chipsFolderName;
}
fs::path Catalogue::modelsFolder() const
{
    return folder() / modelsFolderName;
}
fs::path Catalogue::runsFolder() const
{
    return folder() / runsFolderName;
}
fs::path Catalogue::photosFolder() const
{
    return folder() / photosFolderName;
}
fs::path Catalogue::backupsFolder() const
{
    return folder() / backupsFolderName;
}

fs::path Catalogue::thumbnailPath(const QString &sha256) const
{
    const std::string key = sha256.toStdString();
    return thumbnailsFolder() / key.substr(0, 2) / (key + ".jpg");
}

fs::path Catalogue::resolve(const QString &storedPath) const
{
    const fs::path path(storedPath.toStdString());
    return path.is_absolute() ? path : folder() / path;
}

QString Catalogue::stored(const fs::path &path) const
{
    const fs::path absolute = fs::absolute(path).lexically_normal();
    const fs::path relative = absolute.lexically_relative(folder());
    const bool inside = !relative.empty() && *relative.begin() != "..";
    return QString::fromStdString((inside ? relative : absolute).string());
}

Access Catalogue::access() const
{
    return m_state->access;
}
int Catalogue::schemaVersion() const
{
    return m_state->shared->schemaVersion;
}
const fs::path &Catalogue::migrationBackup() const
{
    return m_state->shared->migrationBackup;
}
Database &Catalogue::database() const
{
    return *m_state->database;
}

} // namespace flukeprint::catalogue
