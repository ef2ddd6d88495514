#pragma once

#include "core/base/result.h"
#include "core/jobs/thread_job.h"
#include "core/jobs/worker_process.h"
#include "core/protocol/snapshot.h"
#include "core/workflows/training/embed_catalogue.h"
#include "core/workflows/training/training_request.h"

#include <filesystem>
#include <optional>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

/// Both models on the snapshot's validation queries; see ModelComparison. Embeds what either lacks and stores it, so that promoting
/// the model has less to do. None without an active model, where `model` is the active one, or without validation photos.
/// Progress stage: "comparing". Errors: as embedAnnotations.
Result<std::optional<ModelComparison>> compareWithActive(catalogue::Catalogue &catalogue, ModelId model,
                                                         const protocol::Snapshot &snapshot, jobs::WorkerProcess &worker,
                                                         const jobs::WorkContext &context, const EmbedOptions &options);

/// `comparison.json` of a run folder. Errors: DiskFull, FileUnwritable.
Result<void> writeComparison(const std::filesystem::path &runFolder, const ModelComparison &comparison);
/// None where the run folder holds none, or none that can be read.
[[nodiscard]] std::optional<ModelComparison> readComparison(const std::filesystem::path &runFolder);

} // namespace flukeprint::workflows
