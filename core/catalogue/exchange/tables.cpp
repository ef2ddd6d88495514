#include "core/catalogue/exchange/tables.h"

#include "core/catalogue/exchange/csv.h"
#include "core/catalogue/individual_codes.h"

#include <QHash>

#include <array>
#include <cmath>

namespace flukeprint::catalogue::exchange {

namespace {

Error invalid(const std::filesystem::path &path, int line, const QString &what)
{
    return Error(ErrorCode::CsvInvalid, {path.string(), std::to_string(line), what.toStdString()});
}

Result<QString> imageOf(const std::filesystem::path &path, const CsvRecord &record, int column)
{
    const QString image = record.fields[column].trimmed();
    if (image.isEmpty())
        return invalid(path, record.line, QStringLiteral("empty_image"));
    return image;
}

/// Empty for unidentified.
Result<QString> idOf(const std::filesystem::path &path, const CsvRecord &record, int column)
{
    const QString id = record.fields[column].trimmed();
    if (meansUnidentified(id))
        return QString();
    if (!checkCode(id))
        return invalid(path, record.line, QStringLiteral("code_invalid:%1").arg(id));
    return id;
}

Result<double> numberOf(const std::filesystem::path &path, const CsvRecord &record, int column)
{
    const QString text = record.fields[column].trimmed();
    bool isNumber = false;
    const double number = text.toDouble(&isNumber);
    if (!isNumber || !std::isfinite(number))
        return invalid(path, record.line, QStringLiteral("not_a_number:%1").arg(text));
    return number;
}

Result<std::int64_t> groupOf(const std::filesystem::path &path, const CsvRecord &record, int column)
{
    const QString text = column < 0 ? QString() : record.fields[column].trimmed();
    if (text.isEmpty())
        return std::int64_t{-1};
    bool isNumber = false;
    const std::int64_t group = text.toLongLong(&isNumber);
    if (!isNumber)
        return invalid(path, record.line, QStringLiteral("not_a_number:%1").arg(text));
    return group;
}

Result<std::vector<SplitRow>> readRoles(const std::filesystem::path &path, const QStringList &requiredColumns)
{
    const Result<CsvTable> table = readCsv(path, requiredColumns);
    if (!table)
        return table.error();
    const int imageColumn = table->column(QStringLiteral("Image"));
    const int idColumn = table->column(QStringLiteral("Id"));
    const int roleColumn = table->column(QStringLiteral("role"));
    const int groupColumn = table->column(QStringLiteral("near_duplicate_group"));
    QHash<QString, int> firstLines;
    std::vector<SplitRow> rows;
    rows.reserve(table->records.size());
    for (const CsvRecord &record : table->records) {
        const Result<QString> image = imageOf(path, record, imageColumn);
        if (!image)
            return image.error();
        if (const int firstLine = firstLines.value(*image, 0); firstLine != 0)
            return invalid(path, record.line, QStringLiteral("duplicate_image:%1:%2").arg(firstLine).arg(*image));
        firstLines.insert(*image, record.line);
        const Result<QString> id = idOf(path, record, idColumn);
        if (!id)
            return id.error();
        const Result<std::int64_t> group = groupOf(path, record, groupColumn);
        if (!group)
            return group.error();
        const QString role = roleColumn < 0 ? QString() : record.fields[roleColumn].trimmed();
        rows.push_back({*image, *id, role, *group, record.line});
    }
    return rows;
}

} // namespace

bool meansUnidentified(const QString &id)
{
    return id.isEmpty() || id.compare(QLatin1String("new_whale"), Qt::CaseInsensitive) == 0;
}

Result<std::vector<LabelRow>> readLabels(const std::filesystem::path &path)
{
    const Result<CsvTable> table = readCsv(path, {QStringLiteral("Image"), QStringLiteral("Id")});
    if (!table)
        return table.error();
    const int imageColumn = table->column(QStringLiteral("Image"));
    const int idColumn = table->column(QStringLiteral("Id"));
    QHash<QString, std::size_t> byImage;
    std::vector<LabelRow> rows;
    rows.reserve(table->records.size());
    for (const CsvRecord &record : table->records) {
        const Result<QString> image = imageOf(path, record, imageColumn);
        if (!image)
            return image.error();
        const Result<QString> id = idOf(path, record, idColumn);
        if (!id)
            return id.error();
        const auto known = byImage.constFind(*image);
        if (known == byImage.constEnd()) {
            byImage.insert(*image, rows.size());
            rows.push_back({*image, *id, record.line});
            continue;
        }
        const LabelRow &first = rows[*known];
        if (first.id.compare(*id, Qt::CaseInsensitive) != 0)
            return invalid(path, record.line, QStringLiteral("conflicting_id:%1:%2").arg(first.line).arg(*image));
    }
    return rows;
}

Result<std::vector<BoxRow>> readBoxes(const std::filesystem::path &path)
{
    const QStringList names{QStringLiteral("x0_px"), QStringLiteral("y0_px"), QStringLiteral("x1_px"),
                            QStringLiteral("y1_px")};
    const Result<CsvTable> table = readCsv(path, QStringList{QStringLiteral("Image")} + names);
    if (!table)
        return table.error();
    const int imageColumn = table->column(QStringLiteral("Image"));
    std::vector<BoxRow> rows;
    rows.reserve(table->records.size());
    for (const CsvRecord &record : table->records) {
        const Result<QString> image = imageOf(path, record, imageColumn);
        if (!image)
            return image.error();
        std::array<double, 4> corners{};
        for (std::size_t i = 0; i < corners.size(); ++i) {
            const Result<double> number = numberOf(path, record, table->column(names[static_cast<qsizetype>(i)]));
            if (!number)
                return number.error();
            corners[i] = *number;
        }
        const auto [x0, y0, x1, y1] = corners;
        if (x1 <= x0 || y1 <= y0)
            return invalid(path, record.line, QStringLiteral("box_empty"));
        rows.push_back({*image, {(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, 0}, record.line});
    }
    return rows;
}

Result<std::vector<SplitRow>> readSplit(const std::filesystem::path &path)
{
    return readRoles(path,
                     {QStringLiteral("Image"), QStringLiteral("Id"), QStringLiteral("role"),
                      QStringLiteral("near_duplicate_group")});
}

Result<std::vector<SplitRow>> readQueries(const std::filesystem::path &path)
{
    return readRoles(path, {QStringLiteral("Image"), QStringLiteral("Id")});
}

} // namespace flukeprint::catalogue::exchange
