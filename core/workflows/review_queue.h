#pragma once

#include "core/base/result.h"
#include "core/catalogue/annotation_query.h"
#include "core/catalogue/decision_log.h"
#include "core/catalogue/records.h"
#include "core/workflows/candidates.h"

#include <QObject>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace flukeprint::workflows {

class AnnotationEmbedder;
class CandidatePrefetcher;
class CatalogueSession;

/// One annotation under review with all that the page shows.
struct ReviewItem
{
    enum class Candidates {
        Ready,
        Embedding, ///< the worker is computing the embedding; `itemChanged` follows
        GalleryLoading, ///< `itemChanged` follows
        NoModel,
        Failed, ///< `error` says why
    };
    catalogue::Annotation annotation;
    catalogue::Photo photo;
    Candidates state = Candidates::NoModel;
    CandidateList list; ///< of state Ready
    Error error;
};

/// Walks the unidentified and proposed annotations. Candidates of the next photos are found ahead in the background, so that going on
/// shows them at once; after a decision they are found anew, since the gallery has changed. An annotation that was decided stays in
/// the queue at its place until the next `load`, so that `previous` can return to it.
///
/// Lives in the session's thread; the session must outlive it.
class ReviewQueue : public QObject
{
    Q_OBJECT

public:
    explicit ReviewQueue(CatalogueSession &session, QObject *parent = nullptr);
    ~ReviewQueue() override;

    /// Fills the queue and goes to its first annotation, or keeps the current one if it is still there. Errors: those of
    /// catalogue::AnnotationQuery.
    Result<void> load(catalogue::ReviewOrder order = catalogue::ReviewOrder::Newest,
                      const catalogue::AnnotationFilter &filter = {});
    /// Puts just these under review (a selection of the catalogue page), identified ones too.
    void show(std::vector<AnnotationId> annotations);

    [[nodiscard]] std::size_t size() const { return m_ids.size(); }
    [[nodiscard]] const std::vector<AnnotationId> &ids() const { return m_ids; }
    [[nodiscard]] std::size_t position() const { return m_position; } ///< 0-based; 0 when empty
    [[nodiscard]] std::size_t openCount() const; ///< of those in the queue still without an identity
    [[nodiscard]] AnnotationId current() const; ///< invalid when empty
    /// The current annotation with its candidates as far as they are known. Errors: NotFound (empty queue), DatabaseFailed.
    Result<ReviewItem> currentItem();

    bool goTo(AnnotationId annotation); ///< false: not in the queue
    bool next(); ///< false at the end
    bool previous();
    /// The next one that has no identity yet, searching round; false if there is none.
    bool nextOpen();

    // Decisions about the current annotation; they do not move on by themselves. Errors: NotFound (empty queue, no such candidate or
    // code) and those of catalogue::DecisionLog.
    Result<DecisionId> confirm(int rank); ///< 1-based
    /// By code or alias.
    Result<DecisionId> relabel(const QString &code);
    Result<DecisionId> newIndividual(const QString &code = {});
    Result<DecisionId> markUnusable();
    Result<DecisionId> skip();
    /// Undo and redo of the whole session's decisions; goes to the annotation concerned if it is in the queue.
    Result<catalogue::UndoStep> undo();
    Result<catalogue::UndoStep> redo();

Q_SIGNALS:
    void queueChanged();
    void currentChanged(flukeprint::AnnotationId annotation);
    /// The annotation's identity or candidates changed: read `currentItem` again if it is the current one.
    void itemChanged(flukeprint::AnnotationId annotation);

private:
    struct Cached
    {
        std::int64_t version = 0; ///< of the gallery
        std::optional<CandidateList> list; ///< none: the embedding is missing
    };
    void fill(std::vector<AnnotationId> ids);
    void setPosition(std::size_t position);
    void prefetchAround();
    void fillCandidates(ReviewItem &item);
    void noteDecided(const std::vector<AnnotationId> &annotations);
    void hearDecisions(const std::vector<AnnotationId> &annotations);
    void hearGallery();
    [[nodiscard]] catalogue::Evidence evidence(const CandidateInfo *candidate, int rank) const;
    Result<catalogue::UndoStep> follow(Result<catalogue::UndoStep> step);

    CatalogueSession &m_session;
    std::vector<AnnotationId> m_ids;
    std::map<AnnotationId, std::size_t> m_places;
    std::set<AnnotationId> m_decided;
    std::size_t m_position = 0;
    std::map<AnnotationId, Cached> m_cache;
    std::map<AnnotationId, Error> m_failures;
    std::unique_ptr<AnnotationEmbedder> m_embedder;
    std::unique_ptr<CandidatePrefetcher> m_prefetcher;
};

} // namespace flukeprint::workflows
