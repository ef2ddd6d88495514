#include "core/catalogue/photo_store.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/database.h"
#include "core/catalogue/transaction.h"

#include <algorithm>
#include <bit>

namespace flukeprint::catalogue {

namespace {

const QString photoColumns =
    QStringLiteral("id, sha256, path, file_name, copied, byte_size, width_px, height_px, taken_at, latitude, "
                   "longitude, camera, orientation, "
                   "perceptual_hash, duplicate_group, encounter_id, import_session_id, imported_at, missing");

Photo photoFrom(const Row &row)
{
    Photo photo;
    photo.id = row.id<PhotoId>(0);
    photo.sha256 = row.text(1);
    photo.path = row.text(2);
    photo.fileName = row.text(3);
    photo.copied = row.flag(4);
    photo.byteSize = row.integer(5);
    photo.widthPx = row.number(6);
    photo.heightPx = row.number(7);
    photo.takenAt = row.text(8);
    photo.latitude = row.maybeReal(9);
    photo.longitude = row.maybeReal(10);
    photo.camera = row.text(11);
    photo.orientation = row.number(12);
    photo.perceptualHash = std::bit_cast<std::uint64_t>(row.integer(13));
    photo.duplicateGroup = row.integer(14);
    photo.encounter = row.id<EncounterId>(15);
    photo.importSession = row.id<ImportSessionId>(16);
    photo.importedAt = row.text(17);
    photo.missing = row.flag(18);
    return photo;
}

QVariant hashValue(std::uint64_t hash)
{
    return integerValue(std::bit_cast<std::int64_t>(hash));
}

bool isSha256(const QString &text)
{
    const auto isHexDigit = [](QChar c) { return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f'); };
    return text.size() == 64 && std::all_of(text.begin(), text.end(), isHexDigit);
}

Error noSuchPhoto(PhotoId id)
{
    return Error(ErrorCode::NotFound, {"photo", std::to_string(id.value)});
}

Result<void> changeOne(Database &database, PhotoId id, const QString &assignment, QVariantList values)
{
    values.append(idValue(id));
    const auto changed = database.run(QStringLiteral("UPDATE photo SET %1 WHERE id = ?").arg(assignment), values);
    if (!changed)
        return changed.error();
    if (changed->rows == 0)
        return noSuchPhoto(id);
    return {};
}

} // namespace

PhotoStore::PhotoStore(Catalogue &catalogue)
    : m_database(catalogue.database())
{
}

Result<PhotoId> PhotoStore::add(const Photo &photo)
{
    if (!isSha256(photo.sha256))
        return Error(ErrorCode::InvalidArgument, {"sha256", photo.sha256.toStdString(), "64 lower-case hex digits"});
    if (photo.widthPx <= 0 || photo.heightPx <= 0)
        return Error(ErrorCode::InvalidArgument, {"size", photo.fileName.toStdString(), "> 0 px"});
    Result<Transaction> transaction = Transaction::begin(m_database);
    if (!transaction)
        return transaction.error();
    const Result<bool> known =
        m_database.exists(QStringLiteral("SELECT 1 FROM photo WHERE sha256 = ?"), {photo.sha256});
    if (!known)
        return known.error();
    if (*known)
        return Error(ErrorCode::AlreadyExists, {"photo", photo.sha256.toStdString()});
    static const QString insert =
        QStringLiteral("INSERT INTO photo (%1) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .arg(photoColumns);
    const auto added =
        m_database.run(insert,
                       {photo.sha256, photo.path, photo.fileName, int{photo.copied}, integerValue(photo.byteSize),
                        photo.widthPx, photo.heightPx, photo.takenAt, realValue(photo.latitude),
                        realValue(photo.longitude), photo.camera, photo.orientation, hashValue(photo.perceptualHash),
                        integerValue(photo.duplicateGroup), idValue(photo.encounter), idValue(photo.importSession),
                        photo.importedAt.isEmpty() ? utcNow() : photo.importedAt, int{photo.missing}});
    if (!added)
        return added.error();
    if (const Result<void> committed = transaction->commit(); !committed)
        return committed.error();
    return PhotoId(added->lastId);
}

Result<Photo> PhotoStore::get(PhotoId id)
{
    static const QString sql = QStringLiteral("SELECT %1 FROM photo WHERE id = ?").arg(photoColumns);
    auto found = m_database.first(sql, {idValue(id)}, photoFrom);
    if (!found)
        return found.error();
    if (!found->has_value())
        return noSuchPhoto(id);
    return **found;
}

Result<std::optional<Photo>> PhotoStore::findBySha256(const QString &sha256)
{
    static const QString sql = QStringLiteral("SELECT %1 FROM photo WHERE sha256 = ?").arg(photoColumns);
    return m_database.first(sql, {sha256}, photoFrom);
}

Result<std::optional<Photo>> PhotoStore::findByPath(const QString &storedPath)
{
    static const QString sql = QStringLiteral("SELECT %1 FROM photo WHERE path = ? ORDER BY id").arg(photoColumns);
    return m_database.first(sql, {storedPath}, photoFrom);
}

Result<std::vector<Photo>> PhotoStore::findByFileName(const QString &fileName)
{
    static const QString sql = QStringLiteral("SELECT %1 FROM photo WHERE file_name = ? ORDER BY id").arg(photoColumns);
    return m_database.all(sql, {fileName}, photoFrom);
}

Result<std::int64_t> PhotoStore::count()
{
    return m_database.integer(QStringLiteral("SELECT count(*) FROM photo"));
}

Result<void> PhotoStore::setPath(PhotoId id, const QString &storedPath, bool copied)
{
    return changeOne(m_database, id, QStringLiteral("path = ?, copied = ?, missing = 0"), {storedPath, int{copied}});
}

Result<void> PhotoStore::setMissing(PhotoId id, bool missing)
{
    return changeOne(m_database, id, QStringLiteral("missing = ?"), {int{missing}});
}

Result<void> PhotoStore::setEncounter(PhotoId id, EncounterId encounter)
{
    return changeOne(m_database, id, QStringLiteral("encounter_id = ?"), {idValue(encounter)});
}

Result<void> PhotoStore::setPerceptualHash(PhotoId id, std::uint64_t hash)
{
    return changeOne(m_database, id, QStringLiteral("perceptual_hash = ?"), {hashValue(hash)});
}

Result<void> PhotoStore::setDuplicateGroup(PhotoId id, std::int64_t group)
{
    return changeOne(m_database, id, QStringLiteral("duplicate_group = ?"), {integerValue(group)});
}

Result<void> PhotoStore::forEach(const std::function<bool(const Photo &)> &visit)
{
    static const QString sql = QStringLiteral("SELECT %1 FROM photo ORDER BY id").arg(photoColumns);
    return m_database.each(sql, {}, [&](const Row &row) { return visit(photoFrom(row)); });
}

Result<std::vector<PhotoStore::HashRow>> PhotoStore::perceptualHashes()
{
    return m_database.all(
        QStringLiteral(
            "SELECT id, perceptual_hash, duplicate_group, taken_at FROM photo WHERE perceptual_hash <> 0 ORDER BY id"),
        {}, [](const Row &row) {
            return HashRow{row.id<PhotoId>(0), std::bit_cast<std::uint64_t>(row.integer(1)), row.integer(2),
                           row.text(3)};
        });
}

} // namespace flukeprint::catalogue
