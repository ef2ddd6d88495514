#include "core/catalogue/json_fields.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace flukeprint::catalogue {

QString errorToJson(const Error &error)
{
    QJsonArray args;
    for (const std::string &arg : error.args)
        args.append(QString::fromStdString(arg));
    const std::string_view code = errorCodeName(error.code);
    QJsonObject object{{QStringLiteral("code"), QString::fromLatin1(code.data(), static_cast<qsizetype>(code.size()))},
                       {QStringLiteral("args"), args}};
    if (!error.detail.empty())
        object.insert(QStringLiteral("detail"), QString::fromStdString(error.detail));
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

Error errorFromJson(const QString &json)
{
    const QJsonObject object = QJsonDocument::fromJson(json.toUtf8()).object();
    std::vector<std::string> args;
    const QJsonArray stored = object.value(QLatin1String("args")).toArray();
    for (const QJsonValue &arg : stored)
        args.push_back(arg.toString().toStdString());
    return Error(errorCodeFromName(object.value(QLatin1String("code")).toString().toStdString()), std::move(args),
                 object.value(QLatin1String("detail")).toString().toStdString());
}

Result<void> checkJsonObject(const char *name, const QString &json)
{
    if (!QJsonDocument::fromJson(json.toUtf8()).isObject())
        return Error(ErrorCode::InvalidArgument, {name, json.left(200).toStdString(), "a JSON object"});
    return {};
}

} // namespace flukeprint::catalogue
