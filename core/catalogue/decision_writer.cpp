#include "core/catalogue/decision_writer.h"

#include "core/catalogue/in_transaction.h"
#include "core/catalogue/projection.h"

namespace flukeprint::catalogue {

DecisionWriter::DecisionWriter(Database &database, const QString &who, DecisionSource source, std::int64_t batch)
    : m_database(database)
    , m_who(who)
    , m_source(source)
    , m_at(utcNow())
    , m_batch(batch)
{
}

Result<DecisionId> DecisionWriter::append(const Entry &entry, const Evidence &evidence)
{
    if (m_nextId == 0) {
        // safe: the surrounding transaction holds the write lock, and entries are never removed
        const auto last = m_database.integer(QStringLiteral("SELECT max(id) FROM decision"));
        if (!last)
            return last.error();
        m_nextId = *last + 1;
        m_batch = m_batch == 0 ? m_nextId : m_batch;
    }
    const auto added = m_database.run(
        QStringLiteral(
            "INSERT INTO decision (id, batch, annotation_id, kind, individual_id, previous_id, who, at, source, "
            "model_name, "
            "model_id, distance, probability, candidate_rank, note, undoes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, "
            "coalesce((SELECT name FROM model WHERE id = ?), ''), ?, ?, ?, ?, ?, ?)"),
        {integerValue(m_nextId), integerValue(m_batch), idValue(entry.annotation), nameOf(entry.kind),
         idValue(entry.individual), idValue(entry.previous), m_who, m_at, nameOf(m_source), idValue(evidence.model),
         idValue(evidence.model), realValue(evidence.distance), realValue(evidence.probability), evidence.candidateRank,
         evidence.note, idValue(entry.undoes)});
    if (!added)
        return added.error();
    return DecisionId(m_nextId++);
}

Result<DecisionId> DecisionWriter::decide(AnnotationId annotation, DecisionKind kind, IndividualId individual,
                                          const Evidence &evidence)
{
    const Result<Identity> before = storedIdentity(m_database, annotation);
    if (!before)
        return before.error();
    const Result<DecisionId> decision = append({annotation, kind, individual, before->individual, {}}, evidence);
    if (!decision)
        return decision.error();
    // The newest decision counts: what it says is the projection, without asking the log again.
    Identity after{stateAfter(kind), individual};
    if (after.state == IdentityState::Unidentified) {
        const Result<Identity> projected = identityFromLog(m_database, annotation);
        if (!projected)
            return projected.error();
        after = *projected;
    }
    if (const Result<void> stored = storeIdentity(m_database, annotation, after); !stored)
        return stored.error();
    if (before->individual != after.individual) {
        if (const Result<void> refreshed = refreshRetirement(m_database, before->individual); !refreshed)
            return refreshed.error();
    }
    return decision;
}

Result<DecisionId> DecisionWriter::remember(AnnotationId annotation, DecisionKind kind, IndividualId individual,
                                            const Evidence &evidence)
{
    const Result<Identity> before = storedIdentity(m_database, annotation);
    if (!before)
        return before.error();
    return append({annotation, kind, individual, before->individual, {}}, evidence);
}

Result<DecisionId> DecisionWriter::join(IndividualId from, IndividualId into)
{
    const Result<DecisionId> decision = append({{}, DecisionKind::Merge, into, from, {}}, {});
    if (!decision)
        return decision.error();
    if (const Result<void> retired = refreshRetirement(m_database, from); !retired)
        return retired.error();
    return decision;
}

Result<DecisionId> DecisionWriter::refer(DecisionKind kind, DecisionId decision, AnnotationId annotation)
{
    return append({annotation, kind, {}, {}, decision}, {});
}

} // namespace flukeprint::catalogue
