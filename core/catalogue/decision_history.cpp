#include "core/catalogue/decision_log.h"
#include "core/catalogue/in_transaction.h"
#include "core/catalogue/projection.h"

#include <algorithm>

namespace flukeprint::catalogue {

namespace {

const QString &decisionSelect()
{
    static const QString sql =
        QStringLiteral(
            "SELECT d.id, d.batch, d.annotation_id, d.kind, d.individual_id, i.code, d.previous_id, o.code, d.who, "
            "d.at, "
            "d.source, d.model_id, d.model_name, d.distance, d.probability, d.candidate_rank, d.note, d.undoes, %1 "
            "FROM decision d LEFT JOIN individual i ON i.id = d.individual_id "
            "LEFT JOIN individual o ON o.id = d.previous_id ")
            .arg(isEffective(QStringLiteral("d")));
    return sql;
}

Decision decisionFrom(const Row &row)
{
    Decision decision;
    decision.id = row.id<DecisionId>(0);
    decision.batch = row.integer(1);
    decision.annotation = row.id<AnnotationId>(2);
    decision.kind = decisionKindFromName(row.text(3)).value_or(DecisionKind::Skip);
    decision.individual = row.id<IndividualId>(4);
    decision.individualCode = row.text(5);
    decision.previous = row.id<IndividualId>(6);
    decision.previousCode = row.text(7);
    decision.who = row.text(8);
    decision.at = row.text(9);
    decision.source = decisionSourceFromName(row.text(10)).value_or(DecisionSource::Catalogue);
    decision.evidence.model = row.id<ModelId>(11);
    decision.evidence.modelName = row.text(12);
    decision.evidence.distance = row.maybeReal(13);
    decision.evidence.probability = row.maybeReal(14);
    decision.evidence.candidateRank = row.number(15);
    decision.evidence.note = row.text(16);
    decision.undoes = row.id<DecisionId>(17);
    decision.effective = row.flag(18);
    return decision;
}

Result<QString> codeOf(Database &database, IndividualId individual)
{
    return database.text(QStringLiteral("SELECT code FROM individual WHERE id = ?"), {idValue(individual)});
}

Result<std::vector<AnnotationId>> allAnnotations(Database &database)
{
    return database.all(QStringLiteral("SELECT id FROM annotation ORDER BY id"), {},
                        [](const Row &row) { return row.id<AnnotationId>(0); });
}

Result<std::vector<IndividualId>> allIndividuals(Database &database)
{
    return database.all(QStringLiteral("SELECT id FROM individual ORDER BY id"), {},
                        [](const Row &row) { return row.id<IndividualId>(0); });
}

Result<void> refreshRetirements(Database &database, const std::vector<IndividualId> &individuals)
{
    for (const IndividualId individual : individuals) {
        if (const Result<void> refreshed = refreshRetirement(database, individual); !refreshed)
            return refreshed;
    }
    return {};
}

/// Progress and cancellation of a loop over the whole catalogue.
class Walk
{
public:
    Walk(std::size_t total, const ProgressFn &progress, const std::stop_token &stop)
        : m_total(static_cast<std::int64_t>(total))
        , m_progress(progress)
        , m_stop(stop)
    {
    }
    /// False: stop here.
    bool step()
    {
        if (m_progress && m_done % 1000 == 0)
            m_progress({"projection", m_done, m_total, {}});
        ++m_done;
        return !m_stop.stop_requested();
    }

private:
    std::int64_t m_total;
    const ProgressFn &m_progress;
    const std::stop_token &m_stop;
    std::int64_t m_done = 0;
};

Result<std::optional<ProjectionMismatch>> compareAnnotation(Database &database, AnnotationId annotation)
{
    const Result<Identity> stored = storedIdentity(database, annotation);
    if (!stored)
        return stored.error();
    const Result<Identity> expected = identityFromLog(database, annotation);
    if (!expected)
        return expected.error();
    if (*stored == *expected)
        return std::optional<ProjectionMismatch>();
    ProjectionMismatch mismatch;
    mismatch.annotation = annotation;
    mismatch.individual = stored->individual;
    mismatch.storedState = stored->state;
    mismatch.expectedState = expected->state;
    const Result<QString> storedCode = codeOf(database, stored->individual);
    if (!storedCode)
        return storedCode.error();
    const Result<QString> expectedCode = codeOf(database, expected->individual);
    if (!expectedCode)
        return expectedCode.error();
    mismatch.storedCode = *storedCode;
    mismatch.expectedCode = *expectedCode;
    return std::optional(mismatch);
}

Result<std::optional<ProjectionMismatch>> compareIndividual(Database &database, IndividualId individual)
{
    const Result<Retirement> stored = storedRetirement(database, individual);
    if (!stored)
        return stored.error();
    const Result<Retirement> expected = retirementFromLog(database, individual);
    if (!expected)
        return expected.error();
    if (*stored == *expected)
        return std::optional<ProjectionMismatch>();
    ProjectionMismatch mismatch;
    mismatch.individual = individual;
    const Result<QString> code = codeOf(database, individual);
    if (!code)
        return code.error();
    mismatch.storedCode = *code;
    mismatch.expectedCode = *code;
    return std::optional(mismatch);
}

} // namespace

Result<std::vector<Decision>> DecisionLog::history(AnnotationId annotation)
{
    return m_database.all(decisionSelect() + QStringLiteral("WHERE d.annotation_id = ? ORDER BY d.id"),
                          {idValue(annotation)}, decisionFrom);
}

Result<std::vector<Decision>> DecisionLog::newest(int limit)
{
    return m_database.all(decisionSelect() + QStringLiteral("ORDER BY d.id DESC LIMIT ?"), {limit}, decisionFrom);
}

Result<std::int64_t> DecisionLog::count()
{
    return m_database.integer(QStringLiteral("SELECT count(*) FROM decision"));
}

Result<void> DecisionLog::forEach(const std::function<bool(const Decision &)> &visit)
{
    return m_database.each(decisionSelect() + QStringLiteral("ORDER BY d.id"), {},
                           [&](const Row &row) { return visit(decisionFrom(row)); });
}

Result<std::vector<ProjectionMismatch>> DecisionLog::checkProjection(int limit, const ProgressFn &progress,
                                                                     std::stop_token stop)
{
    const ReadMoment moment(m_database);
    const Result<std::vector<AnnotationId>> annotations = allAnnotations(m_database);
    if (!annotations)
        return annotations.error();
    const Result<std::vector<IndividualId>> individuals = allIndividuals(m_database);
    if (!individuals)
        return individuals.error();
    std::vector<ProjectionMismatch> mismatches;
    const auto note = [&](const Result<std::optional<ProjectionMismatch>> &found) -> Result<void> {
        if (!found)
            return found.error();
        if (found->has_value() && static_cast<int>(mismatches.size()) < limit)
            mismatches.push_back(**found);
        return {};
    };
    Walk walk(annotations->size() + individuals->size(), progress, stop);
    for (const AnnotationId annotation : *annotations) {
        if (!walk.step())
            return Error(ErrorCode::Cancelled);
        if (const Result<void> noted = note(compareAnnotation(m_database, annotation)); !noted)
            return noted.error();
    }
    for (const IndividualId individual : *individuals) {
        if (!walk.step())
            return Error(ErrorCode::Cancelled);
        if (const Result<void> noted = note(compareIndividual(m_database, individual)); !noted)
            return noted.error();
    }
    return mismatches;
}

Result<std::int64_t> DecisionLog::rebuildProjection(const ProgressFn &progress, std::stop_token stop)
{
    return inTransaction(m_database, [&]() -> Result<std::int64_t> {
        const Result<std::vector<AnnotationId>> annotations = allAnnotations(m_database);
        if (!annotations)
            return annotations.error();
        const Result<std::vector<IndividualId>> individuals = allIndividuals(m_database);
        if (!individuals)
            return individuals.error();
        // Merges decide identities, identities decide retirement: individuals before and after.
        if (const Result<void> refreshed = refreshRetirements(m_database, *individuals); !refreshed)
            return refreshed.error();
        Walk walk(annotations->size(), progress, stop);
        std::int64_t changed = 0;
        for (const AnnotationId annotation : *annotations) {
            if (!walk.step())
                return Error(ErrorCode::Cancelled);
            const Result<bool> refreshed = refreshIdentity(m_database, annotation);
            if (!refreshed)
                return refreshed.error();
            changed += *refreshed ? 1 : 0;
        }
        if (const Result<void> refreshed = refreshRetirements(m_database, *individuals); !refreshed)
            return refreshed.error();
        return changed;
    });
}

} // namespace flukeprint::catalogue
