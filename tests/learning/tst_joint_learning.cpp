// Learners in several processes against one with the whole batch, in double precision: nothing but rounding may part them. And what the
// processes of a run do while one of them works alone.
#include "core/learning/distributed/joint_batch.h"
#include "core/learning/training/batch_plan.h"
#include "core/learning/training/learner.h"
#include "core/learning/training/start_model.h"
#include "core/learning/training/trainer.h"
#include "tests/learning/as_processes.h"
#include "tests/learning/toy_data.h"

#include <c10/core/DefaultDtype.h>

#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <cmath>
#include <cstring>
#include <thread>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

/// Networks, class centres and moments made meanwhile are of double precision.
class DoublePrecision
{
public:
    DoublePrecision() { c10::set_default_dtype(c10::scalarTypeToTypeMeta(torch::kDouble)); }
    DoublePrecision(const DoublePrecision &) = delete;
    DoublePrecision &operator=(const DoublePrecision &) = delete;
    ~DoublePrecision() { c10::set_default_dtype(c10::scalarTypeToTypeMeta(torch::kFloat)); }
};

struct Learnt
{
    std::vector<double> losses;
    NamedTensors tensors; ///< weights, averages and moments
};

class Toy
{
public:
    Toy(const QString &folder, const protocol::TrainJob &job)
        : m_config(configOf(job))
    {
        RunOptions options;
        options.chipSide = static_cast<std::uint32_t>(m_config.integer("input_width"));
        writeRun(folder, options);
        m_data = std::make_unique<RunData>(RunData::load(job.runFolder, job.packPath, m_config).value());
    }

    [[nodiscard]] std::unique_ptr<Learner> makeLearner() const
    {
        StartModel model = makeStartModel(m_config, "", *m_data).value();
        return std::make_unique<Learner>(m_config, model.info, model.network, m_data->classCounts(m_config.booleanOr("mirror_identity", false)),
                                         torch::kCPU);
    }

    /// Some steps at the configuration's rate. `peers`: null for the only one.
    [[nodiscard]] Learnt learn(Learner &learner, Peers *peers, int steps) const
    {
        const ChipStore chips(*m_data, torch::kCPU, 0);
        const BatchPlan plan = BatchPlan::make(m_config, *m_data).value();
        LoaderOptions options;
        if (peers != nullptr)
            options = {nullptr, rowsTogether(m_config), peers->rank(), peers->size()};
        BatchLoader loader(chips, plan.source(), 0, 0, options);
        learner.trainWith(peers);
        Learnt learnt;
        for (int step = 0; step < steps; ++step) {
            if (const auto done = learner.step(loader.next(), step, m_config.real("learning_rate")); !done)
                throw std::runtime_error(done.error().debugText());
            learnt.losses.push_back(learner.takeOutcomes(true).at(0).loss);
        }
        learnt.tensors = learner.weights();
        learnt.tensors.merge(learner.optimizerState());
        return learnt;
    }

private:
    protocol::RunConfig m_config;
    std::unique_ptr<RunData> m_data;
};

/// Some gradients are 0 but for rounding: of a bias before a norm, say. AdamW follows their signs all the same, to no effect but on that
/// norm's running mean; MobileNetV2, which has many of them, is not among the rows for that.
bool isWithoutEffect(const NamedTensors &tensors, std::string name)
{
    constexpr double roundingOnly = 1e-10;
    for (const char *prefix : {"average.", "first.", "second."}) {
        if (name.starts_with(prefix))
            name.erase(0, std::strlen(prefix));
    }
    const auto gradient = tensors.find("first." + name);
    return gradient != tensors.end() && gradient->second.norm().item<double>() < roundingOnly;
}

struct Difference
{
    double value = 0;
    std::string where;
};

/// The largest of a tensor, relative to its own length.
Difference differenceOf(const Learnt &a, const Learnt &b)
{
    constexpr double nothing = 1e-9; // of a gradient that is all rounding
    Difference largest;
    const auto note = [&largest](double value, const std::string &where) {
        if (!(value <= largest.value))
            largest = {value, where};
    };
    for (std::size_t step = 0; step < b.losses.size(); ++step)
        note(std::abs(a.losses.at(step) - b.losses[step]) / std::abs(b.losses[step]), "loss of step " + std::to_string(step));
    for (const auto &[name, tensor] : b.tensors) {
        if (isWithoutEffect(b.tensors, name))
            continue;
        const torch::Tensor wanted = tensor.to(torch::kDouble);
        const double apart = (a.tensors.at(name).to(torch::kDouble) - wanted).norm().item<double>();
        note(apart / std::max(nothing, wanted.norm().item<double>()), name);
    }
    return largest;
}

protocol::TrainJob jobOf(const QString &folder, const QString &preset, const QStringList &settings)
{
    protocol::TrainJob job = jobFor(folder);
    job.preset = preset.toStdString();
    job.settings = {{"input_width", "32"}, {"input_height", "32"}, {"augmentation", "off"}};
    for (const QString &setting : settings)
        job.settings[setting.section('=', 0, 0).toStdString()] = setting.section('=', 1).toStdString();
    return job;
}

} // namespace

class TestJointLearning : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void severalLearnersLearnWhatOneDoes_data();
    void severalLearnersLearnWhatOneDoes();
    void othersWaitForALongValidation();
    void aStopElsewhereEndsALongValidation();

private:
    [[nodiscard]] protocol::TrainJob manyToValidate(const QString &name);

    QTemporaryDir m_folder;
};

/// Several batches of them, so that there is a while to be asked in.
protocol::TrainJob TestJointLearning::manyToValidate(const QString &name)
{
    RunOptions options;
    options.individualCount = 60;
    const QString folder = m_folder.filePath(name);
    writeRun(folder, options);
    return jobFor(folder, {{"epochs", "1"}, {"augmentation", "off"}, {"individuals_per_batch", "30"}});
}

void TestJointLearning::initTestCase()
{
    if (!Peers::areSupported())
        QSKIP("built without Gloo's headers");
}

void TestJointLearning::severalLearnersLearnWhatOneDoes_data()
{
    QTest::addColumn<QString>("preset");
    QTest::addColumn<QStringList>("settings");
    QTest::addColumn<int>("processes");
    QTest::addColumn<bool>("late");
    QTest::addColumn<int>("steps");
    // Together: norms, class centres, triplets between photos of different processes, unidentified photos, decay, averages.
    const QStringList identities{"individuals_per_batch=5", "negatives_per_batch=3", "dimension=16", "network=resnet18"};
    const QStringList centres = identities + QStringList{"arcface_weight=1", "negative_weight=0.2", "batch_loss=triplet", "miner=batch_hard"};
    QTest::newRow("the default") << "flukeprint" << identities << 2 << false << 4;
    QTest::newRow("ArcFace and triplets") << "flukeprint" << centres << 2 << false << 4;
    QTest::newRow("three processes, judged late") << "flukeprint" << centres << 3 << true << 4;
    QTest::newRow("clipped") << "flukeprint" << centres + QStringList{"gradient_clip=0.05"} << 2 << false << 4;
    const QStringList photos{"individuals_per_batch=5", "dimension=16", "network=resnet18"};
    QTest::newRow("all triplets") << "batch-hard-cosine" << photos + QStringList{"miner=batch_all"} << 2 << false << 4;
    QTest::newRow("random triplets") << "batch-hard-cosine" << photos + QStringList{"miner=random", "bn_neck=true"} << 3 << false << 4;
    QTest::newRow("given triplets, dense layers, a penalty")
        << "facenet-transfer" << QStringList{"network=resnet18", "trunk=trained", "batch_size=5"} << 2 << false << 4;
    // One step: what little parts this network's weights then makes a hundred times as much of its next gradients, which are large.
    const QStringList branch{"input_width=64", "input_height=64", "batch_size=5", "optimizer=sgd", "momentum=0.9"};
    QTest::newRow("learned pairs") << "branch-siamese" << branch << 2 << false << 1;
    const QStringList mlp{"input_width=28", "input_height=28", "batch_size=12", "trunk_dropout=0"};
    QTest::newRow("no norms at all") << "semi-hard-mlp" << mlp << 3 << false << 4;
}

void TestJointLearning::severalLearnersLearnWhatOneDoes()
{
    QFETCH(QString, preset);
    QFETCH(QStringList, settings);
    QFETCH(int, processes);
    QFETCH(bool, late);
    QFETCH(int, steps);
    constexpr double tolerance = 1e-6; // in single precision as little as a step parts them by more
    const DoublePrecision numbers;
    const QString folder = m_folder.filePath(QTest::currentDataTag());
    const Toy toy(folder, jobOf(folder, preset, settings));
    const auto alone = toy.makeLearner();
    std::vector<std::unique_ptr<Learner>> learners;
    for (int i = 0; i < processes; ++i) {
        learners.push_back(toy.makeLearner()); // here, because it seeds the one generator there is
        learners.back()->late = late;
    }
    const NamedTensors start = toy.makeLearner()->weights();
    const Learnt wanted = toy.learn(*alone, nullptr, steps);
    std::vector<Learnt> learnt(learners.size());
    asProcesses(processes, [&](Peers &peers) {
        const auto rank = static_cast<std::size_t>(peers.rank());
        learnt[rank] = toy.learn(*learners[rank], &peers, steps);
    });
    for (const Learnt &own : learnt) {
        const Difference difference = differenceOf(own, wanted);
        qInfo() << "largest difference:" << difference.value << difference.where.c_str() << "losses" << wanted.losses << own.losses;
        QVERIFY(difference.value < tolerance);
    }
    QVERIFY(differenceOf({wanted.losses, start}, {wanted.losses, alone->weights()}).value > 1e-3); // they did learn
}

void TestJointLearning::othersWaitForALongValidation()
{
    constexpr int pauses = 4;
    constexpr std::chrono::milliseconds pause{1500};
    constexpr std::chrono::milliseconds timeout{4000};
    static_assert(pauses * pause > timeout);
    const protocol::TrainJob job = manyToValidate("long");
    std::atomic<int> paused{0};
    asProcesses(
        2,
        [&](Peers &peers) {
            TrainCallbacks callbacks;
            std::string stage;
            callbacks.progress = [&](const protocol::ProgressMessage &message) { stage = message.stage; };
            callbacks.proceed = [&] {
                if (peers.rank() == 0 && stage == "validating" && paused < pauses) {
                    std::this_thread::sleep_for(pause);
                    ++paused;
                }
                return true;
            };
            if (const auto outcome = runTraining(job, callbacks, {}, &peers); !outcome)
                throw std::runtime_error(outcome.error().debugText());
        },
        timeout);
    QCOMPARE(paused.load(), pauses);
    QVERIFY(!tensorsOf(QString::fromStdString(job.runFolder) + "/model.safetensors").empty());
}

void TestJointLearning::aStopElsewhereEndsALongValidation()
{
    constexpr std::chrono::milliseconds pause{600};
    const protocol::TrainJob job = manyToValidate("stopped");
    std::atomic<bool> validating{false};
    std::atomic<bool> trained{false};
    asProcesses(2, [&](Peers &peers) {
        const bool alone = peers.rank() == 0;
        TrainCallbacks callbacks;
        callbacks.progress = [&, alone](const protocol::ProgressMessage &message) {
            validating = validating || (alone && message.stage == "validating");
            trained = trained || message.stage == "training";
        };
        callbacks.proceed = [&, alone] {
            if (alone && validating)
                std::this_thread::sleep_for(pause);
            return alone || !validating;
        };
        const auto outcome = runTraining(job, callbacks, {}, &peers);
        if (outcome || outcome.error().code != ErrorCode::Cancelled)
            throw std::runtime_error(outcome ? "went on" : outcome.error().debugText());
    });
    QVERIFY(!trained); // it did not have to be waited for
}

QTEST_GUILESS_MAIN(TestJointLearning)
#include "tst_joint_learning.moc"
