#pragma once

#include "core/base/result.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/decision_log.h"
#include "core/catalogue/records.h"
#include "core/jobs/thread_job.h"
#include "core/jobs/worker_process.h"

#include <QString>

#include <filesystem>
#include <optional>
#include <vector>

namespace flukeprint::workflows {

struct ImportRequest
{
    std::vector<std::filesystem::path> paths; ///< files and folders; folders are searched to any depth, hidden entries left out
    std::filesystem::path labels; ///< `Image,Id`; empty: none
    std::filesystem::path boxes; ///< `Image,x0_px,y0_px,x1_px,y1_px`; empty: none
    bool copy = false; ///< photos are copied into the catalogue instead of staying where they are
    catalogue::ConflictPolicy conflicts = catalogue::ConflictPolicy::KeepExisting;
    QString who; ///< for the decision log; empty: the system's user name
    unsigned threads = 0; ///< 0: all cores
    jobs::WorkerOptions worker; ///< who locates the flukes
};

struct SkippedFile
{
    QString path;
    Error reason; ///< AlreadyExists {"photo", path} where the same bytes are in the catalogue under another name
};

struct ImportReport
{
    catalogue::ImportSessionId session;
    std::int64_t photos = 0; ///< new photos of this import, those before an interruption included
    std::int64_t annotations = 0; ///< new annotations, counted likewise
    std::int64_t individuals = 0; ///< individuals that the catalogue has now
    std::int64_t newIndividuals = 0;
    std::int64_t known = 0; ///< files whose bytes the catalogue had already at the same place
    std::int64_t moved = 0; ///< files that were found again at another place
    std::vector<QString> movedFiles; ///< these, where they are now
    std::int64_t labelled = 0; ///< identities written
    std::int64_t batch =
        0; ///< of the decision log, which they share: DecisionLog::undoBatch takes them back; 0: none. A continued import has one of its own
    std::int64_t withoutFluke =
        0; ///< new photos in which the localiser saw no fluke, since this import was started or continued; their box is the whole frame
    std::vector<QString> filesWithoutFluke; ///< these
    std::int64_t guessedBoxes = 0; ///< new photos whose box was guessed because the localiser failed, counted likewise
    std::int64_t mergedEncounters = 0; ///< joined because a photo lies between them; see catalogue::EncounterMerges
    bool continued = false; ///< an interrupted import of the same request was continued
    std::vector<SkippedFile> skipped;
    std::vector<catalogue::LabelConflict> conflicts;
    std::vector<QString> unmatchedLabels; ///< images of the label table that were not among the files; at most 1,000
    std::int64_t unmatchedLabelCount = 0;
    double seconds = 0;
};

/// Brings photos in: bytes are read once for SHA-256, EXIF, decoding, thumbnail, perceptual hash, quality and chip.
///
/// - The same bytes are one photo. A file that the catalogue knows from another place takes the new place if the old file is gone;
///   else it is listed as skipped. Among files of one import the first by path wins; a label of the other file that differs is a
///   conflict.
/// - Tables name images by file name; a name with folders must match the end of the path. Several boxes of an image become several
///   annotations; its label goes to the largest.
/// - Without a box from the table a worker locates the fluke with the localiser that ships (if that fails, with a warning, the finder
///   that needs no learning); where there is none, the whole frame is taken.
/// - Encounters: photos with a time join the encounter whose span they touch within the setting "encounter.gap_minutes" (120) and
///   within 10 km where both have a position, else in the same folder; those that a photo bridges become one (see EncounterGrouper).
///   Photos without a time get none.
/// - A path that is not there (if another is, and unless an interrupted import goes on that had it), a file or folder that cannot be read, a link to nothing and what is no file is skipped with its
/// reason, and the rest goes on.
/// - Every 64 photos are one transaction, labels included: whatever stops the program, what was written is whole, and the same
///   request continues where it stopped. Another program or thread can write in between.
///
/// Runs on the calling thread, which `catalogue` belongs to, and on `threads` more that decode; memory does not grow with the number
/// of photos. Stages: "scanning", "importing", "grouping". Errors: CsvInvalid and FileNotFound (tables, paths), NothingToDo (no photo
/// file at all), Cancelled (what was imported stays), DiskFull, DatabaseFailed, CatalogueReadOnly.
Result<ImportReport> importPhotos(catalogue::Catalogue &catalogue, const ImportRequest &request,
                                  const jobs::WorkContext &context = {});

/// The request of the newest import that did not end, for "continue"; nullopt: none.
Result<std::optional<ImportRequest>> interruptedImport(catalogue::Catalogue &catalogue);

/// What is known of the newest import that ended, also by another program: counts, and files left out with their reasons. What only the
/// import itself could say (labels, conflicts, merged encounters, time) is empty. nullopt: none has ended.
Result<std::optional<ImportReport>> newestImportReport(catalogue::Catalogue &catalogue);

/// Annotations of `report.filesWithoutFluke` that still wait for an identity and whose box is the whole frame that the import gave them: what
/// a person may mark unusable at one go. Photos that cannot be read from the database are left out.
[[nodiscard]] std::vector<AnnotationId> waitingWithoutFluke(catalogue::Catalogue &catalogue, const ImportReport &report);

/// An import as a job of a window's queue, with a connection of its own. `ready` is called in the calling thread.
Result<std::unique_ptr<jobs::ThreadJob>> makeImportJob(const catalogue::Catalogue &catalogue, ImportRequest request,
                                                       std::function<void(const Result<ImportReport> &)> ready);

/// True for the endings of files that `importPhotos` takes up from folders (any case). Files named directly are always tried.
[[nodiscard]] bool hasPhotoSuffix(const std::filesystem::path &path);

} // namespace flukeprint::workflows
