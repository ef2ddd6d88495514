#include "core/catalogue/repair.h"

#include "core/catalogue/backup.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/decision_log.h"
#include "core/catalogue/decision_writer.h"
#include "core/catalogue/in_transaction.h"
#include "core/catalogue/model_store.h"
#include "core/catalogue/projection.h"
#include "core/catalogue/schema_check.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <set>
#include <utility>

namespace flukeprint::catalogue {

namespace fs = std::filesystem;

namespace {

/// Tables whose rows can be computed again: they may be lost.
constexpr auto derivedTables = std::to_array<std::string_view>({"chip", "embedding", "proposal"});

bool isDerived(std::string_view table)
{
    return std::ranges::find(derivedTables, table) != derivedTables.end();
}

QString argument(const Finding &finding, std::size_t index)
{
    return index < finding.args.size() ? QString::fromStdString(finding.args[index]) : QString();
}

/// The model that has served most.
const QString mostUsedModel = QStringLiteral(
    "SELECT m.id FROM model m WHERE %1 ORDER BY (SELECT count(*) FROM embedding e WHERE e.model_id = m.id) DESC, m.id DESC LIMIT 1");

class Repairer
{
public:
    Repairer(Catalogue &catalogue, const IntegrityReport &report, const IntegrityOptions &options)
        : m_catalogue(catalogue)
        , m_database(catalogue.database())
        , m_options(options)
    {
        m_findings = report.findings;
        m_findings.insert(m_findings.end(), report.notices.begin(), report.notices.end());
    }

    Result<void> run(const ProgressFn &progress, const std::stop_token &stop)
    {
        // Tables first, since the rest works on them; indices last, since a unique one needs sound rows.
        if (const Result<void> tables = restoreSchema(true); !tables)
            return tables;
        for (const Finding &finding : m_findings) {
            if (stop.stop_requested())
                return Error(ErrorCode::Cancelled);
            if (const Result<void> done = repairOne(finding); !done)
                return done;
        }
        if (const Result<void> model = chooseModel(); !model)
            return model;
        if (hasAny({"projection_annotation", "projection_individual", "merged_without_target", "merge_circle"})) {
            if (const Result<void> kept = keepWhatLostDecisionsSaid(progress, stop); !kept)
                return kept;
            DecisionLog log(m_catalogue, QStringLiteral("repair"), DecisionSource::Catalogue);
            if (const auto rebuilt = log.rebuildProjection(progress, stop); !rebuilt)
                return rebuilt.error();
        }
        if (hasAny({"database"}))
            attempt(QStringLiteral("REINDEX"));
        return restoreSchema(false);
    }

private:
    [[nodiscard]] bool hasAny(std::initializer_list<std::string_view> codes) const
    {
        return std::ranges::any_of(m_findings, [&](const Finding &finding) {
            return std::ranges::find(codes, finding.code) != codes.end();
        });
    }

    Result<void> change(const QString &sql, const QVariantList &values)
    {
        return withoutCount(m_database.run(sql, values));
    }
    /// What cannot be done stays in the next report; the rest goes on.
    void attempt(const QString &sql)
    {
        (void)inTransaction(m_database, [&] { return change(sql, {}); });
    }

    Result<void> restoreSchema(bool tables)
    {
        if (!tables)
            dropUnknownTriggers();
        if (!hasAny({"schema_missing", "schema_changed"}))
            return {};
        const auto expected = expectedSchema();
        if (!expected)
            return expected.error();
        for (const SchemaObject &object : *expected) {
            const bool isTable = object.kind == QLatin1String("table");
            if (isTable != tables || (isTable && !isDerived(object.name.toStdString())))
                continue;
            for (const Finding &finding : m_findings) {
                if (!finding.code.starts_with("schema_") || argument(finding, 1) != object.name)
                    continue;
                if (!isTable)
                    attempt(QStringLiteral("DROP %1 IF EXISTS %2").arg(object.kind, object.name));
                attempt(object.sql);
            }
        }
        return {};
    }

    void dropUnknownTriggers()
    {
        for (const Finding &finding : m_findings) {
            if (finding.code == "trigger_unknown")
                attempt(QStringLiteral("DROP TRIGGER IF EXISTS \"%1\"").arg(argument(finding, 0).replace(u'"', QStringLiteral("\"\""))));
        }
    }

    Result<void> repairOne(const Finding &finding)
    {
        const std::string &code = finding.code;
        if (code.starts_with("embedding_"))
            return change(QStringLiteral("DELETE FROM embedding WHERE model_id = (SELECT id FROM model WHERE name = ?) "
                                         "AND annotation_id = ?"),
                          {argument(finding, 0), argument(finding, 1).toLongLong()});
        if (code == "chip_pack_damaged" || code == "chip_pack_missing")
            return change(QStringLiteral("DELETE FROM chip WHERE pack_file = ?"), {storedPath(finding, 0)});
        if (code == "chip_place")
            return change(QStringLiteral("DELETE FROM chip WHERE annotation_id = ? AND pack_file = ?"),
                          {argument(finding, 0).toLongLong(), storedPath(finding, 1)});
        if (code == "photo_missing" || code == "photo_marked_missing")
            return change(QStringLiteral("UPDATE photo SET missing = ? WHERE id = ?"),
                          {int{code == "photo_missing"}, argument(finding, 0).toLongLong()});
        if (code == "photo_size")
            return measurePhoto(finding);
        if (code == "duplicate_group")
            return change(QStringLiteral("UPDATE photo SET duplicate_group = 0 WHERE id = ?"), {argument(finding, 0).toLongLong()});
        if (code == "representative_elsewhere")
            return change(QStringLiteral("UPDATE individual SET representative_id = NULL WHERE code = ?"), {argument(finding, 0)});
        if (code == "merge_circle" && argument(finding, 0) == QLatin1String("encounter"))
            return change(QStringLiteral("UPDATE encounter SET merged_into = (SELECT m.into_id FROM encounter_merge m WHERE m.from_id = "
                                         "encounter.id AND m.undone_at = '' ORDER BY m.id DESC LIMIT 1) WHERE code = ?"),
                          {argument(finding, 1)});
        return code == "reference" ? forgetReference(finding) : Result<void>();
    }

    [[nodiscard]] QString storedPath(const Finding &finding, std::size_t index) const
    {
        return m_catalogue.stored(finding.args.at(index));
    }

    /// Where entries are gone from the log, what the catalogue says may be all that is left of them: it becomes an entry of its own, unless the log
    /// has a later word. Each is a batch of its own, to be undone alone.
    Result<void> keepWhatLostDecisionsSaid(const ProgressFn &progress, const std::stop_token &stop)
    {
        qlonglong lastLost = 0;
        for (const Finding &finding : m_findings) {
            if (finding.code == "decision_missing")
                lastLost = std::max(lastLost, argument(finding, 1).toLongLong());
        }
        // Individuals first: whose an annotation is follows from who was merged. Not from the findings, of which there is a limit.
        for (const bool individuals : {true, false}) {
            DecisionLog log(m_catalogue, QStringLiteral("repair"), DecisionSource::Catalogue);
            const auto mismatches = log.checkProjection(std::numeric_limits<int>::max(), progress, stop);
            if (!mismatches)
                return mismatches.error();
            for (const ProjectionMismatch &mismatch : *mismatches) {
                if (mismatch.annotation.isValid() == individuals)
                    continue;
                const Result<void> kept = individuals ? keepMerge(mismatch.individual, lastLost) : keepIdentity(mismatch, lastLost);
                if (!kept)
                    return kept;
            }
        }
        return {};
    }

    /// The newest entry about something that counts; 0: none.
    Result<std::int64_t> lastWord(const QString &condition, const QVariantList &values)
    {
        return m_database.integer(QStringLiteral("SELECT max(d.id) FROM decision d WHERE %1 AND %2").arg(condition, isEffective(QStringLiteral("d"))),
                                  values);
    }

    Result<void> keepMerge(IndividualId individual, qlonglong lastLost)
    {
        const Result<Retirement> stored = storedRetirement(m_database, individual);
        const Result<Retirement> logged = retirementFromLog(m_database, individual);
        const Result<std::int64_t> merge =
            lastWord(QStringLiteral("d.kind = 'merge' AND d.annotation_id IS NULL AND d.previous_id = ?"), {idValue(individual)});
        if (!stored || !logged || !merge)
            return !stored ? stored.error() : !logged ? logged.error() : merge.error();
        if (lastLost == 0 || *merge > lastLost)
            return {};
        DecisionWriter writer(m_database, QStringLiteral("repair"), DecisionSource::Catalogue);
        if (stored->mergedInto.isValid() && stored->mergedInto != individual && !logged->mergedInto.isValid())
            return withoutId(writer.join(individual, stored->mergedInto));
        if (!stored->retired && logged->mergedInto.isValid() && *merge > 0)
            return withoutId(writer.refer(DecisionKind::Undo, DecisionId(*merge), {}));
        return {};
    }

    static Result<void> withoutId(const Result<DecisionId> &written) { return written ? Result<void>() : Result<void>(written.error()); }

    static bool isWaiting(IdentityState state) { return state == IdentityState::Unidentified || state == IdentityState::Proposed; }

    Result<void> keepIdentity(const ProjectionMismatch &mismatch, qlonglong lastLost)
    {
        if (isWaiting(mismatch.storedState) && isWaiting(mismatch.expectedState))
            return {}; // only whether it has candidates
        const Result<std::int64_t> word =
            lastWord(QStringLiteral("d.annotation_id = ? AND ") + setsIdentity(QStringLiteral("d")), {idValue(mismatch.annotation)});
        const auto everSet = m_database.exists(
            QStringLiteral("SELECT 1 FROM decision d WHERE d.annotation_id = ? AND ") + setsIdentity(QStringLiteral("d")), {idValue(mismatch.annotation)});
        const Result<Identity> stored = storedIdentity(m_database, mismatch.annotation);
        if (!word || !everSet || !stored)
            return !word ? word.error() : !everSet ? everSet.error() : stored.error();
        // Nobody is identified without an entry: where there never was one, it was lost with the end of the log.
        const bool isLost = lastLost > 0 ? *word <= lastLost : !*everSet && !isWaiting(stored->state);
        const bool isIdentified = stored->state == IdentityState::Identified;
        const auto exists = m_database.exists(QStringLiteral("SELECT 1 FROM individual WHERE id = ?"), {idValue(stored->individual)});
        if (!exists)
            return exists.error();
        if (!isLost || isIdentified != *exists)
            return {};
        Evidence evidence;
        evidence.note = lostDecisionNote;
        const DecisionKind kind = isIdentified                                ? DecisionKind::Relabel
                                  : stored->state == IdentityState::Unusable ? DecisionKind::Unusable
                                                                              : DecisionKind::Unidentify;
        DecisionWriter writer(m_database, QStringLiteral("repair"), DecisionSource::Catalogue);
        return withoutId(writer.decide(mismatch.annotation, kind, stored->individual, evidence));
    }

    Result<void> measurePhoto(const Finding &finding)
    {
        const Result<PhotoFacts> facts = m_options.inspectPhoto ? m_options.inspectPhoto(finding.args.at(1))
                                                                : Result<PhotoFacts>(Error(ErrorCode::NothingToDo));
        if (!facts || facts->widthPx <= 0)
            return {};
        return change(QStringLiteral("UPDATE photo SET byte_size = ?, width_px = ?, height_px = ? WHERE id = ? AND sha256 = ?"),
                      {integerValue(facts->byteSize), facts->widthPx, facts->heightPx, argument(finding, 0).toLongLong(),
                       QString::fromStdString(facts->sha256)});
    }

    Result<void> forgetReference(const Finding &finding)
    {
        const std::string &table = finding.args.at(0);
        const qlonglong row = argument(finding, 1).toLongLong();
        if (isDerived(table))
            return change(QStringLiteral("DELETE FROM %1 WHERE rowid = ?").arg(argument(finding, 0)), {row});
        if (table == "photo" && argument(finding, 2) == QLatin1String("encounter"))
            return change(QStringLiteral("UPDATE photo SET encounter_id = NULL WHERE id = ?"), {row});
        return {};
    }

    Result<void> chooseModel()
    {
        if (hasAny({"several_active_models"}))
            return change(QStringLiteral("UPDATE model SET active = 0 WHERE id <> (%1)").arg(mostUsedModel.arg(QStringLiteral("m.active = 1"))), {});
        if (!hasAny({"no_active_model"}))
            return {};
        const auto model = m_database.integer(mostUsedModel.arg(QStringLiteral("1 = 1")));
        if (!model || *model == 0)
            return model ? Result<void>() : model.error();
        return ModelStore(m_catalogue).activate(ModelId(*model));
    }

    Catalogue &m_catalogue;
    Database &m_database;
    const IntegrityOptions &m_options;
    std::vector<Finding> m_findings;
};

} // namespace

Result<fs::path> repair(Catalogue &catalogue, const IntegrityReport &report, const IntegrityOptions &options,
                        const ProgressFn &progress, std::stop_token stop)
{
    Database &database = catalogue.database();
    if (database.readOnly())
        return Error(ErrorCode::CatalogueReadOnly, {catalogue.folder().string()});
    auto copy = keepCopy(database, catalogue.folder(), "repair");
    if (!copy)
        return copy;
    const Result<void> done =
        inTransaction(database, [&] { return Repairer(catalogue, report, options).run(progress, stop); });
    if (!done)
        return done.error();
    return copy;
}

bool isLeftToAPerson(const Finding &finding)
{
    constexpr auto codes = std::to_array<std::string_view>({"photo_missing", "photo_changed", "photo_unreadable", "model_missing", "model_damaged",
                                                            "run_folder_missing", "run_file_missing", "decision_missing", "undo_without_decision"});
    return std::ranges::find(codes, finding.code) != codes.end();
}

std::vector<Finding> repairedFindings(const IntegrityReport &before, const IntegrityReport &after)
{
    std::set<std::pair<std::string, std::vector<std::string>>> left;
    for (const auto *list : {&after.findings, &after.notices}) {
        for (const Finding &finding : *list)
            left.emplace(finding.code, finding.args);
    }
    std::vector<Finding> repaired;
    for (const auto *list : {&before.findings, &before.notices})
        std::ranges::copy_if(*list, std::back_inserter(repaired),
                             [&](const Finding &finding) { return !left.contains({finding.code, finding.args}); });
    return repaired;
}

} // namespace flukeprint::catalogue
