#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/catalogue/embedding_store.h"
#include "core/jobs/thread_job.h"
#include "core/jobs/worker_process.h"
#include "core/protocol/jobs.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace flukeprint::workflows {

struct EmbedOptions
{
    protocol::Device device = protocol::Device::Auto;
    int batchSize = 32;
    int threads = 0; ///< of the worker; 0: all cores
    std::size_t chunkSize = 512; ///< annotations a transaction: what an interruption can cost
    jobs::WorkerOptions worker;
};

struct EmbedSummary
{
    std::int64_t embedded = 0;
    std::int64_t leftOut = 0; ///< whose photo could not be read; each was warned about
};

/// Embeds every usable annotation that has no embedding of `model` at its current box. Chunk by chunk: chip pack, worker, rows
/// into the catalogue; what is stored stays, so that calling it again goes on where it ended, however it ended. Annotations that
/// appear meanwhile are embedded too. Blocks: call it from a background thread with a connection of that thread (the
/// command line may use its main thread). Progress stage: "embedding". No worker is started when nothing is missing.
/// Errors: NotFound (model), FileNotFound (its file), Cancelled, WorkerMissing, WorkerCrashed and what the worker reports.
Result<EmbedSummary> embedCatalogue(catalogue::Catalogue &catalogue, ModelId model, const jobs::WorkContext &context,
                                    const EmbedOptions &options = {});

/// The same for these annotations only (an import's own, say), with a worker of the caller's that stays loaded.
Result<EmbedSummary> embedAnnotations(catalogue::Catalogue &catalogue, ModelId model,
                                      std::span<const catalogue::EmbeddingKey> keys, jobs::WorkerProcess &worker,
                                      const jobs::WorkContext &context, const EmbedOptions &options = {});

/// embedCatalogue for the active model as a job of the queue: "embed" {model name}, lane Reading, pausable, restartable.
/// `catalogue` must outlive the job; `ready` (may be empty) is called in the thread that made it.
Result<std::unique_ptr<jobs::Job>> makeEmbedJob(const catalogue::Catalogue &catalogue, ModelId model,
                                                std::function<void(const Result<EmbedSummary> &)> ready,
                                                const EmbedOptions &options = {});

} // namespace flukeprint::workflows
