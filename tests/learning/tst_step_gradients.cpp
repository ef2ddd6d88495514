// The arithmetic of one step: what its loss adds up, what its gradient is however the batch is cut, and where the weights go with it.
#include "core/learning/training/comparison_objective.h"
#include "core/learning/training/learner.h"
#include "core/learning/worker/memory_use.h"
#include "tests/learning/toy_data.h"

#include <QTest>

#include <c10/util/Exception.h>

#include <cmath>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

constexpr std::int64_t animals = 8;
constexpr std::int64_t photosOfOne = 2;

using Values = std::map<std::string, std::string>;

/// Of the preset `flukeprint`; values need not be among its settings.
protocol::RunConfig configWith(const Values &values)
{
    protocol::RunConfig config = configOf(jobFor("unused"));
    config.values["augmentation"] = "off";
    config.values["mirror_identity"] = "false";
    for (const auto &[key, value] : values)
        config.values[key] = value;
    return config;
}

/// Animals one after the other, then the unidentified ones.
LoadedBatch batchOf(std::int64_t unidentified, std::int64_t sidePx)
{
    torch::manual_seed(9);
    LoadedBatch batch;
    batch.identified = animals * photosOfOne;
    batch.photos = torch::randint(0, 256, {batch.identified + unidentified, 3, sidePx, sidePx}).to(torch::kByte);
    batch.labels = torch::cat({torch::arange(animals, torch::kLong).repeat_interleave(photosOfOne), torch::full({unidentified}, -1, torch::kLong)});
    return batch;
}

/// A network without norms: the statistics of a part are not those of the batch.
EmbeddingNetwork normlessNetwork(OutputActivation activation = OutputActivation::None)
{
    torch::manual_seed(3);
    NetworkOptions options;
    options.architecture = "mlp";
    options.pooling = Pooling::Average;
    options.dimension = 16; // as the configuration
    options.linearBias = true;
    options.bnNeck = false;
    options.activation = activation;
    return makeNetwork(options).value();
}

std::unique_ptr<Learner> learnerOf(const protocol::RunConfig &config, EmbeddingNetwork network)
{
    return std::make_unique<Learner>(config, ModelInfo{}, std::move(network), std::vector<std::int64_t>(animals, photosOfOne), torch::kCPU);
}

NamedTensors copied(const NamedTensors &tensors, const std::string &prefix)
{
    NamedTensors copies;
    for (const auto &[name, tensor] : tensors) {
        if (name.starts_with(prefix))
            copies[name] = tensor.clone();
    }
    return copies;
}

/// Largest distance of a tensor, relative to the reference's length.
double difference(const NamedTensors &found, const NamedTensors &expected)
{
    double largest = found.size() == expected.size() ? 0 : INFINITY;
    for (const auto &[name, tensor] : expected)
        largest = std::max(largest, ((found.at(name) - tensor).norm() / tensor.norm()).item<double>());
    return largest;
}

torch::Tensor normalised(const torch::Tensor &photos) { return (photos.to(torch::kFloat) / 255 - 0.5) / 0.5; }

} // namespace

class TestStepGradients : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void partsHaveTheGradientOfTheWhole_data();
    void partsHaveTheGradientOfTheWhole();
    void outOfMemoryIsOvercomeByLateStepsToo();
    void aStepIsThatOfTorchsOptimizers_data();
    void aStepIsThatOfTorchsOptimizers();
    void unidentifiedPhotosCostWhatTheSumByHandDoes();
    void aCappedHingeOnASigmoidLearns();
    void deepRankingTakesItsStep();
};

void TestStepGradients::partsHaveTheGradientOfTheWhole_data()
{
    QTest::addColumn<int>("parts");
    QTest::addColumn<int>("unidentified");
    QTest::addColumn<bool>("late");
    for (const int parts : {2, 4}) {
        for (const int unidentified : {0, 1, 3, 7})
            QTest::addRow("%d parts, %d unidentified", parts, unidentified) << parts << unidentified << (unidentified == 3);
    }
}

void TestStepGradients::partsHaveTheGradientOfTheWhole()
{
    QFETCH(int, parts);
    QFETCH(int, unidentified);
    QFETCH(bool, late);
    // Losses that are means over rows; a triplet's partners would have to stand in the same part.
    const protocol::RunConfig config = configWith({{"triplet_weight", "0"}, {"negative_weight", "1"}, {"gradient_clip", "0"}});
    const LoadedBatch batch = batchOf(unidentified, 28);
    std::vector<NamedTensors> gradients;
    std::vector<double> losses;
    for (const int cut : {1, parts}) {
        const auto learner = learnerOf(config, normlessNetwork());
        learner->parts = cut;
        learner->late = late;
        VERIFY_OK(learner->step(batch, 0, 0.001));
        gradients.push_back(copied(learner->optimizerState(), "first.")); // a tenth of the gradient after one step of AdamW
        losses.push_back(learner->takeOutcomes(true).at(0).loss);
    }
    QVERIFY(gradients[0].contains("first.objective.centres"));
    QVERIFY(gradients[0].size() > 6);
    QVERIFY(difference(gradients[1], gradients[0]) < 1e-5);
    QVERIFY(std::abs(losses[1] - losses[0]) < 1e-5 * losses[0]);
}

void TestStepGradients::outOfMemoryIsOvercomeByLateStepsToo()
{
    const protocol::RunConfig config = configWith({});
    const LoadedBatch batch = batchOf(3, 28);
    std::vector<NamedTensors> weights;
    for (const bool late : {false, true}) {
        const auto learner = learnerOf(config, normlessNetwork());
        learner->late = late;
        learner->parts = late ? 1 : 4;
        int warnings = 0;
        learner->warning = [&warnings](const Error &) { ++warnings; };
        learner->beforeForward = [](std::int64_t photos) {
            if (photos > 5)
                throw c10::OutOfMemoryError({__func__, __FILE__, 0}, "as the device would");
        };
        VERIFY_OK(learner->step(batch, 0, 0.001));
        VERIFY_OK(learner->step(batch, 1, 0.001));
        QCOMPARE(learner->parts, std::int64_t{4});
        QCOMPARE(warnings, late ? 2 : 0); // 2 parts, 4 parts; the second step begins with 4
        for (const StepOutcome &outcome : learner->takeOutcomes(true))
            QVERIFY(outcome.finite);
        weights.push_back(copied(learner->weights(), "network."));
    }
    QVERIFY(difference(weights[1], weights[0]) < 1e-5);
}

void TestStepGradients::aStepIsThatOfTorchsOptimizers_data()
{
    QTest::addColumn<QString>("optimizer");
    QTest::addColumn<QString>("clip");
    QTest::newRow("SGD") << "sgd" << "0";
    QTest::newRow("SGD, clipped") << "sgd" << "0.5";
    QTest::newRow("AdamW") << "adamw" << "0";
}

void TestStepGradients::aStepIsThatOfTorchsOptimizers()
{
    QFETCH(QString, optimizer);
    QFETCH(QString, clip);
    constexpr double rate = 0.002;
    constexpr double headFactor = 3;
    constexpr double decay = 0.2;
    const protocol::RunConfig config = configWith({{"optimizer", optimizer.toStdString()}, {"momentum", "0.9"}, {"gradient_clip", clip.toStdString()},
                                                   {"weight_decay", "0.2"}, {"head_rate_factor", "3"}});
    EmbeddingNetwork network = normlessNetwork(); // a norm over few rows makes much of rounding
    const auto learner = learnerOf(config, copyNetwork(network));
    const auto objective = makeObjective(config, std::vector<std::int64_t>(animals, photosOfOne), network->dimension());
    torch::Tensor centres = objective->parameters().at(0).second;
    {
        const torch::NoGradGuard noGradient;
        centres.copy_(learner->weights().at("objective.centres"));
    }
    // Head or trunk; decaying or not.
    std::map<std::pair<bool, bool>, std::vector<torch::Tensor>> groups{{{true, true}, {centres}}};
    std::vector<torch::Tensor> all{centres};
    NamedTensors expected{{"objective.centres", centres}};
    for (const auto &[name, tensor] : namedTensors(network)) {
        if (!tensor.requires_grad())
            continue;
        groups[{name.starts_with("head."), tensor.dim() > 1}].push_back(tensor);
        all.push_back(tensor);
        expected["network." + name] = tensor;
    }
    const NamedTensors start = copied(learner->weights(), "");
    std::vector<torch::optim::OptimizerParamGroup> parameterGroups;
    for (const auto &[kind, tensors] : groups) {
        const double own = rate * (kind.first ? headFactor : 1);
        const double weightDecay = kind.second ? decay : 0;
        std::unique_ptr<torch::optim::OptimizerOptions> options;
        if (optimizer == "sgd")
            options = std::make_unique<torch::optim::SGDOptions>(torch::optim::SGDOptions(own).momentum(0.9).weight_decay(weightDecay));
        else
            options = std::make_unique<torch::optim::AdamWOptions>(torch::optim::AdamWOptions(own).weight_decay(weightDecay));
        parameterGroups.emplace_back(tensors, std::move(options));
    }
    std::unique_ptr<torch::optim::Optimizer> reference;
    if (optimizer == "sgd")
        reference = std::make_unique<torch::optim::SGD>(parameterGroups, torch::optim::SGDOptions(rate));
    else
        reference = std::make_unique<torch::optim::AdamW>(parameterGroups, torch::optim::AdamWOptions(rate));

    network->train();
    const LoadedBatch batch = batchOf(2, 28);
    double norm = 0;
    for (int step = 0; step < 2; ++step) {
        reference->zero_grad();
        Random unused(0);
        const Objective::Value value = objective->evaluate(network->forward(normalised(batch.photos)), batch.labels, batch.identified, unused);
        (value.loss + value.unidentifiedLoss).backward();
        norm = torch::nn::utils::clip_grad_norm_(all, clip == "0" ? INFINITY : clip.toDouble());
        reference->step();
        VERIFY_OK(learner->step(batch, step, rate));
    }
    QVERIFY(norm > 1); // clipping does clip
    NamedTensors found = learner->weights();
    for (const auto &[name, tensor] : expected) {
        const double moved = (tensor - start.at(name)).norm().item<double>();
        const double apart = (found.at(name) - tensor).norm().item<double>();
        QVERIFY2(moved > 1e-7, name.c_str());
        QVERIFY2(apart < 1e-3 * moved, qPrintable(QString("%1: %2 of %3").arg(name.c_str()).arg(apart).arg(moved)));
    }
}

void TestStepGradients::unidentifiedPhotosCostWhatTheSumByHandDoes()
{
    constexpr std::int64_t dimension = 12;
    constexpr std::int64_t subCentres = 2;
    constexpr std::int64_t rows = 5;
    constexpr std::int64_t identified = 3;
    constexpr double weight = 0.7;
    const protocol::RunConfig config =
        configWith({{"dimension", "12"}, {"arcface_weight", "0"}, {"triplet_weight", "0"}, {"negative_weight", "0.7"}});
    torch::manual_seed(4);
    ComparisonObjective objective(config, {3, 2, 2, 1});
    torch::Tensor centres = objective.parameters().at(0).second;
    centres.set_data(torch::randn({4 * subCentres, dimension}, torch::kDouble));
    Features features;
    torch::Tensor drawn = torch::randn({rows, dimension}, torch::kDouble);
    drawn[3] += 4 * centres.detach()[5]; // looks like the third animal
    features.feature = features.neck = drawn.set_requires_grad(true);
    const torch::Tensor labels = torch::tensor({0, 0, 2, -1, -1}, torch::kLong);
    Random unused(0);
    const Objective::Value value = objective.evaluate(features, labels, identified, unused);
    value.unidentifiedLoss.backward();

    // The paper's formula, number by number: -p^2 log(1 - p) of each class, for p by the nearest of its centres.
    const auto byHand = [&](const torch::Tensor &neck) {
        double sum = 0;
        for (std::int64_t row = identified; row < rows; ++row) {
            for (std::int64_t animal = 0; animal < 4; ++animal) {
                double nearest = -1;
                for (std::int64_t sub = 0; sub < subCentres; ++sub) {
                    const torch::Tensor centre = centres.detach()[animal * subCentres + sub];
                    const double cosine = ((neck[row] * centre).sum() / neck[row].norm() / centre.norm()).item<double>();
                    nearest = std::max(nearest, cosine);
                }
                const double score = 16 * (nearest - 0.35);
                const double p = 1 / (1 + std::exp(-score));
                sum += p * p * std::log1p(std::exp(score)); // -log(1 - p) without its rounding
            }
        }
        return weight * sum / (rows - identified);
    };
    const torch::Tensor neck = features.neck.detach();
    QVERIFY(byHand(neck) > 0.1);
    QVERIFY(std::abs(value.unidentifiedLoss.item<double>() - byHand(neck)) < 1e-9);
    QCOMPARE(value.loss.item<double>(), 0.0);
    constexpr double nudge = 1e-6;
    for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t column = 0; column < dimension; ++column) {
            torch::Tensor up = neck.clone();
            torch::Tensor down = neck.clone();
            up[row][column] += nudge;
            down[row][column] -= nudge;
            const double slope = (byHand(up) - byHand(down)) / (2 * nudge);
            QVERIFY(std::abs(features.neck.grad()[row][column].item<double>() - slope) < 1e-6);
        }
    }
}

void TestStepGradients::aCappedHingeOnASigmoidLearns()
{
    const double rate = 0.05;
    const double penalty = 0.01;
    // By hand: anchor, positive, negative in turn.
    const auto gapsOf = [](const torch::Tensor &rows) {
        const auto of = [&rows](std::int64_t place) { return rows.slice(0, place, 15, 3); };
        return (of(0) - of(1)).norm(2, 1) - (of(0) - of(2)).norm(2, 1);
    };
    LoadedBatch batch = batchOf(0, 28);
    batch.photos = batch.photos.narrow(0, 0, 15).clone();
    batch.labels = torch::tensor({0, 0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 0, 0, 7}, torch::kLong);
    batch.identified = 15;
    EmbeddingNetwork network = normlessNetwork(OutputActivation::Sigmoid);
    const torch::Tensor rows = network->forward(normalised(batch.photos)).neck;
    QVERIFY(rows.min().item<double>() > 0 && rows.max().item<double>() < 1);
    const torch::Tensor gaps = gapsOf(rows);
    const double cap = 0.3 + gaps.median().item<double>(); // some cost more
    const Values values{{"loss", "triplet"},       {"sampler", "triplets"}, {"miner", "tuples"},          {"distance", "euclidean"},
                        {"form", "capped"},        {"margin", "0.3"},       {"cap", std::to_string(cap)}, {"l2_normalised", "false"},
                        {"optimizer", "sgd"},      {"momentum", "0"},       {"weight_decay", "0"},        {"gradient_clip", "0"},
                        {"head_rate_factor", "1"}, {"l2_last", "0.01"}};
    const auto learner = learnerOf(configWith(values), normlessNetwork(OutputActivation::Sigmoid));
    const torch::Tensor cost = torch::relu(gaps + 0.3).clamp_max(std::stod(values.at("cap")));
    QVERIFY((gaps + 0.3 > cap + 1e-4).any().item<bool>() && ((cost > 0) & (cost < cap - 1e-4)).any().item<bool>());
    cost.mean().backward();
    VERIFY_OK(learner->step(batch, 0, rate));
    QVERIFY(std::abs(learner->takeOutcomes(true).at(0).loss - cost.mean().item<double>()) < 1e-6);
    std::size_t moved = 0;
    for (const auto &[name, tensor] : namedTensors(network)) {
        const torch::Tensor before = tensor.detach();
        const torch::Tensor gradient = tensor.grad() + (name == "head.dense.0.weight" ? 2 * penalty : 0.0) * before;
        QVERIFY2((learner->weights().at("network." + name) - (before - rate * gradient)).abs().max().item<double>() < 1e-6, name.c_str());
        moved += gradient.abs().max().item<double>() > 1e-4 ? 1 : 0;
    }
    QVERIFY(moved >= 4);
}

void TestStepGradients::deepRankingTakesItsStep()
{
    constexpr std::uint64_t needed = std::uint64_t{3} << 30; // weights and gradients of 164 million parameters, and room for what comes by
    if (availableBytes() < needed)
        QSKIP("not enough memory for the large network");
    // With the source's margin of 20 a fresh network's triplets all cost more than the cap of 5, from where nothing pulls.
    const protocol::RunConfig config = protocol::resolve("deep-ranking", {{"margin", "2.5"}}).value();
    NetworkOptions options;
    options.architecture = "deep_ranking";
    options.pooling = Pooling::Average;
    options.dimension = config.integer("dimension");
    options.linearBias = true;
    options.activation = OutputActivation::Sigmoid;
    options.bnNeck = options.l2Normalised = false;
    torch::manual_seed(6);
    const auto learner = learnerOf(config, makeNetwork(options).value());
    LoadedBatch batch = batchOf(0, 193);
    batch.photos = batch.photos.narrow(0, 0, 3).clone();
    batch.labels = torch::tensor({0, 0, 1}, torch::kLong);
    batch.identified = 3;
    // Enough to tell: the first numbers of every tensor.
    constexpr std::int64_t some = 64;
    const auto start = [&](const torch::Tensor &tensor) { return tensor.detach().flatten().narrow(0, 0, std::min(some, tensor.numel())); };
    NamedTensors before;
    for (const auto &[name, tensor] : namedTensors(learner->network()))
        before[name] = start(tensor).clone();
    VERIFY_OK(learner->step(batch, 0, config.real("learning_rate")));
    const StepOutcome outcome = learner->takeOutcomes(true).at(0);
    QVERIFY(outcome.finite);
    QVERIFY(outcome.loss > 0 && outcome.loss < 5);
    for (const auto &[name, tensor] : namedTensors(learner->network())) {
        QVERIFY2(tensor.grad().defined() && tensor.grad().abs().max().item<double>() > 0, name.c_str());
        const double penalty = name == "head.dense.0.weight" ? 2 * config.real("l2_last") : 0;
        const torch::Tensor expected = before.at(name) - config.real("learning_rate") * (start(tensor.grad()) + penalty * before.at(name));
        QVERIFY2((start(tensor) - expected).abs().max().item<double>() < 1e-6, name.c_str());
    }
    const torch::Tensor last = learner->weights().at("network.head.dense.0.weight");
    QVERIFY((start(last) - before.at("head.dense.0.weight")).abs().max().item<double>() > 1e-7); // the penalty alone is enough for that
}

QTEST_GUILESS_MAIN(TestStepGradients)
#include "tst_step_gradients.moc"
