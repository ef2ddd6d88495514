#include "core/workflows/models/model_header.h"

#include <QCryptographicHash>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtEndian>

#include <algorithm>
#include <array>
#include <limits>

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

struct HeaderContent
{
    QJsonObject object;
    qint64 dataBytes = 0; ///< of the file, after the header
};

Result<HeaderContent> readHeader(const std::filesystem::path &path)
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
        return Error(ErrorCode::FormatUnknown, {path.string(), "model"});
    const auto length = qFromLittleEndian<quint64>(lengthBytes.data());
    char first = 0;
    if (length < 2 || length > static_cast<quint64>(longestHeader) || !file.peek(&first, 1) || first != '{')
        return Error(ErrorCode::FormatUnknown, {path.string(), "model"});
    const QByteArray text = file.read(static_cast<qint64>(length));
    if (text.size() != static_cast<qsizetype>(length))
        return Error(ErrorCode::FileTruncated, {path.string()});
    const QJsonDocument document = QJsonDocument::fromJson(text);
    if (!document.isObject())
        return damaged(path, QStringLiteral("the header is not valid JSON"));
    return HeaderContent{document.object(), file.size() - static_cast<qint64>(lengthBytes.size() + length)};
}

/// Bytes of one value of a type of https://github.com/huggingface/safetensors; 0: not known.
qint64 bytesOfType(const QString &type)
{
    static const QHash<QString, qint64> bytes{
        {QStringLiteral("F64"), 8}, {QStringLiteral("I64"), 8}, {QStringLiteral("U64"), 8},  {QStringLiteral("F32"), 4},
        {QStringLiteral("I32"), 4}, {QStringLiteral("U32"), 4}, {QStringLiteral("F16"), 2},  {QStringLiteral("BF16"), 2},
        {QStringLiteral("I16"), 2}, {QStringLiteral("U16"), 2}, {QStringLiteral("I8"), 1},   {QStringLiteral("U8"), 1},
        {QStringLiteral("BOOL"), 1}};
    return bytes.value(type);
}

/// Where the tensor ends in the data; -1: what the header says of it cannot be.
qint64 endOfTensor(const QJsonObject &tensor)
{
    const QJsonArray offsets = tensor.value(QStringLiteral("data_offsets")).toArray();
    const qint64 begin = offsets.at(0).toInteger(-1);
    const qint64 end = offsets.at(1).toInteger(-1);
    qint64 bytes = bytesOfType(tensor.value(QStringLiteral("dtype")).toString());
    for (const QJsonValue &side : tensor.value(QStringLiteral("shape")).toArray()) {
        const qint64 length = side.toInteger(-1);
        if (length < 0 || (length > 0 && bytes > std::numeric_limits<qint64>::max() / length))
            return -1;
        bytes *= length;
    }
    const bool known = bytesOfType(tensor.value(QStringLiteral("dtype")).toString()) > 0;
    return known && offsets.size() == 2 && begin >= 0 && end - begin == bytes ? end : -1;
}

QString metadataJson(const ModelHeader &header)
{
    QJsonObject metadata;
    for (auto entry = header.begin(); entry != header.end(); ++entry)
        metadata.insert(entry.key(), entry.value());
    return QString::fromUtf8(QJsonDocument(metadata).toJson(QJsonDocument::Compact));
}

} // namespace

Result<ModelHeader> readModelHeader(const std::filesystem::path &path)
{
    const auto content = readHeader(path);
    if (!content)
        return content.error();
    ModelHeader header;
    const QJsonObject metadata = content->object.value(metadataKey).toObject();
    for (auto entry = metadata.begin(); entry != metadata.end(); ++entry)
        header.insert(entry.key(), entry.value().toString());
    return header;
}

Result<QSet<QString>> readTensorNames(const std::filesystem::path &path)
{
    const auto content = readHeader(path);
    if (!content)
        return content.error();
    const QStringList keys = content->object.keys();
    QSet<QString> names(keys.begin(), keys.end());
    names.remove(metadataKey);
    return names;
}

Result<void> checkModelFile(const std::filesystem::path &path)
{
    const auto content = readHeader(path);
    if (!content)
        return content.error();
    qint64 end = 0;
    for (auto entry = content->object.begin(); entry != content->object.end(); ++entry) {
        if (entry.key() == metadataKey)
            continue;
        const qint64 tensorEnd = endOfTensor(entry.value().toObject());
        if (tensorEnd < 0)
            return damaged(path, QStringLiteral("tensor ") + entry.key());
        end = std::max(end, tensorEnd);
    }
    if (end > content->dataBytes)
        return Error(ErrorCode::FileTruncated, {path.string()});
    if (end < content->dataBytes)
        return damaged(path, QStringLiteral("bytes after the last tensor"));
    return {};
}

Result<QString> fileSha256(const std::filesystem::path &path)
{
    QFile file(QString::fromStdString(path.string()));
    if (!file.exists())
        return Error(ErrorCode::FileNotFound, {path.string()});
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (!file.open(QIODevice::ReadOnly) || !hash.addData(&file))
        return Error(ErrorCode::FileUnreadable, {path.string(), file.errorString().toStdString()});
    return QString::fromLatin1(hash.result().toHex());
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
