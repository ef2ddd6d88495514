#pragma once

#include "core/catalogue/integrity.h"
#include "core/jobs/thread_job.h"

#include <filesystem>
#include <vector>

namespace flukeprint::workflows {

/// catalogue::verify with everything it can be given: photos are measured, models and packs of chips are opened. `hashPhotos` false
/// only looks whether the photos are there. Blocks; can be paused. Errors: those of catalogue::verify.
Result<catalogue::IntegrityReport> verifyCatalogue(catalogue::Catalogue &catalogue, bool hashPhotos = true,
                                                   const jobs::WorkContext &context = {});

struct RepairOutcome
{
    std::filesystem::path backup; ///< copy of the database as it was; empty: nothing was wrong, nothing was changed
    std::vector<catalogue::Finding> repaired;
    catalogue::IntegrityReport left; ///< what is still wrong
};

/// Verifies, puts right what catalogue::repair can, draws missing thumbnails anew, and verifies again. Needs a catalogue open for
/// writing. Errors: those of catalogue::verify and catalogue::repair.
Result<RepairOutcome> repairCatalogue(catalogue::Catalogue &catalogue, bool hashPhotos = true,
                                      const jobs::WorkContext &context = {});

} // namespace flukeprint::workflows
