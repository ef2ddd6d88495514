#pragma once

#include "core/base/result.h"
#include "core/demo/demo_photos.h"
#include "core/jobs/thread_job.h"
#include "core/workflows/import_photos.h"

#include <filesystem>
#include <functional>
#include <memory>

namespace flukeprint::workflows {

struct DemoRequest
{
    demo::DemoOptions photos;
    bool embed = true; ///< where there are a model and a worker
};

struct DemoReport
{
    std::filesystem::path catalogue;
    ImportReport imported;
    int unidentified = 0;
    int encounters = 0;
    std::int64_t embedded = 0;
};

/// A catalogue of synthetic flukes, ready to be tried. `target` NAME.flukeprint is the catalogue itself, with the photos inside it;
/// any other folder gets photos, labels.csv, boxes.csv and demo.flukeprint. Shipped models are registered. Blocks; stages
/// "drawing", "importing", "embedding". Until it is complete a file CATALOGUE.unfinished stands beside the catalogue: the same request goes
/// on where that is, and nothing is ever deleted. Errors: AlreadyExists (the catalogue, finished or of another request), those of
/// demo::writeDemoPhotos and importPhotos. That embedding failed is only warned about: the demo is useful without.
Result<DemoReport> createDemo(const std::filesystem::path &target, const DemoRequest &request,
                              const jobs::WorkContext &context = {});

/// What createDemo does after it made the catalogue, for one that is open already: draws into the folder `drawing`, replacing what
/// an interrupted drawing left there, and fills `catalogue`. Errors: those of createDemo but AlreadyExists.
Result<DemoReport> fillDemo(catalogue::Catalogue &catalogue, const std::filesystem::path &drawing, const DemoRequest &request,
                            const jobs::WorkContext &context = {});

/// fillDemo as a job of a window's queue ("demo" {folder}, lane Catalogue), with a connection of its own and the photos inside the
/// catalogue's folder. `catalogue` must outlive the job; `ready` is called in the calling thread.
std::unique_ptr<jobs::ThreadJob> makeDemoJob(const catalogue::Catalogue &catalogue, const DemoRequest &request,
                                             std::function<void(const Result<DemoReport> &)> ready);

} // namespace flukeprint::workflows
