#include "core/workflows/import/session_report.h"

#include "core/catalogue/annotation_query.h"
#include "core/catalogue/annotation_store.h"
#include "core/catalogue/import_log.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/photo_store.h"
#include "core/workflows/import/other_names.h"

#include <QFileInfo>

#include <algorithm>

namespace flukeprint::workflows {

namespace {

Result<void> listSkipped(catalogue::Catalogue &catalogue, ImportReport &report)
{
    catalogue::ImportLog log(catalogue);
    const auto skipped = log.skipped(report.session);
    if (!skipped)
        return skipped.error();
    for (const catalogue::ImportItem &item : *skipped)
        report.skipped.push_back({item.path, item.reason.value_or(Error())});
    const auto duplicates = log.duplicates(report.session);
    if (!duplicates)
        return duplicates.error();
    catalogue::PhotoStore photos(catalogue);
    for (const catalogue::ImportItem &item : *duplicates) {
        const auto photo = photos.get(item.photo);
        if (!photo)
            return photo.error();
        if (isSameFile(catalogue, *photo, item.path))
            ++report.known;
        else
            report.skipped.push_back(
                {item.path, Error(ErrorCode::AlreadyExists, {"photo", catalogue.resolve(photo->path).string()})});
    }
    report.known -= report.moved;
    return {};
}

} // namespace

Result<void> describeSession(catalogue::Catalogue &catalogue, ImportReport &report)
{
    const auto session = catalogue::ImportLog(catalogue).get(report.session);
    if (!session)
        return session.error();
    report.photos = session->added;
    const Result<void> listed = listSkipped(catalogue, report);
    if (!listed)
        return listed;
    catalogue::AnnotationFilter ofSession;
    ofSession.importSession = report.session;
    const auto annotations = catalogue::AnnotationQuery(catalogue).count(ofSession);
    if (!annotations)
        return annotations.error();
    report.annotations = *annotations;
    const auto individuals = catalogue::IndividualStore(catalogue).count();
    if (!individuals)
        return individuals.error();
    report.individuals = *individuals;
    return {};
}

Result<std::optional<ImportReport>> newestImportReport(catalogue::Catalogue &catalogue)
{
    const auto sessions = catalogue::ImportLog(catalogue).list();
    if (!sessions)
        return sessions.error();
    const auto ended = std::find_if(sessions->begin(), sessions->end(),
                                    [](const catalogue::ImportSession &session) { return !session.finishedAt.isEmpty(); });
    if (ended == sessions->end())
        return std::optional<ImportReport>();
    ImportReport report;
    report.session = ended->id;
    const Result<void> described = describeSession(catalogue, report);
    if (!described)
        return described.error();
    return std::optional(std::move(report));
}

std::vector<AnnotationId> waitingWithoutFluke(catalogue::Catalogue &catalogue, const ImportReport &report)
{
    catalogue::PhotoStore photos(catalogue);
    catalogue::AnnotationStore annotations(catalogue);
    std::vector<AnnotationId> waiting;
    const auto take = [&](const catalogue::Photo &photo) {
        for (const catalogue::Annotation &annotation : annotations.ofPhoto(photo.id).valueOr({})) {
            const bool open = annotation.state == catalogue::IdentityState::Unidentified || annotation.state == catalogue::IdentityState::Proposed;
            if (open && annotation.boxSource == catalogue::BoxSource::Frame)
                waiting.push_back(annotation.id);
        }
    };
    for (const QString &file : report.filesWithoutFluke) {
        const auto known = photos.findByPath(catalogue.stored(file.toStdString()));
        if (known && *known) {
            take(**known);
            continue;
        }
        // Copied into the catalogue: the name and the import tell it.
        for (const catalogue::Photo &photo : photos.findByFileName(QFileInfo(file).fileName()).valueOr({})) {
            if (photo.importSession == report.session)
                take(photo);
        }
    }
    std::sort(waiting.begin(), waiting.end());
    waiting.erase(std::unique(waiting.begin(), waiting.end()), waiting.end());
    return waiting;
}

} // namespace flukeprint::workflows
