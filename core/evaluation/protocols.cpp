#include "core/evaluation/protocols.h"

#include "core/evaluation/weighted_statistics.h"

#include <algorithm>
#include <array>
#include <string>

namespace flukeprint::evaluation {

namespace {

constexpr auto roleNames = std::to_array<std::string_view>(
    {"train", "validation", "test_known", "test_new", "test_disjoint", "calibration_new"});

constexpr int calibrationBins = 15;

/// Photos of some roles, copied together: rankQueries wants contiguous rows.
class Subset
{
public:
    Subset(const ProtocolInput &input, std::initializer_list<Role> roles)
    {
        std::int64_t unnamed = 0;
        for (const PhotoLabel &label : input.photos.labels)
            unnamed = std::max(unnamed, label.photo);
        for (std::size_t i = 0; i < input.photos.count(); ++i) {
            ++unnamed;
            if (std::find(roles.begin(), roles.end(), input.roles[i]) == roles.end())
                continue;
            const std::span<const float> row = input.photos.row(i);
            m_vectors.insert(m_vectors.end(), row.begin(), row.end());
            m_set.labels.push_back(input.photos.labels[i]);
            // Without a number a query could not be told from itself in the gallery.
            if (m_set.labels.back().photo <= 0)
                m_set.labels.back().photo = unnamed;
        }
        m_set.dimension = input.photos.dimension;
        m_set.vectors = m_vectors;
    }
    Subset(const Subset &) = delete;
    Subset &operator=(const Subset &) = delete;

    [[nodiscard]] const PhotoSet &set() const { return m_set; }

private:
    std::vector<float> m_vectors;
    PhotoSet m_set;
};

/// Runs the protocols one after the other; the first error ends them.
class ProtocolRun
{
public:
    ProtocolRun(const ProtocolInput &input, const ProtocolOptions &options, std::stop_token stop)
        : m_input(input)
        , m_options(options)
        , m_stop(std::move(stop))
    {
    }

    Result<ProtocolFigures> run()
    {
        const Subset gallery(m_input, {Role::Train});
        if (!rank(gallery.set(), Role::Validation, m_validation)
            || !rank(gallery.set(), Role::CalibrationNew, m_calibrationNew)
            || !rank(gallery.set(), Role::TestKnown, m_known) || !rank(gallery.set(), Role::TestNew, m_unknown)
            || !rankDisjoint())
            return m_error;
        const Result<ClusterStatistics> clusters = clusterStatistics(gallery.set(), m_options.ranking.threads);
        if (!clusters)
            return clusters.error();
        m_figures.clusters = *clusters;
        m_figures.radius = overIndividuals(clusters->radii);
        m_figures.separation = overIndividuals(clusters->separations);
        m_figures.galleryIndividuals = clusters->individuals;
        m_figures.galleryPhotos =
            static_cast<std::size_t>(std::count_if(gallery.set().labels.begin(), gallery.set().labels.end(),
                                                   [](const PhotoLabel &label) { return label.individual >= 0; }));
        judge();
        return std::move(m_figures);
    }

private:
    bool rank(const PhotoSet &gallery, Role role, std::vector<QueryRanking> &rankings)
    {
        const Subset queries(m_input, {role});
        RankingOptions ranking = m_options.ranking;
        ranking.unidentifiedAreIndividuals = false;
        const std::size_t wanted =
            m_options.calibration ? m_options.calibration->wantedDistances() : CalibrationOptions{}.cohort;
        ranking.keepNearest = std::max({ranking.keepNearest, wanted + 1, std::size_t{5}});
        Result<std::vector<QueryRanking>> result = rankQueries(queries.set(), gallery, ranking, m_stop);
        if (!result) {
            m_error = result.error();
            return false;
        }
        rankings = std::move(*result);
        return true;
    }

    /// Mean of one value an individual.
    [[nodiscard]] Estimate overIndividuals(const std::vector<double> &values) const
    {
        const std::vector<std::int64_t> eachItsOwn(values.size(), noIndividual);
        return bootstrapMean(values, eachItsOwn, m_options.bootstrap);
    }

    bool rankDisjoint()
    {
        const Subset queries(m_input, {Role::TestDisjoint});
        const Subset gallery(m_input, {Role::TestDisjoint, Role::Train, Role::CalibrationNew});
        RankingOptions ranking = m_options.ranking;
        ranking.unidentifiedAreIndividuals = true;
        Result<std::vector<QueryRanking>> result = rankQueries(queries.set(), gallery.set(), ranking, m_stop);
        if (!result) {
            m_error = result.error();
            return false;
        }
        m_figures.disjoint = retrievalFigures(*result, m_options.bootstrap);
        return true;
    }

    void judge()
    {
        m_figures.closed = retrievalFigures(m_known, m_options.bootstrap);
        m_figures.validation = retrievalFigures(m_validation, m_options.bootstrap);
        m_figures.kaggle =
            kaggleFigures(m_known, m_unknown, chooseNewThreshold(m_validation, m_calibrationNew), m_options.bootstrap);
        m_figures.aurocNew = aurocNew(m_known, m_unknown, m_options.bootstrap);
        if (m_options.calibration) {
            m_figures.calibration = *m_options.calibration;
        } else {
            std::vector<CalibrationQuery> queries = calibrationQueries(m_validation, false);
            for (CalibrationQuery &query : calibrationQueries(m_calibrationNew, true))
                queries.push_back(std::move(query));
            m_figures.calibration = ScoreCalibration::fit(queries);
        }
        const CalibrationFigures both =
            calibrationFigures(m_figures.calibration, m_known, m_unknown, m_options.bootstrap);
        m_figures.ece = both.firstCandidate;
        m_figures.eceByChance = both.firstByChance;
        m_figures.eceNew = both.newIndividual;
        m_figures.aurocNewShown = both.aurocNew;
        m_figures.eceKnown = calibrationFigures(m_figures.calibration, m_known, {}, m_options.bootstrap).firstCandidate;
    }

    const ProtocolInput &m_input;
    const ProtocolOptions &m_options;
    std::stop_token m_stop;
    Error m_error;
    std::vector<QueryRanking> m_validation;
    std::vector<QueryRanking> m_calibrationNew;
    std::vector<QueryRanking> m_known;
    std::vector<QueryRanking> m_unknown;
    ProtocolFigures m_figures;
};

struct Judged
{
    std::vector<double> probability;
    std::vector<std::uint8_t> correct;
    std::vector<std::int64_t> clusters;

    void add(double value, bool isCorrect, std::int64_t cluster)
    {
        probability.push_back(value);
        correct.push_back(isCorrect ? 1 : 0);
        clusters.push_back(cluster);
    }

    [[nodiscard]] Estimate error(const BootstrapOptions &options) const
    {
        return bootstrap(clusters, WeightedCalibrationError(probability, correct, calibrationBins), options);
    }

    /// Of the correct ones' probability against the others'.
    [[nodiscard]] Estimate auroc(const BootstrapOptions &options) const
    {
        std::array<std::vector<double>, 2> values;
        std::array<std::vector<std::int64_t>, 2> members;
        for (std::size_t i = 0; i < probability.size(); ++i) {
            values[correct[i]].push_back(probability[i]);
            members[correct[i]].push_back(clusters[i]);
        }
        std::vector<std::int64_t> both = members[1];
        both.insert(both.end(), members[0].begin(), members[0].end());
        return bootstrap(both, WeightedAuroc(values[1], values[0]), options);
    }
};

} // namespace

std::optional<Role> roleFromName(std::string_view name)
{
    const auto found = std::find(roleNames.begin(), roleNames.end(), name);
    if (found == roleNames.end())
        return std::nullopt;
    return static_cast<Role>(found - roleNames.begin());
}

std::string_view roleName(Role role)
{
    return roleNames.at(static_cast<std::size_t>(role));
}

Result<ProtocolFigures> runProtocols(const ProtocolInput &input, const ProtocolOptions &options, std::stop_token stop)
{
    if (input.roles.size() != input.photos.count())
        return Error(ErrorCode::InvalidArgument,
                     {"roles", std::to_string(input.roles.size()), std::to_string(input.photos.count())});
    if (input.photos.vectors.size() != input.photos.count() * input.photos.dimension)
        return Error(ErrorCode::InvalidArgument,
                     {"photos", std::to_string(input.photos.vectors.size()),
                      std::to_string(input.photos.count()) + " x " + std::to_string(input.photos.dimension)});
    return ProtocolRun(input, options, std::move(stop)).run();
}

Estimate aurocNew(std::span<const QueryRanking> known, std::span<const QueryRanking> unknown,
                  const BootstrapOptions &options)
{
    std::vector<double> positives;
    std::vector<double> negatives;
    std::vector<std::int64_t> clusters(unknown.size(), noIndividual);
    for (const QueryRanking &ranking : unknown)
        positives.push_back(double{ranking.nearestDistance()});
    for (const QueryRanking &ranking : known) {
        if (!ranking.isScored())
            continue;
        negatives.push_back(double{ranking.nearestDistance()});
        clusters.push_back(ranking.individual);
    }
    return bootstrap(clusters, WeightedAuroc(positives, negatives), options);
}

CalibrationFigures calibrationFigures(const ScoreCalibration &calibration, std::span<const QueryRanking> known,
                                      std::span<const QueryRanking> unknown, const BootstrapOptions &options)
{
    Judged first;
    Judged isNew;
    const auto judge = [&](const QueryRanking &ranking, bool unknownWhale) {
        std::vector<float> distances;
        for (const RankedIndividual &individual : ranking.nearest)
            distances.push_back(individual.distance);
        const std::optional<CalibratedAnswer> answer = calibration.apply(distances, ranking.individualsRanked);
        if (!answer || distances.empty())
            return;
        const std::int64_t cluster = unknownWhale ? std::int64_t{noIndividual} : ranking.individual;
        first.add(answer->candidates.front(), !unknownWhale && ranking.rank == 1, cluster);
        isNew.add(answer->newIndividual, unknownWhale, cluster);
    };
    for (const QueryRanking &ranking : known) {
        if (ranking.isScored())
            judge(ranking, false);
    }
    for (const QueryRanking &ranking : unknown)
        judge(ranking, true);
    return {first.error(options), isNew.error(options), isNew.auroc(options),
            calibrationErrorByChance(first.probability, calibrationBins, 1000, options.seed)};
}

Result<ScoreCalibration> calibrate(const PhotoSet &known, const PhotoSet &unknown, const PhotoSet &gallery,
                                   const RankingOptions &ranking, const CalibrationOptions &options)
{
    RankingOptions wide = ranking;
    wide.unidentifiedAreIndividuals = false;
    wide.keepNearest = std::max(wide.keepNearest, options.cohort + 1);
    const Result<std::vector<QueryRanking>> knownRankings = rankQueries(known, gallery, wide);
    if (!knownRankings)
        return knownRankings.error();
    const Result<std::vector<QueryRanking>> unknownRankings = rankQueries(unknown, gallery, wide);
    if (!unknownRankings)
        return unknownRankings.error();
    std::vector<CalibrationQuery> queries = calibrationQueries(*knownRankings, false);
    for (CalibrationQuery &query : calibrationQueries(*unknownRankings, true))
        queries.push_back(std::move(query));
    return ScoreCalibration::fit(queries, options);
}

} // namespace flukeprint::evaluation
