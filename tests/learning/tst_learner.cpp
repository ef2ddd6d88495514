// One step at a time: what a step changes, what it leaves alone, and where its chips come from.
#include "core/learning/training/batch_plan.h"
#include "core/learning/training/learner.h"
#include "tests/learning/toy_data.h"

#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <limits>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

NamedTensors copied(const NamedTensors &tensors)
{
    NamedTensors copies;
    for (const auto &[name, tensor] : tensors)
        copies[name] = tensor.clone();
    return copies;
}

/// The largest difference, relative to the tensor's largest element.
double difference(const NamedTensors &a, const NamedTensors &b)
{
    double largest = 0;
    for (const auto &[name, tensor] : a) {
        const torch::Tensor other = b.at(name).to(torch::kDouble);
        const double scale = std::max(1e-3, other.abs().max().item<double>());
        largest = std::max(largest, (tensor.to(torch::kDouble) - other).abs().max().item<double>() / scale);
    }
    return largest;
}

} // namespace

class TestLearner : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void lateStepsLearnWhatPromptOnesDo();
    void promptOutcomesAreThereAtOnceAndOnce();
    void aStepThatIsNoNumberChangesNothing_data();
    void aStepThatIsNoNumberChangesNothing();
    void averagesAreThoseMadeByHand_data();
    void averagesAreThoseMadeByHand();
    void freshNormsFitTheAveragedWeights();
    void convolutionsStayInTheOrderThatIsFast();
    void chipsOnTheDeviceAreThoseOfTheFile();
    void chipsThatDoNotFitStayInTheFile();

private:
    std::unique_ptr<Learner> makeLearner(const std::map<std::string, std::string> &settings = {});
    std::vector<LoadedBatch> batches(std::size_t count);

    QTemporaryDir m_folder;
    std::unique_ptr<RunData> m_data;
    protocol::RunConfig m_config;
};

void TestLearner::initTestCase()
{
    m_data = std::make_unique<RunData>(loadToyRun(m_folder.path()));
    m_config = configOf(jobFor(m_folder.path()));
}

std::unique_ptr<Learner> TestLearner::makeLearner(const std::map<std::string, std::string> &settings)
{
    protocol::RunConfig config = m_config;
    for (const auto &[key, value] : settings)
        config.values[key] = value;
    return std::make_unique<Learner>(config, ModelInfo{}, toyNetwork(), m_data->classCounts(true), torch::kCPU);
}

std::vector<LoadedBatch> TestLearner::batches(std::size_t count)
{
    const ChipStore chips(*m_data, torch::kCPU, 0);
    const BatchPlan plan = BatchPlan::make(m_config, *m_data).value();
    BatchLoader loader(chips, plan.source(), 0, 0);
    std::vector<LoadedBatch> loaded;
    while (loaded.size() < count)
        loaded.push_back(loader.next());
    return loaded;
}

void TestLearner::lateStepsLearnWhatPromptOnesDo()
{
    const auto prompt = makeLearner();
    const auto late = makeLearner();
    late->late = true;
    std::vector<StepOutcome> promptOutcomes;
    std::int64_t step = 0;
    for (const LoadedBatch &batch : batches(4)) {
        VERIFY_OK(prompt->step(batch, step, 0.001));
        VERIFY_OK(late->step(batch, step, 0.001));
        promptOutcomes.push_back(prompt->takeOutcomes(true).at(0));
        ++step;
    }
    const std::vector<StepOutcome> lateOutcomes = late->takeOutcomes(true);
    QCOMPARE(lateOutcomes.size(), promptOutcomes.size());
    for (std::size_t i = 0; i < lateOutcomes.size(); ++i) {
        QVERIFY(lateOutcomes[i].finite);
        QVERIFY(std::abs(lateOutcomes[i].loss - promptOutcomes[i].loss) < 1e-4 * promptOutcomes[i].loss);
        QVERIFY(std::abs(lateOutcomes[i].activeTriplets - promptOutcomes[i].activeTriplets) < 1e-6);
    }
    QVERIFY(difference(late->weights(), prompt->weights()) < 1e-3);
    QVERIFY(difference(late->weights(), makeLearner()->weights()) > 1e-3); // it did learn
}

void TestLearner::promptOutcomesAreThereAtOnceAndOnce()
{
    const auto learner = makeLearner();
    VERIFY_OK(learner->step(batches(1).front(), 0, 0.001));
    QCOMPARE(learner->takeOutcomes(false).size(), std::size_t{1});
    QVERIFY(learner->takeOutcomes(true).empty());
}

void TestLearner::aStepThatIsNoNumberChangesNothing_data()
{
    QTest::addColumn<bool>("late");
    QTest::newRow("prompt") << false;
    QTest::newRow("late") << true;
}

void TestLearner::aStepThatIsNoNumberChangesNothing()
{
    QFETCH(bool, late);
    const auto learner = makeLearner();
    learner->late = late;
    const std::vector<LoadedBatch> loaded = batches(3);
    VERIFY_OK(learner->step(loaded[0], 0, 0.001));
    torch::Tensor centres = learner->weights().at("objective.centres");
    const torch::Tensor good = centres.clone();
    {
        const torch::NoGradGuard noGradient;
        centres.fill_(std::numeric_limits<float>::quiet_NaN());
    }
    NamedTensors before = copied(learner->weights());
    NamedTensors moments = copied(learner->optimizerState());
    VERIFY_OK(learner->step(loaded[1], 1, 0.001));
    const std::vector<StepOutcome> outcomes = learner->takeOutcomes(true);
    QVERIFY(outcomes.front().finite && !outcomes.back().finite);
    NamedTensors after = learner->weights();
    NamedTensors momentsAfter = learner->optimizerState();
    QVERIFY(torch::isnan(after.at("objective.centres")).all().item<bool>());
    for (auto *tensors : {&before, &after}) {
        // Averages may go on towards weights that stand still, and a forward pass was made and is counted.
        std::erase_if(*tensors, [](const auto &item) {
            return item.first.starts_with("average.") || item.first == "objective.centres" || item.first.ends_with("num_batches_tracked");
        });
    }
    for (auto *state : {&moments, &momentsAfter})
        std::erase_if(*state, [](const auto &item) { return item.first == "steps" || item.first == "averaged_steps"; });
    QCOMPARE(difference(after, before), 0.0);
    QCOMPARE(difference(momentsAfter, moments), 0.0);
    {
        const torch::NoGradGuard noGradient;
        centres.copy_(good);
    }
    VERIFY_OK(learner->step(loaded[2], 2, 0.001));
    QVERIFY(learner->takeOutcomes(true).back().finite); // and it goes on
}

void TestLearner::averagesAreThoseMadeByHand_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<bool>("late");
    QTest::newRow("running average") << "ema" << false;
    QTest::newRow("plain mean") << "swa" << false;
    QTest::newRow("plain mean, late") << "swa" << true;
}

void TestLearner::averagesAreThoseMadeByHand()
{
    QFETCH(QString, kind);
    QFETCH(bool, late);
    const auto learner = makeLearner({{"averaging", kind.toStdString()}, {"averaging_decay", "0.6"}});
    learner->late = late;
    const NamedTensors start = copied(learner->weights());
    constexpr std::int64_t stepsBefore = 2; // that do not count in a plain mean
    NamedTensors expected;
    std::int64_t step = 0;
    for (const LoadedBatch &batch : batches(8)) {
        learner->countsInAverage = step >= stepsBefore;
        VERIFY_OK(learner->step(batch, step, 0.001));
        ++step;
        const double decay = std::min(0.6, (1.0 + static_cast<double>(step)) / (10.0 + static_cast<double>(step)));
        const double share = kind == "ema" ? 1 - decay : 1.0 / static_cast<double>(std::max<std::int64_t>(1, step - stepsBefore));
        NamedTensors all = learner->weights();
        std::erase_if(all, [](const auto &item) { return item.first.starts_with("average.") || !item.second.is_floating_point(); });
        for (const auto &[name, tensor] : all) {
            torch::Tensor &average = expected.try_emplace("average." + name, start.at(name).to(torch::kDouble)).first->second;
            average = average * (1 - share) + tensor.to(torch::kDouble) * share;
        }
        QVERIFY(difference(expected, learner->weights()) < 1e-5);
    }
    NamedTensors newest = learner->weights();
    std::erase_if(newest, [](const auto &item) { return item.first.starts_with("average.") || !item.second.is_floating_point(); });
    double distance = 0;
    for (const auto &[name, tensor] : newest)
        distance = std::max(distance, difference({{name, tensor}}, {{name, learner->weights().at("average." + name)}}));
    QVERIFY(distance > 1e-3); // they are something else than the newest weights
}

void TestLearner::freshNormsFitTheAveragedWeights()
{
    const std::map<std::string, std::string> settings{{"averaging", "swa"}, {"augmentation", "off"}};
    QVERIFY(!makeLearner()->wantsFreshNorms());
    const auto learner = makeLearner(settings);
    QVERIFY(!learner->wantsFreshNorms()); // nothing is averaged yet
    const std::vector<LoadedBatch> loaded = batches(4);
    for (std::int64_t step = 0; step < 4; ++step)
        VERIFY_OK(learner->step(loaded[static_cast<std::size_t>(step)], step, 0.001));
    QVERIFY(learner->wantsFreshNorms());
    QVERIFY([&] {
        const auto averaged = makeLearner({{"averaging", "swa"}, {"averaging_norms", "averaged"}});
        return averaged->step(loaded[0], 0, 0.001).ok() && !averaged->wantsFreshNorms();
    }());
    const NamedTensors before = copied(learner->weights());
    // The same network's norms look at what comes by.
    EmbeddingNetwork watched = copyNetwork(learner->evaluationNetwork());
    watched->train();
    for (NormImpl *norm : watched->trunkNorms())
        norm->startObserving();
    const Normalisation normalisation = ModelInfo{}.normalisation;
    for (const std::size_t number : {0, 1}) {
        const torch::NoGradGuard noGradient;
        const auto channels = [](const std::array<double, 3> &values) {
            return torch::tensor(std::vector<double>(values.begin(), values.end()), torch::kFloat).view({1, 3, 1, 1});
        };
        watched->forward((loaded[number].photos.to(torch::kFloat) / 255 - channels(normalisation.mean)) / channels(normalisation.deviation));
    }
    std::size_t given = 0;
    learner->refreshNorms([&]() { return given < 2 ? std::optional(loaded[given++]) : std::nullopt; }, 4);
    const std::vector<NormImpl *> norms = learner->evaluationNetwork()->trunkNorms();
    for (std::size_t i = 0; i < norms.size(); ++i) {
        const torch::Tensor seen = watched->trunkNorms()[i]->observedMean();
        QVERIFY(difference({{"mean", norms[i]->runningMean}}, {{"mean", seen}}) < 1e-3);
    }
    double moved = 0;
    for (const auto &[name, tensor] : learner->weights()) {
        const double change = difference({{name, tensor}}, {{name, before.at(name)}});
        if (name.starts_with("average.") && (name.ends_with("running_mean") || name.ends_with("running_var")))
            moved = std::max(moved, change);
        else
            QVERIFY2(change == 0, name.c_str());
    }
    QVERIFY(moved > 0.01);
    QVERIFY(!learner->evaluationNetwork()->is_training());
}

void TestLearner::convolutionsStayInTheOrderThatIsFast()
{
    const auto learner = std::make_unique<Learner>(m_config, ModelInfo{}, toyNetwork("resnet18"), m_data->classCounts(true), torch::kCPU);
    VERIFY_OK(learner->step(batches(1).front(), 0, 0.001));
    const torch::Tensor photos = torch::rand({2, 3, 96, 96}).contiguous(torch::MemoryFormat::ChannelsLast);
    for (EmbeddingNetwork *network : {&learner->network(), &learner->evaluationNetwork()}) {
        std::size_t convolutions = 0;
        for (const auto &[name, tensor] : namedTensors(*network)) {
            if (tensor.dim() != 4 || tensor.size(2) == 1) // of those both orders are one
                continue;
            ++convolutions;
            QVERIFY2(tensor.is_contiguous(torch::MemoryFormat::ChannelsLast), name.c_str());
            if (tensor.grad().defined())
                QVERIFY2(tensor.grad().is_contiguous(torch::MemoryFormat::ChannelsLast), name.c_str());
        }
        QCOMPARE(convolutions, std::size_t{17});
        // And so do the maps: nothing on the way turns them over.
        QVERIFY((*network)->map(photos).is_contiguous(torch::MemoryFormat::ChannelsLast));
    }
}

void TestLearner::chipsOnTheDeviceAreThoseOfTheFile()
{
    const ChipStore file(*m_data, torch::kCPU, 0);
    const ChipStore device(*m_data, torch::kCPU, std::uint64_t{1} << 30);
    QVERIFY(!file.isOnDevice() && device.isOnDevice());
    QCOMPARE(QByteArray(device.place()), QByteArray("device"));
    std::vector<BatchItem> items;
    for (std::int64_t row = 0; row < 9; ++row)
        items.push_back({(row * 5) % m_data->chipCount(), row, row % 3 == 1});
    QVERIFY(torch::equal(device.batch(items), file.batch(items)));
    std::erase_if(items, [](const BatchItem &item) { return item.mirrored; });
    QVERIFY(torch::equal(device.batch(items), file.batch(items)));
    QVERIFY(!torch::equal(device.batch({{{0, -1, true}}}), device.batch({{{0, -1, false}}})));
}

void TestLearner::chipsThatDoNotFitStayInTheFile()
{
    QCOMPARE(m_data->planarBytes(), static_cast<std::uint64_t>(m_data->chipCount()) * 3 * side * side);
    QVERIFY(!ChipStore(*m_data, torch::kCPU, m_data->planarBytes()).isOnDevice());
    QCOMPARE(ChipStore::deviceBytesOn(torch::kCPU), std::uint64_t{0});
}

QTEST_GUILESS_MAIN(TestLearner)
#include "tst_learner.moc"
