#pragma once

#include "core/base/result.h"
#include "core/workflows/import_photos.h"

namespace flukeprint::workflows {

/// Fills in what the import log and the catalogue know of `report.session`: photos, annotations, individuals, known, skipped.
/// `report.moved` must be counted before. Errors: those of the stores; NotFound (session).
Result<void> describeSession(catalogue::Catalogue &catalogue, ImportReport &report);

} // namespace flukeprint::workflows
