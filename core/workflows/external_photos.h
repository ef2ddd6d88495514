#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"
#include "core/imaging/box.h"
#include "core/jobs/thread_job.h"
#include "core/jobs/worker_process.h"
#include "core/protocol/jobs.h"

#include <QString>

#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

/// A photo file that need not be in the catalogue, and what its embedding is.
struct ExternalPhoto
{
    std::filesystem::path path;
    std::optional<imaging::Box> box; ///< px of the upright photo; none: looked for, else the whole frame; filled in
    std::vector<float> vector; ///< out; as the model gave it
    std::optional<Error> error; ///< out; why there is no vector
};

struct ExternalOptions
{
    protocol::Device device = protocol::Device::Auto;
    int threads = 0; ///< of the worker; 0: all cores
};

/// Embeds photo files under a model of the catalogue, without changing the catalogue. Files that cannot be read get an `error`; the
/// rest goes on. Decodes on all cores, in chunks, so that only vectors stay in memory. Blocks, as jobs::callWorker. Stage:
/// "embedding". Errors: FileNotFound (the model's file), Cancelled, DiskFull and what the worker reports.
Result<void> embedPhotoFiles(const catalogue::Catalogue &catalogue, const catalogue::Model &model,
                             std::span<ExternalPhoto> photos, jobs::WorkerProcess &worker, const jobs::WorkContext &context,
                             const ExternalOptions &options = {});

} // namespace flukeprint::workflows
