#include "core/catalogue/exchange/csv.h"

#include "core/base/atomic_file.h"

#include <QSet>

#include <algorithm>

namespace flukeprint::catalogue::exchange {

namespace {

/// Walks through decoded text, one record at a time.
class Parser
{
public:
    Parser(QString text, std::string source)
        : m_text(std::move(text))
        , m_source(std::move(source))
    {
    }

    [[nodiscard]] bool atEnd() const { return m_position >= m_text.size(); }

    Result<CsvRecord> record()
    {
        CsvRecord record;
        record.line = m_line;
        for (;;) {
            Result<QString> field = peek() == u'"' ? quotedField() : plainField();
            if (!field)
                return field.error();
            record.fields << std::move(*field);
            if (peek() != u',' || atEnd())
                break;
            ++m_position;
        }
        endLine();
        return record;
    }

    [[nodiscard]] Error error(int line, const QString &what) const
    {
        return Error(ErrorCode::CsvInvalid, {m_source, std::to_string(line), what.toStdString()});
    }

private:
    [[nodiscard]] QChar peek() const { return atEnd() ? QChar(u'\n') : m_text[m_position]; }
    [[nodiscard]] bool atLineEnd() const
    {
        const bool crlf = peek() == u'\r' && m_position + 1 < m_text.size() && m_text[m_position + 1] == u'\n';
        return atEnd() || peek() == u'\n' || crlf;
    }

    Result<QString> plainField()
    {
        const qsizetype start = m_position;
        while (!atLineEnd() && peek() != u',') {
            if (peek() == u'"')
                return error(m_line, QStringLiteral("quote_in_field"));
            ++m_position;
        }
        return m_text.mid(start, m_position - start);
    }

    Result<QString> quotedField()
    {
        const int firstLine = m_line;
        QString field;
        for (++m_position; !atEnd(); ++m_position) {
            const QChar c = m_text[m_position];
            if (c == u'\n')
                ++m_line;
            if (c != u'"') {
                field += c;
                continue;
            }
            const bool escaped = m_position + 1 < m_text.size() && m_text[m_position + 1] == u'"';
            if (!escaped) {
                ++m_position;
                if (!atLineEnd() && peek() != u',')
                    return error(m_line, QStringLiteral("text_after_quote"));
                return field;
            }
            field += c;
            ++m_position;
        }
        return error(firstLine, QStringLiteral("unclosed_quote"));
    }

    void endLine()
    {
        if (peek() == u'\r')
            ++m_position;
        ++m_position;
        ++m_line;
    }

    QString m_text;
    std::string m_source;
    qsizetype m_position = 0;
    int m_line = 1;
};

/// The line of the first byte that is no UTF-8; 0 if all is well.
int firstBadLine(const QByteArray &bytes)
{
    if (bytes.isValidUtf8())
        return 0;
    int line = 1;
    for (qsizetype start = 0; start < bytes.size(); ++line) {
        qsizetype end = bytes.indexOf('\n', start);
        if (end < 0)
            end = bytes.size();
        if (!bytes.mid(start, end - start).isValidUtf8())
            return line;
        start = end + 1;
    }
    return line;
}

Result<void> checkHeader(const Parser &parser, const CsvRecord &header, const QStringList &requiredColumns)
{
    QSet<QString> names;
    for (const QString &name : header.fields) {
        if (!name.isEmpty() && names.contains(name.toLower()))
            return parser.error(header.line, QStringLiteral("duplicate_column:%1").arg(name));
        names.insert(name.toLower());
    }
    for (const QString &required : requiredColumns) {
        if (!names.contains(required.toLower()))
            return parser.error(header.line, QStringLiteral("missing_column:%1").arg(required));
    }
    return {};
}

bool isBlank(const CsvRecord &record)
{
    return record.fields.size() == 1 && record.fields.front().trimmed().isEmpty();
}

} // namespace

int CsvTable::column(const QString &name) const
{
    const auto found = std::find_if(header.begin(), header.end(), [&](const QString &column) {
        return column.compare(name, Qt::CaseInsensitive) == 0;
    });
    return found == header.end() ? -1 : static_cast<int>(found - header.begin());
}

Result<CsvTable> parseCsv(const QByteArray &bytes, const QString &source, const QStringList &requiredColumns)
{
    const QByteArray body = bytes.startsWith("\xEF\xBB\xBF") ? bytes.mid(3) : bytes;
    const int badLine = firstBadLine(body);
    Parser parser(badLine == 0 ? QString::fromUtf8(body) : QString(), source.toStdString());
    // text with NUL characters is UTF-16 or no text at all
    if (badLine != 0 || body.contains('\0'))
        return parser.error(std::max(badLine, 1), QStringLiteral("not_utf8"));
    CsvTable table;
    bool haveHeader = false;
    while (!parser.atEnd()) {
        Result<CsvRecord> record = parser.record();
        if (!record)
            return record.error();
        // a blank line is a record only where a table has a single column, and none of ours has
        if (isBlank(*record))
            continue;
        if (!haveHeader) {
            for (QString &name : record->fields)
                name = name.trimmed();
            if (const Result<void> sound = checkHeader(parser, *record, requiredColumns); !sound)
                return sound.error();
            table.header = record->fields;
            haveHeader = true;
            continue;
        }
        if (record->fields.size() != table.header.size())
            return parser.error(
                record->line, QStringLiteral("column_count:%1:%2").arg(record->fields.size()).arg(table.header.size()));
        table.records.push_back(std::move(*record));
    }
    if (!haveHeader)
        return parser.error(1, QStringLiteral("empty"));
    return table;
}

Result<CsvTable> readCsv(const std::filesystem::path &path, const QStringList &requiredColumns)
{
    const Result<std::string> content = readFile(path);
    if (!content)
        return content.error();
    return parseCsv(QByteArray::fromStdString(*content), QString::fromStdString(path.string()), requiredColumns);
}

QByteArray csvLine(const QStringList &fields)
{
    QByteArray line;
    for (qsizetype i = 0; i < fields.size(); ++i) {
        const QString &field = fields[i];
        if (i > 0)
            line += ',';
        const bool edgeSpace = !field.isEmpty() && (field.front().isSpace() || field.back().isSpace());
        const bool quote =
            edgeSpace || field.contains(u',') || field.contains(u'"') || field.contains(u'\n') || field.contains(u'\r');
        line += quote ? '"' + QString(field).replace(u'"', QLatin1String("\"\"")).toUtf8() + '"' : field.toUtf8();
    }
    return line + "\r\n";
}

Result<void> writeCsv(const std::filesystem::path &path, const QStringList &header,
                      const std::function<Result<void>(const CsvRowSink &)> &produce)
{
    return writeFileAtomically(path, [&](const ByteSink &sink) -> Result<void> {
        const CsvRowSink rows = [&](const QStringList &fields) {
            const QByteArray line = csvLine(fields);
            return sink(line.constData(), static_cast<std::size_t>(line.size()));
        };
        rows(header);
        return produce(rows);
    });
}

} // namespace flukeprint::catalogue::exchange
