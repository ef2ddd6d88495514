#include "core/workflows/import/import_request_codec.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace flukeprint::workflows {

namespace fs = std::filesystem;

namespace {

QString absoluteText(const fs::path &path)
{
    if (path.empty())
        return {};
    std::error_code ignored;
    return QString::fromStdString(fs::absolute(path, ignored).lexically_normal().string());
}

} // namespace

QString encodeImportRequest(const ImportRequest &request)
{
    QJsonArray paths;
    for (const fs::path &path : request.paths)
        paths.append(absoluteText(path));
    const QJsonObject object {
        {QStringLiteral("paths"), paths},
        {QStringLiteral("labels"), absoluteText(request.labels)},
        {QStringLiteral("boxes"), absoluteText(request.boxes)},
        {QStringLiteral("copy"), request.copy},
        {QStringLiteral("overwrite"), request.conflicts == catalogue::ConflictPolicy::Overwrite},
    };
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

std::optional<ImportRequest> decodeImportRequest(const QString &text)
{
    const QJsonObject object = QJsonDocument::fromJson(text.toUtf8()).object();
    const QJsonArray paths = object.value(QStringLiteral("paths")).toArray();
    if (paths.isEmpty())
        return std::nullopt;
    ImportRequest request;
    for (const QJsonValue &path : paths)
        request.paths.emplace_back(path.toString().toStdString());
    request.labels = object.value(QStringLiteral("labels")).toString().toStdString();
    request.boxes = object.value(QStringLiteral("boxes")).toString().toStdString();
    request.copy = object.value(QStringLiteral("copy")).toBool();
    if (object.value(QStringLiteral("overwrite")).toBool())
        request.conflicts = catalogue::ConflictPolicy::Overwrite;
    return request;
}

} // namespace flukeprint::workflows
