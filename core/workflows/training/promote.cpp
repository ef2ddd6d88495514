#include "core/workflows/training/promote.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/model_store.h"
#include "core/catalogue/settings_store.h"
#include "core/catalogue/transaction.h"
#include "core/workflows/training/background_worker.h"
#include "core/workflows/training/chunk_embedder.h"

#include <algorithm>
#include <set>

namespace flukeprint::workflows {

namespace {

const QString pendingKey = QStringLiteral("model.activating");

/// Switches if nothing but `excused` is without an embedding; false: something is.
Result<bool> switchIfComplete(catalogue::Catalogue &catalogue, ModelId model, const std::set<AnnotationId> &excused)
{
    auto transaction = catalogue::Transaction::begin(catalogue);
    if (!transaction)
        return transaction.error();
    const auto missing = catalogue::EmbeddingStore(catalogue).missing(model);
    if (!missing)
        return missing.error();
    const bool complete = std::ranges::all_of(
        *missing, [&](const catalogue::EmbeddingKey &key) { return excused.contains(key.annotation); });
    if (!complete)
        return false;
    if (const auto activated = catalogue::ModelStore(catalogue).activate(model); !activated)
        return activated.error();
    if (const auto removed = catalogue::SettingsStore(catalogue).remove(pendingKey); !removed)
        return removed.error();
    if (const auto committed = transaction->commit(); !committed)
        return committed.error();
    return true;
}

} // namespace

Result<std::optional<ModelId>> pendingActivation(catalogue::Catalogue &catalogue)
{
    const auto wish = catalogue::SettingsStore(catalogue).value(pendingKey);
    if (!wish)
        return wish.error();
    if (!wish->has_value())
        return std::optional<ModelId>();
    const ModelId model((*wish)->toLongLong());
    const auto record = catalogue::ModelStore(catalogue).get(model);
    if (!record && record.error().code == ErrorCode::NotFound)
        return std::optional<ModelId>();
    if (!record)
        return record.error();
    return std::optional(model);
}

Result<void> requestActivation(catalogue::Catalogue &catalogue, ModelId model)
{
    const auto record = catalogue::ModelStore(catalogue).get(model);
    if (!record)
        return record.error();
    if (record->active)
        return cancelActivation(catalogue);
    const auto switched = switchIfComplete(catalogue, model, {});
    if (!switched)
        return switched.error();
    if (*switched)
        return {};
    return catalogue::SettingsStore(catalogue).set(pendingKey, QString::number(model.value));
}

Result<void> cancelActivation(catalogue::Catalogue &catalogue)
{
    return catalogue::SettingsStore(catalogue).remove(pendingKey);
}

Result<EmbedSummary> completeActivation(catalogue::Catalogue &catalogue, const jobs::WorkContext &context,
                                        const EmbedOptions &options)
{
    const auto pending = pendingActivation(catalogue);
    if (!pending)
        return pending.error();
    if (!pending->has_value())
        return Error(ErrorCode::NothingToDo, {"activation"});
    const ModelId model = **pending;
    const auto record = catalogue::ModelStore(catalogue).get(model);
    if (!record)
        return record.error();
    jobs::WorkerProcess worker(inBackground(options.worker));
    ChunkEmbedder embedder(catalogue, *record, worker, context, options);
    while (true) {
        if (const auto embedded = embedder.embedMissing(); !embedded)
            return embedded.error();
        // Photos may have come in since; then there is more to embed before the switch.
        const auto switched = switchIfComplete(catalogue, model, embedder.leftOut());
        if (!switched)
            return switched.error();
        if (*switched)
            return embedder.summary();
    }
}

Result<std::unique_ptr<jobs::Job>> makeActivationJob(catalogue::Catalogue &catalogue,
                                                     std::function<void(const Result<EmbedSummary> &)> ready,
                                                     const EmbedOptions &options)
{
    const auto pending = pendingActivation(catalogue);
    if (!pending)
        return pending.error();
    if (!pending->has_value())
        return Error(ErrorCode::NothingToDo, {"activation"});
    const auto record = catalogue::ModelStore(catalogue).get(**pending);
    if (!record)
        return record.error();
    jobs::JobTraits traits{{"activate", {record->name.toStdString()}}, jobs::JobLane::Worker, true, true, true};
    const auto work = [&catalogue, options](const jobs::WorkContext &context) -> Result<EmbedSummary> {
        auto connection = catalogue.openConnection();
        if (!connection)
            return connection.error();
        return completeActivation(*connection, context, options);
    };
    return std::unique_ptr<jobs::Job>(jobs::makeThreadJob<EmbedSummary>(std::move(traits), work, std::move(ready)));
}

} // namespace flukeprint::workflows
