#include "core/workflows/models/model_header.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtEndian>

#include <array>

namespace flukeprint::workflows {

namespace {

constexpr qint64 longestHeader = 100LL * 1024 * 1024;
const QString metadataKey = QStringLiteral("__metadata__");
constexpr int newestFormatVersion = 1;
constexpr int largestDimension = 65'536;
constexpr int largestSidePx = 4'096;

Error damaged(const std::filesystem::path &path, const QString &what)
{
    return Error(ErrorCode::DataDamaged, {path.string(), what.toStdString()});
}

Result<int> positiveNumber(const ModelHeader &header, const QString &key, int maximum,
                           const std::filesystem::path &path)
{
    bool ok = false;
    const int value = header.value(key).toInt(&ok);
    if (!ok || value < 1 || value > maximum)
        return damaged(path, QStringLiteral("metadata: ") + key);
    return value;
}

/// "{}" where the key is missing.
Result<QString> object(const ModelHeader &header, const QString &key, const std::filesystem::path &path)
{
    const QString text = header.value(key);
    if (text.isEmpty())
        return QStringLiteral("{}");
    if (!QJsonDocument::fromJson(text.toUtf8()).isObject())
        return damaged(path, QStringLiteral("metadata: ") + key);
    return text;
}

QString metadataJson(const ModelHeader &header)
{
    QJsonObject metadata;
    for (auto entry = header.begin(); entry != header.end(); ++entry)
        metadata.insert(entry.key(), entry.value());
    return QString::fromUtf8(QJsonDocument(metadata).toJson(QJsonDocument::Compact));
}

Result<QJsonObject> readHeaderObject(const std::filesystem::path &path)
{
    QFile file(QString::fromStdString(path.string()));
    if (!file.exists())
        return Error(ErrorCode::FileNotFound, {path.string()});
    if (!file.open(QIODevice::ReadOnly))
        return Error(ErrorCode::FileUnreadable, {path.string(), file.errorString().toStdString()});
    if (file.size() == 0)
        return Error(ErrorCode::FileEmpty, {path.string()});
    std::array<char, 8> lengthBytes{};
    if (file.read(lengthBytes.data(), lengthBytes.size()) != static_cast<qint64>(lengthBytes.size()))
        return Error(ErrorCode::FormatUnknown, {path.string()});
    const auto length = qFromLittleEndian<quint64>(lengthBytes.data());
    char first = 0;
    if (length < 2 || length > static_cast<quint64>(longestHeader) || !file.peek(&first, 1) || first != '{')
        return Error(ErrorCode::FormatUnknown, {path.string()});
    const QByteArray text = file.read(static_cast<qint64>(length));
    if (text.size() != static_cast<qsizetype>(length))
        return Error(ErrorCode::FileTruncated, {path.string()});
    const QJsonDocument document = QJsonDocument::fromJson(text);
    if (!document.isObject())
        return damaged(path, QStringLiteral("the header is not valid JSON"));
    return document.object();
}

} // namespace

Result<ModelHeader> readModelHeader(const std::filesystem::path &path)
{
    const Result<QJsonObject> object = readHeaderObject(path);
    if (!object)
        return object.error();
    ModelHeader header;
    const QJsonObject metadata = object->value(metadataKey).toObject();
    for (auto entry = metadata.begin(); entry != metadata.end(); ++entry)
        header.insert(entry.key(), entry.value().toString());
    return header;
}

Result<QSet<QString>> readTensorNames(const std::filesystem::path &path)
{
    const Result<QJsonObject> object = readHeaderObject(path);
    if (!object)
        return object.error();
    const QStringList keys = object->keys();
    QSet<QString> names(keys.begin(), keys.end());
    names.remove(metadataKey);
    return names;
}

bool isOwnModel(const ModelHeader &header)
{
    return header.value(QStringLiteral("format")) == QStringLiteral("flukeprint-model");
}

Result<catalogue::Model> modelRecord(const ModelHeader &header, const std::filesystem::path &path)
{
    if (!isOwnModel(header))
        return damaged(path, QStringLiteral("metadata: format"));
    if (const int version = header.value(QStringLiteral("format_version")).toInt(); version > newestFormatVersion) {
        return Error(ErrorCode::VersionTooNew,
                     {path.string(), std::to_string(version), std::to_string(newestFormatVersion)});
    }
    const auto dimension = positiveNumber(header, QStringLiteral("dimension"), largestDimension, path);
    if (!dimension)
        return dimension.error();
    const auto width = positiveNumber(header, QStringLiteral("input_width"), largestSidePx, path);
    if (!width)
        return width.error();
    const auto height = positiveNumber(header, QStringLiteral("input_height"), largestSidePx, path);
    if (!height)
        return height.error();
    const auto metrics = object(header, QStringLiteral("metrics"), path);
    if (!metrics)
        return metrics.error();
    const auto calibration = object(header, QStringLiteral("calibration"), path);
    if (!calibration)
        return calibration.error();
    catalogue::Model model;
    model.preset = header.value(QStringLiteral("preset"));
    model.architecture = header.value(QStringLiteral("architecture"));
    model.dimension = *dimension;
    model.inputWidthPx = *width;
    model.inputHeightPx = *height;
    model.metadataJson = metadataJson(header);
    model.metricsJson = *metrics;
    model.calibrationJson = *calibration;
    return model;
}

} // namespace flukeprint::workflows
