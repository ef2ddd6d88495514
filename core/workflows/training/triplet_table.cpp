#include "core/workflows/training/triplet_table.h"

#include "core/catalogue/exchange/csv.h"
#include "core/catalogue/exchange/tables.h"
#include "core/workflows/photo_lookup.h"

#include <QString>
#include <QStringList>

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

namespace flukeprint::workflows {

namespace {

using catalogue::exchange::CsvTable;
using protocol::SampleRole;
using Columns = std::array<int, 3>;

/// How the table names photos.
enum class Naming { Annotations, Images, SplitRows };

struct Layout
{
    Naming naming = Naming::SplitRows;
    Columns columns{0, 1, 2};
    bool headless = false; ///< the first line is a triplet too
};

bool isNumber(const QString &text)
{
    bool ok = false;
    text.toLongLong(&ok);
    return ok;
}

Result<Layout> layoutOf(const CsvTable &table, const std::string &path)
{
    const auto find = [&table](const QStringList &names) {
        return Columns{table.column(names[0]), table.column(names[1]), table.column(names[2])};
    };
    const auto whole = [](const Columns &columns) { return std::ranges::all_of(columns, [](int column) { return column >= 0; }); };
    const QStringList ids{QStringLiteral("anchor"), QStringLiteral("positive"), QStringLiteral("negative")};
    QStringList images;
    for (const QString &id : ids)
        images << id + QStringLiteral("_image");
    if (const Columns columns = find(ids); whole(columns))
        return Layout{Naming::Annotations, columns, false};
    if (const Columns columns = find(images); whole(columns))
        return Layout{Naming::Images, columns, false};
    if (const Columns columns = find({QStringLiteral("q"), QStringLiteral("p"), QStringLiteral("n")}); whole(columns))
        return Layout{Naming::SplitRows, columns, false};
    if (table.header.size() == 3 && std::ranges::all_of(table.header, isNumber))
        return Layout{Naming::SplitRows, {0, 1, 2}, true};
    return Error(ErrorCode::CsvInvalid, {path, "1", "missing_column:anchor"});
}

/// The items of the data, and what a table calls them.
class Items
{
public:
    explicit Items(const protocol::Snapshot &snapshot)
    {
        for (const protocol::SnapshotItem &item : snapshot.items) {
            if (item.individual >= 0)
                m_items.emplace(item.annotation.value, item);
        }
    }

    /// Errors: those of the stores and the split table.
    Result<void> learnNames(catalogue::Catalogue &catalogue, Naming naming, const std::filesystem::path &splitFile)
    {
        m_naming = naming;
        if (naming == Naming::Annotations)
            return {};
        auto lookup = PhotoLookup::load(catalogue);
        if (!lookup)
            return lookup.error();
        m_lookup = std::move(*lookup);
        if (naming == Naming::Images)
            return {};
        const auto rows = catalogue::exchange::readSplit(splitFile);
        if (!rows)
            return rows.error();
        for (const catalogue::exchange::SplitRow &row : *rows)
            m_splitRows << row.image;
        return {};
    }

    /// Null: what is wrong stands in `fault`.
    const protocol::SnapshotItem *find(const QString &name, QString &fault) const
    {
        QString image = name.trimmed();
        if (m_naming == Naming::SplitRows) {
            bool ok = false;
            const qlonglong row = image.toLongLong(&ok);
            if (!ok || row < 0 || row >= m_splitRows.size()) {
                fault = QStringLiteral("row_out_of_range:") + image;
                return nullptr;
            }
            image = m_splitRows[row];
        }
        const protocol::SnapshotItem *item = m_naming == Naming::Annotations ? ofAnnotation(image.toLongLong()) : ofImage(image);
        if (!item)
            fault = QStringLiteral("unknown_photo:") + image;
        return item;
    }

private:
    const protocol::SnapshotItem *ofAnnotation(qlonglong annotation) const
    {
        const auto item = m_items.find(annotation);
        return item == m_items.end() ? nullptr : &item->second;
    }

    const protocol::SnapshotItem *ofImage(const QString &image) const
    {
        for (const PhotoId photo : m_lookup->photos(image)) {
            if (const auto *item = ofAnnotation(m_lookup->mainAnnotation(photo).value))
                return item;
        }
        return nullptr;
    }

    std::unordered_map<std::int64_t, protocol::SnapshotItem> m_items; ///< identified ones
    Naming m_naming = Naming::Annotations;
    std::optional<PhotoLookup> m_lookup;
    QStringList m_splitRows; ///< images
};

QString contradiction(const std::array<const protocol::SnapshotItem *, 3> &items)
{
    const auto [anchor, positive, negative] = items;
    if (anchor == positive)
        return QStringLiteral("same_photo");
    if (positive->individual != anchor->individual)
        return QStringLiteral("positive_of_another");
    return negative->individual == anchor->individual ? QStringLiteral("negative_of_the_same") : QString();
}

/// Takes the row's triplet, or counts the row as held out; `fault` says what is wrong with it instead.
void addRow(TripletTable &table, const Items &items, const QStringList &fields, const Columns &columns, int line, QString &fault)
{
    std::array<const protocol::SnapshotItem *, 3> found{};
    for (std::size_t i = 0; i < found.size(); ++i) {
        found[i] = items.find(fields.value(columns[i]), fault);
        if (!found[i])
            return;
    }
    fault = contradiction(found);
    if (!fault.isEmpty())
        return;
    if (std::ranges::all_of(found, [](const auto *item) { return item->role == SampleRole::Train; })) {
        table.triplets.push_back({found[0]->annotation, found[1]->annotation, found[2]->annotation});
        return;
    }
    if (table.heldOut++ == 0)
        table.firstHeldOut = line;
}

} // namespace

Result<TripletTable> readTriplets(catalogue::Catalogue &catalogue, const std::filesystem::path &path,
                                  const std::filesystem::path &splitFile, const protocol::Snapshot &snapshot)
{
    const auto csv = catalogue::exchange::readCsv(path);
    if (!csv)
        return csv.error();
    const auto layout = layoutOf(*csv, path.string());
    if (!layout)
        return layout.error();
    const auto invalid = [&path](int line, const QString &what) {
        return Error(ErrorCode::CsvInvalid, {path.string(), std::to_string(line), what.toStdString()});
    };
    if (layout->naming == Naming::SplitRows && splitFile.empty())
        return invalid(1, QStringLiteral("rows_need_a_split"));
    Items items(snapshot);
    if (const auto learnt = items.learnNames(catalogue, layout->naming, splitFile); !learnt)
        return learnt.error();
    TripletTable table;
    QString fault;
    if (layout->headless)
        addRow(table, items, csv->header, layout->columns, 1, fault);
    if (!fault.isEmpty())
        return invalid(1, fault);
    for (const catalogue::exchange::CsvRecord &record : csv->records) {
        addRow(table, items, record.fields, layout->columns, record.line, fault);
        if (!fault.isEmpty())
            return invalid(record.line, fault);
    }
    if (table.triplets.empty())
        return Error(ErrorCode::NothingToDo, {"triplets"}, path.string());
    return table;
}

Result<void> writeTripletRows(const std::filesystem::path &path, const TripletTable &table, const protocol::Snapshot &snapshot)
{
    std::map<AnnotationId, qsizetype> rowOf;
    for (const protocol::SnapshotItem &item : snapshot.items) {
        if (item.role == SampleRole::Train && item.individual >= 0)
            rowOf.emplace(item.annotation, static_cast<qsizetype>(rowOf.size()));
    }
    qsizetype written = 0;
    const QStringList header{QStringLiteral("q"), QStringLiteral("p"), QStringLiteral("n")};
    const auto row = [&](const catalogue::exchange::CsvRowSink &sink) -> Result<void> {
        for (const ChosenTriplet &triplet : table.triplets) {
            QStringList fields;
            for (const AnnotationId annotation : {triplet.anchor, triplet.positive, triplet.negative}) {
                if (const auto known = rowOf.find(annotation); known != rowOf.end())
                    fields << QString::number(known->second);
            }
            if (fields.size() == header.size()) {
                sink(fields);
                ++written;
            }
        }
        return written > 0 ? Result<void>() : Result<void>(Error(ErrorCode::NothingToDo, {"triplets"}));
    };
    return catalogue::exchange::writeCsv(path, header, row);
}

} // namespace flukeprint::workflows
