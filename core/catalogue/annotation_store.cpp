#include "core/catalogue/annotation_store.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/database.h"
#include "core/catalogue/projection.h"
#include "core/catalogue/transaction.h"

#include <cmath>

namespace flukeprint::catalogue {

namespace {

const QString annotationColumns = QStringLiteral(
    "id, photo_id, centre_x_px, centre_y_px, width_px, height_px, angle_deg, box_source, box_revision, left_tip_x_px, "
    "left_tip_y_px, notch_x_px, notch_y_px, right_tip_x_px, right_tip_y_px, quality, viewpoint, state, individual_id");

std::optional<PointPx> pointFrom(const Row &row, int column)
{
    if (row.isNull(column) || row.isNull(column + 1))
        return std::nullopt;
    return PointPx{row.real(column), row.real(column + 1)};
}

Annotation annotationFrom(const Row &row)
{
    Annotation annotation;
    annotation.id = row.id<AnnotationId>(0);
    annotation.photo = row.id<PhotoId>(1);
    annotation.box = {row.real(2), row.real(3), row.real(4), row.real(5), row.real(6)};
    annotation.boxSource = boxSourceFromName(row.text(7)).value_or(BoxSource::Frame);
    annotation.boxRevision = row.number(8);
    annotation.leftTip = pointFrom(row, 9);
    annotation.notch = pointFrom(row, 11);
    annotation.rightTip = pointFrom(row, 13);
    annotation.quality = row.number(15);
    annotation.viewpoint = row.text(16);
    annotation.state = identityStateFromName(row.text(17)).value_or(IdentityState::Unidentified);
    annotation.individual = row.id<IndividualId>(18);
    return annotation;
}

QVariant coordinate(const std::optional<PointPx> &point, double PointPx::*member)
{
    return point ? QVariant((*point).*member) : QVariant();
}

Result<void> checkBox(const RotatedBox &box)
{
    const bool finite = std::isfinite(box.centreXPx) && std::isfinite(box.centreYPx) && std::isfinite(box.widthPx)
        && std::isfinite(box.heightPx) && std::isfinite(box.angleDeg);
    if (!finite || box.widthPx <= 0 || box.heightPx <= 0)
        return Error(ErrorCode::InvalidArgument,
                     {"box", std::to_string(box.widthPx) + "x" + std::to_string(box.heightPx), "> 0 px"});
    return {};
}

Result<void> checkQuality(int quality)
{
    if (quality < 0 || quality > 5)
        return Error(ErrorCode::InvalidArgument, {"quality", std::to_string(quality), "0..5"});
    return {};
}

RotatedBox normalised(RotatedBox box)
{
    box.angleDeg = std::remainder(box.angleDeg, 360.0);
    if (box.angleDeg == -180.0)
        box.angleDeg = 180.0;
    return box;
}

/// What another crop was judged by says nothing about this one.
Result<void> dropCandidates(Database &database, AnnotationId id)
{
    const auto dropped = database.run(QStringLiteral("DELETE FROM proposal WHERE annotation_id = ?"), {idValue(id)});
    if (!dropped)
        return dropped.error();
    const auto reset =
        database.run(QStringLiteral("UPDATE annotation SET state = 'unidentified' WHERE id = ? AND state = 'proposed'"),
                     {idValue(id)});
    if (!reset)
        return reset.error();
    return {};
}

Result<void> changeOne(Database &database, AnnotationId id, const QString &assignment, QVariantList values)
{
    values.append(idValue(id));
    const auto changed = database.run(QStringLiteral("UPDATE annotation SET %1 WHERE id = ?").arg(assignment), values);
    if (!changed)
        return changed.error();
    if (changed->rows == 0)
        return noSuchAnnotation(id);
    return {};
}

} // namespace

AnnotationStore::AnnotationStore(Catalogue &catalogue)
    : m_database(catalogue.database())
{
}

Result<AnnotationId> AnnotationStore::add(const Annotation &annotation)
{
    if (const Result<void> sound = checkBox(annotation.box); !sound)
        return sound.error();
    if (const Result<void> sound = checkQuality(annotation.quality); !sound)
        return sound.error();
    Result<Transaction> transaction = Transaction::begin(m_database);
    if (!transaction)
        return transaction.error();
    const auto photoKnown =
        m_database.exists(QStringLiteral("SELECT 1 FROM photo WHERE id = ?"), {idValue(annotation.photo)});
    if (!photoKnown)
        return photoKnown.error();
    if (!*photoKnown)
        return Error(ErrorCode::NotFound, {"photo", std::to_string(annotation.photo.value)});
    const RotatedBox box = normalised(annotation.box);
    static const QString insert = QStringLiteral("INSERT INTO annotation (%1) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, 1, ?, "
                                                 "?, ?, ?, ?, ?, ?, ?, 'unidentified', NULL)")
                                      .arg(annotationColumns);
    const auto added =
        m_database.run(insert,
                       {idValue(annotation.photo), box.centreXPx, box.centreYPx, box.widthPx, box.heightPx,
                        box.angleDeg, nameOf(annotation.boxSource), coordinate(annotation.leftTip, &PointPx::x),
                        coordinate(annotation.leftTip, &PointPx::y), coordinate(annotation.notch, &PointPx::x),
                        coordinate(annotation.notch, &PointPx::y), coordinate(annotation.rightTip, &PointPx::x),
                        coordinate(annotation.rightTip, &PointPx::y), annotation.quality, annotation.viewpoint});
    if (!added)
        return added.error();
    if (const Result<void> committed = transaction->commit(); !committed)
        return committed.error();
    return AnnotationId(added->lastId);
}

Result<Annotation> AnnotationStore::get(AnnotationId id)
{
    const Result<std::vector<Annotation>> found = getMany(std::span(&id, 1));
    if (!found)
        return found.error();
    if (found->empty())
        return noSuchAnnotation(id);
    return found->front();
}

Result<std::vector<Annotation>> AnnotationStore::getMany(std::span<const AnnotationId> ids)
{
    static const QString sql = QStringLiteral("SELECT %1 FROM annotation WHERE id = ?").arg(annotationColumns);
    std::vector<Annotation> annotations;
    annotations.reserve(ids.size());
    for (const AnnotationId id : ids) {
        auto found = m_database.first(sql, {idValue(id)}, annotationFrom);
        if (!found)
            return found.error();
        if (found->has_value())
            annotations.push_back(std::move(**found));
    }
    return annotations;
}

Result<std::vector<Annotation>> AnnotationStore::ofPhoto(PhotoId photo)
{
    static const QString sql =
        QStringLiteral("SELECT %1 FROM annotation WHERE photo_id = ? ORDER BY id").arg(annotationColumns);
    return m_database.all(sql, {idValue(photo)}, annotationFrom);
}

Result<std::int64_t> AnnotationStore::count()
{
    return m_database.integer(QStringLiteral("SELECT count(*) FROM annotation"));
}

Result<AnnotationStore::Counts> AnnotationStore::counts()
{
    const auto found = m_database.first(
        QStringLiteral("SELECT (SELECT count(*) FROM photo), (SELECT count(*) FROM annotation), "
                       "(SELECT count(*) FROM annotation WHERE state = 'unidentified'), "
                       "(SELECT count(*) FROM annotation WHERE state = 'proposed'), "
                       "(SELECT count(*) FROM annotation WHERE state = 'identified'), "
                       "(SELECT count(*) FROM annotation WHERE state = 'unusable'), "
                       "(SELECT count(*) FROM individual WHERE retired = 0), (SELECT count(*) FROM encounter WHERE merged_into IS NULL)"),
        {}, [](const Row &row) {
            return Counts{row.integer(0), row.integer(1), row.integer(2), row.integer(3),
                          row.integer(4), row.integer(5), row.integer(6), row.integer(7)};
        });
    if (!found)
        return found.error();
    return found->value_or(Counts{});
}

Result<int> AnnotationStore::setBox(AnnotationId id, const RotatedBox &newBox, BoxSource source)
{
    if (const Result<void> sound = checkBox(newBox); !sound)
        return sound.error();
    Result<Transaction> transaction = Transaction::begin(m_database);
    if (!transaction)
        return transaction.error();
    const Result<Annotation> before = get(id);
    if (!before)
        return before.error();
    const RotatedBox box = normalised(newBox);
    const bool moved = box != before->box;
    const int revision = before->boxRevision + (moved ? 1 : 0);
    const Result<void> changed =
        changeOne(m_database, id,
                  QStringLiteral("centre_x_px = ?, centre_y_px = ?, width_px = ?, height_px = ?, angle_deg = ?, "
                                 "box_source = ?, box_revision = ?"),
                  {box.centreXPx, box.centreYPx, box.widthPx, box.heightPx, box.angleDeg, nameOf(source), revision});
    if (!changed)
        return changed.error();
    if (moved) {
        if (const Result<void> dropped = dropCandidates(m_database, id); !dropped)
            return dropped.error();
    }
    if (const Result<void> committed = transaction->commit(); !committed)
        return committed.error();
    return revision;
}

Result<void> AnnotationStore::setPoints(AnnotationId id, std::optional<PointPx> leftTip, std::optional<PointPx> notch,
                                        std::optional<PointPx> rightTip)
{
    return changeOne(m_database, id,
                     QStringLiteral("left_tip_x_px = ?, left_tip_y_px = ?, notch_x_px = ?, notch_y_px = ?, "
                                    "right_tip_x_px = ?, right_tip_y_px = ?"),
                     {coordinate(leftTip, &PointPx::x), coordinate(leftTip, &PointPx::y), coordinate(notch, &PointPx::x),
                      coordinate(notch, &PointPx::y), coordinate(rightTip, &PointPx::x), coordinate(rightTip, &PointPx::y)});
}

Result<void> AnnotationStore::setQuality(AnnotationId id, int quality)
{
    if (const Result<void> sound = checkQuality(quality); !sound)
        return sound;
    return changeOne(m_database, id, QStringLiteral("quality = ?"), {quality});
}

Result<void> AnnotationStore::setViewpoint(AnnotationId id, const QString &viewpoint)
{
    return changeOne(m_database, id, QStringLiteral("viewpoint = ?"), {viewpoint});
}

Result<void> AnnotationStore::remove(AnnotationId id)
{
    Result<Transaction> transaction = Transaction::begin(m_database);
    if (!transaction)
        return transaction.error();
    const auto decided =
        m_database.exists(QStringLiteral("SELECT 1 FROM decision WHERE annotation_id = ?"), {idValue(id)});
    if (!decided)
        return decided.error();
    if (*decided)
        return Error(ErrorCode::InvalidArgument, {"annotation", std::to_string(id.value), "without decisions"});
    const auto removed = m_database.run(QStringLiteral("DELETE FROM annotation WHERE id = ?"), {idValue(id)});
    if (!removed)
        return removed.error();
    if (removed->rows == 0)
        return noSuchAnnotation(id);
    return transaction->commit();
}

} // namespace flukeprint::catalogue
