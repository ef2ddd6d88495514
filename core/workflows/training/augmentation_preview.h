#pragma once

#include "core/base/result.h"
#include "core/imaging/image.h"
#include "core/jobs/thread_job.h"
#include "core/jobs/worker_process.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

struct PreviewRequest
{
    std::string preset = "flukeprint";
    std::map<std::string, std::string> settings; ///< as of a run; "augmentation" is what counts, and the size of the chips
    std::int32_t photos = 6; ///< rows, 1..12
    std::int32_t variants = 5; ///< changed copies a row, 1..8
    std::uint64_t seed = 1;
    jobs::WorkerOptions worker;
};

/// What a run's augmentation does to photos of this catalogue: a row for each photo, first as it is, then changed as training would
/// change it. Identified photos, spread over the catalogue; chips larger than 256 px are shown at that size. Blocks; stages "packing" and
/// "drawing_preview". Errors: PresetUnknown, SettingUnknown, SettingOutOfRange, InvalidArgument (photos, variants), TooFewPhotos (none is
/// there), Cancelled, those of writeChipPack and of the worker.
Result<imaging::Image> previewAugmentation(catalogue::Catalogue &catalogue, const PreviewRequest &request, const jobs::WorkContext &context = {});

/// The same as a .png file, whole or not at all. Errors also: DiskFull, FileUnwritable.
Result<void> writeAugmentationPreview(catalogue::Catalogue &catalogue, const PreviewRequest &request, const std::filesystem::path &path,
                                      const jobs::WorkContext &context = {});

/// The picture as a job of the queue ("preview" {augmentation}), beside whatever else runs. `ready` is called in the calling thread.
/// `catalogue` must outlive the job.
std::unique_ptr<jobs::Job> makePreviewJob(const catalogue::Catalogue &catalogue, const PreviewRequest &request,
                                          std::function<void(const Result<imaging::Image> &)> ready);

} // namespace flukeprint::workflows
