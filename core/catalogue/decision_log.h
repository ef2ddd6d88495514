#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <functional>
#include <span>

namespace flukeprint::catalogue {

class Catalogue;
class Database;

/// Confirm (a candidate was right), Relabel (another was named), NewIndividual, Unusable, Unidentify and Import set an
/// annotation's identity; Reject and Skip are only remembered; Merge joins two individuals; Undo and Redo refer to
/// earlier decisions.
enum class DecisionKind {
    Confirm,
    Relabel,
    NewIndividual,
    Unusable,
    Unidentify,
    Import,
    Reject,
    Skip,
    Merge,
    Undo,
    Redo
};
/// Review and Catalogue decisions can be undone step by step; Import and Cli ones only by naming their batch.
enum class DecisionSource { Review, Import, Cli, Catalogue };

[[nodiscard]] QString nameOf(DecisionKind kind); ///< "new_individual"
[[nodiscard]] QString nameOf(DecisionSource source);
[[nodiscard]] std::optional<DecisionKind> decisionKindFromName(const QString &name);
[[nodiscard]] std::optional<DecisionSource> decisionSourceFromName(const QString &name);

/// What the decider had before their eyes.
struct Evidence
{
    ModelId model;
    std::optional<double> distance;
    std::optional<double> probability; ///< 0..1
    int candidateRank = 0; ///< 1 = first candidate; 0: not chosen from candidates
    QString note;
    QString modelName; ///< as it was then; read only
};

/// One entry; entries are never changed or removed (triggers see to it).
struct Decision
{
    DecisionId id;
    std::int64_t batch = 0; ///< decisions made by one action share it: the unit of undo
    AnnotationId annotation; ///< invalid: a merge of individuals
    DecisionKind kind = DecisionKind::Confirm;
    IndividualId individual;
    QString individualCode; ///< as it is now; read only
    IndividualId previous; ///< who it was before; of a merge row: who was merged
    QString previousCode; ///< read only
    QString who;
    QString at; ///< UTC with milliseconds
    DecisionSource source = DecisionSource::Review;
    Evidence evidence;
    DecisionId undoes; ///< of Undo and Redo: the decision concerned
    bool effective = true; ///< false while undone; read only
};

/// What `undo` or `redo` would do or did: enough for "Undo: confirm w_1287fbc".
struct UndoStep
{
    std::int64_t batch = 0;
    DecisionKind kind = DecisionKind::Confirm;
    AnnotationId annotation; ///< the first of the batch
    QString individualCode; ///< of the first decision; empty for unusable and unidentify
    QString fileName; ///< photo of the first annotation
    int count = 1; ///< annotations of the batch
    std::vector<AnnotationId> annotations;
};

struct Label
{
    AnnotationId annotation;
    QString code; ///< empty: unidentified (only counted; never takes an identity away)
};

enum class ConflictPolicy {
    KeepExisting, ///< an annotation identified as another stays, and is reported
    Overwrite, ///< the label wins; the old identity stays in the log
};

struct LabelConflict
{
    AnnotationId annotation;
    QString existingCode;
    QString labelCode;
};

struct LabelReport
{
    std::int64_t batch = 0; ///< 0 if nothing was applied; the one that was joined, if any
    std::int64_t applied = 0;
    std::int64_t unchanged = 0; ///< said what was known
    std::int64_t unidentified = 0; ///< labels without a code
    std::int64_t newIndividuals = 0;
    std::vector<LabelConflict> conflicts; ///< kept or overwritten, by the policy
};

struct ProjectionMismatch
{
    AnnotationId annotation; ///< invalid: an individual's retirement differs
    IndividualId individual;
    IdentityState storedState = IdentityState::Unidentified;
    IdentityState expectedState = IdentityState::Unidentified;
    QString storedCode;
    QString expectedCode;
};

/// The append-only log of who said what about identities. Every function appends and updates the projection
/// (annotation.state, annotation.individual, individual.retired) in one transaction: all or nothing, also after kill
/// -9.
///
/// An annotation's identity is that of its last decision that sets one and is not undone. Undo appends Undo entries
/// that name what they undo, so it works across restarts; redo likewise; a new decision of Review or Catalogue clears
/// what could be redone. Undoing a NewIndividual retires the animal if nobody else bears it; redo brings the same code
/// back.
///
/// Thread-affine like its catalogue, which must outlive it. Errors everywhere: NotFound (annotation, individual),
/// InvalidArgument (a retired individual), DatabaseFailed, DiskFull, CatalogueReadOnly.
class DecisionLog
{
public:
    /// `who` is the person's or program's name, kept with every entry.
    DecisionLog(Catalogue &catalogue, QString who, DecisionSource source);

    /// An individual that was merged stands for what it became.
    Result<DecisionId> confirm(AnnotationId annotation, IndividualId individual, const Evidence &evidence = {});
    Result<DecisionId> relabel(AnnotationId annotation, IndividualId individual, const Evidence &evidence = {});
    struct Created
    {
        DecisionId decision;
        IndividualId individual;
        QString code;
    };
    /// Empty code: IndividualStore::nextCode. Errors: AlreadyExists (code or alias in use).
    Result<Created> newIndividual(AnnotationId annotation, const QString &code = {}, const Evidence &evidence = {});
    /// The first annotation founds the individual, the others are relabelled as it; one batch. Errors also: NothingToDo (no
    /// annotations).
    Result<Created> newIndividual(std::span<const AnnotationId> annotations, const QString &code = {},
                                  const Evidence &evidence = {});
    Result<DecisionId> markUnusable(AnnotationId annotation, const Evidence &evidence = {});
    Result<DecisionId> unidentify(AnnotationId annotation, const Evidence &evidence = {});
    Result<DecisionId> reject(AnnotationId annotation, IndividualId individual, const Evidence &evidence = {});
    Result<DecisionId> skip(AnnotationId annotation, const Evidence &evidence = {});

    /// One batch over many annotations: Relabel, Unusable or Unidentify. Returns the batch. Errors: NothingToDo (no
    /// annotations).
    Result<std::int64_t> decideMany(std::span<const AnnotationId> annotations, DecisionKind kind,
                                    IndividualId individual = {});
    /// Labels from a table, one batch, all or nothing; individuals are made as needed. `batch`: one that they join, so that what
    /// comes in portions is taken back as one; 0: a new one. Errors: Cancelled.
    Result<LabelReport> importLabels(std::span<const Label> labels, ConflictPolicy policy,
                                     const ProgressFn &progress = {}, std::stop_token stop = {}, std::int64_t batch = 0);
    /// All annotations of `from` become `into`; `from` is retired, its code and aliases still lead to `into`, and its notes are
    /// appended there (undo takes them out again). One
    /// batch.
    Result<std::int64_t> merge(IndividualId from, IndividualId into);

    /// nullopt: nothing to undo or redo.
    Result<std::optional<UndoStep>> undoStep();
    Result<std::optional<UndoStep>> redoStep();
    /// Errors: NothingToDo.
    Result<UndoStep> undo();
    Result<UndoStep> redo();
    /// Undoes any batch, whatever came after it. Errors: NotFound, NothingToDo (undone already).
    Result<UndoStep> undoBatch(std::int64_t batch);

    /// Oldest first, Undo and Redo entries too.
    Result<std::vector<Decision>> history(AnnotationId annotation);
    Result<std::vector<Decision>> newest(int limit);
    Result<std::int64_t> count();
    /// The whole log, oldest first, one entry in memory at a time; stops early when `visit` returns false.
    Result<void> forEach(const std::function<bool(const Decision &)> &visit);

    /// Compares the stored projection with the log. Empty: all is well. At most `limit` differences. Errors: Cancelled.
    Result<std::vector<ProjectionMismatch>> checkProjection(int limit = 1000, const ProgressFn &progress = {},
                                                            std::stop_token stop = {});
    /// Writes the projection anew from the log, all or nothing; returns how many annotations changed. Errors: Cancelled.
    Result<std::int64_t> rebuildProjection(const ProgressFn &progress = {}, std::stop_token stop = {});

private:
    Database &m_database;
    QString m_who;
    DecisionSource m_source;
};

} // namespace flukeprint::catalogue
