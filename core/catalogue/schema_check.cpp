#include "core/catalogue/schema_check.h"

#include "core/catalogue/inspection.h"
#include "core/catalogue/migration.h"

#include <QRegularExpression>

#include <algorithm>

namespace flukeprint::catalogue {

namespace {

/// Where the parenthesis that opens at `open` closes; -1: nowhere. Quoted text does not count.
qsizetype closingParenthesis(const QString &sql, qsizetype open)
{
    int depth = 0;
    bool quoted = false;
    for (qsizetype i = open; i < sql.size(); ++i) {
        const QChar character = sql[i];
        if (character == u'\'')
            quoted = !quoted;
        else if (!quoted && character == u'(')
            ++depth;
        else if (!quoted && character == u')' && --depth == 0)
            return i;
    }
    return -1;
}

const SchemaObject *find(const std::vector<SchemaObject> &objects, const SchemaObject &wanted)
{
    const auto found = std::ranges::find_if(
        objects, [&](const SchemaObject &object) { return object.kind == wanted.kind && object.name == wanted.name; });
    return found == objects.end() ? nullptr : &*found;
}

} // namespace

Result<std::vector<SchemaObject>> schemaObjects(Database &database)
{
    // sqlite_sequence, sqlite_stat1 and the indices of UNIQUE are SQLite's own
    return database.all(QStringLiteral("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' "
                                       "ESCAPE '\\' ORDER BY rowid"),
                        {}, [](const Row &row) {
                            return SchemaObject{row.text(0), row.text(1), row.text(2).simplified()};
                        });
}

Result<std::vector<SchemaObject>> expectedSchema()
{
    Result<std::unique_ptr<Database>> fresh = Database::open(":memory:", Database::Mode::Create);
    if (!fresh)
        return fresh.error();
    if (const Result<void> made = migrate(**fresh, schemaSteps()); !made)
        return made.error();
    return schemaObjects(**fresh);
}

QStringList checkConditions(const QString &createTable)
{
    static const QRegularExpression check(QStringLiteral("\\bCHECK\\s*\\("));
    QStringList conditions;
    for (auto match = check.match(createTable); match.hasMatch();) {
        const qsizetype open = match.capturedEnd() - 1;
        const qsizetype close = closingParenthesis(createTable, open);
        if (close < 0)
            break;
        conditions << createTable.mid(open + 1, close - open - 1);
        match = check.match(createTable, close);
    }
    return conditions;
}

Result<void> checkSchema(Inspection &inspection)
{
    const auto expected = expectedSchema();
    if (!expected)
        return expected.error();
    const auto found = schemaObjects(inspection.database);
    if (!found)
        return found.error();
    for (const SchemaObject &object : *expected) {
        const SchemaObject *there = find(*found, object);
        if (there != nullptr && there->sql == object.sql)
            continue;
        inspection.damage(there == nullptr ? "schema_missing" : "schema_changed",
                          {object.kind.toStdString(), object.name.toStdString()});
        inspection.tablesMissing |= object.kind == QLatin1String("table");
    }
    for (const SchemaObject &object : *found) {
        // Tables of other programs do no harm; a trigger acts whenever we write.
        if (object.kind == QLatin1String("trigger") && find(*expected, object) == nullptr)
            inspection.damage("trigger_unknown", {object.name.toStdString()});
    }
    return {};
}

/// SQLite's own check leaves these out on a connection that cannot write: it does not even read the conditions then.
Result<void> checkConstraints(Inspection &inspection)
{
    const auto expected = expectedSchema();
    if (!expected)
        return expected.error();
    for (const SchemaObject &object : *expected) {
        if (object.kind != QLatin1String("table"))
            continue;
        for (const QString &condition : checkConditions(object.sql)) {
            QString quoted = condition;
            quoted.replace(u'\'', QStringLiteral("''"));
            const Result<void> checked = inspection.damageOfRows(
                "constraint", QStringLiteral("SELECT '%1', rowid, '%2' FROM %1 WHERE NOT (%3)").arg(object.name, quoted, condition));
            const bool explained = !checked && inspection.tablesMissing && checked.error().code == ErrorCode::DatabaseFailed;
            if (!checked && !explained)
                return checked;
        }
    }
    return {};
}

} // namespace flukeprint::catalogue
