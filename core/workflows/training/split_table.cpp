#include "core/workflows/training/split_table.h"

#include "core/base/atomic_file.h"
#include "core/catalogue/exchange/tables.h"
#include "core/workflows/photo_lookup.h"

#include <QByteArray>

#include <algorithm>

namespace flukeprint::workflows {

namespace {

constexpr qsizetype mostUnmatched = 100;

int strictness(const QString &role)
{
    if (role == QStringLiteral("train"))
        return 0;
    return role == QStringLiteral("validation") ? 1 : 2;
}

} // namespace

Result<SplitTable> SplitTable::read(const std::filesystem::path &path, const PhotoLookup &photos)
{
    const auto rows = catalogue::exchange::readSplit(path);
    if (!rows)
        return rows.error();
    if (rows->empty())
        return Error(ErrorCode::CsvInvalid, {path.string(), "1", "empty"});
    if (std::ranges::all_of(*rows, [](const auto &row) { return row.role.isEmpty(); }))
        return Error(ErrorCode::CsvInvalid, {path.string(), "1", "missing_column:role"});
    SplitTable table;
    for (const catalogue::exchange::SplitRow &row : *rows) {
        const auto named = photos.photos(row.image);
        if (named.empty() && table.m_unmatched.size() < mostUnmatched)
            table.m_unmatched << row.image;
        for (const PhotoId photo : named) {
            const auto [entry, isNew] = table.m_entries.emplace(photo, Entry{row.role, row.nearDuplicateGroup});
            if (!isNew && strictness(row.role) > strictness(entry->second.role))
                entry->second.role = row.role;
        }
    }
    return table;
}

const SplitTable::Entry *SplitTable::find(PhotoId photo) const
{
    const auto entry = m_entries.find(photo);
    return entry == m_entries.end() ? nullptr : &entry->second;
}

Result<std::set<PhotoId>> readPhotoList(const std::filesystem::path &path, const PhotoLookup &photos)
{
    std::set<PhotoId> list;
    if (path.empty())
        return list;
    const auto text = readFile(path);
    if (!text)
        return text.error();
    for (const QByteArray &line : QByteArray::fromStdString(*text).split('\n')) {
        const QString name = QString::fromUtf8(line).trimmed();
        if (name.isEmpty())
            continue;
        for (const PhotoId photo : photos.photos(name))
            list.insert(photo);
    }
    return list;
}

} // namespace flukeprint::workflows
