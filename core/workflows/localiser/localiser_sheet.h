#pragma once

#include "core/base/result.h"
#include "core/jobs/thread_job.h"
#include "core/jobs/worker_process.h"
#include "core/workflows/localiser/fluke_locator.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

namespace flukeprint::workflows {

struct LocaliserSheetRequest
{
    std::filesystem::path model;
    std::vector<std::filesystem::path> photos; ///< files and folders
    std::filesystem::path boxes; ///< `Image,x0_px,y0_px,x1_px,y1_px`, px of the photos, to be drawn beside what is found; may be empty
    std::filesystem::path output; ///< JPEG
    int columns = 5;
};

struct LocaliserSheetRow
{
    std::filesystem::path photo;
    LocatedFluke found;
    std::optional<double> overlap; ///< with the photo's box, intersection over union; the best where there are several
};

/// Draws what a localiser finds: every photo with the found box (orange), the given boxes (white) and the presence below it. Photos that
/// cannot be read are warned about and left out. One row a photo, by path. Stages: "scanning", "reading". Errors: NothingToDo (no photo),
/// CsvInvalid, FileNotFound, InvalidArgument (more photos than a picture holds), Cancelled, those of the worker and of the file.
Result<std::vector<LocaliserSheetRow>> writeLocaliserSheet(const LocaliserSheetRequest &request, const jobs::WorkContext &context,
                                                           const jobs::WorkerOptions &worker = {});

} // namespace flukeprint::workflows
