#include "core/catalogue/chip_cache.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/in_transaction.h"

namespace flukeprint::catalogue {

ChipCache::ChipCache(Catalogue &catalogue, int widthPx, int heightPx)
    : m_database(catalogue.database())
    , m_widthPx(widthPx)
    , m_heightPx(heightPx)
{
}

Result<void> ChipCache::put(std::span<const ChipPlace> places)
{
    return inTransaction(m_database, [&]() -> Result<void> {
        for (const ChipPlace &place : places) {
            // an annotation may have gone while its chip was being cut
            const auto stored = m_database.run(
                QStringLiteral(
                    "INSERT INTO chip (annotation_id, width_px, height_px, box_revision, pack_file, pack_index) "
                    "SELECT a.id, ?, ?, ?, ?, ? FROM annotation a WHERE a.id = ? "
                    "ON CONFLICT (annotation_id, width_px, height_px) DO UPDATE SET box_revision = "
                    "excluded.box_revision, "
                    "pack_file = excluded.pack_file, pack_index = excluded.pack_index"),
                {m_widthPx, m_heightPx, place.boxRevision, place.packFile, integerValue(place.index),
                 idValue(place.annotation)});
            if (!stored)
                return stored.error();
        }
        return {};
    });
}

Result<std::optional<ChipPlace>> ChipCache::find(AnnotationId annotation)
{
    return m_database.first(
        QStringLiteral("SELECT c.annotation_id, c.box_revision, c.pack_file, c.pack_index FROM chip c "
                       "JOIN annotation a ON a.id = c.annotation_id AND a.box_revision = c.box_revision "
                       "WHERE c.annotation_id = ? AND c.width_px = ? AND c.height_px = ?"),
        {idValue(annotation), m_widthPx, m_heightPx}, [](const Row &row) {
            return ChipPlace{row.id<AnnotationId>(0), row.number(1), row.text(2), row.integer(3)};
        });
}

Result<std::vector<ChipPlace>> ChipCache::findMany(std::span<const AnnotationId> annotations)
{
    std::vector<ChipPlace> places;
    places.reserve(annotations.size());
    for (const AnnotationId annotation : annotations) {
        Result<std::optional<ChipPlace>> place = find(annotation);
        if (!place)
            return place.error();
        if (place->has_value())
            places.push_back(std::move(**place));
    }
    return places;
}

Result<std::vector<AnnotationId>> ChipCache::missing()
{
    return m_database.all(
        QStringLiteral(
            "SELECT a.id FROM annotation a WHERE NOT EXISTS (SELECT 1 FROM chip c WHERE c.annotation_id = a.id "
            "AND c.width_px = ? AND c.height_px = ? AND c.box_revision = a.box_revision) ORDER BY a.id"),
        {m_widthPx, m_heightPx}, [](const Row &row) { return row.id<AnnotationId>(0); });
}

Result<std::int64_t> ChipCache::forgetPack(const QString &packFile)
{
    const auto forgotten =
        m_database.run(QStringLiteral("DELETE FROM chip WHERE pack_file = ? AND width_px = ? AND height_px = ?"),
                       {packFile, m_widthPx, m_heightPx});
    if (!forgotten)
        return forgotten.error();
    return forgotten->rows;
}

Result<QStringList> ChipCache::packs()
{
    const auto files = m_database.all(
        QStringLiteral("SELECT DISTINCT pack_file FROM chip WHERE width_px = ? AND height_px = ? ORDER BY pack_file"),
        {m_widthPx, m_heightPx}, [](const Row &row) { return row.text(0); });
    if (!files)
        return files.error();
    return QStringList(files->begin(), files->end());
}

} // namespace flukeprint::catalogue
