#include "core/workflows/import/photo_writer.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/transaction.h"
#include "core/workflows/user_name.h"

#include <algorithm>

namespace flukeprint::workflows {

namespace fs = std::filesystem;

namespace {

QString folderName(const QString &path)
{
    return QString::fromStdString(fs::path(path.toStdString()).parent_path().filename().string());
}

} // namespace

PhotoWriter::PhotoWriter(catalogue::Catalogue &catalogue, catalogue::ImportSessionId session, const ImportRequest &request,
                         ImageTables &tables, chips::ChipShape shape, ImportReport &report)
    : m_catalogue(catalogue)
    , m_session(session)
    , m_request(request)
    , m_tables(tables)
    , m_report(report)
    , m_photos(catalogue)
    , m_annotations(catalogue)
    , m_importLog(catalogue)
    , m_decisions(catalogue, request.who.isEmpty() ? userName() : request.who, catalogue::DecisionSource::Import)
    , m_encounters(catalogue, request.who.isEmpty() ? userName() : request.who)
    , m_shelf(catalogue, shape)
{
}

Result<void> PhotoWriter::write(std::span<PreparedFile> files, const std::function<void(const Error &)> &warn)
{
    m_labels.clear();
    m_chips.clear();
    auto transaction = catalogue::Transaction::begin(m_catalogue);
    if (!transaction)
        return transaction.error();
    for (PreparedFile &file : files) {
        const Result<void> written = file.fatal ? Result<void>(*file.fatal) : writeOne(file);
        if (!written)
            return written;
        for (const Error &warning : file.warnings) {
            if (warn)
                warn(warning);
        }
    }
    const Result<void> labelled = writeLabels();
    if (!labelled)
        return labelled;
    const Result<void> committed = transaction->commit();
    if (!committed)
        return committed;
    m_report.mergedEncounters = m_encounters.mergedCount();
    return shelveChips();
}

Result<void> PhotoWriter::writeOne(PreparedFile &file)
{
    if (file.error)
        return skip(file, *file.error);
    // Asked again although the pool asked: a twin of the same import may have been written since.
    const auto known = m_photos.findBySha256(file.photo.sha256);
    if (!known)
        return known.error();
    if (known->has_value())
        return meetKnown(file, **known);
    if (file.known)
        return Error(ErrorCode::Internal, {"a photo vanished during the import", file.photo.sha256.toStdString()});
    return addPhoto(file);
}

Result<void> PhotoWriter::addPhoto(PreparedFile &file)
{
    file.photo.importSession = m_session;
    const auto encounter = m_encounters.place(file.photo, folderName(file.task.item.path));
    if (!encounter)
        return encounter.error();
    file.photo.encounter = *encounter;
    const auto photo = m_photos.add(file.photo);
    if (!photo)
        return photo.error();
    for (std::size_t i = 0; i < file.annotations.size(); ++i) {
        PreparedAnnotation &prepared = file.annotations[i];
        prepared.record.photo = *photo;
        const auto annotation = m_annotations.add(prepared.record);
        if (!annotation)
            return annotation.error();
        m_chips.push_back({*annotation, std::move(prepared.chip)});
        if (i == 0)
            noteLabel(file.task.item.path, *annotation);
    }
    m_report.withoutFluke += file.withoutFluke ? 1 : 0;
    if (file.withoutFluke)
        m_report.filesWithoutFluke.push_back(file.task.item.path);
    m_report.guessedBoxes += file.boxGuessed ? 1 : 0;
    return m_importLog.setAdded(file.task.item.id, *photo);
}

Result<void> PhotoWriter::meetKnown(const PreparedFile &file, const catalogue::Photo &photo)
{
    const auto annotations = m_annotations.ofPhoto(photo.id);
    if (!annotations)
        return annotations.error();
    if (!annotations->empty())
        noteLabel(file.task.item.path, annotations->front().id);

    const fs::path here = file.task.item.path.toStdString();
    const fs::path there = m_catalogue.resolve(photo.path);
    std::error_code ignored;
    if (here != there && !photo.copied && !fs::exists(there, ignored)) {
        ++m_report.moved;
        m_report.movedFiles.push_back(file.task.item.path);
        const Result<void> moved = m_photos.setPath(photo.id, m_catalogue.stored(here), false);
        if (!moved)
            return moved;
    } else if (photo.missing && fs::exists(there, ignored)) {
        const Result<void> found = m_photos.setMissing(photo.id, false);
        if (!found)
            return found;
    }
    return m_importLog.setDuplicate(file.task.item.id, photo.id);
}

Result<void> PhotoWriter::skip(const PreparedFile &file, const Error &reason)
{
    return m_importLog.setSkipped(file.task.item.id, reason);
}

void PhotoWriter::noteLabel(const QString &path, AnnotationId annotation)
{
    const QString *label = m_tables.label(path);
    if (label != nullptr)
        m_labels.push_back({annotation, *label});
}

Result<void> PhotoWriter::writeLabels()
{
    if (m_labels.empty())
        return {};
    auto report = m_decisions.importLabels(m_labels, m_request.conflicts, {}, {}, m_report.batch);
    if (!report)
        return report.error();
    m_report.batch = report->batch;
    m_report.labelled += report->applied;
    m_report.newIndividuals += report->newIndividuals;
    std::move(report->conflicts.begin(), report->conflicts.end(), std::back_inserter(m_report.conflicts));
    return {};
}

Result<void> PhotoWriter::shelveChips()
{
    for (const NewChip &chip : m_chips) {
        if (chip.pixels.empty())
            continue; // cut from the photo when it is needed
        const Result<void> shelved = m_shelf.append(chip.annotation, chip.pixels);
        if (!shelved)
            return shelved;
    }
    return {};
}

} // namespace flukeprint::workflows
