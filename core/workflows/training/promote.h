#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/workflows/training/embed_catalogue.h"

#include <functional>
#include <memory>
#include <optional>

/// Making a model the one that serves. The catalogue first remembers the wish ("activating"), then embeds all annotations under the
/// new model while the old one and its embeddings still serve, and switches in one transaction when they are complete. Killed
/// at any point, the old model serves on, and `pendingActivation` says what to go on with.
namespace flukeprint::workflows {

/// The model that is being made ready, if any. An id whose model is gone by now counts as none.
Result<std::optional<ModelId>> pendingActivation(catalogue::Catalogue &catalogue);

/// Remembers the wish; replaces an earlier one. A model that serves already, or whose embeddings are complete, is switched to
/// at once: then there is nothing pending afterwards. Errors: NotFound.
Result<void> requestActivation(catalogue::Catalogue &catalogue, ModelId model);

/// Gives the wish up; embeddings made so far stay and are not made again next time.
Result<void> cancelActivation(catalogue::Catalogue &catalogue);

/// Does the pending activation: blocks, as embedCatalogue. Annotations whose photo cannot be read do not hold it up: they are
/// warned about and have no candidates until their photo is found. Progress stage: "embedding".
/// Errors: NothingToDo ("activation") when none is pending; those of embedCatalogue. After an error the wish stays.
Result<EmbedSummary> completeActivation(catalogue::Catalogue &catalogue, const jobs::WorkContext &context,
                                        const EmbedOptions &options = {});

/// completeActivation as a job of the queue: "activate" {model name}, lane Worker, pausable, restartable. Cancelling the job keeps
/// the wish; call cancelActivation to drop it. `catalogue` must outlive the job. Errors: NothingToDo.
Result<std::unique_ptr<jobs::Job>> makeActivationJob(catalogue::Catalogue &catalogue,
                                                     std::function<void(const Result<EmbedSummary> &)> ready,
                                                     const EmbedOptions &options = {});

} // namespace flukeprint::workflows
