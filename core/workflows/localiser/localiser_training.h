#pragma once

#include "core/base/result.h"
#include "core/jobs/thread_job.h"
#include "core/jobs/worker_process.h"
#include "core/protocol/jobs.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace flukeprint::workflows {

/// Photos whose flukes somebody boxed, and photos of other things.
struct LocaliserPhotos
{
    std::filesystem::path folder; ///< of the photos that `boxes` and `split` name
    std::filesystem::path boxes; ///< `Image,x0_px,y0_px,x1_px,y1_px`, px of the photo; one box an image counts, the largest
    /// `Image,Id,role,near_duplicate_group`: photos of role `train` are learnt from, with or without a box; those of `validation` choose
    /// the threshold; all others are the test. Empty: every fifth boxed photo is held out.
    std::filesystem::path split;
    /// Folders of photos without a fluke. Of each folder 2,000 at most are taken, spread over it: none shall outweigh the rest.
    std::vector<std::filesystem::path> others;
    std::vector<std::filesystem::path> heldOutOthers; ///< the same, never learnt from: to judge a training by
};

struct LocaliserTrainingRequest
{
    LocaliserPhotos photos;
    int synthetic = 0; ///< so many drawn flukes, and as many drawn photos of the sea without one, are learnt from besides
    std::filesystem::path startModel; ///< MobileNetV2 weights; empty: random initialisation
    std::filesystem::path output; ///< .safetensors
    int epochs = 30;
    std::uint64_t seed = 1;
    protocol::Device device = protocol::Device::Auto;
    int threads = 0;
    jobs::WorkerOptions worker;
};

/// Trains a fluke localiser in a worker; the metrics that its training measured, as a JSON object (see learning's train_localiser.h).
/// Photos that cannot be read are warned about and left out. Stages: "drawing", "reading", "training". Errors: CsvInvalid, FileNotFound,
/// NothingToDo (no box), Cancelled, those of the worker.
Result<std::string> trainLocaliser(const LocaliserTrainingRequest &request, const jobs::WorkContext &context);

struct LocaliserReport
{
    std::int64_t boxes = 0;
    double overlap = 0; ///< mean intersection over union
    double overlapLow = 0; ///< 95% percentile bootstrap over individuals, 1,000 resamples
    double overlapHigh = 0;
    double wholeFrameOverlap = 0; ///< of the whole frame, for comparison
    double finderOverlap = 0; ///< of the finder without learning, likewise (whole frame where it finds nothing)
    std::int64_t flukes = 0;
    double kept = 0; ///< share of the flukes taken for one
    std::int64_t others = 0;
    double mistaken = 0; ///< share of other photos taken for a fluke
};

/// Measures a localiser on the test photos of `photos` (neither `train` nor `validation`; without a split: all). Errors: as
/// trainLocaliser.
Result<LocaliserReport> evaluateLocaliser(const std::filesystem::path &model, const LocaliserPhotos &photos,
                                          const jobs::WorkContext &context, const jobs::WorkerOptions &worker = {});

} // namespace flukeprint::workflows
