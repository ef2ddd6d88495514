#include "core/workflows/training/rejections.h"

#include "core/catalogue/annotation_store.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/decision_log.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/proposal_store.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace flukeprint::workflows {

namespace {

using catalogue::Decision;
using catalogue::DecisionKind;

bool choosesAnIdentity(const Decision &decision)
{
    return decision.kind == DecisionKind::Confirm || decision.kind == DecisionKind::Relabel
        || decision.kind == DecisionKind::NewIndividual;
}

/// Gathers what is said of each annotation, with individuals as the log names them.
class Sayings
{
public:
    explicit Sayings(catalogue::Catalogue &catalogue)
        : m_proposals(catalogue)
    {
    }

    Result<void> hear(const Decision &decision)
    {
        if (!decision.annotation.isValid() || !decision.effective)
            return {};
        if (decision.kind == DecisionKind::Skip || decision.kind == DecisionKind::Undo || decision.kind == DecisionKind::Redo)
            return {};
        add(decision.annotation, decision.kind == DecisionKind::Reject ? decision.individual : decision.previous);
        const bool passedOver = choosesAnIdentity(decision) && decision.evidence.model.isValid() && decision.evidence.candidateRank != 1;
        return passedOver ? addFirstCandidate(decision) : Result<void>();
    }

    [[nodiscard]] const std::map<AnnotationId, std::set<IndividualId>> &all() const { return m_all; }

private:
    void add(AnnotationId annotation, IndividualId individual)
    {
        if (individual.isValid())
            m_all[annotation].insert(individual);
    }

    Result<void> addFirstCandidate(const Decision &decision)
    {
        const auto candidates = m_proposals.get(decision.evidence.model, decision.annotation);
        if (!candidates)
            return candidates.error();
        const auto first = std::ranges::find_if(*candidates, [](const auto &candidate) { return candidate.individual.isValid(); });
        if (first != candidates->end() && first->individual != decision.individual)
            add(decision.annotation, first->individual);
        return {};
    }

    catalogue::ProposalStore m_proposals;
    std::map<AnnotationId, std::set<IndividualId>> m_all;
};

/// Nothing: nobody bears that identity any more.
Result<std::optional<IndividualId>> asItIsNow(catalogue::IndividualStore &individuals, IndividualId individual)
{
    const auto resolved = individuals.resolve(individual);
    if (resolved)
        return std::optional(*resolved);
    const ErrorCode code = resolved.error().code;
    if (code == ErrorCode::InvalidArgument || code == ErrorCode::NotFound)
        return std::optional<IndividualId>();
    return resolved.error();
}

} // namespace

Result<std::vector<Rejection>> rejections(catalogue::Catalogue &catalogue)
{
    Sayings sayings(catalogue);
    Result<void> heard;
    catalogue::DecisionLog log(catalogue, {}, catalogue::DecisionSource::Catalogue);
    const auto visited = log.forEach([&](const Decision &decision) { return (heard = sayings.hear(decision)).ok(); });
    if (!visited)
        return visited.error();
    if (!heard)
        return heard.error();
    catalogue::AnnotationStore annotations(catalogue);
    catalogue::IndividualStore individuals(catalogue);
    std::vector<Rejection> found;
    for (const auto &[annotation, rejected] : sayings.all()) {
        const auto now = annotations.get(annotation);
        if (!now && now.error().code == ErrorCode::NotFound)
            continue;
        if (!now)
            return now.error();
        if (now->state != catalogue::IdentityState::Identified)
            continue;
        std::set<IndividualId> others;
        for (const IndividualId individual : rejected) {
            const auto current = asItIsNow(individuals, individual);
            if (!current)
                return current.error();
            if (*current && **current != now->individual)
                others.insert(**current);
        }
        for (const IndividualId individual : others)
            found.push_back({annotation, individual});
    }
    return found;
}

Result<void> freezeRejections(catalogue::Catalogue &catalogue, protocol::Snapshot &snapshot)
{
    std::map<std::string, std::int32_t> trained;
    std::set<AnnotationId> photos;
    for (const protocol::SnapshotItem &item : snapshot.items) {
        if (item.role != protocol::SampleRole::Train || item.individual < 0)
            continue;
        photos.insert(item.annotation);
        trained.emplace(snapshot.individuals[static_cast<std::size_t>(item.individual)], item.individual);
    }
    const auto all = rejections(catalogue);
    if (!all)
        return all.error();
    catalogue::IndividualStore individuals(catalogue);
    snapshot.rejections.clear();
    for (const Rejection &rejection : *all) {
        if (!photos.contains(rejection.annotation))
            continue;
        const auto individual = individuals.get(rejection.individual);
        if (!individual)
            return individual.error();
        if (const auto number = trained.find(individual->code.toStdString()); number != trained.end())
            snapshot.rejections.push_back({rejection.annotation, number->second});
    }
    return {};
}

} // namespace flukeprint::workflows
