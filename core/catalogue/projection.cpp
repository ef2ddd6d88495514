#include "core/catalogue/projection.h"

#include "core/catalogue/in_transaction.h"
#include "core/catalogue/individual_store.h"

namespace flukeprint::catalogue {

namespace {

struct Setting
{
    DecisionKind kind = DecisionKind::Unidentify;
    IndividualId individual;
};

Result<std::optional<Setting>> lastSetting(Database &database, AnnotationId annotation)
{
    static const QString sql =
        QStringLiteral("SELECT d.kind, d.individual_id FROM decision d WHERE d.annotation_id = ? AND %1 AND %2 "
                       "ORDER BY d.id DESC LIMIT 1")
            .arg(setsIdentity(QStringLiteral("d")), isEffective(QStringLiteral("d")));
    return database.first(sql, {idValue(annotation)}, [](const Row &row) {
        return Setting{decisionKindFromName(row.text(0)).value_or(DecisionKind::Unidentify), row.id<IndividualId>(1)};
    });
}

/// The end of the chain of merges, also where that is an individual whose creation was undone.
Result<IndividualId> afterMerges(Database &database, IndividualId individual)
{
    // a chain longer than this is a circle, which only a damaged file can hold
    for (int step = 0; step < 1000; ++step) {
        const auto next = database.integer(
            QStringLiteral("SELECT merged_into FROM individual WHERE id = ? AND retired = 1"), {idValue(individual)});
        if (!next)
            return next.error();
        if (*next == 0)
            break;
        individual = IndividualId(*next);
    }
    return individual;
}

} // namespace

Error noSuchAnnotation(AnnotationId id)
{
    return Error(ErrorCode::NotFound, {"annotation", std::to_string(id.value)});
}

QString isEffective(const QString &alias)
{
    return QStringLiteral("coalesce((SELECT u.kind FROM decision u WHERE u.undoes = %1.id ORDER BY u.id DESC LIMIT 1), "
                          "'') <> 'undo'")
        .arg(alias);
}

QString setsIdentity(const QString &alias)
{
    return QStringLiteral(
               "%1.kind IN ('confirm', 'relabel', 'new_individual', 'unusable', 'unidentify', 'import', 'merge')")
        .arg(alias);
}

QString isUndoable(const QString &alias)
{
    // word for word the condition of the index decision_undoable, or SQLite does not use it
    return QStringLiteral("%1.source IN ('review', 'catalogue') AND %1.kind NOT IN ('undo', 'redo', 'reject', 'skip')")
        .arg(alias);
}

IdentityState stateAfter(DecisionKind kind)
{
    switch (kind) {
    case DecisionKind::Unusable:
        return IdentityState::Unusable;
    case DecisionKind::Unidentify:
        return IdentityState::Unidentified;
    default:
        return IdentityState::Identified;
    }
}

Result<Identity> identityFromLog(Database &database, AnnotationId annotation)
{
    const Result<std::optional<Setting>> setting = lastSetting(database, annotation);
    if (!setting)
        return setting.error();
    Identity identity;
    if (setting->has_value()) {
        identity.state = stateAfter((*setting)->kind);
        if (identity.state == IdentityState::Identified) {
            const Result<IndividualId> individual = afterMerges(database, (*setting)->individual);
            if (!individual)
                return individual.error();
            identity.individual = *individual;
        }
    }
    if (identity.state != IdentityState::Unidentified)
        return identity;
    const Result<bool> proposed =
        database.exists(QStringLiteral("SELECT 1 FROM proposal WHERE annotation_id = ?"), {idValue(annotation)});
    if (!proposed)
        return proposed.error();
    if (*proposed)
        identity.state = IdentityState::Proposed;
    return identity;
}

Result<Identity> storedIdentity(Database &database, AnnotationId annotation)
{
    const auto found =
        database.first(QStringLiteral("SELECT state, individual_id FROM annotation WHERE id = ?"),
                       {idValue(annotation)}, [](const Row &row) {
                           return Identity{identityStateFromName(row.text(0)).value_or(IdentityState::Unidentified),
                                           row.id<IndividualId>(1)};
                       });
    if (!found)
        return found.error();
    if (!found->has_value())
        return noSuchAnnotation(annotation);
    return **found;
}

Result<void> storeIdentity(Database &database, AnnotationId annotation, const Identity &identity)
{
    return withoutCount(database.run(QStringLiteral("UPDATE annotation SET state = ?, individual_id = ? WHERE id = ?"),
                                     {nameOf(identity.state), idValue(identity.individual), idValue(annotation)}));
}

Result<Retirement> retirementFromLog(Database &database, IndividualId individual)
{
    static const QString mergeSql =
        QStringLiteral("SELECT d.individual_id FROM decision d WHERE d.previous_id = ? AND d.kind = 'merge' "
                       "AND d.annotation_id IS NULL AND %1 ORDER BY d.id DESC LIMIT 1")
            .arg(isEffective(QStringLiteral("d")));
    const Result<std::int64_t> target = database.integer(mergeSql, {idValue(individual)});
    if (!target)
        return target.error();
    if (*target != 0)
        return Retirement{true, IndividualId(*target)};
    static const QString createdSql =
        QStringLiteral("SELECT max(%1) FROM decision d WHERE d.individual_id = ? AND d.kind = 'new_individual'")
            .arg(isEffective(QStringLiteral("d")));
    const auto created =
        database.first(createdSql, {idValue(individual)}, [](const Row &row) { return row.isNull(0) || row.flag(0); });
    if (!created)
        return created.error();
    if (created->value_or(true))
        return Retirement{};
    const Result<bool> borne =
        database.exists(QStringLiteral("SELECT 1 FROM annotation WHERE individual_id = ?"), {idValue(individual)});
    if (!borne)
        return borne.error();
    return Retirement{!*borne, {}};
}

Result<Retirement> storedRetirement(Database &database, IndividualId individual)
{
    const auto found = database.first(QStringLiteral("SELECT retired, merged_into FROM individual WHERE id = ?"),
                                      {idValue(individual)}, [](const Row &row) {
                                          return Retirement{row.flag(0), row.id<IndividualId>(1)};
                                      });
    if (!found)
        return found.error();
    if (!found->has_value())
        return Error(ErrorCode::NotFound, {"individual", std::to_string(individual.value)});
    return **found;
}

Result<void> refreshRetirement(Database &database, IndividualId individual)
{
    if (!individual.isValid())
        return {};
    const Result<Retirement> expected = retirementFromLog(database, individual);
    if (!expected)
        return expected.error();
    return withoutCount(database.run(QStringLiteral("UPDATE individual SET retired = ?, merged_into = ? WHERE id = ?"),
                                     {int{expected->retired}, idValue(expected->mergedInto), idValue(individual)}));
}

Result<bool> refreshIdentity(Database &database, AnnotationId annotation)
{
    const Result<Identity> before = storedIdentity(database, annotation);
    if (!before)
        return before.error();
    const Result<Identity> after = identityFromLog(database, annotation);
    if (!after)
        return after.error();
    if (*before == *after)
        return false;
    if (const Result<void> stored = storeIdentity(database, annotation, *after); !stored)
        return stored.error();
    for (const IndividualId individual : {before->individual, after->individual}) {
        if (const Result<void> refreshed = refreshRetirement(database, individual); !refreshed)
            return refreshed.error();
    }
    return true;
}

} // namespace flukeprint::catalogue
