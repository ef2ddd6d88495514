// What a run measures beside its loss: the probe, its pace, and memory.
#include "core/learning/training/pace_meter.h"
#include "core/learning/training/probe.h"
#include "core/learning/worker/memory_use.h"
#include "tests/learning/toy_data.h"

#include <QTemporaryDir>
#include <QTest>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

/// One whose norms have seen something, or the signal would be lost on its way through.
EmbeddingNetwork seasonedNetwork()
{
    EmbeddingNetwork network = toyNetwork();
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

QTEST_GUILESS_MAIN(TestRunMeasures)
#include "tst_run_measures.moc"
