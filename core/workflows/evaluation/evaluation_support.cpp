#include "core/workflows/evaluation/evaluation_support.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/model_store.h"
#include "core/workflows/serving_model.h"
#include "core/workflows/training/embed_catalogue.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace flukeprint::workflows {

namespace {

std::string deviceName(protocol::Device device)
{
    switch (device) {
    case protocol::Device::Cpu:
        return "cpu";
    case protocol::Device::Cuda:
        return "cuda";
    case protocol::Device::Auto:
        break;
    }
    return "auto";
}

} // namespace

Result<catalogue::Model> chooseModel(catalogue::Catalogue &catalogue, const std::string &name)
{
    catalogue::ModelStore models(catalogue);
    if (name.empty())
        return models.active();
    const auto found = models.find(QString::fromStdString(name));
    if (!found)
        return found.error();
    if (!found->has_value())
        return Error(ErrorCode::NotFound, {"model", name});
    return **found;
}

evaluation::RankingOptions rankingOptionsFor(const catalogue::Model &model, const EvaluateOptions &options)
{
    evaluation::RankingOptions ranking;
    ranking.threads = static_cast<unsigned>(std::max(0, options.threads));
    ranking.distance = individualDistanceOf(model);
    return ranking;
}

evaluation::ReportContext reportContext(const catalogue::Model &model, const EvaluateOptions &options,
                                        const std::filesystem::path &table)
{
    const QJsonObject metadata = QJsonDocument::fromJson(model.metadataJson.toUtf8()).object();
    evaluation::ReportContext context;
    context.model = model.name.toStdString();
    context.preset = model.preset.toStdString();
    context.snapshotHash = metadata.value(QStringLiteral("snapshot_hash")).toString().toStdString();
    context.split = table.filename().string();
    context.seed = options.seed;
    context.device = deviceName(options.device);
    context.command = options.command;
    return context;
}

Result<void> embedMissing(catalogue::Catalogue &catalogue, const catalogue::Model &model, const EvaluateOptions &options,
                          const jobs::WorkContext &context)
{
    if (catalogue.access() == catalogue::Access::ReadOnly) {
        const auto missing = catalogue::EmbeddingStore(catalogue).missing(model.id);
        if (!missing)
            return missing.error();
        // Figures of a part of the photos would look like those of all.
        return missing->empty() ? Result<void>() : Result<void>(Error(ErrorCode::CatalogueReadOnly, {catalogue.folder().string()}));
    }
    EmbedOptions embedding;
    embedding.device = options.device;
    embedding.threads = options.threads;
    embedding.worker = options.worker;
    const auto embedded = embedCatalogue(catalogue, model.id, context, embedding);
    return embedded ? Result<void>() : Result<void>(embedded.error());
}

std::int32_t CodeNumbers::of(const QString &code)
{
    if (code.isEmpty())
        return evaluation::noIndividual;
    const auto next = static_cast<std::int32_t>(m_numbers.size());
    const auto found = m_numbers.constFind(code.toLower());
    if (found != m_numbers.constEnd())
        return *found;
    m_numbers.insert(code.toLower(), next);
    return next;
}

} // namespace flukeprint::workflows
