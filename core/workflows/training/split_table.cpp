#include "core/workflows/training/split_table.h"

#include "core/base/atomic_file.h"
#include "core/catalogue/exchange/csv.h"
#include "core/catalogue/exchange/tables.h"
#include "core/workflows/import/image_tables.h"

#include <algorithm>

namespace flukeprint::workflows {

namespace {

int distanceFromTraining(const QString &role)
{
    if (role == QStringLiteral("train"))
        return 0;
    return role == QStringLiteral("validation") ? 1 : 2;
}

} // namespace

Result<SplitTable> SplitTable::read(const std::filesystem::path &path)
{
    const auto rows = catalogue::exchange::readSplit(path);
    if (!rows)
        return rows.error();
    if (std::ranges::all_of(*rows, [](const auto &row) { return row.role.isEmpty(); }))
        return Error(ErrorCode::CsvInvalid, {path.string(), "1", "missing_column:role"});
    SplitTable table;
    for (const catalogue::exchange::SplitRow &row : *rows)
        table.m_rows[fileNameOf(row.image)].push_back({row.image, {row.role, row.nearDuplicateGroup}, false});
    return table;
}

const SplitTable::Entry *SplitTable::findPath(const QString &path)
{
    const auto rows = m_rows.find(fileNameOf(path));
    if (rows == m_rows.end())
        return nullptr;
    for (Row &row : *rows) {
        if (!pathEndsWith(path, row.image))
            continue;
        row.used = true;
        return &row.entry;
    }
    return nullptr;
}

const SplitTable::Entry *SplitTable::find(const LabelledAnnotation &annotation)
{
    // A photo that was copied in has another name there than the table knows.
    const Entry *found = findPath(annotation.fileName);
    if (!found)
        found = findPath(annotation.path);
    for (const QString &path : annotation.otherPaths) {
        const Entry *twin = findPath(path);
        if (twin && (!found || distanceFromTraining(twin->role) > distanceFromTraining(found->role)))
            found = twin;
    }
    return found;
}

QStringList SplitTable::unmatched(std::size_t limit) const
{
    QStringList images;
    for (const auto &rows : m_rows) {
        for (const Row &row : rows) {
            if (!row.used && images.size() < static_cast<qsizetype>(limit))
                images << row.image;
        }
    }
    images.sort();
    return images;
}

Result<CalibrationList> CalibrationList::read(const std::filesystem::path &path)
{
    CalibrationList list;
    if (path.empty())
        return list;
    const auto text = readFile(path);
    if (!text)
        return text.error();
    for (const QByteArray &line : QByteArray::fromStdString(*text).split('\n')) {
        if (const QString name = QString::fromUtf8(line).trimmed(); !name.isEmpty())
            list.m_names.insert(fileNameOf(name));
    }
    return list;
}

bool CalibrationList::contains(const LabelledAnnotation &annotation) const
{
    return m_names.contains(annotation.fileName)
        || std::ranges::any_of(annotation.otherPaths, [this](const QString &path) { return m_names.contains(fileNameOf(path)); });
}

} // namespace flukeprint::workflows
