// What a run does with its settings from step to step, and with a machine that has less than it was promised.
#include "core/learning/model/tensor_file.h"
#include "tests/learning/run_recorder.h"
#include "tests/learning/toy_run.h"

#include <QTemporaryDir>
#include <QtTest>

#include <c10/util/Exception.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <numbers>
#include <thread>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

using Values = std::map<std::string, std::string>;

std::int64_t stepsPerEpoch(const QString &folder)
{
    std::ifstream file((folder + "/config.json").toStdString());
    return std::stoll(nlohmann::json::parse(file).at("facts").at("steps_per_epoch").get<std::string>());
}

std::vector<float> floatsOf(const QString &path, const std::string &name)
{
    const std::vector<std::byte> bytes = tensorsOf(path).at(name);
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

double largestChange(const std::vector<float> &a, const std::vector<float> &b)
{
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        largest = std::max(largest, std::abs(double{a[i]} - double{b[i]}));
    return largest;
}

/// As a device that has room for so many photos and no more.
std::function<void(std::int64_t)> roomFor(std::int64_t most, std::int64_t *largest = nullptr)
{
    return [most, largest](std::int64_t photos) {
        if (photos > most)
            throw c10::OutOfMemoryError({__func__, __FILE__, 0}, "as the device would");
        if (largest != nullptr)
            *largest = std::max(*largest, photos);
    };
}

protocol::TrainJob resumed(protocol::TrainJob job)
{
    job.resume = true;
    return job;
}

QByteArray logOf(const QString &folder)
{
    QFile log(folder + "/log.txt");
    return log.open(QIODevice::ReadOnly) ? log.readAll() : QByteArray();
}

} // namespace

class TestRunSchedule : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void ratesFollowWarmUpAndCosine();
    void theFirstStepMovesEachLayerByItsRate();
    void aLossThatIsNoNumberGoesDownTheLadder();
    void smallerPartsOutliveAnInterruption();
    void littleMemoryForMeasuringMeansFewerPhotosAtATime_data();
    void littleMemoryForMeasuringMeansFewerPhotosAtATime();
    void noMemoryForMeasuringEndsTheRunWithAWord();
    void aRunFromBeforeASettingWasThereGoesOn();
    void paceIsCountedFromTheTwentiethStepOn();
};

void TestRunSchedule::ratesFollowWarmUpAndCosine()
{
    constexpr double rate = 0.002;
    constexpr double last = 0.1;
    const QTemporaryDir folder;
    writeRun(folder.path());
    Recorder recorder;
    VERIFY_OK(runTraining(jobFor(folder.path(), {{"epochs", "6"}, {"warmup_epochs", "1.5"}, {"final_rate_factor", "0.1"}, {"learning_rate", "0.002"},
                                                 {"probe_photos", "0"}, {"validate_every", "6"}}),
                          recorder.callbacks, {}));
    const std::int64_t steps = 6 * stepsPerEpoch(folder.path());
    const std::int64_t warmUp = std::llround(1.5 * static_cast<double>(stepsPerEpoch(folder.path())));
    std::size_t compared = 0;
    for (const protocol::MetricMessage &point : recorder.metrics) {
        if (!point.values.contains("learning_rate"))
            continue;
        // A point tells the rate of the step that follows it.
        const double share = static_cast<double>(point.step - warmUp) / static_cast<double>(steps - warmUp);
        const double factor = point.step < warmUp ? static_cast<double>(point.step + 1) / static_cast<double>(warmUp)
                                                  : last + (1 - last) * 0.5 * (1 + std::cos(std::numbers::pi * share));
        QVERIFY(std::abs(point.values.at("learning_rate") - rate * factor) < 1e-9);
        ++compared;
    }
    QVERIFY(compared >= 20);
    QVERIFY(std::abs(recorder.metrics.at(recorder.metrics.size() - 2).values.at("learning_rate") - rate * last) < 1e-9);
}

void TestRunSchedule::theFirstStepMovesEachLayerByItsRate()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    const protocol::TrainJob job = jobFor(folder.path(), {{"learning_rate", "0.001"}, {"warmup_epochs", "1"}, {"head_rate_factor", "5"},
                                                          {"weight_decay", "0"}, {"gradient_clip", "0"}});
    Recorder before;
    before.cancelAtStep = 0;
    QCOMPARE(runTraining(job, before.callbacks, {}).error().code, ErrorCode::Cancelled);
    Recorder after;
    after.cancelAtStep = 1;
    after.metrics = before.metrics;
    after.callbacks.proceed = [&after] { return after.metrics.back().step < 1; };
    QCOMPARE(runTraining(resumed(job), after.callbacks, {}).error().code, ErrorCode::Cancelled);
    const auto moved = [&folder](const std::string &tensor) {
        return largestChange(floatsOf(folder.filePath("checkpoint-0.safetensors"), tensor),
                             floatsOf(folder.filePath("checkpoint-1.safetensors"), tensor));
    };
    // AdamW's first step is as long as its rate wherever there is a gradient.
    const double trunk = 0.001 / static_cast<double>(stepsPerEpoch(folder.path()));
    QVERIFY(std::abs(moved("network.features.0.0.weight") - trunk) < 0.01 * trunk);
    QVERIFY(std::abs(moved("network.head.dense.0.weight") - 5 * trunk) < 0.01 * 5 * trunk);
    QVERIFY(std::abs(moved("objective.centres") - 5 * trunk) < 0.01 * 5 * trunk);
}

void TestRunSchedule::aLossThatIsNoNumberGoesDownTheLadder()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    Values settings{{"epochs", "6"}, {"warmup_epochs", "0"}, {"final_rate_factor", "1"}, {"learning_rate", "0.001"}, {"validate_every", "6"},
                    {"probe_photos", "0"}};
    Recorder first;
    first.cancelAtStep = 1;
    QCOMPARE(runTraining(jobFor(folder.path(), settings), first.callbacks, {}).error().code, ErrorCode::Cancelled);
    QVERIFY(overwriteTensor(folder.filePath(newestOf(folder.path(), "checkpoint-")), "network.head.dense.0.weight",
                            std::numeric_limits<float>::quiet_NaN()));
    Recorder second;
    const auto outcome = runTraining(resumed(jobFor(folder.path(), settings)), second.callbacks, {});
    QVERIFY(!outcome.ok());
    // Twice skipped, then halved, three times over; the third step after that is the last.
    QCOMPARE(outcome.error().code, ErrorCode::LossNotFinite);
    QCOMPARE(outcome.error().args.at(0), std::string("13"));
    std::vector<std::string> said;
    for (const Error &warning : second.warnings)
        said.push_back(warning.code == ErrorCode::LossNotFinite ? warning.args.at(0) : "something else");
    QCOMPARE(said, (std::vector<std::string>{"2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}));
    std::map<std::int64_t, double> rates;
    for (const protocol::MetricMessage &point : second.metrics)
        rates[point.step] = point.values.at("learning_rate");
    const std::vector<double> expected{1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125};
    for (std::size_t i = 0; i < expected.size(); ++i)
        QVERIFY(std::abs(rates.at(static_cast<std::int64_t>(i) + 2) - 0.001 * expected[i]) < 1e-12);
    QVERIFY(logOf(folder.path()).contains("learning rate halved"));
    QVERIFY(!QFile::exists(folder.filePath("model.safetensors")));
    // Such a step leaves nothing in the curves.
    QVERIFY(!second.metrics.at(4).values.contains("loss_train"));
}

void TestRunSchedule::smallerPartsOutliveAnInterruption()
{
    const QTemporaryDir folder;
    const QString whole = folder.filePath("whole");
    const QString pieces = folder.filePath("pieces");
    writeRun(whole);
    writeRun(pieces);
    const Values settings{{"epochs", "2"}};
    TrainCallbacks callbacks;
    callbacks.beforeForward = roomFor(5);
    VERIFY_OK(runTraining(jobFor(whole, settings), callbacks, {}));
    Recorder first;
    first.callbacks.beforeForward = roomFor(5);
    first.cancelAtStep = 2;
    QCOMPARE(runTraining(jobFor(pieces, settings), first.callbacks, {}).error().code, ErrorCode::Cancelled);
    QVERIFY(first.warned(ErrorCode::OutOfMemory));
    Recorder second;
    std::int64_t largest = 0;
    second.callbacks.beforeForward = roomFor(5, &largest);
    VERIFY_OK(runTraining(resumed(jobFor(pieces, settings)), second.callbacks, {}));
    QVERIFY(!second.warned(ErrorCode::OutOfMemory)); // it begins with the parts that fitted
    QCOMPARE(largest, std::int64_t{5});
    QCOMPARE(curvesOf(pieces), curvesOf(whole));
    QVERIFY(tensorsOf(pieces + "/model.safetensors") == tensorsOf(whole + "/model.safetensors"));
}

void TestRunSchedule::littleMemoryForMeasuringMeansFewerPhotosAtATime_data()
{
    QTest::addColumn<QString>("preset");
    QTest::newRow("validation, probe and loss") << "flukeprint";
    QTest::newRow("what is mined from") << "facenet-transfer";
}

void TestRunSchedule::littleMemoryForMeasuringMeansFewerPhotosAtATime()
{
    QFETCH(QString, preset);
    const QTemporaryDir folder;
    std::vector<std::map<std::string, double>> starts;
    std::int64_t largest = 0;
    for (const bool little : {false, true}) {
        const QString run = folder.filePath(little ? "little" : "enough");
        writeRun(run);
        protocol::TrainJob job = jobFor(run, {{"epochs", "1"}, {"network", "resnet18"}});
        if (preset != "flukeprint") {
            job.preset = preset.toStdString();
            job.settings = {{"network", "resnet18"}, {"input_width", "32"}, {"input_height", "32"}, {"dimension", "16"},   {"batch_size", "4"},
                            {"trunk", "trained"},    {"coarse_epochs", "0"}, {"epochs", "1"},       {"precision", "fp32"}};
        }
        Recorder recorder;
        if (little)
            recorder.callbacks.beforeEmbedding = roomFor(3, &largest);
        VERIFY_OK(runTraining(job, recorder.callbacks, {}));
        starts.push_back(recorder.metrics.front().values);
        QVERIFY(!recorder.warned(ErrorCode::OutOfMemory)); // training is none the worse for it
    }
    QVERIFY(largest > 0 && largest <= 3);
    QVERIFY(starts[0].contains("probe_radius") && starts[0].contains("loss_validation"));
    for (const char *figure : {"radius", "separation", "loss_validation", "probe_radius", "map5"})
        QVERIFY2(std::abs(starts[1].at(figure) - starts[0].at(figure)) < 1e-3 * std::abs(starts[0].at(figure)), figure);
}

void TestRunSchedule::noMemoryForMeasuringEndsTheRunWithAWord()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    TrainCallbacks callbacks;
    callbacks.beforeEmbedding = roomFor(0);
    const auto outcome = runTraining(jobFor(folder.path()), callbacks, {});
    QVERIFY(!outcome.ok());
    QCOMPARE(outcome.error().code, ErrorCode::OutOfMemory);
    QCOMPARE(outcome.error().args, (std::vector<std::string>{"cpu", "validation"}));
}

void TestRunSchedule::aRunFromBeforeASettingWasThereGoesOn()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    Recorder recorder;
    recorder.cancelAtStep = 1;
    QCOMPARE(runTraining(jobFor(folder.path()), recorder.callbacks, {}).error().code, ErrorCode::Cancelled);
    const std::string path = folder.filePath(newestOf(folder.path(), "optimizer-")).toStdString();
    auto file = readTensorFile(path);
    VERIFY_OK(file);
    auto run = nlohmann::json::parse(file->metadata.at("run"));
    QCOMPARE(run.at("settings").erase("averaging"), std::size_t{1});
    VERIFY_OK(writeTensorFile(path, file->tensors, {{"run", run.dump()}}));
    const auto other = runTraining(resumed(jobFor(folder.path(), {{"averaging", "swa"}})), {}, {});
    QCOMPARE(other.error().code, ErrorCode::InvalidArgument);
    QCOMPARE(other.error().args, (std::vector<std::string>{"averaging", "swa", "ema"}));
    VERIFY_OK(runTraining(resumed(jobFor(folder.path())), {}, {}));
}

void TestRunSchedule::paceIsCountedFromTheTwentiethStepOn()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    const Values settings{{"epochs", "8"}, {"validate_every", "8"}, {"probe_photos", "0"}};
    constexpr std::chrono::milliseconds slowness{50};
    std::int64_t steps = 0;
    TrainCallbacks callbacks;
    callbacks.beforeForward = [&](std::int64_t) {
        if (++steps <= 20)
            std::this_thread::sleep_for(slowness);
    };
    const auto outcome = runTraining(jobFor(folder.path(), settings), callbacks, {});
    VERIFY_OK(outcome);
    QVERIFY(steps > 24);
    const auto file = readTensorFile(folder.filePath(newestOf(folder.path(), "optimizer-")).toStdString());
    VERIFY_OK(file);
    const auto state = nlohmann::json::parse(file->metadata.at("run")).at("state");
    QCOMPARE(state.at("paced_photos").get<std::int64_t>(), 7 * (steps - 20));
    const double seconds = state.at("paced_seconds").get<double>();
    QCOMPARE(outcome->metrics.at("images_per_second"), static_cast<double>(7 * (steps - 20)) / seconds);
    // The first twenty are in the time of all steps alone.
    QVERIFY(seconds > 0 && seconds <= state.at("step_seconds").get<double>() - 20 * 0.05);
}

QTEST_GUILESS_MAIN(TestRunSchedule)
#include "tst_run_schedule.moc"
