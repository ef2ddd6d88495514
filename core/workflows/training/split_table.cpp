#include "core/workflows/training/split_table.h"

#include "core/base/atomic_file.h"
#include "core/catalogue/exchange/csv.h"
#include "core/catalogue/exchange/tables.h"
#include "core/workflows/import/image_tables.h"

#include <algorithm>

namespace flukeprint::workflows {

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

const SplitTable::Entry *SplitTable::find(const LabelledAnnotation &annotation)
{
    const auto rows = m_rows.find(annotation.fileName);
    if (rows == m_rows.end())
        return nullptr;
    for (Row &row : *rows) {
        if (row.image != annotation.fileName && !pathEndsWith(annotation.path, row.image))
            continue;
        row.used = true;
        return &row.entry;
    }
    return nullptr;
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

} // namespace flukeprint::workflows
