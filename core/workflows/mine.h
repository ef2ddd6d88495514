#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/jobs/thread_job.h"
#include "core/jobs/worker_process.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

struct MineRequest
{
    std::filesystem::path output; ///< .csv
    std::int64_t count = 1000;
    std::uint64_t seed = 1; ///< of the samples
    std::string miner = "hardest"; ///< see protocol::MineJob
    jobs::WorkerOptions worker;
};

struct MineReport
{
    std::int64_t triplets = 0;
    std::int64_t photos = 0; ///< identified annotations that were searched
    std::int64_t rejections = 0; ///< of curators, whose triplets come first
    /// The first `mostHardest` different anchors of the file, in its order: a photo that lies farther from its own individual than from
    /// another may have the wrong label.
    std::vector<AnnotationId> hardest;
};

inline constexpr std::size_t mostHardest = 50;

/// Hard triplets of the whole catalogue under the active model, found by the worker, those first of which a curator said that they
/// are not the same (see rejections): CSV with header
/// anchor,positive,negative,distance_positive,distance_negative (annotation ids) and the file names behind it
/// (anchor_image,positive_image,negative_image). Photos of one encounter or near-duplicate group are never each other's positive.
/// `train --triplets` takes such a file. Writes the whole file or nothing. Blocks; stage "mining". The embeddings are in memory
/// once, here or in the worker. Errors: ModelMissing, TooFewIndividuals, Cancelled, DiskFull, FileUnwritable, those of the worker.
Result<MineReport> mineTriplets(catalogue::Catalogue &catalogue, const MineRequest &request,
                                const jobs::WorkContext &context = {});

/// mineTriplets as a job of a window's queue: "mine" {}, lane Worker, with a connection of its own. `catalogue` must outlive it; `ready`
/// is called in the thread that made the job.
std::unique_ptr<jobs::ThreadJob> makeMineJob(const catalogue::Catalogue &catalogue, const MineRequest &request,
                                             std::function<void(const Result<MineReport> &)> ready);

} // namespace flukeprint::workflows
