#pragma once

#include "core/base/result.h"

#include <QString>

#include <filesystem>
#include <memory>
#include <span>

namespace flukeprint::catalogue {

class Database;
struct MigrationStep;

enum class Access { ReadWrite, ReadOnly };

/// One open catalogue: a folder `NAME.flukeprint/` with `catalogue.sqlite` (WAL) and the folders below.
///
/// Thread-affine: a handle and all stores made from it belong to the thread that opened it. Another thread of the same
/// process calls `openConnection` itself and gets a handle of its own; both share one lock, and SQLite lets one of them
/// write at a time (waiting up to 5 s). Move-only. The lock goes when the last handle of the process is destroyed.
///
/// Opening for writing takes `catalogue.lock`; a lock left by a process that died is taken over.
/// Everything here reports: DataDamaged, DatabaseFailed, DiskFull, CatalogueReadOnly beside the errors that are named.
class Catalogue
{
public:
    /// Makes folder and database; the folder may exist if it is empty. Errors: AlreadyExists, FileUnwritable.
    static Result<Catalogue> create(const std::filesystem::path &folder);
    /// Errors: FileNotFound; CatalogueLocked (path, "pid 123 on host, program"); CatalogueReadOnly (the folder cannot
    /// be written and ReadWrite was asked); VersionTooNew; DataDamaged (no catalogue, or a damaged one). An older
    /// catalogue is brought up to date when opened for writing, after a copy in backups/; opened read-only it is
    /// refused with FormatUnsupported, since a reader may not change it.
    static Result<Catalogue> open(const std::filesystem::path &folder, Access access = Access::ReadWrite);
    /// As `open`, with another list of migrations (tests).
    static Result<Catalogue> open(const std::filesystem::path &folder, Access access,
                                  std::span<const MigrationStep> steps);

    /// A second handle for the calling thread. May be called from any thread while this handle exists.
    [[nodiscard]] Result<Catalogue> openConnection() const;
    /// The same, but refusing every write: for threads that only show.
    [[nodiscard]] Result<Catalogue> openReader() const;

    Catalogue(Catalogue &&) noexcept;
    Catalogue &operator=(Catalogue &&) noexcept;
    ~Catalogue();

    [[nodiscard]] const std::filesystem::path &folder() const;
    [[nodiscard]] std::filesystem::path databasePath() const;
    [[nodiscard]] std::filesystem::path thumbnailsFolder() const;
    [[nodiscard]] std::filesystem::path chipsFolder() const;
    [[nodiscard]] std::filesystem::path modelsFolder() const;
    [[nodiscard]] std::filesystem::path runsFolder() const;
    [[nodiscard]] std::filesystem::path
    photosFolder() const; ///< where copied photos go; exists only once something is copied
    [[nodiscard]] std::filesystem::path backupsFolder() const;
    /// thumbnails/ab/abcd….jpg for a photo's SHA-256 (the thumbnail key of search rows); two levels keep folders small.
    [[nodiscard]] std::filesystem::path thumbnailPath(const QString &sha256) const;
    /// Absolute form of a stored path (photo, model file, run folder, chip pack): relative ones start at the
    /// catalogue's folder.
    [[nodiscard]] std::filesystem::path resolve(const QString &storedPath) const;
    /// How a path is stored: relative to the folder if it lies inside, else absolute.
    [[nodiscard]] QString stored(const std::filesystem::path &path) const;

    [[nodiscard]] Access access() const;
    [[nodiscard]] int schemaVersion() const;
    /// The copy that a migration at opening made; empty if none was needed.
    [[nodiscard]] const std::filesystem::path &migrationBackup() const;

    /// For the stores of this room.
    [[nodiscard]] Database &database() const;

private:
    struct State;
    explicit Catalogue(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

} // namespace flukeprint::catalogue
