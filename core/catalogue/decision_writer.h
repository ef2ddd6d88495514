#pragma once

#include "core/catalogue/decision_log.h"

namespace flukeprint::catalogue {

/// Appends the entries of one action: all of them share one batch. Used inside a transaction; private to the room.
class DecisionWriter
{
public:
    /// `batch`: one that the entries join; 0: a new one.
    DecisionWriter(Database &database, const QString &who, DecisionSource source, std::int64_t batch = 0);

    /// Appends and makes the annotation so. Errors: NotFound (annotation).
    Result<DecisionId> decide(AnnotationId annotation, DecisionKind kind, IndividualId individual,
                              const Evidence &evidence);
    /// Appends only.
    Result<DecisionId> remember(AnnotationId annotation, DecisionKind kind, IndividualId individual,
                                const Evidence &evidence);
    /// The row of a merge that concerns the individuals themselves; retires `from`.
    Result<DecisionId> join(IndividualId from, IndividualId into);
    /// An Undo or Redo entry about `decision`; the projection is the caller's.
    Result<DecisionId> refer(DecisionKind kind, DecisionId decision, AnnotationId annotation);

    /// 0 before the first entry.
    [[nodiscard]] std::int64_t batch() const { return m_batch; }

private:
    struct Entry
    {
        AnnotationId annotation;
        DecisionKind kind = DecisionKind::Confirm;
        IndividualId individual;
        IndividualId previous;
        DecisionId undoes;
    };
    Result<DecisionId> append(const Entry &entry, const Evidence &evidence);

    Database &m_database;
    QString m_who;
    DecisionSource m_source;
    QString m_at;
    std::int64_t m_batch = 0;
    std::int64_t m_nextId = 0;
};

} // namespace flukeprint::catalogue
