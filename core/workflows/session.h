#pragma once

#include "core/base/result.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/decision_log.h"
#include "core/catalogue/settings_store.h"
#include "core/jobs/job_queue.h"
#include "core/jobs/warm_worker.h"
#include "core/workflows/serving_model.h"

#include <QObject>
#include <QString>

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <thread>
#include <vector>

namespace flukeprint::workflows {

class TrainingController;

struct SessionOptions
{
    catalogue::Access access = catalogue::Access::ReadWrite;
    QString who; ///< kept with every decision; empty: the system's user name
    catalogue::DecisionSource source = catalogue::DecisionSource::Review;
    bool loadGallery = true; ///< in the background, at once
    jobs::WorkerOptions worker;
};

enum class GalleryState {
    NoModel, ///< there is no active model: no candidates
    Loading,
    Ready,
    Failed, ///< `galleryError` says why
};

/// What a window holds of one open catalogue: the connection of its thread, the queue of long jobs, the warm worker, the serving
/// model's gallery and the training controller. Opening costs milliseconds whatever the catalogue's size: the gallery is read by a
/// background thread with a connection of its own, and `galleryChanged` tells when it is there.
///
/// Lives in the GUI's thread (or any one with an event loop). Decisions go through it, so that the gallery and every page follow
/// them. The destructor cancels jobs and waits for its own threads.
class CatalogueSession : public QObject
{
    Q_OBJECT

public:
    /// Errors: those of catalogue::Catalogue::open. Runs that a dead program left running are marked interrupted.
    static Result<std::unique_ptr<CatalogueSession>> open(const std::filesystem::path &folder, SessionOptions options = {});
    /// Makes a new catalogue and opens it. Errors: those of catalogue::Catalogue::create.
    static Result<std::unique_ptr<CatalogueSession>> create(const std::filesystem::path &folder, SessionOptions options = {});
    ~CatalogueSession() override;

    /// This thread's connection. Background threads call `catalogue().openConnection()` themselves.
    [[nodiscard]] catalogue::Catalogue &catalogue() { return m_catalogue; }
    [[nodiscard]] bool isReadOnly() const { return m_catalogue.access() == catalogue::Access::ReadOnly; }
    [[nodiscard]] catalogue::SettingsStore &settings() { return m_settings; }
    [[nodiscard]] jobs::JobQueue &jobs() { return m_jobs; }
    [[nodiscard]] jobs::WarmWorker &worker() { return m_worker; }
    [[nodiscard]] TrainingController &training() { return *m_training; }
    [[nodiscard]] const QString &who() const { return m_options.who; }
    /// For decisions from now on; empty: the system's user name.
    void setWho(const QString &who);

    // The serving model
    [[nodiscard]] GalleryState galleryState() const { return m_galleryState; }
    [[nodiscard]] const Error &galleryError() const { return m_galleryError; }
    /// Null unless galleryState is Ready. Keep it no longer than one search.
    [[nodiscard]] std::shared_ptr<const ServingModel> servingModel() const { return m_serving; }
    /// Grows with every change of the gallery: candidates found at another version may be out of date.
    [[nodiscard]] std::int64_t galleryVersion() const { return m_galleryVersion; }
    /// Reads the active model and its gallery anew in the background; call after embeddings or the active model changed.
    void reloadModel();

    // Decisions. All errors are those of catalogue::DecisionLog.
    Result<DecisionId> confirm(AnnotationId annotation, IndividualId individual, const catalogue::Evidence &evidence = {});
    Result<DecisionId> relabel(AnnotationId annotation, IndividualId individual, const catalogue::Evidence &evidence = {});
    /// Empty code: the next free one.
    Result<catalogue::DecisionLog::Created> newIndividual(AnnotationId annotation, const QString &code = {},
                                                          const catalogue::Evidence &evidence = {});
    /// One step of undo for all of them.
    Result<catalogue::DecisionLog::Created> newIndividual(std::span<const AnnotationId> annotations, const QString &code = {});
    Result<DecisionId> markUnusable(AnnotationId annotation, const catalogue::Evidence &evidence = {});
    Result<DecisionId> unidentify(AnnotationId annotation);
    Result<DecisionId> skip(AnnotationId annotation);
    Result<std::int64_t> decideMany(std::span<const AnnotationId> annotations, catalogue::DecisionKind kind,
                                    IndividualId individual = {});
    Result<std::int64_t> merge(IndividualId from, IndividualId into);
    Result<catalogue::UndoStep> undo();
    Result<catalogue::UndoStep> redo();
    [[nodiscard]] Result<std::optional<catalogue::UndoStep>> undoStep();
    [[nodiscard]] Result<std::optional<catalogue::UndoStep>> redoStep();

    // Changes made elsewhere: tell the session, and it tells the pages.
    /// After a box or points were edited: the stored embedding no longer counts.
    void noteAnnotationChanged(AnnotationId annotation);
    /// After an import or a deletion.
    void notePhotosChanged();
    /// While an import goes on and has stored some.
    void notePhotosArriving();
    /// After a rename or another change of an individual's own data.
    void noteIndividualsChanged();
    /// After candidates were stored: what waits for an identity can be ordered by how sure the model is.
    void noteCandidatesStored();
    /// After decisions that were written through another connection (an import with labels): reads the gallery anew.
    void noteDecisionsChangedElsewhere();

Q_SIGNALS:
    /// Identities of these annotations changed, through this session; empty: any may have, through another connection.
    void decisionsChanged(const std::vector<flukeprint::AnnotationId> &annotations);
    void annotationChanged(flukeprint::AnnotationId annotation);
    void photosChanged();
    /// An import that goes on has stored some more; photosChanged follows at its end.
    void photosArriving();
    void individualsChanged();
    /// Candidates of waiting annotations were stored by a background job; those annotations are `proposed` now.
    void candidatesStored();
    /// Another model serves, or its calibration changed.
    void modelChanged();
    /// The gallery's state changed (Loading, Ready, ...).
    void galleryStateChanged(flukeprint::workflows::GalleryState state);
    /// Convenience: the gallery is there.
    void galleryReady();

private:
    CatalogueSession(catalogue::Catalogue catalogue, SessionOptions options);
    static Result<std::unique_ptr<CatalogueSession>> wrap(Result<catalogue::Catalogue> catalogue, SessionOptions options);
    void receiveGallery(std::int64_t request, Result<std::shared_ptr<ServingModel>> loaded);
    void setGalleryState(GalleryState state);
    /// Brings the gallery in line with the identities of these annotations.
    void updateGallery(std::span<const AnnotationId> annotations);
    void announce(const std::vector<AnnotationId> &annotations, bool individualsToo);
    [[nodiscard]] catalogue::DecisionLog log();

    SessionOptions m_options;
    catalogue::Catalogue m_catalogue;
    catalogue::SettingsStore m_settings;
    jobs::JobQueue m_jobs;
    jobs::WarmWorker m_worker;
    std::unique_ptr<TrainingController> m_training;

    GalleryState m_galleryState = GalleryState::NoModel;
    Error m_galleryError;
    std::shared_ptr<ServingModel> m_serving;
    ModelId m_servingModelId;
    std::int64_t m_galleryVersion = 0;
    std::int64_t m_galleryRequest = 0; ///< number of the newest
    bool m_galleryLoading = false;
    std::set<AnnotationId> m_changedWhileLoading;
    std::jthread m_galleryThread;
};

} // namespace flukeprint::workflows
