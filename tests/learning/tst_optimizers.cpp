#include "core/learning/training/adamw.h"
#include "core/learning/training/optimizer.h"
#include "core/learning/training/schedule.h"
#include "core/learning/training/weight_averaging.h"
#include "tests/learning/optimizer_references.h"
#include "tests/learning/reference_values.h"

#include <QtTest>

#include <torch/torch.h>

#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

using namespace flukeprint;
using namespace flukeprint::learning;
using reference::OptimizerReference;
using reference::largestDifference;
using reference::wave;

Q_DECLARE_METATYPE(OptimizerReference)

namespace {

/// A matrix that decays, a vector at twice the rate, and a last layer with a penalty instead of decay.
struct Model
{
    explicit Model(torch::ScalarType type = torch::kDouble)
        : matrix(wave(3, 4, 0.3).to(type).set_requires_grad(true))
        , vector(wave(1, 4, 0.5)[0].clone().to(type).set_requires_grad(true))
        , last(wave(2, 3, 0.8).to(type).set_requires_grad(true))
    {
    }
    void addTo(Optimizer &optimizer) const
    {
        optimizer.add("matrix", matrix, 1);
        optimizer.add("vector", vector, 2);
        optimizer.add("last", last, SlotOptions{.decays = false, .l2Penalty = 0.01});
    }
    void step(Optimizer &optimizer, int number) const
    {
        const auto type = matrix.scalar_type();
        optimizer.zeroGradients();
        const torch::Tensor loss = (matrix * wave(3, 4, 1 + number).to(type)).sin().sum()
            + (vector * wave(1, 4, 2 + number)[0].to(type)).square().sum()
            + (last * wave(2, 3, 3 + number).to(type)).square().sum();
        loss.backward();
        optimizer.step(0.02 * (1 + 0.5 * number));
    }
    [[nodiscard]] torch::Tensor values() const
    {
        return torch::cat({matrix.detach().flatten(), vector.detach(), last.detach().flatten()});
    }

    torch::Tensor matrix;
    torch::Tensor vector;
    torch::Tensor last;
};

torch::Tensor trajectory(const OptimizerOptions &options, torch::ScalarType type)
{
    const std::unique_ptr<Optimizer> optimizer = makeOptimizer(options);
    const Model model(type);
    model.addTo(*optimizer);
    std::vector<torch::Tensor> seen;
    for (int step = 0; step < 6; ++step) {
        model.step(*optimizer, step);
        if (step == 0 || step == 1 || step == 5)
            seen.push_back(model.values().clone());
    }
    return torch::cat(seen);
}

torch::nn::Sequential normedNetwork()
{
    torch::nn::Sequential network(torch::nn::Linear(3, 4), torch::nn::BatchNorm1d(4), torch::nn::ReLU(),
                                  torch::nn::Linear(4, 2), torch::nn::BatchNorm1d(2));
    network->to(torch::kDouble);
    const torch::NoGradGuard noGradient;
    auto parameters = network->named_parameters();
    parameters["0.weight"].copy_(wave(4, 3, 0.4));
    parameters["0.bias"].copy_(wave(1, 4, 0.6)[0]);
    parameters["3.weight"].copy_(wave(2, 4, 0.9));
    parameters["3.bias"].copy_(wave(1, 2, 1.2)[0]);
    return network;
}

torch::Tensor statisticsOf(torch::nn::Sequential &network)
{
    auto buffers = network->named_buffers();
    return torch::cat(
        {buffers["1.running_mean"], buffers["1.running_var"], buffers["4.running_mean"], buffers["4.running_var"]});
}

} // namespace

class TestOptimizers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyStepIsThatOfTheReference_data();
    void everyStepIsThatOfTheReference();
    void resumedEqualsUninterrupted_data() { everyStepIsThatOfTheReference_data(); }
    void resumedEqualsUninterrupted();
    void aForeignStateIsRefused();
    void onlyTheStateThatIsNeededIsKept();
    void tensorsWithoutGradientStayWhereTheyAre();
    void channelsLastWeightsMoveLikeOthers();
    void kindsHaveNames();
    void rateFallsInSteps();
    void headFirstThenAll();
    void phasesAreReadFromText();
    void badPhasesAreNamed_data();
    void badPhasesAreNamed();
    void exponentialAverageFollowsThenLags();
    void stochasticAverageIsTheMeanOfTheWeights();
    void averagesKeepCountersWhole();
    void freshStatisticsMatchTheReference();
    void statisticsSurviveAFailure();
    void frozenNormsKeepTheirStatistics();
};

void TestOptimizers::everyStepIsThatOfTheReference_data()
{
    QTest::addColumn<OptimizerReference>("expected");
    for (const OptimizerReference &expected : reference::optimizers)
        QTest::newRow(expected.name) << expected;
}

void TestOptimizers::everyStepIsThatOfTheReference()
{
    QFETCH(OptimizerReference, expected);
    QVERIFY(largestDifference(trajectory(expected.options, torch::kDouble), expected.parameters) < 1e-12);
    QVERIFY(largestDifference(trajectory(expected.options, torch::kFloat), expected.parameters) < 5e-6);
}

void TestOptimizers::resumedEqualsUninterrupted()
{
    QFETCH(OptimizerReference, expected);
    const std::unique_ptr<Optimizer> first = makeOptimizer(expected.options);
    const Model model(torch::kFloat);
    model.addTo(*first);
    for (int step = 0; step < 3; ++step)
        model.step(*first, step);
    NamedTensors saved;
    for (const auto &[name, tensor] : first->state())
        saved[name] = tensor.clone();

    const std::unique_ptr<Optimizer> second = makeOptimizer(expected.options);
    const Model resumed(torch::kFloat);
    resumed.addTo(*second);
    {
        const torch::NoGradGuard noGradient;
        resumed.matrix.copy_(model.matrix);
        resumed.vector.copy_(model.vector);
        resumed.last.copy_(model.last);
    }
    QVERIFY(second->restore(saved, "run").ok());
    for (int step = 3; step < 6; ++step) {
        model.step(*first, step);
        resumed.step(*second, step);
    }
    QVERIFY(torch::equal(model.values(), resumed.values()));
}

void TestOptimizers::aForeignStateIsRefused()
{
    const std::unique_ptr<Optimizer> optimizer = makeOptimizer({});
    const Model model;
    model.addTo(*optimizer);
    model.step(*optimizer, 0);
    const torch::Tensor before = optimizer->slots()[0].firstMoment.clone();
    NamedTensors saved;
    for (const auto &[name, tensor] : optimizer->state())
        saved[name] = torch::zeros_like(tensor);
    saved["second.last"] = torch::zeros({3, 2});
    const Result<void> restored = optimizer->restore(saved, "optimizer-7.safetensors");
    QVERIFY(!restored.ok());
    QCOMPARE(restored.error().code, ErrorCode::DataDamaged);
    QVERIFY(restored.error().debugText().find("second.last") != std::string::npos);
    QVERIFY(torch::equal(optimizer->slots()[0].firstMoment, before));
    saved.erase("second.last");
    QVERIFY(!optimizer->restore(saved, "optimizer-7.safetensors").ok());
}

void TestOptimizers::onlyTheStateThatIsNeededIsKept()
{
    const auto stateSize = [](const OptimizerOptions &options) {
        const std::unique_ptr<Optimizer> optimizer = makeOptimizer(options);
        Model().addTo(*optimizer);
        return optimizer->state().size();
    };
    using reference::Kind;
    QCOMPARE(stateSize({Kind::Sgd}), std::size_t{1});
    QCOMPARE(stateSize({Kind::Sgd, 0, 0.9}), std::size_t{4});
    QCOMPARE(stateSize({Kind::RmsProp}), std::size_t{4});
    QCOMPARE(stateSize({Kind::Adam}), std::size_t{7});
}

void TestOptimizers::tensorsWithoutGradientStayWhereTheyAre()
{
    for (const OptimizerReference &expected : reference::optimizers) {
        const std::unique_ptr<Optimizer> optimizer = makeOptimizer(expected.options);
        const Model model;
        model.addTo(*optimizer);
        model.step(*optimizer, 0);
        const torch::Tensor matrix = model.matrix.detach().clone();
        const torch::Tensor last = model.last.detach().clone();
        optimizer->zeroGradients();
        model.last.sum().backward();
        optimizer->step(0.1);
        QVERIFY(torch::equal(model.matrix, matrix));
        QVERIFY(!torch::equal(model.last, last));
    }
}

void TestOptimizers::channelsLastWeightsMoveLikeOthers()
{
    for (const OptimizerReference &expected : reference::optimizers) {
        torch::Tensor plain = wave(4, 18, 0.2).view({4, 2, 3, 3}).clone().set_requires_grad(true);
        torch::Tensor last = plain.detach().contiguous(torch::MemoryFormat::ChannelsLast).set_requires_grad(true);
        const std::unique_ptr<Optimizer> optimizer = makeOptimizer(expected.options);
        optimizer->add("plain", plain, 1);
        optimizer->add("last", last, 1);
        for (int step = 0; step < 3; ++step) {
            const torch::Tensor push = wave(4, 18, 1 + step).view({4, 2, 3, 3});
            plain.mutable_grad() = push.contiguous();
            last.mutable_grad() = push.contiguous();
            optimizer->step(0.05);
        }
        QVERIFY(last.is_contiguous(torch::MemoryFormat::ChannelsLast));
        QVERIFY(torch::equal(plain, last));
    }
}

void TestOptimizers::kindsHaveNames()
{
    QVERIFY(OptimizerOptions::kindNamed("rmsprop") == OptimizerOptions::Kind::RmsProp);
    QVERIFY(OptimizerOptions::kindNamed("sgd") == OptimizerOptions::Kind::Sgd);
    QVERIFY(!OptimizerOptions::kindNamed("adagrad").has_value());
}

void TestOptimizers::rateFallsInSteps()
{
    const StepDecay decay{5, 0.9};
    QCOMPARE(decay.at(0), 1.0);
    QCOMPARE(decay.at(4), 1.0);
    QCOMPARE(decay.at(5), 0.9);
    QVERIFY(std::abs(decay.at(14) - 0.81) < 1e-15);
    QCOMPARE(StepDecay{}.at(100), 1.0);
}

void TestOptimizers::headFirstThenAll()
{
    const Result<PhasePlan> plan = PhasePlan::make({{5, 1e-3, 0, {}}, {20, 1e-5, 2e-5, {5, 0.9}}});
    QVERIFY(plan.ok());
    QCOMPARE(plan->epochs(), std::int64_t{25});
    QCOMPARE(plan->at(4).phase, std::size_t{0});
    QCOMPARE(plan->at(4).headRate, 1e-3);
    QCOMPARE(plan->at(4).trunkRate, 0.0);
    QVERIFY(plan->phases()[plan->at(4).phase].trunkFrozen());
    QCOMPARE(plan->at(5).phase, std::size_t{1});
    QCOMPARE(plan->at(5).epochOfPhase, std::int64_t{0});
    QCOMPARE(plan->at(9).headRate, 1e-5);
    QVERIFY(std::abs(plan->at(10).headRate - 0.9e-5) < 1e-18); // the decay starts with the phase
    QVERIFY(std::abs(plan->at(10).trunkRate - 1.8e-5) < 1e-18);
    QVERIFY(std::abs(plan->at(30).headRate - 1e-5 * std::pow(0.9, 5)) < 1e-18); // the last phase goes on
}

void TestOptimizers::phasesAreReadFromText()
{
    const Result<PhasePlan> plan = PhasePlan::parse("5 head=0.001; 45 head=1e-5  trunk=2e-5 decay=0.9/5");
    QVERIFY2(plan.ok(), plan.ok() ? "" : plan.error().debugText().c_str());
    const std::vector<TrainingPhase> expected{{5, 1e-3, 0, {}}, {45, 1e-5, 2e-5, {5, 0.9}}};
    QVERIFY(plan->phases() == expected);
}

void TestOptimizers::badPhasesAreNamed_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("named");
    QTest::newRow("nothing") << ""
                             << "";
    QTest::newRow("no epochs") << "head=0.1"
                               << "1";
    QTest::newRow("no rate") << "3 head=0.1; 4"
                             << "2";
    QTest::newRow("negative rate") << "3 head=-0.1"
                                   << "1";
    QTest::newRow("infinite rate") << "3 head=inf"
                                   << "1";
    QTest::newRow("a word nobody knows") << "3 head=0.1 tail=2"
                                         << "3 head=0.1 tail=2";
    QTest::newRow("no number") << "3 head=fast"
                               << "3 head=fast";
    QTest::newRow("decay without epochs") << "3 head=0.1 decay=0.9"
                                          << "3 head=0.1 decay=0.9";
    QTest::newRow("growing decay") << "3 head=0.1 decay=1.5/5"
                                   << "1";
}

void TestOptimizers::badPhasesAreNamed()
{
    QFETCH(QString, text);
    QFETCH(QString, named);
    const Result<PhasePlan> plan = PhasePlan::parse(text.toStdString());
    QVERIFY(!plan.ok());
    QCOMPARE(plan.error().code, ErrorCode::SettingOutOfRange);
    QCOMPARE(QString::fromStdString(plan.error().args.at(1)), named);
}

void TestOptimizers::exponentialAverageFollowsThenLags()
{
    WeightAverager averager({WeightAveragingOptions::Kind::Exponential, 0.5});
    const torch::Tensor weight = torch::zeros({1}, torch::kDouble);
    const torch::Tensor average = torch::zeros({1}, torch::kDouble);
    double expected = 0;
    for (int step = 1; step <= 20; ++step) {
        weight.fill_(step);
        averager.update({{"w", weight}}, {{"w", average}});
        const double decay = std::min(0.5, (1.0 + step) / (10.0 + step));
        expected = decay * expected + (1 - decay) * step;
        QVERIFY(std::abs(average.item<double>() - expected) < 1e-12);
    }
    QCOMPARE(averager.averaged, std::int64_t{20});
}

void TestOptimizers::stochasticAverageIsTheMeanOfTheWeights()
{
    WeightAverager averager({WeightAveragingOptions::Kind::Stochastic});
    const torch::Tensor weight = torch::zeros({2}, torch::kDouble);
    const torch::Tensor average = torch::zeros({2}, torch::kDouble);
    const std::vector<double> expected{1, 2, 3, 4, 4, 5, 5, 6, 6}; // follows until 3, then means of 4, 6, 8
    for (int step = 1; step <= 9; ++step) {
        weight.fill_(step);
        averager.update({{"w", weight}}, {{"w", average}}, step > 3 && step % 2 == 0);
        QVERIFY(std::abs(average[0].item<double>() - expected[static_cast<std::size_t>(step - 1)]) < 1e-12);
    }
    QCOMPARE(averager.averaged, std::int64_t{3});
}

void TestOptimizers::averagesKeepCountersWhole()
{
    WeightAverager averager({WeightAveragingOptions::Kind::Stochastic});
    const torch::Tensor counter = torch::full({}, 7, torch::kLong);
    const torch::Tensor average = torch::zeros({}, torch::kLong);
    averager.update({{"n", counter}}, {{"n", average}});
    counter.fill_(10);
    averager.update({{"n", counter}}, {{"n", average}});
    QCOMPARE(average.item<std::int64_t>(), std::int64_t{10});
}

void TestOptimizers::freshStatisticsMatchTheReference()
{
    torch::nn::Sequential network = normedNetwork();
    network->eval();
    int batch = 0;
    const auto next = [&] {
        if (batch == 4)
            return false;
        network->forward(wave(5, 3, 0.5 * batch++));
        return true;
    };
    QCOMPARE(refreshNormStatistics(*network, next), std::int64_t{4});
    QVERIFY(largestDifference(statisticsOf(network), reference::normStatistics) < 1e-12);
    QVERIFY(!network->is_training());
}

void TestOptimizers::statisticsSurviveAFailure()
{
    torch::nn::Sequential network = normedNetwork();
    network->forward(wave(5, 3, 0.1));
    const torch::Tensor before = statisticsOf(network);
    QCOMPARE(refreshNormStatistics(*network, [] { return false; }), std::int64_t{0});
    QVERIFY(torch::equal(statisticsOf(network), before));
    int batch = 0;
    const auto failing = [&] {
        network->forward(wave(5, 3, 0.7));
        if (++batch == 2)
            throw std::runtime_error("out of memory");
        return true;
    };
    QVERIFY_EXCEPTION_THROWN(refreshNormStatistics(*network, failing), std::runtime_error);
    QVERIFY(torch::equal(statisticsOf(network), before));
    QVERIFY(network->is_training());
}

void TestOptimizers::frozenNormsKeepTheirStatistics()
{
    struct HalfFrozen : torch::nn::Module
    {
        HalfFrozen() { register_module("inner", inner); }
        void train(bool on = true) override
        {
            torch::nn::Module::train(on);
            inner->ptr(1)->eval();
        }
        torch::nn::Sequential inner = normedNetwork();
    };
    const auto network = std::make_shared<HalfFrozen>();
    const torch::Tensor before = statisticsOf(network->inner);
    int batch = 0;
    refreshNormStatistics(*network, [&] {
        network->inner->forward(wave(5, 3, 0.3 * batch));
        return ++batch < 3;
    });
    const torch::Tensor after = statisticsOf(network->inner);
    QVERIFY(torch::equal(after.narrow(0, 0, 8), before.narrow(0, 0, 8)));
    QVERIFY(!torch::allclose(after.narrow(0, 8, 4), before.narrow(0, 8, 4)));
}

QTEST_GUILESS_MAIN(TestOptimizers)
#include "tst_optimizers.moc"
