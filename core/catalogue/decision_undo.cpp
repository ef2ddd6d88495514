#include "core/catalogue/decision_log.h"
#include "core/catalogue/decision_writer.h"
#include "core/catalogue/in_transaction.h"
#include "core/catalogue/merged_notes.h"
#include "core/catalogue/projection.h"

namespace flukeprint::catalogue {

namespace {

struct BatchEntry
{
    DecisionId id;
    DecisionKind kind = DecisionKind::Confirm;
    AnnotationId annotation;
    IndividualId individual;
    IndividualId previous;
    bool effective = true;
};

Result<std::vector<BatchEntry>> entriesOf(Database &database, std::int64_t batch)
{
    static const QString sql =
        QStringLiteral("SELECT d.id, d.kind, d.annotation_id, d.individual_id, d.previous_id, %1 FROM decision d "
                       "WHERE d.batch = ? AND d.kind NOT IN ('undo', 'redo') ORDER BY d.id")
            .arg(isEffective(QStringLiteral("d")));
    return database.all(sql, {integerValue(batch)}, [](const Row &row) {
        return BatchEntry{row.id<DecisionId>(0),   decisionKindFromName(row.text(1)).value_or(DecisionKind::Confirm),
                          row.id<AnnotationId>(2), row.id<IndividualId>(3),
                          row.id<IndividualId>(4), row.flag(5)};
    });
}

Result<UndoStep> describe(Database &database, std::int64_t batch, const std::vector<BatchEntry> &entries)
{
    UndoStep step;
    step.batch = batch;
    for (const BatchEntry &entry : entries) {
        if (entry.annotation.isValid())
            step.annotations.push_back(entry.annotation);
    }
    step.kind = entries.front().kind;
    step.count = static_cast<int>(step.annotations.size());
    step.annotation = step.annotations.empty() ? AnnotationId() : step.annotations.front();
    const auto code = database.text(QStringLiteral("SELECT code FROM individual WHERE id = ?"),
                                    {idValue(entries.front().individual)});
    if (!code)
        return code.error();
    step.individualCode = *code;
    const auto fileName = database.text(
        QStringLiteral("SELECT p.file_name FROM annotation a JOIN photo p ON p.id = a.photo_id WHERE a.id = ?"),
        {idValue(step.annotation)});
    if (!fileName)
        return fileName.error();
    step.fileName = *fileName;
    return step;
}

Result<std::int64_t> batchToUndo(Database &database)
{
    static const QString sql =
        QStringLiteral("SELECT d.batch FROM decision d WHERE %1 AND %2 ORDER BY d.id DESC LIMIT 1")
            .arg(isUndoable(QStringLiteral("d")), isEffective(QStringLiteral("d")));
    return database.integer(sql);
}

/// Undo goes backwards through the batches, so of what was undone since the last real decision the oldest comes back
/// first.
Result<std::int64_t> batchToRedo(Database &database)
{
    static const QString lastSql = QStringLiteral("SELECT d.id FROM decision d WHERE %1 ORDER BY d.id DESC LIMIT 1")
                                       .arg(isUndoable(QStringLiteral("d")));
    const Result<std::int64_t> last = database.integer(lastSql);
    if (!last)
        return last.error();
    // "+ n.id" keeps SQLite from walking all ids after the last decision, which may be a million imported ones: the
    // index on `undoes` holds the few entries that matter
    static const QString sql = QStringLiteral("SELECT min(d.batch) FROM decision n JOIN decision d ON d.id = n.undoes "
                                              "WHERE n.undoes IS NOT NULL AND + n.id > ? AND n.kind = 'undo' AND %1 AND NOT (%2)")
                                   .arg(isUndoable(QStringLiteral("d")), isEffective(QStringLiteral("d")));
    return database.integer(sql, {integerValue(*last)});
}

Result<std::optional<UndoStep>> stepOf(Database &database, const Result<std::int64_t> &batch)
{
    if (!batch)
        return batch.error();
    if (*batch == 0)
        return std::optional<UndoStep>();
    const Result<std::vector<BatchEntry>> entries = entriesOf(database, *batch);
    if (!entries)
        return entries.error();
    const Result<UndoStep> step = describe(database, *batch, *entries);
    if (!step)
        return step.error();
    return std::optional(*step);
}

/// Individuals first: whether one is merged decides what its annotations become.
Result<void> refreshAll(Database &database, const std::vector<BatchEntry> &entries)
{
    for (const BatchEntry &entry : entries) {
        if (entry.annotation.isValid())
            continue;
        if (const Result<void> refreshed = refreshRetirement(database, entry.previous); !refreshed)
            return refreshed;
    }
    for (const BatchEntry &entry : entries) {
        if (!entry.annotation.isValid())
            continue;
        const Result<bool> refreshed = refreshIdentity(database, entry.annotation);
        if (!refreshed)
            return refreshed.error();
        // also where the annotation itself stayed as it is: the individual may have lost, or got back, its creation
        if (const Result<void> individual = refreshRetirement(database, entry.individual); !individual)
            return individual;
    }
    return {};
}

Result<UndoStep> reverse(Database &database, DecisionWriter &writer, std::int64_t batch, DecisionKind kind)
{
    const Result<std::vector<BatchEntry>> entries = entriesOf(database, batch);
    if (!entries)
        return entries.error();
    if (entries->empty())
        return Error(ErrorCode::NotFound, {"decision batch", std::to_string(batch)});
    bool changed = false;
    for (const BatchEntry &entry : *entries) {
        if (entry.effective != (kind == DecisionKind::Undo))
            continue;
        const bool isJoin = entry.kind == DecisionKind::Merge && !entry.annotation.isValid();
        const auto move = kind == DecisionKind::Undo ? takeNotesBack : carryNotes;
        if (const Result<void> moved = isJoin ? move(database, entry.previous, entry.individual) : Result<void>(); !moved)
            return moved.error();
        const Result<DecisionId> referred = writer.refer(kind, entry.id, entry.annotation);
        if (!referred)
            return referred.error();
        changed = true;
    }
    if (!changed)
        return Error(ErrorCode::NothingToDo, {nameOf(kind).toStdString()});
    if (const Result<void> refreshed = refreshAll(database, *entries); !refreshed)
        return refreshed.error();
    return describe(database, batch, *entries);
}

} // namespace

Result<std::optional<UndoStep>> DecisionLog::undoStep()
{
    return stepOf(m_database, batchToUndo(m_database));
}

Result<std::optional<UndoStep>> DecisionLog::redoStep()
{
    return stepOf(m_database, batchToRedo(m_database));
}

Result<UndoStep> DecisionLog::undo()
{
    return inTransaction(m_database, [&]() -> Result<UndoStep> {
        const Result<std::int64_t> batch = batchToUndo(m_database);
        if (!batch)
            return batch.error();
        if (*batch == 0)
            return Error(ErrorCode::NothingToDo, {"undo"});
        DecisionWriter writer(m_database, m_who, m_source);
        return reverse(m_database, writer, *batch, DecisionKind::Undo);
    });
}

Result<UndoStep> DecisionLog::redo()
{
    return inTransaction(m_database, [&]() -> Result<UndoStep> {
        const Result<std::int64_t> batch = batchToRedo(m_database);
        if (!batch)
            return batch.error();
        if (*batch == 0)
            return Error(ErrorCode::NothingToDo, {"redo"});
        DecisionWriter writer(m_database, m_who, m_source);
        return reverse(m_database, writer, *batch, DecisionKind::Redo);
    });
}

Result<UndoStep> DecisionLog::undoBatch(std::int64_t batch)
{
    return inTransaction(m_database, [&]() -> Result<UndoStep> {
        DecisionWriter writer(m_database, m_who, m_source);
        return reverse(m_database, writer, batch, DecisionKind::Undo);
    });
}

} // namespace flukeprint::catalogue
