// What the decisions, the merges and the groups of photos must be to one another.
#include "core/catalogue/catalogue.h"
#include "core/catalogue/decision_log.h"
#include "core/catalogue/inspection.h"

#include <map>

namespace flukeprint::catalogue {

namespace {

constexpr int mostMismatches = 10000;

Result<QString> fileNameOfAnnotation(Database &database, AnnotationId annotation)
{
    return database.text(
        QStringLiteral("SELECT p.file_name FROM annotation a JOIN photo p ON p.id = a.photo_id WHERE a.id = ?"),
        {idValue(annotation)});
}

struct Merged
{
    std::string code;
    std::int64_t into = 0;
};

/// Names the rows of a table from which following `merged_into` never ends.
Result<void> checkCircles(Inspection &inspection, const QString &table)
{
    std::map<std::int64_t, Merged> merged;
    const Result<void> read = inspection.database.each(
        QStringLiteral("SELECT id, code, merged_into FROM %1 WHERE merged_into IS NOT NULL").arg(table), {},
        [&](const Row &row) {
            merged[row.integer(0)] = {row.text(1).toStdString(), row.integer(2)};
            return true;
        });
    if (!read)
        return read;
    for (const auto &[id, start] : merged) {
        std::size_t steps = 0;
        for (auto next = merged.find(start.into); next != merged.end() && steps <= merged.size(); ++steps)
            next = merged.find(next->second.into);
        if (steps > merged.size())
            inspection.damage("merge_circle", {table.toStdString(), start.code});
    }
    return {};
}

} // namespace

Result<void> checkDecisions(Inspection &inspection)
{
    // The log numbers its entries one by one and never removes any.
    const Result<void> complete = inspection.damageOfRows(
        "decision_missing",
        QStringLiteral("SELECT 1 + coalesce((SELECT max(b.id) FROM decision b WHERE b.id < d.id), 0), d.id - 1 FROM decision d "
                       "WHERE d.id > 1 AND NOT EXISTS (SELECT 1 FROM decision p WHERE p.id = d.id - 1) ORDER BY d.id"));
    if (!complete)
        return complete;
    // Without any entry there is no gap to see.
    const Result<void> emptied = inspection.damageOfRows(
        "decision_missing",
        QStringLiteral("SELECT 1, known FROM (SELECT count(*) AS known FROM annotation WHERE state IN ('identified', 'unusable')) "
                       "WHERE known > 0 AND NOT EXISTS (SELECT 1 FROM decision)"));
    if (!emptied)
        return emptied;
    return inspection.damageOfRows(
        "undo_without_decision",
        QStringLiteral("SELECT d.id, d.undoes FROM decision d WHERE d.undoes IS NOT NULL AND NOT EXISTS (SELECT 1 FROM decision "
                       "t WHERE t.id = d.undoes AND t.id < d.id AND t.kind NOT IN ('undo', 'redo')) ORDER BY d.id"));
}

Result<void> checkProjection(Inspection &inspection)
{
    DecisionLog log(inspection.catalogue, QStringLiteral("verify"), DecisionSource::Catalogue);
    const Result<std::int64_t> decisions = log.count();
    if (!decisions)
        return decisions.error();
    inspection.report.decisionsChecked = *decisions;
    const auto mismatches = log.checkProjection(mostMismatches, inspection.progress, inspection.stop);
    if (!mismatches)
        return mismatches.error();
    for (const ProjectionMismatch &mismatch : *mismatches) {
        if (!mismatch.annotation.isValid()) {
            inspection.damage("projection_individual", {mismatch.storedCode.toStdString()});
            continue;
        }
        const Result<QString> fileName = fileNameOfAnnotation(inspection.database, mismatch.annotation);
        if (!fileName)
            return fileName.error();
        inspection.damage("projection_annotation",
                          {std::to_string(mismatch.annotation.value), nameOf(mismatch.storedState).toStdString(),
                           mismatch.storedCode.toStdString(), nameOf(mismatch.expectedState).toStdString(),
                           mismatch.expectedCode.toStdString(), fileName->toStdString()});
    }
    return {};
}

Result<void> checkMerges(Inspection &inspection)
{
    const Result<void> targets = inspection.damageOfRows(
        "merged_without_target",
        QStringLiteral("SELECT i.code FROM individual i LEFT JOIN individual t ON t.id = i.merged_into "
                       "WHERE i.merged_into IS NOT NULL AND (t.id IS NULL OR t.id = i.id OR i.retired = 0)"));
    if (!targets)
        return targets;
    if (const Result<void> individuals = checkCircles(inspection, QStringLiteral("individual")); !individuals)
        return individuals;
    return checkCircles(inspection, QStringLiteral("encounter"));
}

Result<void> checkGroups(Inspection &inspection)
{
    // A group bears the number of the photo that founded it; alone and under a foreign number a photo can only have got it by damage.
    const Result<void> groups = inspection.damageOfRows(
        "duplicate_group",
        QStringLiteral("SELECT p.id, p.file_name, p.duplicate_group FROM photo p WHERE p.duplicate_group <> 0 "
                       "AND NOT EXISTS (SELECT 1 FROM photo f WHERE f.id = p.duplicate_group) ORDER BY p.id"));
    if (!groups)
        return groups;
    return inspection.noticeOfRows(
        "representative_elsewhere",
        QStringLiteral("SELECT i.code, i.representative_id FROM individual i JOIN annotation a ON a.id = i.representative_id "
                       "WHERE i.retired = 0 AND (a.individual_id IS NULL OR a.individual_id <> i.id) ORDER BY i.id"));
}

} // namespace flukeprint::catalogue
