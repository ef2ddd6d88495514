#pragma once

#include "core/base/result.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <filesystem>
#include <functional>
#include <vector>

/// RFC 4180: fields parted by commas, quoted where they hold commas, quotes or line breaks; "" inside quotes is a
/// quote. Lines may end with CRLF or LF; a UTF-8 byte order mark is allowed; the text must be UTF-8.
namespace flukeprint::catalogue::exchange {

struct CsvRecord
{
    int line = 0; ///< 1-based, of its first character
    QStringList fields;
};

struct CsvTable
{
    QStringList header;
    std::vector<CsvRecord> records; ///< each with as many fields as the header; blank lines are left out

    /// Column of that name without regard to case; -1 if there is none.
    [[nodiscard]] int column(const QString &name) const;
};

/// `source` only names the text in errors. Errors: CsvInvalid (source, line, what: "not_utf8", "unclosed_quote",
/// "text_after_quote", "quote_in_field", "column_count:FOUND:EXPECTED", "missing_column:NAME", "duplicate_column:NAME",
/// "empty").
Result<CsvTable> parseCsv(const QByteArray &bytes, const QString &source, const QStringList &requiredColumns = {});
/// Errors: FileNotFound, FileUnreadable and those of parseCsv.
Result<CsvTable> readCsv(const std::filesystem::path &path, const QStringList &requiredColumns = {});

/// One line with its CRLF.
[[nodiscard]] QByteArray csvLine(const QStringList &fields);

/// Takes one row of a table that is being written; false once the disk refused.
using CsvRowSink = std::function<bool(const QStringList &fields)>;
/// Writes a whole table or nothing, row by row. Errors: DiskFull, FileUnwritable, and what `produce` returns.
Result<void> writeCsv(const std::filesystem::path &path, const QStringList &header,
                      const std::function<Result<void>(const CsvRowSink &)> &produce);

} // namespace flukeprint::catalogue::exchange
