#include "core/catalogue/integrity.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/inspection.h"

#include <array>

namespace flukeprint::catalogue {

namespace {

constexpr std::size_t mostFindings = 10000;

constexpr auto codes = std::to_array<std::string_view>({
    "database",
    "schema_missing",
    "schema_changed",
    "trigger_unknown",
    "constraint",
    "reference",
    "projection_annotation",
    "projection_individual",
    "merged_without_target",
    "merge_circle",
    "decision_missing",
    "undo_without_decision",
    "photo_missing",
    "photo_changed",
    "photo_unreadable",
    "photo_size",
    "duplicate_group",
    "no_active_model",
    "several_active_models",
    "model_missing",
    "model_damaged",
    "embedding_size",
    "embedding_not_finite",
    "embedding_zero",
    "embedding_revision",
    "chip_pack_damaged",
    "chip_place",
    "run_folder_missing",
    "run_file_missing",
    "thumbnails_missing",
    "chip_pack_missing",
    "photo_marked_missing",
    "representative_elsewhere",
    "embeddings_outdated",
});

Result<void> checkPages(Inspection &inspection)
{
    inspection.tell("database");
    return inspection.database.each(QStringLiteral("PRAGMA integrity_check"), {}, [&](const Row &row) {
        // Broken rules have a check of their own, which says which row.
        if (row.text(0) != QLatin1String("ok") && !row.text(0).startsWith(QLatin1String("CHECK constraint failed")))
            inspection.damage("database", {row.text(0).toStdString()});
        return true;
    });
}

Result<void> checkReferences(Inspection &inspection)
{
    inspection.tell("references");
    return inspection.database.each(QStringLiteral("PRAGMA foreign_key_check"), {}, [&](const Row &row) {
        inspection.damage("reference", {row.text(0).toStdString(), row.text(1).toStdString(), row.text(2).toStdString()});
        return true;
    });
}

Result<void> findRows(Inspection &inspection, const QString &sql,
                      const std::function<void(std::vector<std::string>)> &found)
{
    return inspection.database.each(sql, {}, [&](const Row &row) {
        std::vector<std::string> args;
        for (int column = 0; column < row.columns(); ++column)
            args.push_back(row.text(column).toStdString());
        found(std::move(args));
        return inspection.goOn();
    });
}

} // namespace

void Inspection::damage(std::string code, std::vector<std::string> args, std::optional<Error> cause)
{
    if (report.findings.size() < mostFindings)
        report.findings.push_back({std::move(code), std::move(args), std::move(cause)});
}

void Inspection::notice(std::string code, std::vector<std::string> args)
{
    if (report.notices.size() < mostFindings)
        report.notices.push_back({std::move(code), std::move(args)});
}

void Inspection::tell(const char *stage, std::int64_t done, std::int64_t total, const std::string &item) const
{
    if (progress)
        progress({stage, done, total, item});
}

Result<void> Inspection::damageOfRows(const char *code, const QString &sql)
{
    return findRows(*this, sql, [&](std::vector<std::string> args) { damage(code, std::move(args)); });
}

Result<void> Inspection::noticeOfRows(const char *code, const QString &sql)
{
    return findRows(*this, sql, [&](std::vector<std::string> args) { notice(code, std::move(args)); });
}

std::span<const std::string_view> findingCodes()
{
    return codes;
}

Result<IntegrityReport> verify(Catalogue &catalogue, const IntegrityOptions &options, const ProgressFn &progress,
                               std::stop_token stop)
{
    Inspection inspection{catalogue, catalogue.database(), options, progress, std::move(stop), {}};
    for (const auto check : {checkPages, checkSchema, checkConstraints, checkReferences, checkDecisions, checkProjection,
                             checkMerges, checkGroups, checkModels, checkRuns, checkEmbeddings, checkChips, checkPhotos}) {
        const Result<void> done = inspection.goOn() ? check(inspection) : Result<void>();
        if (inspection.stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        const bool explained = inspection.tablesMissing && !done && done.error().code == ErrorCode::DatabaseFailed;
        if (!done && !explained)
            return done.error();
    }
    return std::move(inspection.report);
}

} // namespace flukeprint::catalogue
