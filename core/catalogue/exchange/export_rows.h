#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"

#include <QString>
#include <QStringList>
#include <QVariantList>

#include <functional>

namespace flukeprint::catalogue {
class Database;
}

/// What the export formats share; private to this folder.
namespace flukeprint::catalogue::exchange {

/// One table of an export: how it is asked for and what its columns are called. The statement's columns are in their
/// order.
struct ExportTable
{
    QString name; ///< in JSON
    QStringList columns;
    QString sql;
};

[[nodiscard]] ExportTable kaggleTable();
[[nodiscard]] ExportTable decisionsTable();
[[nodiscard]] ExportTable individualsTable();
[[nodiscard]] ExportTable photosTable();
[[nodiscard]] ExportTable encountersTable();

/// Every row of a table; values are null, integers, reals or text. `visit` returns false once it cannot take more.
/// Errors: Cancelled, DatabaseFailed.
Result<std::int64_t> forEachRow(Database &database, const ExportTable &table,
                                const std::function<bool(const QVariantList &values)> &visit,
                                const ProgressFn &progress, const std::stop_token &stop);

} // namespace flukeprint::catalogue::exchange
