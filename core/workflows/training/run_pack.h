#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/chips/chip_pack.h"
#include "core/jobs/thread_job.h"

#include <filesystem>
#include <span>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

struct PackReport
{
    /// In the order of the pack; the box revisions say what was cut.
    std::vector<AnnotationId> annotations;
    std::vector<int> boxRevisions;
    std::int64_t leftOut = 0; ///< whose photo could not be read; each was warned about
};

/// Writes one chip for each annotation: from the catalogue's chip cache where it holds that size, else cut from the photo.
/// Cuts on all cores; memory is that of a few photos, whatever the number of annotations. Blocks; give it a background thread
/// and that thread's connection. A photo that is missing or unreadable is left out, with a warning (FileNotFound and the errors
/// of imaging::decode); ids that do not exist are left out silently. Progress stage: "packing".
/// Errors: Cancelled, DiskFull, FileUnwritable, those of the stores; NothingToDo ("photos") when not one chip could be cut.
Result<PackReport> writeChipPack(catalogue::Catalogue &catalogue, std::span<const AnnotationId> annotations,
                                 chips::ChipShape shape, const std::filesystem::path &packPath,
                                 const jobs::WorkContext &context);

} // namespace flukeprint::workflows
