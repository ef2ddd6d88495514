#pragma once

#include "core/catalogue/annotation_store.h"
#include "core/catalogue/decision_log.h"
#include "core/catalogue/import_log.h"
#include "core/catalogue/photo_store.h"
#include "core/workflows/import/chip_shelf.h"
#include "core/workflows/import/encounter_grouper.h"
#include "core/workflows/import/image_tables.h"
#include "core/workflows/import/prepared_file.h"
#include "core/workflows/import_photos.h"

#include <functional>
#include <span>

namespace flukeprint::workflows {

/// Writes prepared files into the catalogue: one call, one transaction, so that a file is either wholly there (photo, annotations,
/// identity, entry of the import log) or still to do. Fills in the report's counts. Belongs to the catalogue's thread.
class PhotoWriter
{
public:
    PhotoWriter(catalogue::Catalogue &catalogue, catalogue::ImportSessionId session, const ImportRequest &request,
                ImageTables &tables, chips::ChipShape shape, ImportReport &report);

    /// Errors: those of the encounters' store.
    Result<void> load() { return m_encounters.load(); }
    /// `warn` hears of boxes that were ignored. Errors: DiskFull, DatabaseFailed; a file's `fatal`. Nothing of the batch was written then.
    Result<void> write(std::span<PreparedFile> files, const std::function<void(const Error &)> &warn);
    /// Enters the last chips. Call at the end, also of a cancelled import.
    Result<void> finish() { return m_shelf.finish(); }

private:
    Result<void> writeOne(PreparedFile &file);
    Result<void> addPhoto(PreparedFile &file);
    Result<void> meetKnown(const PreparedFile &file, const catalogue::Photo &photo);
    Result<void> skip(const PreparedFile &file, const Error &reason);
    void noteLabel(const QString &path, AnnotationId annotation);
    Result<void> writeLabels();
    Result<void> shelveChips();

    struct NewChip
    {
        AnnotationId annotation;
        std::vector<std::uint8_t> pixels;
    };

    catalogue::Catalogue &m_catalogue;
    catalogue::ImportSessionId m_session;
    const ImportRequest &m_request;
    ImageTables &m_tables;
    ImportReport &m_report;
    catalogue::PhotoStore m_photos;
    catalogue::AnnotationStore m_annotations;
    catalogue::ImportLog m_importLog;
    catalogue::DecisionLog m_decisions;
    EncounterGrouper m_encounters;
    ChipShelf m_shelf;
    std::vector<catalogue::Label> m_labels; ///< of the batch at hand
    std::vector<NewChip> m_chips; ///< likewise
};

} // namespace flukeprint::workflows
