#pragma once

#include "core/base/result.h"
#include "core/jobs/worker_process.h"
#include "core/workflows/candidates.h"
#include "core/workflows/external_photos.h"
#include "core/workflows/import_photos.h"

#include <QString>

#include <filesystem>
#include <vector>

namespace flukeprint::workflows {

struct IdentifyRequest
{
    /// Files and folders; a path that does not exist is looked for among the catalogue's photos by name.
    std::vector<std::filesystem::path> photos;
    std::size_t top = 5;
    protocol::Device device = protocol::Device::Auto;
    jobs::WorkerOptions worker;
};

/// Candidates of one animal.
struct PhotoAnswer
{
    QString file; ///< as it was given, or found in a folder
    AnnotationId annotation; ///< invalid: the photo is not in the catalogue
    QString identity; ///< who it is by the catalogue's decisions; empty: unidentified or not in the catalogue
    imaging::Box box; ///< that was used
    CandidateList list;
};

struct IdentifyReport
{
    QString model;
    std::vector<PhotoAnswer> answers; ///< in the order of the photos; one for each animal
    std::vector<SkippedFile> skipped;
};

/// Who is on these photos, by the active model. Photos whose bytes are in the catalogue use its annotations, the others the box that
/// is found. Writes nothing. Blocks, as jobs::callWorker. Stage: "embedding".
/// Errors: ModelMissing; NothingToDo ("photos"); those of the worker; Cancelled. With a single photo its own error.
Result<IdentifyReport> identifyPhotos(catalogue::Catalogue &catalogue, const IdentifyRequest &request,
                                      const jobs::WorkContext &context = {});

struct ProposeReport
{
    std::int64_t proposed = 0; ///< annotations that got candidates
    std::int64_t withoutEmbedding = 0;
};

/// Finds and stores candidates for every annotation that waits for an identity and has none of the active model yet, so that the
/// review queue can be ordered by uncertainty. Blocks; stage "ranking". `all` finds them anew, as after many decisions.
/// Errors: ModelMissing, Cancelled, those of the stores.
Result<ProposeReport> proposeCandidates(catalogue::Catalogue &catalogue, bool all, const jobs::WorkContext &context = {});

/// proposeCandidates as a job of a window's queue ("propose" {}), with a connection of its own; `ready` in the calling thread.
std::unique_ptr<jobs::ThreadJob> makeProposeJob(const catalogue::Catalogue &catalogue, bool all,
                                                std::function<void(const Result<ProposeReport> &)> ready);

} // namespace flukeprint::workflows
