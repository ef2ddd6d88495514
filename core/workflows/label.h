#pragma once

#include "core/base/result.h"
#include "core/catalogue/decision_log.h"
#include "core/jobs/thread_job.h"

#include <QString>

#include <filesystem>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

struct LabelRequest
{
    std::filesystem::path csv; ///< `Image,Id`; photos by file name, or by the end of their path
    catalogue::ConflictPolicy conflicts = catalogue::ConflictPolicy::Overwrite; ///< the table is the newest word
    QString who; ///< empty: the system's user name
};

struct LabelFileReport
{
    catalogue::LabelReport labels;
    std::vector<QString> missing; ///< images that the catalogue does not have
};

/// Identities from a table as one batch of decisions, all or nothing. `new_whale` and nothing mean "unidentified" and never take an
/// identity away. Of a photo with several animals the largest is meant; a name that several photos bear means all of them.
/// Errors: those of catalogue::exchange::readLabels; NothingToDo ("photos") when no image is in the catalogue; Cancelled.
Result<LabelFileReport> labelFromCsv(catalogue::Catalogue &catalogue, const LabelRequest &request,
                                     const jobs::WorkContext &context = {});

/// Takes a batch of decisions back, whatever came after it: one of labelFromCsv, of an import, or of a review. Errors: NotFound,
/// NothingToDo (taken back already).
Result<catalogue::UndoStep> undoLabels(catalogue::Catalogue &catalogue, std::int64_t batch, const QString &who = {});

} // namespace flukeprint::workflows
