#include "core/catalogue/annotation_query.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/proposal_store.h"
#include "core/workflows/identify.h"

#include <algorithm>
#include <unordered_map>

namespace flukeprint::workflows {

namespace {

constexpr std::size_t annotationsPerBatch = 256;
constexpr std::size_t candidatesKept = 5;

/// Ranks for the store; "new individual" stands where its probability puts it, last without one.
std::vector<catalogue::Proposal> proposalsOf(const matching::Identification &found)
{
    std::vector<catalogue::Proposal> proposals;
    const auto add = [&](catalogue::Proposal proposal) {
        proposal.rank = static_cast<int>(proposals.size()) + 1;
        proposals.push_back(proposal);
    };
    bool newIsIn = !found.newProbability.has_value();
    for (const matching::Candidate &candidate : found.candidates) {
        if (!newIsIn && candidate.probability.value_or(0) < *found.newProbability) {
            add({0, {}, 0, found.newProbability, {}});
            newIsIn = true;
        }
        add({0, candidate.individual, candidate.distance, candidate.probability, candidate.bestMatch});
    }
    if (!newIsIn)
        add({0, {}, 0, found.newProbability, {}});
    return proposals;
}

class ProposeRun
{
public:
    ProposeRun(catalogue::Catalogue &catalogue, const ServingModel &serving, const jobs::WorkContext &context)
        : m_catalogue(catalogue)
        , m_serving(serving)
        , m_context(context)
        , m_store(catalogue)
    {
    }

    Result<ProposeReport> run(const std::vector<AnnotationId> &waiting)
    {
        const std::span<const AnnotationId> all(waiting);
        for (std::size_t from = 0; from < all.size(); from += annotationsPerBatch) {
            if (m_context.stop.stop_requested())
                return Error(ErrorCode::Cancelled);
            if (m_context.pause != nullptr)
                m_context.pause->waitWhilePaused(m_context.stop);
            const std::size_t count = std::min(annotationsPerBatch, all.size() - from);
            const Result<void> proposed = proposeBatch(all.subspan(from, count));
            if (!proposed)
                return proposed.error();
            if (m_context.progress)
                m_context.progress({"ranking", static_cast<std::int64_t>(from + count),
                                    static_cast<std::int64_t>(all.size()), {}});
        }
        return m_report;
    }

private:
    Result<void> proposeBatch(std::span<const AnnotationId> annotations)
    {
        std::vector<std::vector<float>> vectors;
        std::vector<AnnotationId> embedded;
        catalogue::EmbeddingStore embeddings(m_catalogue);
        for (const AnnotationId annotation : annotations) {
            auto vector = embeddings.find(m_serving.record.id, annotation);
            if (!vector)
                return vector.error();
            if (!vector->has_value()) {
                ++m_report.withoutEmbedding;
                continue;
            }
            vectors.push_back(std::move(**vector));
            embedded.push_back(annotation);
        }
        std::vector<matching::IdentifyQuery> queries;
        for (std::size_t i = 0; i < vectors.size(); ++i)
            queries.push_back({vectors[i], embedded[i], 0});
        if (queries.empty())
            return {};
        matching::IdentifyOptions options;
        options.top = candidatesKept;
        const auto found = matching::identifyAll(m_serving.gallery, queries, m_serving.calibration, options);
        if (!found)
            return found.error();
        std::vector<catalogue::ProposalStore::Entry> entries;
        for (std::size_t i = 0; i < found->size(); ++i)
            entries.push_back({embedded[i], proposalsOf((*found)[i])});
        m_report.proposed += static_cast<std::int64_t>(entries.size());
        return m_store.put(m_serving.record.id, entries);
    }

    catalogue::Catalogue &m_catalogue;
    const ServingModel &m_serving;
    const jobs::WorkContext &m_context;
    catalogue::ProposalStore m_store;
    ProposeReport m_report;
};

} // namespace

Result<ProposeReport> proposeCandidates(catalogue::Catalogue &catalogue, bool all, const jobs::WorkContext &context)
{
    const auto serving = loadServingModel(catalogue, context.stop);
    if (!serving)
        return serving.error();
    auto waiting = all ? catalogue::AnnotationQuery(catalogue).reviewQueue(catalogue::ReviewOrder::FileName)
                       : catalogue::ProposalStore(catalogue).missing((*serving)->record.id);
    if (!waiting)
        return waiting.error();
    if ((*serving)->gallery.count() == 0)
        return ProposeReport();
    return ProposeRun(catalogue, **serving, context).run(*waiting);
}

std::unique_ptr<jobs::ThreadJob> makeProposeJob(const catalogue::Catalogue &catalogue, bool all,
                                                std::function<void(const Result<ProposeReport> &)> ready)
{
    jobs::JobTraits traits;
    traits.title = {"propose", {}};
    traits.canPause = true;
    traits.canRestart = true;
    const auto work = [&catalogue, all](const jobs::WorkContext &context) -> Result<ProposeReport> {
        auto connection = catalogue.openConnection();
        if (!connection)
            return connection.error();
        return proposeCandidates(*connection, all, context);
    };
    return jobs::makeThreadJob<ProposeReport>(std::move(traits), work, std::move(ready));
}

} // namespace flukeprint::workflows
