#include "core/catalogue/catalogue.h"
#include "core/workflows/evaluation/table_photos.h"
#include "core/workflows/serving_model.h"

#include <algorithm>
#include <set>

namespace flukeprint::workflows {

namespace {

using evaluation::QueryRanking;

constexpr std::size_t candidatesShown = 5;

/// 1 + how many answers stand before the right one when "new" is ranked among the individuals by probability; a tie counts
/// against us. 0: the right individual is not ranked at all.
std::size_t openRank(const QueryRanking &ranking, bool isNew, const evaluation::ScoreCalibration &calibration)
{
    std::vector<float> distances;
    for (const evaluation::RankedIndividual &individual : ranking.nearest)
        distances.push_back(individual.distance);
    const auto answer = calibration.apply(distances, ranking.individualsRanked);
    if (!answer)
        return 0;
    const auto atLeastNew = std::count_if(answer->candidates.begin(), answer->candidates.end(),
                                          [&](double probability) { return probability >= answer->newIndividual; });
    if (isNew)
        return static_cast<std::size_t>(atLeastNew) + 1;
    const std::size_t own = ranking.rank - 1;
    const bool newIsBefore = own >= answer->candidates.size() || answer->newIndividual >= answer->candidates[own];
    return ranking.rank + (newIsBefore ? 1 : 0);
}

class QueryRun
{
public:
    QueryRun(catalogue::Catalogue &catalogue, const QueryRequest &request, const jobs::WorkContext &context)
        : m_catalogue(catalogue)
        , m_request(request)
        , m_context(context)
    {
        m_bootstrap.seed = request.options.seed;
        m_bootstrap.resamples = request.options.resamples;
        m_report.protocol = request.protocol;
    }

    Result<QueryReport> run();

private:
    Result<void> collect(const catalogue::Model &model);
    Result<void> rank(const catalogue::Model &model);
    void judge(const std::vector<QueryRanking> &rankings, const evaluation::ScoreCalibration &calibration);
    void judgeOpen(std::span<const QueryRanking> known, std::span<const QueryRanking> unknown,
                   const evaluation::ScoreCalibration &calibration);

    catalogue::Catalogue &m_catalogue;
    const QueryRequest &m_request;
    const jobs::WorkContext &m_context;
    evaluation::BootstrapOptions m_bootstrap;
    CodeNumbers m_codes;
    LabelledVectors m_queries;
    LabelledVectors m_gallery;
    QueryReport m_report;
};

Result<QueryReport> QueryRun::run()
{
    const auto model = chooseModel(m_catalogue, m_request.options.model);
    if (!model)
        return model.error();
    const Result<void> embedded = embedMissing(m_catalogue, *model, m_request.options, m_context);
    if (!embedded)
        return embedded.error();
    const Result<void> collected = collect(*model);
    if (!collected)
        return collected.error();
    const Result<void> ranked = rank(*model);
    if (!ranked)
        return ranked.error();
    m_report.context = reportContext(*model, m_request.options, m_request.queries);
    return std::move(m_report);
}

Result<void> QueryRun::collect(const catalogue::Model &model)
{
    const auto queryRows = catalogue::exchange::readQueries(m_request.queries);
    if (!queryRows)
        return queryRows.error();
    TablePhotos photos(m_catalogue, model);
    const Result<void> loaded = photos.load(m_context.stop);
    if (!loaded)
        return loaded;
    const auto queries = photos.find(*queryRows, m_request.queries.parent_path());
    if (!queries)
        return queries.error();
    std::vector<TablePhotos::Found> gallery;
    if (!m_request.gallery.empty()) {
        const auto galleryRows = catalogue::exchange::readQueries(m_request.gallery);
        if (!galleryRows)
            return galleryRows.error();
        auto found = photos.find(*galleryRows, m_request.gallery.parent_path());
        if (!found)
            return found.error();
        gallery = std::move(*found);
    }
    const Result<void> embedded = photos.embed(m_request.options, m_context);
    if (!embedded)
        return embedded;
    m_queries = photos.labelled(*queries, m_codes, m_report.missing);
    if (m_request.gallery.empty()) {
        auto confirmed = photos.confirmed(m_codes);
        if (!confirmed)
            return confirmed.error();
        m_gallery = std::move(*confirmed);
    } else {
        m_gallery = photos.labelled(gallery, m_codes, m_report.missing);
    }
    if (m_queries.labels.empty())
        return Error(ErrorCode::NothingToDo, {"queries"});
    return {};
}

Result<void> QueryRun::rank(const catalogue::Model &model)
{
    if (m_context.progress)
        m_context.progress({"evaluating", 0, static_cast<std::int64_t>(m_queries.labels.size()), {}});
    evaluation::RankingOptions options = rankingOptionsFor(model, m_request.options);
    if (m_request.protocol == QueryProtocol::Disjoint) {
        options.unidentifiedAreIndividuals = true;
        for (std::size_t i = 0; i < m_queries.labels.size(); ++i)
            m_gallery.add(m_queries.photoSet().row(i), m_queries.labels[i]);
    }
    if (m_gallery.labels.empty())
        return Error(ErrorCode::NothingToDo, {"gallery"});
    const auto rankings = evaluation::rankQueries(m_queries.photoSet(), m_gallery.photoSet(), options, m_context.stop);
    if (!rankings)
        return rankings.error();
    const evaluation::ScoreCalibration calibration = calibrationOf(model);
    m_report.calibration = calibration.isCalibrated() ? CalibrationSource::Model : CalibrationSource::None;
    judge(*rankings, calibration);
    return {};
}

void QueryRun::judge(const std::vector<QueryRanking> &rankings, const evaluation::ScoreCalibration &calibration)
{
    std::set<std::int32_t> individuals;
    for (const evaluation::PhotoLabel &label : m_gallery.labels) {
        if (label.individual != evaluation::noIndividual)
            individuals.insert(label.individual);
    }
    std::vector<QueryRanking> known;
    std::vector<QueryRanking> unknown;
    for (const QueryRanking &ranking : rankings) {
        if (!individuals.contains(ranking.individual))
            unknown.push_back(ranking);
        else if (ranking.isScored())
            known.push_back(ranking);
    }
    m_report.queries = rankings.size();
    m_report.newQueries = unknown.size();
    m_report.galleryPhotos = m_gallery.labels.size();
    m_report.galleryIndividuals = individuals.size();
    m_report.known = evaluation::retrievalFigures(known, m_bootstrap);
    m_report.aurocNew = evaluation::aurocNew(known, unknown, m_bootstrap);
    if (!calibration.isCalibrated())
        return;
    const bool open = m_request.protocol == QueryProtocol::Open;
    const std::span<const QueryRanking> asNew = open ? std::span<const QueryRanking>(unknown) : std::span<const QueryRanking>();
    const auto figures = evaluation::calibrationFigures(calibration, known, asNew, m_bootstrap);
    m_report.ece = figures.firstCandidate;
    m_report.eceNew = figures.newIndividual;
    m_report.aurocNewShown = figures.aurocNew;
    if (open)
        judgeOpen(known, unknown, calibration);
}

void QueryRun::judgeOpen(std::span<const QueryRanking> known, std::span<const QueryRanking> unknown,
                         const evaluation::ScoreCalibration &calibration)
{
    std::vector<double> top1;
    std::vector<double> top5;
    std::vector<double> map5;
    std::vector<std::int64_t> clusters;
    const auto add = [&](const QueryRanking &ranking, bool isNew) {
        const std::size_t rank = openRank(ranking, isNew, calibration);
        top1.push_back(rank == 1 ? 1 : 0);
        top5.push_back(rank >= 1 && rank <= candidatesShown ? 1 : 0);
        map5.push_back(evaluation::precisionAt5(rank));
        clusters.push_back(isNew ? evaluation::noIndividual : ranking.individual);
    };
    for (const QueryRanking &ranking : known)
        add(ranking, false);
    for (const QueryRanking &ranking : unknown)
        add(ranking, true);
    m_report.openTop1 = evaluation::bootstrapMean(top1, clusters, m_bootstrap);
    m_report.openTop5 = evaluation::bootstrapMean(top5, clusters, m_bootstrap);
    m_report.openMap5 = evaluation::bootstrapMean(map5, clusters, m_bootstrap);
}

} // namespace

Result<QueryReport> evaluateQueries(catalogue::Catalogue &catalogue, const QueryRequest &request,
                                    const jobs::WorkContext &context)
{
    return QueryRun(catalogue, request, context).run();
}

} // namespace flukeprint::workflows
