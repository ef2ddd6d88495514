#include "core/workflows/training/embed_catalogue.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/model_store.h"
#include "core/workflows/training/background_worker.h"
#include "core/workflows/training/chunk_embedder.h"

namespace flukeprint::workflows {

Result<EmbedSummary> embedCatalogue(catalogue::Catalogue &catalogue, ModelId model, const jobs::WorkContext &context,
                                    const EmbedOptions &options)
{
    const auto record = catalogue::ModelStore(catalogue).get(model);
    if (!record)
        return record.error();
    jobs::WorkerProcess worker(inBackground(options.worker));
    ChunkEmbedder embedder(catalogue, *record, worker, context, options);
    if (const auto embedded = embedder.embedMissing(); !embedded)
        return embedded.error();
    return embedder.summary();
}

Result<EmbedSummary> embedAnnotations(catalogue::Catalogue &catalogue, ModelId model,
                                      std::span<const catalogue::EmbeddingKey> keys, jobs::WorkerProcess &worker,
                                      const jobs::WorkContext &context, const EmbedOptions &options)
{
    const auto record = catalogue::ModelStore(catalogue).get(model);
    if (!record)
        return record.error();
    ChunkEmbedder embedder(catalogue, *record, worker, context, options);
    if (const auto embedded = embedder.embed(keys); !embedded)
        return embedded.error();
    return embedder.summary();
}

Result<std::unique_ptr<jobs::Job>> makeEmbedJob(const catalogue::Catalogue &catalogue, ModelId model,
                                                std::function<void(const Result<EmbedSummary> &)> ready,
                                                const EmbedOptions &options)
{
    auto own = catalogue.openReader();
    if (!own)
        return own.error();
    const auto record = catalogue::ModelStore(*own).get(model);
    if (!record)
        return record.error();
    jobs::JobTraits traits{{"embed", {record->name.toStdString()}}, jobs::JobLane::Reading, true, true, true};
    const auto work = [&catalogue, model, options](const jobs::WorkContext &context) -> Result<EmbedSummary> {
        auto connection = catalogue.openConnection();
        if (!connection)
            return connection.error();
        return embedCatalogue(*connection, model, context, options);
    };
    return std::unique_ptr<jobs::Job>(jobs::makeThreadJob<EmbedSummary>(std::move(traits), work, std::move(ready)));
}

} // namespace flukeprint::workflows
