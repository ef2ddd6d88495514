#pragma once

#include "core/base/result.h"
#include "core/jobs/thread_job.h"
#include "core/jobs/worker_process.h"

#include <cstdint>
#include <filesystem>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

struct MineRequest
{
    std::filesystem::path output; ///< .csv
    std::int64_t count = 1000;
    std::uint64_t seed = 1;
    jobs::WorkerOptions worker;
};

struct MineReport
{
    std::int64_t triplets = 0;
    std::int64_t photos = 0; ///< identified annotations that were searched
};

/// The hardest triplets of the whole catalogue under the active model, found by the worker: CSV with header
/// anchor,positive,negative,distance_positive,distance_negative (annotation ids) and the file names behind it
/// (anchor_image,positive_image,negative_image). Photos of one encounter or near-duplicate group are never each other's positive.
/// Writes the whole file or nothing. Blocks; stage "mining". Errors: ModelMissing, TooFewIndividuals, Cancelled, DiskFull,
/// FileUnwritable, those of the worker.
Result<MineReport> mineTriplets(catalogue::Catalogue &catalogue, const MineRequest &request,
                                const jobs::WorkContext &context = {});

} // namespace flukeprint::workflows
