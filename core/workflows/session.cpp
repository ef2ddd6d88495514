#include "core/workflows/session.h"

#include "core/base/log.h"
#include "core/catalogue/annotation_query.h"
#include "core/catalogue/annotation_store.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/model_store.h"
#include "core/jobs/run_ingest.h"
#include "core/workflows/training/training_controller.h"
#include "core/workflows/user_name.h"

#include <QMetaObject>

namespace flukeprint::workflows {

namespace {

void complain(const char *doing, const Error &error)
{
    log(LogLevel::Warning, "workflows", std::string(doing) + ": " + error.debugText());
}

} // namespace

Result<std::unique_ptr<CatalogueSession>> CatalogueSession::open(const std::filesystem::path &folder, SessionOptions options)
{
    const catalogue::Access access = options.access;
    return wrap(catalogue::Catalogue::open(folder, access), std::move(options));
}

Result<std::unique_ptr<CatalogueSession>> CatalogueSession::create(const std::filesystem::path &folder, SessionOptions options)
{
    return wrap(catalogue::Catalogue::create(folder), std::move(options));
}

Result<std::unique_ptr<CatalogueSession>> CatalogueSession::wrap(Result<catalogue::Catalogue> catalogue, SessionOptions options)
{
    if (!catalogue)
        return catalogue.error();
    if (options.who.isEmpty())
        options.who = userName();
    if (catalogue->access() == catalogue::Access::ReadWrite) {
        const auto recovered = jobs::recoverRuns(*catalogue);
        if (!recovered)
            return recovered.error();
    }
    const bool loadGallery = options.loadGallery;
    auto session = std::unique_ptr<CatalogueSession>(new CatalogueSession(std::move(*catalogue), std::move(options)));
    if (loadGallery)
        session->reloadModel();
    return session;
}

CatalogueSession::CatalogueSession(catalogue::Catalogue catalogue, SessionOptions options)
    : m_options(std::move(options))
    , m_catalogue(std::move(catalogue))
    , m_settings(m_catalogue)
    , m_worker(m_options.worker)
    , m_training(std::make_unique<TrainingController>(m_catalogue, m_jobs, m_options.worker))
{
}

CatalogueSession::~CatalogueSession()
{
    if (m_galleryThread.joinable()) {
        m_galleryThread.request_stop();
        m_galleryThread.join();
    }
}

void CatalogueSession::setWho(const QString &who)
{
    m_options.who = who.isEmpty() ? userName() : who;
}

catalogue::DecisionLog CatalogueSession::log() { return {m_catalogue, m_options.who, m_options.source}; }

// ---- The serving model

void CatalogueSession::setGalleryState(GalleryState state)
{
    ++m_galleryVersion;
    m_galleryState = state;
    Q_EMIT galleryStateChanged(state);
    if (state == GalleryState::Ready)
        Q_EMIT galleryReady();
}

void CatalogueSession::reloadModel()
{
    const std::int64_t request = ++m_galleryRequest;
    m_galleryLoading = false;
    m_changedWhileLoading.clear();
    const auto model = catalogue::ModelStore(m_catalogue).active();
    if (!model) {
        const bool none = model.error().code == ErrorCode::ModelMissing;
        m_serving.reset();
        m_servingModelId = {};
        m_galleryError = model.error();
        setGalleryState(none ? GalleryState::NoModel : GalleryState::Failed);
        return;
    }
    const bool otherModel = m_servingModelId != model->id;
    m_servingModelId = model->id;
    if (otherModel)
        m_serving.reset();
    if (!m_serving)
        setGalleryState(GalleryState::Loading);
    if (otherModel)
        Q_EMIT modelChanged();

    m_galleryLoading = true;
    // The old thread, if any, is asked to stop and joined by the assignment.
    m_galleryThread = std::jthread([this, request, record = *model](const std::stop_token &stop) {
        Result<catalogue::Catalogue> reader = m_catalogue.openReader();
        auto loaded = reader ? loadServingModel(*reader, record, stop) : Result<std::shared_ptr<ServingModel>>(reader.error());
        const auto deliver = [this, request, loaded = std::move(loaded)] { receiveGallery(request, loaded); };
        QMetaObject::invokeMethod(this, deliver, Qt::QueuedConnection);
    });
}

void CatalogueSession::receiveGallery(std::int64_t request, Result<std::shared_ptr<ServingModel>> loaded)
{
    if (request != m_galleryRequest)
        return;
    m_galleryLoading = false;
    if (!loaded) {
        complain("reading the gallery", loaded.error());
        m_serving.reset();
        m_galleryError = loaded.error();
        setGalleryState(GalleryState::Failed);
        return;
    }
    m_serving = *loaded;
    const std::vector<AnnotationId> changed(m_changedWhileLoading.begin(), m_changedWhileLoading.end());
    m_changedWhileLoading.clear();
    updateGallery(changed);
    setGalleryState(GalleryState::Ready);
}

void CatalogueSession::updateGallery(std::span<const AnnotationId> annotations)
{
    if (m_galleryLoading)
        m_changedWhileLoading.insert(annotations.begin(), annotations.end());
    if (!m_serving || annotations.empty())
        return;
    ++m_galleryVersion;
    const auto records = catalogue::AnnotationStore(m_catalogue).getMany(annotations);
    if (!records) {
        complain("updating the gallery", records.error());
        return;
    }
    catalogue::EmbeddingStore embeddings(m_catalogue);
    for (const catalogue::Annotation &record : *records) {
        if (record.state != catalogue::IdentityState::Identified) {
            m_serving->gallery.remove(record.id);
            continue;
        }
        const auto vector = embeddings.find(m_serving->record.id, record.id);
        if (!vector || !vector->has_value()) {
            m_serving->gallery.remove(record.id);
            continue;
        }
        const Result<void> put = m_serving->gallery.put({record.id, record.individual, 0}, **vector);
        if (!put)
            complain("updating the gallery", put.error());
    }
}

// ---- Decisions

void CatalogueSession::announce(const std::vector<AnnotationId> &annotations, bool individualsToo)
{
    updateGallery(annotations);
    Q_EMIT decisionsChanged(annotations);
    if (individualsToo)
        Q_EMIT individualsChanged();
}

Result<DecisionId> CatalogueSession::confirm(AnnotationId annotation, IndividualId individual,
                                             const catalogue::Evidence &evidence)
{
    auto decision = log().confirm(annotation, individual, evidence);
    if (decision)
        announce({annotation}, false);
    return decision;
}

Result<DecisionId> CatalogueSession::relabel(AnnotationId annotation, IndividualId individual,
                                             const catalogue::Evidence &evidence)
{
    auto decision = log().relabel(annotation, individual, evidence);
    if (decision)
        announce({annotation}, false);
    return decision;
}

Result<catalogue::DecisionLog::Created> CatalogueSession::newIndividual(AnnotationId annotation, const QString &code,
                                                                        const catalogue::Evidence &evidence)
{
    auto created = log().newIndividual(annotation, code, evidence);
    if (created)
        announce({annotation}, true);
    return created;
}

Result<catalogue::DecisionLog::Created> CatalogueSession::newIndividual(std::span<const AnnotationId> annotations,
                                                                        const QString &code)
{
    auto created = log().newIndividual(annotations, code);
    if (created)
        announce({annotations.begin(), annotations.end()}, true);
    return created;
}

Result<DecisionId> CatalogueSession::markUnusable(AnnotationId annotation, const catalogue::Evidence &evidence)
{
    auto decision = log().markUnusable(annotation, evidence);
    if (decision)
        announce({annotation}, false);
    return decision;
}

Result<DecisionId> CatalogueSession::unidentify(AnnotationId annotation)
{
    auto decision = log().unidentify(annotation);
    if (decision)
        announce({annotation}, false);
    return decision;
}

Result<DecisionId> CatalogueSession::skip(AnnotationId annotation) { return log().skip(annotation); }

Result<std::int64_t> CatalogueSession::decideMany(std::span<const AnnotationId> annotations, catalogue::DecisionKind kind,
                                                  IndividualId individual)
{
    auto batch = log().decideMany(annotations, kind, individual);
    if (batch)
        announce({annotations.begin(), annotations.end()}, false);
    return batch;
}

Result<std::int64_t> CatalogueSession::merge(IndividualId from, IndividualId into)
{
    catalogue::AnnotationFilter ofFrom;
    ofFrom.individual = from;
    const auto affected = catalogue::AnnotationQuery(m_catalogue).ids(ofFrom);
    if (!affected)
        return affected.error();
    auto batch = log().merge(from, into);
    if (batch)
        announce(*affected, true);
    return batch;
}

Result<catalogue::UndoStep> CatalogueSession::undo()
{
    auto step = log().undo();
    if (step)
        announce(step->annotations, true);
    return step;
}

Result<catalogue::UndoStep> CatalogueSession::redo()
{
    auto step = log().redo();
    if (step)
        announce(step->annotations, true);
    return step;
}

Result<std::optional<catalogue::UndoStep>> CatalogueSession::undoStep() { return log().undoStep(); }

Result<std::optional<catalogue::UndoStep>> CatalogueSession::redoStep() { return log().redoStep(); }

// ---- Changes made elsewhere

void CatalogueSession::noteAnnotationChanged(AnnotationId annotation)
{
    updateGallery(std::span(&annotation, 1));
    Q_EMIT annotationChanged(annotation);
}

void CatalogueSession::notePhotosChanged() { Q_EMIT photosChanged(); }

void CatalogueSession::notePhotosArriving() { Q_EMIT photosArriving(); }

void CatalogueSession::noteIndividualsChanged() { Q_EMIT individualsChanged(); }

void CatalogueSession::noteCandidatesStored() { Q_EMIT candidatesStored(); }

void CatalogueSession::noteDecisionsChangedElsewhere()
{
    reloadModel();
    Q_EMIT decisionsChanged({});
    Q_EMIT individualsChanged();
}

} // namespace flukeprint::workflows
