#include "core/workflows/training/start_model.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/model_store.h"
#include "core/protocol/foreign_weights.h"
#include "core/workflows/models/model_header.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStringList>

#include <algorithm>

namespace flukeprint::workflows {

namespace {

/// What the layers behind the pooling are.
struct Head
{
    qint64 dimension = 0; ///< 0: none
    QString hidden; ///< as the setting says it: "none", "512-256"
};

Head headOf(const ModelHeader &header)
{
    const QJsonObject network = QJsonDocument::fromJson(header.value(QStringLiteral("network")).toUtf8()).object();
    QStringList widths;
    for (const QJsonValue &width : network.value(QStringLiteral("hidden")).toArray())
        widths << QString::number(width.toInteger());
    Head head;
    head.hidden = widths.isEmpty() ? QStringLiteral("none") : widths.join(u'-');
    const bool twice = header.value(QStringLiteral("test_time")) == QStringLiteral("mirror");
    head.dimension = network.contains(QStringLiteral("dimension"))
        ? network.value(QStringLiteral("dimension")).toInteger()
        : header.value(QStringLiteral("dimension")).toLongLong() / (twice ? 2 : 1);
    return head;
}

Result<void> checkHead(const ModelHeader &header, const protocol::RunConfig &config, const std::string &path)
{
    const Head head = headOf(header);
    if (head.dimension == 0)
        return {};
    const std::int64_t dimension = config.integerOr("dimension", 0);
    if (head.dimension != dimension) {
        return Error(ErrorCode::ModelIncompatible,
                     {path, "dimension " + std::to_string(head.dimension) + " instead of " + std::to_string(dimension)});
    }
    const std::string hidden = config.textOr("hidden", "none");
    if (head.hidden.toStdString() != hidden)
        return Error(ErrorCode::ModelIncompatible, {path, "hidden layers " + head.hidden.toStdString() + " instead of " + hidden});
    return {};
}

Result<std::string> architectureOf(const ModelHeader &header, const std::filesystem::path &path)
{
    const std::string stated = header.value(QStringLiteral("architecture")).toStdString();
    if (isOwnModel(header))
        return stated;
    const auto names = readTensorNames(path);
    if (!names)
        return names.error();
    return protocol::guessArchitecture(stated, [&names](std::string_view name) {
        return names->contains(QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())));
    });
}

} // namespace

Result<StartModelChoice> chooseStartModel(catalogue::Catalogue &catalogue, const TrainingRequest &request,
                                          const protocol::RunConfig &config)
{
    if (!request.startModelFile.empty())
        return StartModelChoice{std::filesystem::absolute(request.startModelFile), request.freshHead};
    if (request.fromScratch || !config.values.contains("network"))
        return StartModelChoice{};
    auto models = catalogue::ModelStore(catalogue).list();
    if (!models)
        return models.error();
    // The serving one first, then the newest.
    std::ranges::stable_partition(*models, &catalogue::Model::active);
    const QString network = QString::fromStdString(config.text("network"));
    for (const catalogue::Model &model : *models) {
        const std::filesystem::path file = catalogue.resolve(model.file);
        if (model.architecture == network && std::filesystem::exists(file))
            return StartModelChoice{file, request.freshHead || !checkStartModel(file, config, false)};
    }
    return StartModelChoice{};
}

Result<void> checkStartModel(const std::filesystem::path &path, const protocol::RunConfig &config, bool freshHead)
{
    const auto header = readModelHeader(path);
    if (!header)
        return header.error();
    const auto architecture = architectureOf(*header, path);
    if (!architecture)
        return architecture.error();
    const std::string network = config.textOr("network", "");
    if (*architecture != network) {
        const std::string found = architecture->empty() ? std::string("unknown") : *architecture;
        return Error(ErrorCode::ModelIncompatible, {path.string(), "architecture " + found + " instead of " + network});
    }
    return freshHead || !isOwnModel(*header) ? Result<void>() : checkHead(*header, config, path.string());
}

} // namespace flukeprint::workflows
