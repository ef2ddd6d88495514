#include "core/catalogue/exchange/export.h"

#include "core/base/atomic_file.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/database.h"
#include "core/catalogue/exchange/csv.h"
#include "core/catalogue/exchange/export_rows.h"
#include "core/catalogue/records.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QLocale>

#include <array>

namespace flukeprint::catalogue::exchange {

namespace {

QString csvField(const QVariant &value)
{
    if (value.isNull())
        return {};
    // as many digits as it takes to read the same number back
    return value.userType() == QMetaType::Double
        ? QString::number(value.toDouble(), 'g', QLocale::FloatingPointShortest)
        : value.toString();
}

Result<std::int64_t> writeTable(Catalogue &catalogue, const ExportTable &table, const std::filesystem::path &path,
                                const ProgressFn &progress, const std::stop_token &stop)
{
    std::int64_t count = 0;
    const Result<void> written = writeCsv(path, table.columns, [&](const CsvRowSink &rows) -> Result<void> {
        const Result<std::int64_t> done = forEachRow(
            catalogue.database(), table,
            [&](const QVariantList &values) {
                QStringList fields;
                fields.reserve(values.size());
                for (const QVariant &value : values)
                    fields << csvField(value);
                return rows(fields);
            },
            progress, stop);
        if (!done)
            return done.error();
        count = *done;
        return {};
    });
    if (!written)
        return written.error();
    return count;
}

/// One array of a document that may be larger than memory: objects are written as they come.
Result<std::int64_t> writeJsonTable(Database &database, const ExportTable &table, const ByteSink &sink,
                                    const ProgressFn &progress, const std::stop_token &stop)
{
    const auto write = [&](const QByteArray &bytes) {
        return sink(bytes.constData(), static_cast<std::size_t>(bytes.size()));
    };
    write(",\n\"" + table.name.toUtf8() + "\": [");
    bool first = true;
    const Result<std::int64_t> done = forEachRow(
        database, table,
        [&](const QVariantList &values) {
            QJsonObject object;
            for (qsizetype i = 0; i < values.size(); ++i) {
                if (!values[i].isNull())
                    object.insert(table.columns[i], QJsonValue::fromVariant(values[i]));
            }
            const bool taken = write((first ? "\n" : ",\n") + QJsonDocument(object).toJson(QJsonDocument::Compact));
            first = false;
            return taken;
        },
        progress, stop);
    write("\n]");
    return done;
}

Result<std::int64_t> writeJson(Catalogue &catalogue, const std::filesystem::path &path, const ProgressFn &progress,
                               std::stop_token stop)
{
    std::int64_t count = 0;
    const Result<void> written = writeFileAtomically(path, [&](const ByteSink &sink) -> Result<void> {
        const QByteArray head = "{\n\"format\": \"flukeprint-catalogue\",\n\"schema_version\": "
            + QByteArray::number(catalogue.schemaVersion()) + ",\n\"exported_at\": \"" + utcNow().toUtf8() + '"';
        sink(head.constData(), static_cast<std::size_t>(head.size()));
        for (const ExportTable &table : {encountersTable(), individualsTable(), photosTable(), decisionsTable()}) {
            const Result<std::int64_t> done = writeJsonTable(catalogue.database(), table, sink, progress, stop);
            if (!done)
                return done.error();
            count += *done;
        }
        sink("\n}\n", 3);
        return {};
    });
    if (!written)
        return written.error();
    return count;
}

template <ExportTable (*table)()>
Result<std::int64_t> writeCsvOf(Catalogue &catalogue, const std::filesystem::path &path, const ProgressFn &progress,
                                std::stop_token stop)
{
    return writeTable(catalogue, table(), path, progress, stop);
}

constexpr auto formats = std::to_array<ExportFormat>({
    {"kaggle", ".csv", writeCsvOf<kaggleTable>},
    {"decisions", ".csv", writeCsvOf<decisionsTable>},
    {"individuals", ".csv", writeCsvOf<individualsTable>},
    {"photos", ".csv", writeCsvOf<photosTable>},
    {"json", ".json", writeJson},
});

} // namespace

std::span<const ExportFormat> exportFormats()
{
    return formats;
}

Result<std::int64_t> exportCatalogue(Catalogue &catalogue, const QString &format, const std::filesystem::path &path,
                                     const ProgressFn &progress, std::stop_token stop)
{
    for (const ExportFormat &known : formats) {
        if (format != QLatin1String(known.name))
            continue;
        const ReadMoment moment(catalogue.database());
        return known.write(catalogue, path, progress, std::move(stop));
    }
    return Error(ErrorCode::FormatUnknown, {format.toStdString()});
}

} // namespace flukeprint::catalogue::exchange
