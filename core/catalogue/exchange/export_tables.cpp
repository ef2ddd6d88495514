#include "core/catalogue/database.h"
#include "core/catalogue/exchange/export_rows.h"
#include "core/catalogue/projection.h"

namespace flukeprint::catalogue::exchange {

namespace {

constexpr std::int64_t reportEvery = 1000;

QStringList columnsFrom(const char *list)
{
    return QString::fromLatin1(list).split(u',');
}

} // namespace

ExportTable kaggleTable()
{
    return {
        QStringLiteral("labels"), columnsFrom("Image,Id"),
        QStringLiteral(
            "SELECT p.file_name, coalesce(i.code, 'new_whale') FROM annotation a JOIN photo p ON p.id = a.photo_id "
            "LEFT JOIN individual i ON i.id = a.individual_id WHERE a.state <> 'unusable' ORDER BY p.file_name, a.id")};
}

ExportTable decisionsTable()
{
    return {QStringLiteral("decisions"),
            columnsFrom("decision,batch,annotation,image,kind,individual,previous,who,at,source,model,distance,"
                        "probability,candidate_rank,"
                        "note,undoes,effective"),
            QStringLiteral(
                "SELECT d.id, d.batch, d.annotation_id, p.file_name, d.kind, i.code, o.code, d.who, d.at, d.source, "
                "d.model_name, d.distance, d.probability, d.candidate_rank, d.note, d.undoes, (%1) FROM decision d "
                "LEFT JOIN annotation a ON a.id = d.annotation_id LEFT JOIN photo p ON p.id = a.photo_id "
                "LEFT JOIN individual i ON i.id = d.individual_id LEFT JOIN individual o ON o.id = d.previous_id ORDER "
                "BY d.id")
                .arg(isEffective(QStringLiteral("d")))};
}

ExportTable individualsTable()
{
    return {
        QStringLiteral("individuals"),
        columnsFrom(
            "individual,name,aliases,sex,colour_type,notes,created_at,retired,merged_into,photos,first_seen,last_seen"),
        QStringLiteral(
            "SELECT i.code, i.name, (SELECT group_concat(l.name, ';') FROM alias l WHERE l.individual_id = i.id), "
            "i.sex, "
            "nullif(i.colour_type, 0), i.notes, i.created_at, i.retired, m.code, coalesce(s.photos, 0), s.first_seen, "
            "s.last_seen FROM individual i LEFT JOIN individual m ON m.id = i.merged_into LEFT JOIN ("
            "SELECT a.individual_id AS id, count(*) AS photos, min(nullif(p.taken_at, '')) AS first_seen, "
            "max(nullif(p.taken_at, '')) AS last_seen FROM annotation a JOIN photo p ON p.id = a.photo_id "
            "WHERE a.individual_id IS NOT NULL GROUP BY a.individual_id) s ON s.id = i.id ORDER BY lower(i.code)")};
}

ExportTable photosTable()
{
    return {
        QStringLiteral("photos"),
        columnsFrom(
            "image,path,sha256,byte_size,width_px,height_px,taken_at,latitude,longitude,camera,orientation,encounter,"
            "near_duplicate_group,imported_at,missing,annotation,centre_x_px,centre_y_px,box_width_px,box_height_px,"
            "box_angle_deg,box_source,left_tip_x_px,left_tip_y_px,notch_x_px,notch_y_px,right_tip_x_px,right_tip_y_px,"
            "quality,"
            "viewpoint,state,individual"),
        QStringLiteral(
            "SELECT p.file_name, p.path, p.sha256, p.byte_size, p.width_px, p.height_px, p.taken_at, p.latitude, "
            "p.longitude, p.camera, p.orientation, e.code, nullif(p.duplicate_group, 0), p.imported_at, p.missing, "
            "a.id, "
            "a.centre_x_px, a.centre_y_px, a.width_px, a.height_px, a.angle_deg, a.box_source, a.left_tip_x_px, "
            "a.left_tip_y_px, a.notch_x_px, a.notch_y_px, a.right_tip_x_px, a.right_tip_y_px, nullif(a.quality, 0), "
            "a.viewpoint, a.state, i.code FROM photo p LEFT JOIN annotation a ON a.photo_id = p.id "
            "LEFT JOIN individual i ON i.id = a.individual_id LEFT JOIN encounter e ON e.id = p.encounter_id "
            "ORDER BY p.id, a.id")};
}

ExportTable encountersTable()
{
    return {
        QStringLiteral("encounters"), columnsFrom("encounter,started_at,ended_at,place,latitude,longitude,photos"),
        QStringLiteral(
            "SELECT e.code, e.started_at, e.ended_at, e.place, e.latitude, e.longitude, "
            "(SELECT count(*) FROM photo p WHERE p.encounter_id = e.id) FROM encounter e "
            "WHERE e.merged_into IS NULL ORDER BY e.started_at, e.id")};
}

Result<std::int64_t> forEachRow(Database &database, const ExportTable &table,
                                const std::function<bool(const QVariantList &values)> &visit,
                                const ProgressFn &progress, const std::stop_token &stop)
{
    std::int64_t count = 0;
    bool cancelled = false;
    const int columns = static_cast<int>(table.columns.size());
    const Result<void> done = database.each(table.sql, {}, [&](const Row &row) {
        cancelled = stop.stop_requested();
        if (cancelled)
            return false;
        QVariantList values;
        values.reserve(columns);
        for (int column = 0; column < columns; ++column)
            values << row.value(column);
        if (++count % reportEvery == 0 && progress)
            progress({"exporting", count, 0, {}});
        return visit(values);
    });
    if (cancelled)
        return Error(ErrorCode::Cancelled);
    if (!done)
        return done.error();
    return count;
}

} // namespace flukeprint::catalogue::exchange
