#include "core/evaluation/protocols.h"
#include "core/evaluation/report.h"

#include <QTest>

#include <cmath>
#include <set>

using namespace flukeprint;
using namespace flukeprint::evaluation;

namespace {

QueryRanking known(std::size_t rank, float own, std::int32_t individual = 1)
{
    QueryRanking ranking;
    ranking.individual = individual;
    ranking.rank = rank;
    ranking.ownDistance = own;
    ranking.nearest = {{individual, own, 0}};
    return ranking;
}

QueryRanking unknown(std::initializer_list<float> distances)
{
    QueryRanking ranking;
    for (const float distance : distances)
        ranking.nearest.push_back({static_cast<std::int32_t>(ranking.nearest.size()), distance, 0});
    ranking.individualsRanked = distances.size();
    return ranking;
}

/// 90 photos of 18 whales under a formula that numpy can repeat: every protocol's figures were computed there in
/// float64 with loops over the definitions.
struct ReferenceTable
{
    static constexpr std::int64_t count = 90;
    static constexpr std::int64_t dimension = 16;
    std::vector<float> values;
    ProtocolInput input;

    ReferenceTable()
    {
        const Role roles[] = {Role::Train, Role::Train, Role::Train, Role::Validation, Role::TestKnown};
        const Role rolesOfNew[] = {Role::Train, Role::CalibrationNew, Role::CalibrationNew, Role::TestNew,
                                   Role::TestNew};
        for (std::int64_t i = 0; i < count; ++i) {
            const std::int64_t whale = i % 18;
            double row[dimension];
            double squared = 0;
            for (std::int64_t k = 0; k < dimension; ++k) {
                const auto noise =
                    static_cast<double>((i * 7919 + k * 104729 + i * i * 31 + i * k * k * 13) % 997) / 997.0 - 0.5;
                const auto own =
                    static_cast<double>((whale * 5701 + k * k * 331 + whale * whale * k * 17) % 991) / 991.0 - 0.5;
                row[k] = double{static_cast<float>(noise + 0.45 * own)};
                squared += row[k] * row[k];
            }
            for (const double value : row)
                values.push_back(static_cast<float>(value / std::sqrt(squared)));
            const bool isNew = whale >= 15;
            input.photos.labels.push_back({i + 1, isNew ? noIndividual : static_cast<std::int32_t>(whale), i / 4 + 1});
            const Role role = isNew ? rolesOfNew[i / 18] : roles[i / 18];
            input.roles.push_back(whale >= 12 && !isNew ? Role::TestDisjoint : role);
        }
        input.photos.vectors = values;
        input.photos.dimension = dimension;
    }
};

bool near(double a, double b, double tolerance = 1e-5)
{
    return std::abs(a - b) < tolerance;
}

} // namespace

class TestProtocols : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void newWhaleTakesPartInTheRanking()
    {
        QCOMPARE(kaggleScore(known(1, 0.5F), false, 0.6), 1.0);
        QCOMPARE(kaggleScore(known(1, 0.5F), false, 0.4), 0.5);
        QCOMPARE(kaggleScore(known(1, 0.5F), false, 0.5), 0.5); // a tie counts against us
        QCOMPARE(kaggleScore(known(5, 0.5F), false, 0.4), 0.0); // pushed out of the five
        QCOMPARE(kaggleScore(unknown({0.25F, 0.5F}), true, 0.2), 1.0);
        QCOMPARE(kaggleScore(unknown({0.25F, 0.5F}), true, 0.25), 0.5);
        QCOMPARE(kaggleScore(unknown({0.25F, 0.5F}), true, 0.9), 1.0 / 3);
        QCOMPARE(kaggleScore(unknown({0.1F, 0.1F, 0.1F, 0.1F, 0.1F, 0.1F}), true, 0.9), 0.0);
        QCOMPARE(kaggleScore(unknown({}), true, 0.9), 1.0);
    }

    void thresholdMaximisesTheScore()
    {
        const std::vector<QueryRanking> knowns{known(1, 0.3F), known(1, 0.4F), known(1, 0.8F)};
        const std::vector<QueryRanking> unknowns{unknown({0.6F, 0.9F}), unknown({0.7F})};
        const NewThreshold best = chooseNewThreshold(knowns, unknowns);
        // Between 0.4 and 0.6: two known first, one second, both new ones first.
        QVERIFY(near(best.threshold, 0.5));
        QVERIFY(near(best.score, (1 + 1 + 0.5 + 1 + 1) / 5, 1e-12));
        // No other threshold does better.
        for (double t = 0; t < 1; t += 0.01) {
            double sum = 0;
            for (const QueryRanking &ranking : knowns)
                sum += kaggleScore(ranking, false, t);
            for (const QueryRanking &ranking : unknowns)
                sum += kaggleScore(ranking, true, t);
            QVERIFY(sum / 5 <= best.score + 1e-12);
        }
    }

    void thresholdOfOneSidedQueries()
    {
        const std::vector<QueryRanking> knowns{known(1, 0.3F), known(2, 0.4F)};
        QVERIFY(chooseNewThreshold(knowns, {}).threshold > 0.4);
        const std::vector<QueryRanking> unknowns{unknown({0.6F}), unknown({0.0F})};
        QVERIFY(chooseNewThreshold({}, unknowns).threshold < 0.0);
        QCOMPARE(chooseNewThreshold({}, {}).score, 0.0);
    }

    void kaggleLeavesOutUnscoredKnownQueries()
    {
        const std::vector<QueryRanking> knowns{known(1, 0.3F, 1), known(0, 9.F, 2)};
        const std::vector<QueryRanking> unknowns{unknown({0.6F})};
        const KaggleFigures figures = kaggleFigures(knowns, unknowns, {0.5, 1.0});
        QCOMPARE(figures.queries, 2U);
        QCOMPARE(figures.map5.value, 1.0);
        QCOMPARE(figures.newAlwaysFirst.value, 0.75);
        QCOMPARE(figures.newAlone.value, 0.5);
    }

    void aurocComparesSmallestDistances()
    {
        const std::vector<QueryRanking> knowns{known(1, 0.3F), known(2, 0.6F)};
        const std::vector<QueryRanking> unknowns{unknown({0.6F, 0.7F}), unknown({0.2F})};
        QCOMPARE(aurocNew(knowns, unknowns).value, (1 + 0.5) / 4);
        QVERIFY(!aurocNew(knowns, {}).isAvailable());
    }

    void everyProtocolAgreesWithNumpy()
    {
        const ReferenceTable table;
        const auto result = runProtocols(table.input);
        QVERIFY(result.ok());
        const ProtocolFigures &figures = *result;
        QCOMPARE(figures.closed.scored, 12U);
        QVERIFY(near(figures.closed.top1.value, 2.0 / 12));
        QVERIFY(near(figures.closed.top5.value, 8.0 / 12));
        QVERIFY(near(figures.closed.map5.value, 0.31805555));
        QVERIFY(near(figures.validation.map5.value, 0.49722222));
        QVERIFY(near(figures.kaggle.threshold, (0.8663048507 + 0.9358344872) / 2));
        QVERIFY(near(figures.kaggle.selectionMap5, 0.55555556));
        QVERIFY(near(figures.kaggle.map5.value, 0.41851852));
        QVERIFY(near(figures.kaggle.newAlwaysFirst.value, 0.44629630));
        QVERIFY(near(figures.kaggle.newAlone.value, 1.0 / 3));
        QCOMPARE(figures.disjoint.scored, 15U);
        QVERIFY(near(figures.disjoint.top1.value, 0.4));
        QVERIFY(near(figures.disjoint.top5.value, 10.0 / 15));
        QVERIFY(near(figures.disjoint.map5.value, 0.48555556));
        QVERIFY(near(figures.aurocNew.value, 0.47222222));
        QVERIFY(near(figures.clusters.radius, 0.73440169));
        QVERIFY(near(figures.clusters.separation, 0.71352868));
        QVERIFY(near(figures.radius.value, 0.73440169));
        QVERIFY(near(figures.separation.value, 0.71352868));
        for (const Estimate &estimate : {figures.radius, figures.separation})
            QVERIFY(estimate.low < estimate.value && estimate.value < estimate.high);
        QCOMPARE(figures.galleryPhotos, 36U);
        QCOMPARE(figures.galleryIndividuals, 12U);
        // 12 validation queries are too few to calibrate on, and nothing pretends otherwise.
        QVERIFY(!figures.calibration.isCalibrated());
        QVERIFY(!figures.ece.isAvailable());
    }

    void centroidRankingAgreesWithNumpy()
    {
        const ReferenceTable table;
        ProtocolOptions options;
        options.ranking.distance = IndividualDistance::MeanOfPhotos;
        const auto result = runProtocols(table.input, options);
        const std::size_t ranks[] = {5, 3, 1, 4, 1, 1, 6, 11, 3, 2, 7, 2};
        double sum = 0;
        for (const std::size_t rank : ranks)
            sum += precisionAt5(rank);
        QVERIFY(near(result->closed.map5.value, sum / 12));
        QVERIFY(near(result->closed.top1.value, 3.0 / 12));
    }

    void queriesWithoutPhotoNumbersDoNotMeetThemselves()
    {
        ReferenceTable table;
        const auto wanted = runProtocols(table.input);
        for (PhotoLabel &label : table.input.photos.labels)
            label.photo = 0;
        const auto found = runProtocols(table.input);
        QCOMPARE(found->disjoint.map5.value, wanted->disjoint.map5.value);
    }

    void missingRolesLeaveFiguresUnavailable()
    {
        ReferenceTable table;
        for (Role &role : table.input.roles) {
            if (role == Role::TestNew || role == Role::TestDisjoint)
                role = Role::Train;
        }
        const auto figures = runProtocols(table.input);
        QVERIFY(figures.ok());
        QVERIFY(!figures->aurocNew.isAvailable());
        QVERIFY(!figures->disjoint.map5.isAvailable());
        QVERIFY(figures->closed.map5.isAvailable());
        const auto empty = runProtocols({});
        QVERIFY(empty.ok());
        QVERIFY(reportRows(*empty).empty());
    }

    void rolesMustFitThePhotos()
    {
        ReferenceTable table;
        table.input.roles.pop_back();
        QCOMPARE(runProtocols(table.input).error().code, ErrorCode::InvalidArgument);
        ReferenceTable other;
        other.input.photos.dimension = 7;
        QCOMPARE(runProtocols(other.input).error().code, ErrorCode::InvalidArgument);
    }

    void roleNamesRoundTrip()
    {
        for (const Role role :
             {Role::Train, Role::Validation, Role::TestKnown, Role::TestNew, Role::TestDisjoint, Role::CalibrationNew})
            QVERIFY(roleFromName(roleName(role)) == role);
        QVERIFY(!roleFromName("Train").has_value());
        QVERIFY(!roleFromName("").has_value());
    }

    void reportListsEveryFigureOnce()
    {
        const ReferenceTable table;
        auto figures = runProtocols(table.input);
        figures->aurocNewShown = figures->aurocNew; // these few queries have no probabilities of their own
        std::set<std::string> keys;
        for (const ReportRow &row : reportRows(*figures))
            QVERIFY(keys.insert(row.key).second);
        for (const char *key :
             {"closed.map5", "kaggle.map5", "kaggle.new_always_first", "kaggle.new_alone", "kaggle.threshold",
              "disjoint.top5", "auroc_new", "auroc_new_shown", "validation.top1", "cluster.radius", "cluster.separation"})
            QVERIFY2(keys.contains(key), key);
    }
};

QTEST_APPLESS_MAIN(TestProtocols)
#include "tst_protocols.moc"
