#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <functional>

namespace flukeprint::catalogue {

class Catalogue;
class Database;

/// Photos. Thread-affine like its catalogue, which must outlive it; cheap to make. Errors everywhere: DatabaseFailed,
/// DiskFull, CatalogueReadOnly.
class PhotoStore
{
public:
    explicit PhotoStore(Catalogue &catalogue);

    /// Errors: AlreadyExists ("photo", its SHA-256); InvalidArgument (SHA-256 not 64 hex digits, a side of 0).
    Result<PhotoId> add(const Photo &photo);
    /// Errors: NotFound.
    Result<Photo> get(PhotoId id);
    Result<std::optional<Photo>> findBySha256(const QString &sha256);
    /// By stored path (see Catalogue::stored), exactly.
    Result<std::optional<Photo>> findByPath(const QString &storedPath);
    /// All photos of that file name, exactly: tables name photos so, and two folders may hold the same name.
    Result<std::vector<Photo>> findByFileName(const QString &fileName);
    Result<std::int64_t> count();

    /// Where the file is now; clears `missing`. Errors: NotFound.
    Result<void> setPath(PhotoId id, const QString &storedPath, bool copied);
    Result<void> setMissing(PhotoId id, bool missing);
    /// An invalid encounter takes the photo out of its encounter.
    Result<void> setEncounter(PhotoId id, EncounterId encounter);
    Result<void> setPerceptualHash(PhotoId id, std::uint64_t hash);
    Result<void> setDuplicateGroup(PhotoId id, std::int64_t group);

    /// Calls `visit` for every photo in the order of ids, holding one row at a time; stops early when it returns false.
    Result<void> forEach(const std::function<bool(const Photo &)> &visit);

    struct HashRow
    {
        PhotoId id;
        std::uint64_t perceptualHash = 0;
        std::int64_t duplicateGroup = 0;
        QString takenAt;
    };
    /// All photos with a perceptual hash, in the order of ids: what near-duplicate search needs and nothing else.
    Result<std::vector<HashRow>> perceptualHashes();

private:
    Database &m_database;
};

} // namespace flukeprint::catalogue
