#include "core/workflows/identify.h"

#include "core/catalogue/annotation_query.h"
#include "core/catalogue/annotation_store.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/model_store.h"
#include "core/catalogue/photo_store.h"
#include "core/imaging/decode.h"
#include "core/workflows/box_conversion.h"
#include "core/workflows/import/photo_scan.h"
#include "core/workflows/import/prepare_file.h"

#include <algorithm>

namespace flukeprint::workflows {

namespace fs = std::filesystem;

namespace {

/// One call of identifyPhotos.
class IdentifyRun
{
public:
    IdentifyRun(catalogue::Catalogue &catalogue, const IdentifyRequest &request, const jobs::WorkContext &context)
        : m_catalogue(catalogue)
        , m_request(request)
        , m_context(context)
        , m_photos(catalogue)
        , m_annotations(catalogue)
    {
    }

    Result<IdentifyReport> run()
    {
        auto serving = loadServingModel(m_catalogue, m_context.stop);
        if (!serving)
            return serving.error();
        m_serving = *serving;
        m_report.model = m_serving->record.name;
        if (const Result<void> warned = warnOfLeftOut(); !warned)
            return warned.error();
        const Result<void> listed = listAll();
        if (!listed)
            return listed.error();
        const Result<void> embedded = embedRest();
        if (!embedded)
            return embedded.error();
        for (Target &target : m_targets) {
            const Result<void> ranked = rank(target);
            if (!ranked)
                return ranked.error();
        }
        if (m_report.answers.empty() && !m_report.skipped.empty())
            return m_report.skipped.front().reason;
        return std::move(m_report);
    }

private:
    struct Target
    {
        QString file;
        AnnotationId annotation;
        IndividualId identity;
        ExternalPhoto photo; ///< its vector is filled in here, wherever it comes from
    };

    Result<void> warnOfLeftOut();
    Result<void> listAll();
    Result<void> listFile(const fs::path &path);
    Result<void> listCatalogued(const QString &file, const catalogue::Photo &photo);
    Result<void> embedRest();
    Result<void> rank(Target &target);

    catalogue::Catalogue &m_catalogue;
    const IdentifyRequest &m_request;
    const jobs::WorkContext &m_context;
    catalogue::PhotoStore m_photos;
    catalogue::AnnotationStore m_annotations;
    std::shared_ptr<ServingModel> m_serving;
    std::vector<Target> m_targets;
    IdentifyReport m_report;
};

Result<void> IdentifyRun::warnOfLeftOut()
{
    if (!m_context.warn || m_serving->leftOut.empty())
        return {};
    const auto rows = catalogue::AnnotationQuery(m_catalogue).rows(m_serving->leftOut);
    if (!rows)
        return rows.error();
    for (const catalogue::AnnotationRow &row : *rows)
        m_context.warn(Error(ErrorCode::DataDamaged,
                             {"the embedding of " + row.fileName.toStdString(), "it takes no part until it is computed anew"}));
    return {};
}

Result<void> IdentifyRun::listAll()
{
    for (const fs::path &path : m_request.photos) {
        std::error_code ignored;
        if (!fs::is_directory(path, ignored)) {
            const Result<void> listed = listFile(path);
            if (!listed)
                return listed;
            continue;
        }
        const auto files = scanPhotos(std::span(&path, 1), m_context.progress, m_context.stop);
        if (!files)
            return files.error();
        for (const catalogue::ImportItem &file : *files) {
            if (file.reason) {
                m_report.skipped.push_back({file.path, *file.reason});
                continue;
            }
            const Result<void> listed = listFile(file.path.toStdString());
            if (!listed)
                return listed;
        }
    }
    if (m_targets.empty() && m_report.skipped.empty())
        return Error(ErrorCode::NothingToDo, {"photos"});
    return {};
}

Result<void> IdentifyRun::listFile(const fs::path &path)
{
    if (m_context.stop.stop_requested())
        return Error(ErrorCode::Cancelled);
    const QString file = QString::fromStdString(path.string());
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
        const auto named = m_photos.findByFileName(file);
        if (!named)
            return named.error();
        for (const catalogue::Photo &photo : *named) {
            const Result<void> listed = listCatalogued(file, photo);
            if (!listed)
                return listed;
        }
        if (named->empty())
            m_report.skipped.push_back({file, Error(ErrorCode::FileNotFound, {path.string()})});
        return {};
    }
    const auto bytes = imaging::readPhotoFile(path);
    if (!bytes) {
        m_report.skipped.push_back({file, bytes.error()});
        return {};
    }
    const auto known = m_photos.findBySha256(sha256Of(*bytes));
    if (!known)
        return known.error();
    if (known->has_value())
        return listCatalogued(file, **known);
    m_targets.push_back({file, {}, {}, {path, {}, {}, {}}});
    return {};
}

Result<void> IdentifyRun::listCatalogued(const QString &file, const catalogue::Photo &photo)
{
    const auto annotations = m_annotations.ofPhoto(photo.id);
    if (!annotations)
        return annotations.error();
    catalogue::EmbeddingStore embeddings(m_catalogue);
    for (const catalogue::Annotation &annotation : *annotations) {
        Target target {file, annotation.id, annotation.individual, {}};
        target.photo.path = m_catalogue.resolve(photo.path);
        target.photo.box = imagingBox(annotation.box);
        auto vector = embeddings.find(m_serving->record.id, annotation.id);
        if (!vector)
            return vector.error();
        if (vector->has_value())
            target.photo.vector = std::move(**vector);
        m_targets.push_back(std::move(target));
    }
    return {};
}

Result<void> IdentifyRun::embedRest()
{
    std::vector<std::size_t> places;
    std::vector<ExternalPhoto> photos;
    for (std::size_t i = 0; i < m_targets.size(); ++i) {
        if (!m_targets[i].photo.vector.empty())
            continue;
        places.push_back(i);
        photos.push_back(m_targets[i].photo);
    }
    jobs::WorkerProcess worker(m_request.worker);
    ExternalOptions options;
    options.device = m_request.device;
    const Result<void> embedded = embedPhotoFiles(m_catalogue, m_serving->record, photos, worker, m_context, options);
    if (!embedded)
        return embedded;
    for (std::size_t i = 0; i < places.size(); ++i)
        m_targets[places[i]].photo = std::move(photos[i]);
    return {};
}

Result<void> IdentifyRun::rank(Target &target)
{
    if (target.photo.error) {
        m_report.skipped.push_back({target.file, *target.photo.error});
        return {};
    }
    matching::IdentifyOptions options;
    options.top = m_request.top;
    const matching::IdentifyQuery query {target.photo.vector, target.annotation, 0};
    const auto found = matching::identify(m_serving->gallery, query, m_serving->calibration, options);
    if (!found)
        return found.error();
    auto list = describe(m_catalogue, *found);
    if (!list)
        return list.error();
    PhotoAnswer answer {target.file, target.annotation, {}, target.photo.box.value_or(imaging::Box()), std::move(*list)};
    if (target.identity.isValid()) {
        const auto individual = catalogue::IndividualStore(m_catalogue).get(target.identity);
        if (!individual)
            return individual.error();
        answer.identity = individual->code;
    }
    m_report.answers.push_back(std::move(answer));
    return {};
}

} // namespace

Result<IdentifyReport> identifyPhotos(catalogue::Catalogue &catalogue, const IdentifyRequest &request,
                                      const jobs::WorkContext &context)
{
    return IdentifyRun(catalogue, request, context).run();
}

} // namespace flukeprint::workflows
