#pragma once

#include "core/base/result.h"

#include <QString>
#include <QStringList>

#include <vector>

/// What a database's schema must be, taken from a new one that the migrations make in memory. Private to the room.
namespace flukeprint::catalogue {

class Database;

struct SchemaObject
{
    QString kind; ///< "table", "index", "trigger"
    QString name;
    QString sql; ///< that makes it
    friend bool operator==(const SchemaObject &, const SchemaObject &) = default;
};

/// In the order in which they were made. Errors: DatabaseFailed.
Result<std::vector<SchemaObject>> schemaObjects(Database &database);
/// Of the newest version.
Result<std::vector<SchemaObject>> expectedSchema();

/// The conditions of a table's CHECK constraints, without the outer parentheses.
[[nodiscard]] QStringList checkConditions(const QString &createTable);

} // namespace flukeprint::catalogue
