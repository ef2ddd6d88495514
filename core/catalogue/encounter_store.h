#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

namespace flukeprint::catalogue {

class Catalogue;
class Database;

/// Encounters: photos of one group at one place and time. Thread-affine like its catalogue, which must outlive it.
/// Errors everywhere: DatabaseFailed, DiskFull, CatalogueReadOnly.
class EncounterStore
{
public:
    explicit EncounterStore(Catalogue &catalogue);

    /// Errors: AlreadyExists ("encounter", code), InvalidArgument (empty code).
    Result<EncounterId> add(const Encounter &encounter);
    /// Errors: NotFound.
    Result<Encounter> get(EncounterId id);
    Result<std::optional<Encounter>> find(const QString &code);
    /// All fields by id. Errors: NotFound, AlreadyExists.
    Result<void> update(const Encounter &encounter);

    struct Row
    {
        Encounter encounter;
        int photoCount = 0;
    };
    /// Newest first; without those that were merged into another (see EncounterMerges).
    Result<std::vector<Row>> list();
    /// The encounter nearest in time among those that span `takenAt` when widened by `gapMinutes` on both sides: what
    /// an import asks for every photo. nullopt if there is none.
    Result<std::optional<Encounter>> findByTime(const QString &takenAt, int gapMinutes);
    /// Widens the span of an encounter so that it holds `takenAt`. Errors: NotFound.
    Result<void> extend(EncounterId id, const QString &takenAt);

private:
    Database &m_database;
};

} // namespace flukeprint::catalogue
