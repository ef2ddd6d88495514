#include "core/workflows/training/run_request_json.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace flukeprint::workflows {

namespace {

QString text(const std::string &value)
{
    return QString::fromStdString(value);
}

QJsonObject toJson(const std::map<std::string, std::string> &map)
{
    QJsonObject object;
    for (const auto &[key, value] : map)
        object.insert(text(key), text(value));
    return object;
}

std::map<std::string, std::string> toMap(const QJsonObject &object)
{
    std::map<std::string, std::string> map;
    for (auto entry = object.begin(); entry != object.end(); ++entry)
        map.emplace(entry.key().toStdString(), entry.value().toString().toStdString());
    return map;
}

QString deviceName(protocol::Device device)
{
    switch (device) {
    case protocol::Device::Cpu:
        return QStringLiteral("cpu");
    case protocol::Device::Cuda:
        return QStringLiteral("cuda");
    case protocol::Device::Auto:
        break;
    }
    return QStringLiteral("auto");
}

protocol::Device deviceFromName(const QString &name)
{
    if (name == QStringLiteral("cpu"))
        return protocol::Device::Cpu;
    return name == QStringLiteral("cuda") ? protocol::Device::Cuda : protocol::Device::Auto;
}

} // namespace

QString configJson(const TrainingRequest &request, const protocol::RunConfig &config)
{
    const QJsonObject asked{
        {QStringLiteral("preset"), text(request.preset)},
        {QStringLiteral("settings"), toJson(request.settings)},
        {QStringLiteral("device"), deviceName(request.device)},
        {QStringLiteral("threads"), request.threads},
        {QStringLiteral("split_file"), text(request.splitFile.string())},
        {QStringLiteral("calibration_file"), text(request.calibrationFile.string())},
        {QStringLiteral("use_unidentified"), request.unidentifiedAreNew ? QJsonValue(*request.unidentifiedAreNew) : QJsonValue()},
        {QStringLiteral("start_model"), text(request.startModelFile.string())},
        {QStringLiteral("fresh_head"), request.freshHead},
        {QStringLiteral("from_scratch"), request.fromScratch},
        {QStringLiteral("triplets_file"), text(request.tripletsFile.string())},
    };
    const QJsonObject all{{QStringLiteral("preset"), text(config.preset)},
                          {QStringLiteral("values"), toJson(config.values)},
                          {QStringLiteral("request"), asked}};
    return QString::fromUtf8(QJsonDocument(all).toJson(QJsonDocument::Compact));
}

Result<TrainingRequest> requestFromConfig(const QString &configJson, const QString &runName)
{
    const QJsonObject all = QJsonDocument::fromJson(configJson.toUtf8()).object();
    const QJsonObject asked = all.value(QStringLiteral("request")).toObject();
    if (!asked.value(QStringLiteral("preset")).isString())
        return Error(ErrorCode::DataDamaged, {runName.toStdString(), "request"});
    const auto path = [&](const char *key) {
        return std::filesystem::path(asked.value(QLatin1String(key)).toString().toStdString());
    };
    TrainingRequest request;
    request.name = runName.toStdString();
    request.preset = asked.value(QStringLiteral("preset")).toString().toStdString();
    request.settings = toMap(asked.value(QStringLiteral("settings")).toObject());
    request.device = deviceFromName(asked.value(QStringLiteral("device")).toString());
    request.threads = asked.value(QStringLiteral("threads")).toInt();
    request.splitFile = path("split_file");
    request.calibrationFile = path("calibration_file");
    if (const QJsonValue value = asked.value(QStringLiteral("use_unidentified")); value.isBool())
        request.unidentifiedAreNew = value.toBool();
    request.startModelFile = path("start_model");
    request.freshHead = asked.value(QStringLiteral("fresh_head")).toBool();
    request.tripletsFile = path("triplets_file");
    request.fromScratch = asked.value(QStringLiteral("from_scratch")).toBool();
    return request;
}

} // namespace flukeprint::workflows
