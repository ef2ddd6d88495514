#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <span>

namespace flukeprint::catalogue {

class Catalogue;
class Database;

/// Where a chip lies: entry `index` of a pack.
struct ChipPlace
{
    AnnotationId annotation;
    int boxRevision = 1;
    QString packFile; ///< relative to the catalogue's folder
    std::int64_t index = 0; ///< 0-based within the pack
};

/// Index of the chip packs under chips/: one chip per annotation and size. All of it can be rebuilt from the photos.
/// Thread-affine like its catalogue, which must outlive it. Errors everywhere: DatabaseFailed, DiskFull,
/// CatalogueReadOnly.
class ChipCache
{
public:
    ChipCache(Catalogue &catalogue, int widthPx, int heightPx);

    /// Stores or replaces, in one transaction.
    Result<void> put(std::span<const ChipPlace> places);
    /// nullopt: none at the annotation's current box revision.
    Result<std::optional<ChipPlace>> find(AnnotationId annotation);
    /// Those of `annotations` that have a current chip, in the order asked for.
    Result<std::vector<ChipPlace>> findMany(std::span<const AnnotationId> annotations);
    /// Annotations without a current chip of this size, in the order of ids.
    Result<std::vector<AnnotationId>> missing();
    /// Forgets a pack (its file is gone or damaged). Returns how many chips that were.
    Result<std::int64_t> forgetPack(const QString &packFile);
    Result<QStringList> packs();

private:
    Database &m_database;
    int m_widthPx;
    int m_heightPx;
};

} // namespace flukeprint::catalogue
