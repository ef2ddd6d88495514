#include "core/workflows/training/compare_models.h"

#include "core/base/atomic_file.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/model_store.h"
#include "core/catalogue/run_store.h"
#include "core/evaluation/retrieval_metrics.h"
#include "core/workflows/serving_model.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <map>
#include <set>

namespace flukeprint::workflows {

namespace {

using protocol::SampleRole;
using protocol::SnapshotItem;
using Figures = ModelComparison::Figures;

bool takesPart(const SnapshotItem &item)
{
    return item.role == SampleRole::Train || item.role == SampleRole::Validation;
}

/// Rows of one model by annotation.
class Rows
{
public:
    explicit Rows(catalogue::EmbeddingSet set)
        : m_set(std::move(set))
    {
        for (std::size_t i = 0; i < m_set.count(); ++i)
            m_index.emplace(m_set.annotations[i], i);
    }
    [[nodiscard]] bool contains(AnnotationId id) const { return m_index.contains(id); }
    [[nodiscard]] std::span<const float> row(AnnotationId id) const { return m_set.row(m_index.at(id)); }
    [[nodiscard]] std::size_t dimension() const { return static_cast<std::size_t>(m_set.dimension); }

private:
    catalogue::EmbeddingSet m_set;
    std::map<AnnotationId, std::size_t> m_index;
};

Result<void> embedLacking(catalogue::Catalogue &catalogue, ModelId model, const protocol::Snapshot &snapshot,
                          jobs::WorkerProcess &worker, const jobs::WorkContext &context, const EmbedOptions &options)
{
    std::set<AnnotationId> wanted;
    for (const SnapshotItem &item : snapshot.items) {
        if (takesPart(item))
            wanted.insert(item.annotation);
    }
    auto keys = catalogue::EmbeddingStore(catalogue).missing(model);
    if (!keys)
        return keys.error();
    std::erase_if(*keys, [&](const catalogue::EmbeddingKey &key) { return !wanted.contains(key.annotation); });
    const auto embedded = embedAnnotations(catalogue, model, *keys, worker, context, options);
    if (!embedded)
        return embedded.error();
    return {};
}

Result<Rows> loadRows(catalogue::Catalogue &catalogue, ModelId model, const jobs::WorkContext &context)
{
    auto set = catalogue::EmbeddingStore(catalogue).load(model, catalogue::EmbeddingScope::All, context.stop);
    if (!set)
        return set.error();
    return Rows(std::move(set).value());
}

/// Photos of one role with their vectors.
struct Side
{
    std::vector<float> vectors;
    evaluation::PhotoSet photos;

    Side(const std::vector<SnapshotItem> &items, SampleRole role, const Rows &rows)
    {
        for (const SnapshotItem &item : items) {
            if (item.role != role)
                continue;
            const auto row = rows.row(item.annotation);
            vectors.insert(vectors.end(), row.begin(), row.end());
            photos.labels.push_back({item.annotation.value, item.individual, item.group});
        }
        photos.dimension = rows.dimension();
        photos.vectors = vectors;
    }
    Side(const Side &) = delete;
    Side &operator=(const Side &) = delete;
};

Result<Figures> figuresOf(const std::vector<SnapshotItem> &items, const Rows &rows, evaluation::IndividualDistance distance,
                          std::size_t &queries, const std::stop_token &stop)
{
    evaluation::RankingOptions ranking;
    ranking.distance = distance;
    const Side query(items, SampleRole::Validation, rows);
    const Side gallery(items, SampleRole::Train, rows);
    const auto rankings = evaluation::rankQueries(query.photos, gallery.photos, ranking, stop);
    if (!rankings)
        return rankings.error();
    const auto scores = evaluation::retrievalScores(*rankings);
    queries = scores.scored;
    return Figures{scores.map5, scores.top1, scores.top5};
}

/// How many of the validation photos the model's own run trained on; 0 where that is not known.
std::size_t trainedOn(catalogue::Catalogue &catalogue, const catalogue::Model &model,
                      const std::vector<SnapshotItem> &items)
{
    if (!model.run.isValid())
        return 0;
    const auto run = catalogue::RunStore(catalogue).get(model.run);
    if (!run)
        return 0;
    const auto own = protocol::readSnapshot(catalogue.resolve(run->folder) / "snapshot.json");
    if (!own)
        return 0;
    std::set<AnnotationId> trained;
    for (const SnapshotItem &item : own->items) {
        if (item.role == SampleRole::Train)
            trained.insert(item.annotation);
    }
    return static_cast<std::size_t>(std::ranges::count_if(items, [&](const SnapshotItem &item) {
        return item.role == SampleRole::Validation && trained.contains(item.annotation);
    }));
}

Result<std::optional<catalogue::Model>> otherActive(catalogue::Catalogue &catalogue, ModelId model)
{
    const auto active = catalogue::ModelStore(catalogue).active();
    if (!active && active.error().code == ErrorCode::ModelMissing)
        return std::optional<catalogue::Model>();
    if (!active)
        return active.error();
    if (active->id == model)
        return std::optional<catalogue::Model>();
    return std::optional(*active);
}

QJsonObject toJson(const Figures &figures)
{
    return {{QStringLiteral("map5"), figures.map5},
            {QStringLiteral("top1"), figures.top1},
            {QStringLiteral("top5"), figures.top5}};
}

Figures figuresFromJson(const QJsonValue &value)
{
    const QJsonObject object = value.toObject();
    return {object.value(QStringLiteral("map5")).toDouble(), object.value(QStringLiteral("top1")).toDouble(),
            object.value(QStringLiteral("top5")).toDouble()};
}

} // namespace

Result<std::optional<ModelComparison>> compareWithActive(catalogue::Catalogue &catalogue, ModelId model,
                                                         const protocol::Snapshot &snapshot,
                                                         jobs::WorkerProcess &worker, const jobs::WorkContext &context,
                                                         const EmbedOptions &options)
{
    const bool hasQueries =
        std::ranges::any_of(snapshot.items, [](const auto &item) { return item.role == SampleRole::Validation; });
    const auto active = otherActive(catalogue, model);
    if (!active)
        return active.error();
    if (!hasQueries || !active->has_value())
        return std::optional<ModelComparison>();
    jobs::WorkContext comparing = context;
    comparing.progress = [&context](const Progress &progress) {
        if (context.progress)
            context.progress({"comparing", progress.done, progress.total, progress.item});
    };
    for (const ModelId each : {model, (*active)->id}) {
        if (const auto embedded = embedLacking(catalogue, each, snapshot, worker, comparing, options); !embedded)
            return embedded.error();
    }
    const auto trainedRows = loadRows(catalogue, model, context);
    if (!trainedRows)
        return trainedRows.error();
    const auto servingRows = loadRows(catalogue, (*active)->id, context);
    if (!servingRows)
        return servingRows.error();
    // Only what both know, so that both answer the same questions.
    std::vector<SnapshotItem> items;
    std::ranges::copy_if(snapshot.items, std::back_inserter(items), [&](const SnapshotItem &item) {
        return takesPart(item) && trainedRows->contains(item.annotation) && servingRows->contains(item.annotation);
    });
    ModelComparison comparison;
    comparison.active = (*active)->id;
    comparison.activeName = (*active)->name.toStdString();
    comparison.seenByServing = trainedOn(catalogue, **active, items);
    const auto record = catalogue::ModelStore(catalogue).get(model);
    if (!record)
        return record.error();
    const auto trained = figuresOf(items, *trainedRows, individualDistanceOf(*record), comparison.queries, context.stop);
    if (!trained)
        return trained.error();
    const auto serving = figuresOf(items, *servingRows, individualDistanceOf(**active), comparison.queries, context.stop);
    if (!serving)
        return serving.error();
    comparison.trained = *trained;
    comparison.serving = *serving;
    return std::optional(comparison);
}

Result<void> writeComparison(const std::filesystem::path &runFolder, const ModelComparison &comparison)
{
    const QJsonObject json{{QStringLiteral("active"), static_cast<qint64>(comparison.active.value)},
                           {QStringLiteral("active_name"), QString::fromStdString(comparison.activeName)},
                           {QStringLiteral("trained"), toJson(comparison.trained)},
                           {QStringLiteral("serving"), toJson(comparison.serving)},
                           {QStringLiteral("queries"), static_cast<qint64>(comparison.queries)},
                           {QStringLiteral("seen_by_serving"), static_cast<qint64>(comparison.seenByServing)}};
    return writeFileAtomically(runFolder / "comparison.json", QJsonDocument(json).toJson().toStdString());
}

std::optional<ModelComparison> readComparison(const std::filesystem::path &runFolder)
{
    const auto text = readFile(runFolder / "comparison.json");
    if (!text)
        return std::nullopt;
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(*text));
    const QJsonObject json = document.object();
    if (!json.contains(QStringLiteral("trained")) || !json.contains(QStringLiteral("serving")))
        return std::nullopt;
    ModelComparison comparison;
    comparison.active = ModelId(json.value(QStringLiteral("active")).toInteger());
    comparison.activeName = json.value(QStringLiteral("active_name")).toString().toStdString();
    comparison.trained = figuresFromJson(json.value(QStringLiteral("trained")));
    comparison.serving = figuresFromJson(json.value(QStringLiteral("serving")));
    comparison.queries = static_cast<std::size_t>(json.value(QStringLiteral("queries")).toInteger());
    comparison.seenByServing = static_cast<std::size_t>(json.value(QStringLiteral("seen_by_serving")).toInteger());
    return comparison;
}

} // namespace flukeprint::workflows
