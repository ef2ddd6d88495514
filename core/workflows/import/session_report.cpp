#include "core/workflows/import/session_report.h"

#include "core/catalogue/annotation_query.h"
#include "core/catalogue/import_log.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/photo_store.h"
#include "core/workflows/import/other_names.h"

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

} // namespace flukeprint::workflows
