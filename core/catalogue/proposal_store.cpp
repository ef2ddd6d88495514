#include "core/catalogue/proposal_store.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/in_transaction.h"
#include "core/catalogue/individual_store.h"

#include <unordered_set>

namespace flukeprint::catalogue {

namespace {

const QString fromWithoutCandidates = QStringLiteral(
    "FROM annotation a WHERE a.state IN ('unidentified', 'proposed') AND NOT EXISTS "
    "(SELECT 1 FROM proposal p WHERE p.annotation_id = a.id AND p.model_id = ?)");

Result<void> insertProposal(Database &database, ModelId model, AnnotationId annotation, const Proposal &proposal)
{
    return withoutCount(
        database.run(QStringLiteral("INSERT INTO proposal (annotation_id, model_id, rank, individual_id, distance, "
                                    "probability, best_annotation_id) "
                                    "VALUES (?, ?, ?, ?, ?, ?, ?)"),
                     {idValue(annotation), idValue(model), proposal.rank, idValue(proposal.individual),
                      proposal.distance, realValue(proposal.probability), idValue(proposal.bestAnnotation)}));
}

Result<void> replaceProposals(Database &database, ModelId model, const ProposalStore::Entry &entry)
{
    const Result<bool> known =
        database.exists(QStringLiteral("SELECT 1 FROM annotation WHERE id = ?"), {idValue(entry.annotation)});
    if (!known)
        return known.error();
    if (!*known)
        return {};
    const auto dropped =
        database.run(QStringLiteral("DELETE FROM proposal WHERE annotation_id = ?"), {idValue(entry.annotation)});
    if (!dropped)
        return dropped.error();
    for (const Proposal &proposal : entry.proposals) {
        if (const Result<void> stored = insertProposal(database, model, entry.annotation, proposal); !stored)
            return stored;
    }
    return withoutCount(database.run(
        QStringLiteral("UPDATE annotation SET state = ? WHERE id = ? AND state IN ('unidentified', 'proposed')"),
        {nameOf(entry.proposals.empty() ? IdentityState::Unidentified : IdentityState::Proposed),
         idValue(entry.annotation)}));
}

} // namespace

ProposalStore::ProposalStore(Catalogue &catalogue)
    : m_database(catalogue.database())
{
}

Result<void> ProposalStore::put(ModelId model, std::span<const Entry> entries)
{
    return inTransaction(m_database, [&]() -> Result<void> {
        for (const Entry &entry : entries) {
            if (const Result<void> replaced = replaceProposals(m_database, model, entry); !replaced)
                return replaced;
        }
        return {};
    });
}

Result<std::vector<Proposal>> ProposalStore::get(ModelId model, AnnotationId annotation)
{
    const auto stored = m_database.all(
        QStringLiteral("SELECT rank, individual_id, distance, probability, best_annotation_id FROM proposal "
                       "WHERE annotation_id = ? AND model_id = ? ORDER BY rank"),
        {idValue(annotation), idValue(model)}, [](const Row &row) {
            return Proposal{row.number(0), row.id<IndividualId>(1), row.real(2), row.maybeReal(3),
                            row.id<AnnotationId>(4)};
        });
    if (!stored)
        return stored.error();
    // individuals may have been merged or undone since: each still known one appears once, at its best rank
    IndividualStore individuals(m_database);
    std::unordered_set<IndividualId> seen;
    std::vector<Proposal> current;
    for (Proposal proposal : *stored) {
        if (proposal.individual.isValid()) {
            const Result<IndividualId> individual = individuals.resolve(proposal.individual);
            if (!individual && individual.error().code == ErrorCode::InvalidArgument)
                continue;
            if (!individual)
                return individual.error();
            proposal.individual = *individual;
            if (!seen.insert(proposal.individual).second)
                continue;
        }
        proposal.rank = static_cast<int>(current.size()) + 1;
        current.push_back(proposal);
    }
    return current;
}

Result<std::vector<AnnotationId>> ProposalStore::missing(ModelId model)
{
    return m_database.all(QStringLiteral("SELECT a.id %1 ORDER BY a.id").arg(fromWithoutCandidates), {idValue(model)},
                          [](const Row &row) { return row.id<AnnotationId>(0); });
}

Result<bool> ProposalStore::anyMissing(ModelId model)
{
    return m_database.exists(QStringLiteral("SELECT 1 %1").arg(fromWithoutCandidates), {idValue(model)});
}

Result<void> ProposalStore::clear(AnnotationId annotation)
{
    return inTransaction(m_database, [&]() -> Result<void> {
        const auto dropped =
            m_database.run(QStringLiteral("DELETE FROM proposal WHERE annotation_id = ?"), {idValue(annotation)});
        if (!dropped)
            return dropped.error();
        return withoutCount(m_database.run(
            QStringLiteral("UPDATE annotation SET state = 'unidentified' WHERE id = ? AND state = 'proposed'"),
            {idValue(annotation)}));
    });
}

Result<void> ProposalStore::clearAll()
{
    return clearAllProposals(m_database);
}

Result<void> clearAllProposals(Database &database)
{
    return inTransaction(database, [&]() -> Result<void> {
        if (const auto dropped = database.run(QStringLiteral("DELETE FROM proposal")); !dropped)
            return dropped.error();
        return withoutCount(
            database.run(QStringLiteral("UPDATE annotation SET state = 'unidentified' WHERE state = 'proposed'")));
    });
}

} // namespace flukeprint::catalogue
