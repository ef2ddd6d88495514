// What a run measures beside its loss: the probe, its pace, and memory.
#include "core/learning/embedding/embedder.h"
#include "core/learning/training/pace_meter.h"
#include "core/learning/training/pair_ranking.h"
#include "core/learning/training/probe.h"
#include "core/learning/training/validator.h"
#include "core/learning/worker/memory_use.h"
#include "tests/learning/toy_data.h"

#include <QTemporaryDir>
#include <QTest>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

/// One whose norms have seen something, or the signal would be lost on its way through.
EmbeddingNetwork seasonedNetwork(const std::string &architecture = "mobilenet_v2")
{
    EmbeddingNetwork network = toyNetwork(architecture);
    const torch::NoGradGuard noGradient;
    for (int pass = 0; pass < 30; ++pass)
        network->forward(torch::randn({8, 3, side, side}));
    network->eval();
    return network;
}

} // namespace

class TestRunMeasures : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void probeIsTheSameForTheSameSeed();
    void probeTakesWholeIndividualsFirst();
    void probeCostsLittle_data();
    void probeCostsLittle();
    void probeIsDueAsOftenAsPlanned();
    void timeLeftFollowsTheSteps();
    void waitShareIsOfTheLastStretch();
    void neighboursVoteForTheirIndividual_data();
    void neighboursVoteForTheirIndividual();
    void votesAreFiguresOfAllQueries();
    void newWhalesAreToldFromKnownOnes();
    void memoryIsKnown();

private:
    QTemporaryDir m_folder;
    std::unique_ptr<RunData> m_data;
    ModelInfo m_info;
};

void TestRunMeasures::initTestCase()
{
    m_data = std::make_unique<RunData>(loadToyRun(m_folder.path()));
}

void TestRunMeasures::probeIsTheSameForTheSameSeed()
{
    EmbeddingNetwork network = seasonedNetwork();
    const auto measured = [&](std::uint64_t seed) {
        return Probe(*m_data, m_info, torch::kCPU, 8, seed).measure(network)->figures;
    };
    QVERIFY(measured(1) == measured(1));
    QVERIFY(measured(1) != measured(2));
}

void TestRunMeasures::probeTakesWholeIndividualsFirst()
{
    const Probe probe(*m_data, m_info, torch::kCPU, 8, 1);
    QCOMPARE(probe.photoCount(), std::int64_t{8});
    EmbeddingNetwork network = seasonedNetwork();
    const auto measured = probe.measure(network);
    QVERIFY(measured.has_value());
    // Two individuals of four photos: every photo has its hardest positive and negative.
    QVERIFY(measured->health.hardestPositive > 0 && measured->health.hardestNegative > 0);
    QVERIFY(measured->figures.contains("probe_separation"));
    QCOMPARE(Probe(*m_data, m_info, torch::kCPU, 4096, 1).photoCount(), std::int64_t{individuals * photosEach});
    QCOMPARE(Probe(*m_data, m_info, torch::kCPU, 0, 1).photoCount(), std::int64_t{0});
    QCOMPARE(Probe(*m_data, m_info, torch::kCPU, 0, 1).timesAnEpoch(100, 64), std::int64_t{0});
}

void TestRunMeasures::probeCostsLittle_data()
{
    QTest::addColumn<int>("steps");
    QTest::addColumn<int>("batch");
    QTest::addColumn<int>("expected");
    QTest::newRow("a short epoch has one at its end") << 5 << 68 << 1;
    QTest::newRow("two percent of 8,000 photos") << 250 << 32 << 20; // at 8 photos and a third of a step each
    QTest::newRow("small batches keep their distance") << 100 << 4096 << 10;
}

void TestRunMeasures::probeCostsLittle()
{
    QFETCH(int, steps);
    QFETCH(int, batch);
    QFETCH(int, expected);
    const Probe probe(*m_data, m_info, torch::kCPU, 24, 1);
    QCOMPARE(probe.photoCount(), std::int64_t{24});
    const std::int64_t times = probe.timesAnEpoch(steps, batch);
    QCOMPARE(times, std::int64_t{expected});
    if (times > 1)
        QVERIFY(static_cast<double>(times * 24) / 3 <= 0.02 * steps * batch);
}

void TestRunMeasures::probeIsDueAsOftenAsPlanned()
{
    for (const auto &[steps, times] : {std::pair{100, 7}, {3, 1}, {10, 10}, {17, 0}}) {
        int due = 0;
        for (int position = 1; position <= steps; ++position)
            due += Probe::isDue(position, steps, times) ? 1 : 0;
        QCOMPARE(due, times);
        QCOMPARE(Probe::isDue(steps, steps, times), times > 0);
    }
}

void TestRunMeasures::timeLeftFollowsTheSteps()
{
    PaceMeter pace;
    pace.addStep(9, 0);
    QVERIFY(!pace.secondsLeft(100, 1).has_value()); // one slow first step would promise the wrong thing
    for (int i = 0; i < 2000; ++i)
        pace.addStep(2, 0.5);
    QVERIFY(std::abs(*pace.secondsLeft(100, 3) - 200) < 1);
    pace.addValidation(30);
    QVERIFY(std::abs(*pace.secondsLeft(100, 2.5) - 275) < 1);
    QVERIFY(std::abs(*pace.secondsLeft(0, 0)) < 1e-9);
}

void TestRunMeasures::waitShareIsOfTheLastStretch()
{
    PaceMeter pace;
    QCOMPARE(pace.takeWaitShare(), 0.0);
    pace.addStep(1, 1);
    pace.addStep(3, 0);
    QCOMPARE(pace.takeWaitShare(), 0.25);
    pace.addStep(1, 0);
    QCOMPARE(pace.takeWaitShare(), 0.0);
}

void TestRunMeasures::memoryIsKnown()
{
    const std::uint64_t before = residentBytes();
    QVERIFY(before > std::uint64_t{20} << 20);
    QVERIFY(availableBytes() > 0);
    const std::vector<char> held(std::size_t{200} << 20, 1);
    QVERIFY(residentBytes() > before + (std::uint64_t{150} << 20));
    QCOMPARE(held.back(), 1);
}

void TestRunMeasures::neighboursVoteForTheirIndividual_data()
{
    QTest::addColumn<int>("vote");
    QTest::addColumn<int>("neighbours");
    QTest::addColumn<int>("group"); // of the query; that of row 2 is 7
    QTest::addColumn<int>("label");
    QTest::addColumn<int>("rank");
    const auto row = [](const char *name, Vote vote, int neighbours, int group, int label, int rank) {
        QTest::newRow(name) << static_cast<int>(vote) << neighbours << group << label << rank;
    };
    row("the best photo is another's", Vote::Best, 1, 0, 0, 2);
    row("that one shares the query's group", Vote::Best, 1, 7, 0, 1);
    row("two of three neighbours", Vote::KNearest, 3, 0, 0, 1);
    row("one neighbour is the best photo", Vote::KNearest, 1, 0, 0, 2);
    row("all vote: two each, then the best photo", Vote::KNearest, 9, 0, 0, 2);
    row("no vote, a far photo", Vote::KNearest, 3, 0, 2, 3);
    row("weights: 3.555 against 3.565", Vote::Weighted, 1, 0, 0, 2);
    row("weights of the other", Vote::Weighted, 1, 0, 1, 1);
    row("nothing eligible", Vote::Weighted, 1, 0, 5, 0);
}

void TestRunMeasures::neighboursVoteForTheirIndividual()
{
    QFETCH(int, vote);
    QFETCH(int, neighbours);
    QFETCH(int, group);
    QFETCH(int, label);
    QFETCH(int, rank);
    const auto photoOf = [](std::int64_t id, std::int64_t ofLabel, std::int64_t ofGroup) {
        RunPhoto photo;
        photo.item.annotation = AnnotationId(id);
        photo.item.group = ofGroup;
        photo.label = ofLabel;
        return photo;
    };
    const std::vector<RunPhoto> gallery{photoOf(1, 0, 1), photoOf(2, 0, 2), photoOf(3, 1, 7), photoOf(4, 1, 4), photoOf(5, 2, 5)};
    const std::vector<float> similarities{0.6F, 0.55F, 0.9F, 0.1F, 0.05F};
    QCOMPARE(rankByVote(photoOf(9, label, group), similarities, gallery, static_cast<Vote>(vote), static_cast<std::size_t>(neighbours)),
             static_cast<std::size_t>(rank));
    // A tie counts against the query's own.
    const std::vector<float> same(5, 0.5F);
    if (rank > 0)
        QCOMPARE(rankByVote(photoOf(9, 2, 0), same, gallery, Vote::Best), std::size_t{3});
}

void TestRunMeasures::votesAreFiguresOfAllQueries()
{
    // Queries that are photos of the gallery again, under other numbers: each finds its own first, whoever votes.
    std::vector<RunPhoto> queries = m_data->train();
    for (RunPhoto &query : queries) {
        query.item.annotation = AnnotationId(query.item.annotation.value + 1000);
        query.item.group = 0;
    }
    torch::manual_seed(1);
    torch::Tensor rows = torch::randn({static_cast<std::int64_t>(queries.size()), 64});
    rows = rows / rows.norm(2, 1, true);
    const auto figures = voteFigures({queries, rows}, {m_data->train(), rows}, 1);
    QCOMPARE(figures.size(), std::size_t{6});
    QCOMPARE(figures.at("map5_k_nearest"), 1.0);
    QCOMPARE(figures.at("top1_similarity"), 1.0);
    const torch::Tensor others = rows.roll(7, 0);
    QVERIFY(voteFigures({queries, others}, {m_data->train(), rows}, 1).at("top1_k_nearest") < 0.5);
}

void TestRunMeasures::newWhalesAreToldFromKnownOnes()
{
    Validator validator(*m_data, m_info, torch::kCPU, 1, {}, {});
    EmbeddingNetwork network = seasonedNetwork("resnet18"); // which spreads photos so far that rounding does not matter
    const auto figures = validator.measure(network);
    VERIFY_OK(figures);
    const auto finally = validator.measureFinally(network);
    VERIFY_OK(finally);
    QCOMPARE(figures->at("auroc_new"), finally->figures.at("auroc_new"));
    // By hand: over all pairs of a new photo and a known one.
    const auto nearest = [&](const std::vector<RunPhoto> &photos) {
        const torch::NoGradGuard noGradient;
        ModelInfo info = m_info;
        info.network = network->options();
        LoadedModel model;
        model.info = info;
        model.network = network;
        Embedder embedder = Embedder::create(model, torch::kCPU, false).value();
        const torch::Tensor gallery = embedder.embedBatch(m_data->interleavedChips(m_data->train()));
        return torch::cdist(embedder.embedBatch(m_data->interleavedChips(photos)), gallery).amin(1);
    };
    const torch::Tensor difference = nearest(m_data->newCalibration()).unsqueeze(1) - nearest(m_data->validation());
    const double expected = ((difference > 0).to(torch::kDouble) + 0.5 * (difference == 0).to(torch::kDouble)).mean().item<double>();
    QVERIFY2(std::abs(figures->at("auroc_new") - expected) < 1e-6, qPrintable(QString("%1, not %2").arg(figures->at("auroc_new")).arg(expected)));
}

QTEST_GUILESS_MAIN(TestRunMeasures)
#include "tst_run_measures.moc"
