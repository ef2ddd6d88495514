#include "tests/learning/run_recorder.h"
#include "tests/learning/toy_run.h"

#include <QtTest>

#include <c10/util/Exception.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <numeric>

using namespace flukeprint;
using namespace flukeprint::learning;

class TestTrainer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void learnsWhatTellsIndividualsApart();
    void runLeavesItsFiles();
    void curvesStartBeforeTheFirstStep();
    void curvesReachTheLastStep();
    void collapseIsSaid();
    void modelCarriesFiguresAndOrigin();
    void resumedRunEqualsTheUninterruptedOne_data();
    void resumedRunEqualsTheUninterruptedOne();
    void aMeanOfWeightsBeginsWhenItIsToldAndHasNormsOfItsOwn();
    void resumedRunKeepsThePrecisionThatWasMeasured();
    void damagedCheckpointFallsBackToTheOneBefore();
    void everySettingCanBeSwitchedOff();
    void trainedModelStartsAnotherRun();
    void outOfMemoryCutsTheBatch();
    void outOfMemoryForOneIndividualEndsTheRun();
    void unwritableCheckpointLeavesTheOlderOne();
    void badInputIsRefusedBeforeAnythingStarts_data();
    void badInputIsRefusedBeforeAnythingStarts();
    void resumeNeedsACheckpointOfTheSameRun();
};

void TestTrainer::learnsWhatTellsIndividualsApart()
{
    const QTemporaryDir folder;
    RunOptions options;
    options.individualCount = 8;
    options.photos = 8;
    options.heldPhotos = 2;
    options.draw = drawTiles;
    writeRun(folder.path(), options);
    Recorder recorder;
    const auto outcome = runTraining(jobFor(folder.path(), {{"network", "resnet18"},
                                                            {"epochs", "24"},
                                                            {"learning_rate", "0.001"},
                                                            {"individuals_per_batch", "8"},
                                                            {"photos_per_individual", "4"},
                                                            {"negatives_per_batch", "0"},
                                                            {"arcface_weight", "0"},
                                                            {"negative_weight", "0"},
                                                            {"dimension", "32"},
                                                            {"mirror_identity", "false"},
                                                            {"augmentation", "off"},
                                                            {"averaging_decay", "0.9"},
                                                            {"warmup_epochs", "0"},
                                                            {"within_whitening", "0"}, // figures are then those of the curves
                                                            {"validate_every", "3"}}),
                                     recorder.callbacks, {});
    VERIFY_OK(outcome);
    const auto at = [](const protocol::MetricMessage &point) {
        return QString("MAP@5 %1, loss %2, radius %3, separation %4")
            .arg(point.values.at("map5"))
            .arg(point.values.at("loss_validation"))
            .arg(point.values.at("radius"))
            .arg(point.values.at("separation"));
    };
    const protocol::MetricMessage &start = recorder.metrics.front();
    const protocol::MetricMessage &end = recorder.metrics.back();
    qInfo() << at(start) << "became" << at(end);
    // On photos that were never trained with: the start ranks by what changes from photo to photo, the end by what stays.
    QVERIFY(start.values.at("map5") < 0.7);
    QVERIFY(end.values.at("map5") > 0.8);
    QVERIFY(end.values.at("loss_validation") < 0.5 * start.values.at("loss_validation"));
    QVERIFY(end.values.at("separation") > 2 * end.values.at("radius"));
    QVERIFY(outcome->metrics.at("map5") >= end.values.at("map5")); // the best epoch is kept
    // Of those that rank alike the one with the lowest loss.
    std::vector<double> losses;
    for (const protocol::MetricMessage &point : recorder.metrics) {
        const auto map5 = point.values.find("map5");
        if (map5 != point.values.end() && map5->second >= outcome->metrics.at("map5") - 1e-9)
            losses.push_back(point.values.at("loss_validation"));
    }
    QVERIFY(!losses.empty());
    qInfo() << losses.size() << "validations rank best";
    QCOMPARE(outcome->metrics.at("loss_validation"), *std::ranges::min_element(losses));
    QCOMPARE(outcome->metrics.at("start_map5"), start.values.at("map5"));
}

void TestTrainer::runLeavesItsFiles()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    Recorder recorder;
    const auto outcome = runTraining(jobFor(folder.path()), recorder.callbacks, {});
    VERIFY_OK(outcome);
    QCOMPARE(outcome->epochs, std::int64_t{3});
    QVERIFY(outcome->metrics.count("radius") == 1 && outcome->metrics.count("separation") == 1);
    QVERIFY(QFile::exists(QString::fromStdString(outcome->modelPath)));
    QVERIFY(QFile::exists(folder.filePath("config.json")) && QFile::exists(folder.filePath("log.txt")));
    QCOMPARE(filesOf(folder.path(), "checkpoint-*.safetensors").size(), 2);
    QCOMPARE(filesOf(folder.path(), "optimizer-*.safetensors").size(), 2);
    QVERIFY(filesOf(folder.path(), "*.partial").isEmpty());
    QCOMPARE(static_cast<std::size_t>(curvesOf(folder.path()).size()), recorder.metrics.size());
    QVERIFY(outcome->metrics.at("data_wait_share") >= 0 && outcome->metrics.at("data_wait_share") < 1);
    QFile log(folder.filePath("log.txt"));
    QVERIFY(log.open(QIODevice::ReadOnly));
    QVERIFY(log.readAll().contains("waited for data"));
    const auto json = nlohmann::json::parse(outcome->resultJson());
    QCOMPARE(json.at("epochs").get<int>(), 3);
    QCOMPARE(json.at("metrics").at("map5").get<double>(), outcome->metrics.at("map5"));
}

void TestTrainer::curvesStartBeforeTheFirstStep()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    Recorder recorder;
    VERIFY_OK(runTraining(jobFor(folder.path(), {{"epochs", "1"}}), recorder.callbacks, {}));
    const protocol::MetricMessage &start = recorder.metrics.front();
    QCOMPARE(start.step, std::int64_t{0});
    QVERIFY(start.values.count("start_map5") == 1 && start.values.count("loss_validation") == 1);
    const protocol::MetricMessage &first = recorder.metrics.at(1);
    QCOMPARE(first.step, std::int64_t{1});
    for (const char *name : {"loss_train", "learning_rate", "images_per_second", "active_triplets", "data_wait_share"})
        QVERIFY2(first.values.count(name) == 1, name);
    QVERIFY(first.values.at("memory_mib") > 50); // LibTorch alone takes more
    // The probe: before the first step, and behind the last one of the epoch.
    const protocol::MetricMessage &behind = recorder.metrics.at(recorder.metrics.size() - 2);
    QCOMPARE(behind.epoch, 1.0);
    for (const char *name : {"probe_radius", "probe_separation", "probe_hardest_positive", "probe_hardest_negative", "probe_active_triplets",
                             "alignment", "uniformity", "spread", "effective_rank", "top_variance_share"}) {
        QVERIFY2(start.values.count(name) == 1, name);
        QVERIFY2(behind.values.count(name) == 1, name);
    }
    QVERIFY(start.values.at("alignment") >= 0 && start.values.at("uniformity") <= 0);
    QVERIFY(start.values.at("effective_rank") >= 0 && start.values.at("effective_rank") <= 16);
    const protocol::MetricMessage &last = recorder.metrics.back();
    QCOMPARE(last.epoch, 1.0);
    for (const char *name : {"loss_validation", "map5", "top1", "top5", "radius", "separation"})
        QVERIFY2(last.values.count(name) == 1, name);
}

void TestTrainer::curvesReachTheLastStep()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    // Beyond the first twenty steps, which all have their point.
    const std::map<std::string, std::string> settings{{"epochs", "8"}, {"validate_every", "8"}, {"probe_photos", "0"}};
    Recorder recorder;
    VERIFY_OK(runTraining(jobFor(folder.path(), settings), recorder.callbacks, {}));
    const protocol::MetricMessage &last = recorder.metrics.at(recorder.metrics.size() - 2);
    QVERIFY(last.step > 20 && last.step % 10 != 0);
    QCOMPARE(last.epoch, 8.0);
    QVERIFY(last.values.count("loss_train") == 1);
    QVERIFY(last.values.count("alignment") == 0); // no probe was asked for

    // A run that ends early says how far it came; resumed, its curve is that of one that was not interrupted.
    const QString cut = folder.filePath("cut");
    writeRun(cut);
    Recorder second;
    std::int64_t steps = 0;
    second.callbacks.beforeForward = [&steps](std::int64_t) { ++steps; };
    second.callbacks.proceed = [&steps] { return steps < 22; };
    QCOMPARE(runTraining(jobFor(cut, settings), second.callbacks, {}).error().code, ErrorCode::Cancelled);
    QCOMPARE(second.metrics.back().step, std::int64_t{22});
    QVERIFY(second.metrics.back().values.count("loss_train") == 1);
    QCOMPARE(curvesOf(cut).size(), second.metrics.size());
    protocol::TrainJob job = jobFor(cut, settings);
    job.resume = true;
    VERIFY_OK(runTraining(job, {}, {}));
    QCOMPARE(curvesOf(cut), curvesOf(folder.path()));
}

void TestTrainer::collapseIsSaid()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    const std::map<std::string, std::string> slow{{"epochs", "2"}, {"learning_rate", "0.0000001"}, {"network", "resnet18"}};
    Recorder first;
    first.cancelAtStep = 1;
    QCOMPARE(runTraining(jobFor(folder.path(), slow), first.callbacks, {}).error().code, ErrorCode::Cancelled);
    QVERIFY(!first.warned(ErrorCode::EmbeddingsCollapsed));
    QVERIFY(first.metrics.front().values.at("spread") > 0.02);
    // Without its last layer a network says the same of every photo.
    for (const char *name : {"network.head.dense.0.weight", "average.network.head.dense.0.weight"})
        QVERIFY(overwriteTensor(folder.filePath(newestOf(folder.path(), "checkpoint-")), name, 0));
    Recorder second;
    protocol::TrainJob job = jobFor(folder.path(), slow);
    job.resume = true;
    VERIFY_OK(runTraining(job, second.callbacks, {}));
    QCOMPARE(std::count_if(second.warnings.begin(), second.warnings.end(),
                           [](const Error &error) { return error.code == ErrorCode::EmbeddingsCollapsed; }),
             std::ptrdiff_t{1}); // once, not at every measurement
    const auto alarm = std::find_if(second.warnings.begin(), second.warnings.end(),
                                    [](const Error &error) { return error.code == ErrorCode::EmbeddingsCollapsed; });
    QCOMPARE(alarm->args.at(1), std::string("point"));
}

void TestTrainer::modelCarriesFiguresAndOrigin()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    const auto outcome = runTraining(jobFor(folder.path(), {{"epochs", "1"}}), {}, {});
    VERIFY_OK(outcome);
    const auto reader = SafetensorsReader::open(outcome->modelPath);
    QVERIFY(reader.ok());
    std::string all;
    for (const auto &[key, value] : reader->metadata())
        all += key + "=" + value + "\n";
    for (const char *part : {"0123abcd", "flukeprint", "mobilenet_v2", "map5", "mirror"})
        QVERIFY2(all.find(part) != std::string::npos, part);
    const TensorEntry *weight = reader->find("features.0.0.weight");
    QVERIFY(weight != nullptr);
    QCOMPARE(weight->type, TensorType::F16);
    QVERIFY(reader->find("head.dense.0.weight") != nullptr);
}

void TestTrainer::resumedRunEqualsTheUninterruptedOne_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::newRow("single precision") << "precision" << "fp32";
    QTest::newRow("bfloat16 where the CPU has it") << "precision" << "bf16";
    QTest::newRow("plain mean of the weights") << "averaging" << "swa";
}

void TestTrainer::resumedRunEqualsTheUninterruptedOne()
{
    QFETCH(QString, key);
    QFETCH(QString, value);
    // The mean begins with the second of three epochs.
    const std::map<std::string, std::string> settings{{"averaging_start", "0.34"}, {key.toStdString(), value.toStdString()}};
    const QTemporaryDir folder;
    const QString whole = folder.filePath("whole");
    const QString pieces = folder.filePath("pieces");
    writeRun(whole);
    writeRun(pieces);
    VERIFY_OK(runTraining(jobFor(whole, settings), {}, {}));
    const std::size_t points = curvesOf(whole).size();

    // Cut in the middle of an epoch, then at its end while it is being validated, then to the end.
    for (const std::int64_t step : {2, 8}) {
        Recorder recorder;
        recorder.cancelAtStep = step;
        protocol::TrainJob job = jobFor(pieces, settings);
        job.resume = step > 2;
        const auto cancelled = runTraining(job, recorder.callbacks, {});
        QVERIFY(!cancelled.ok());
        QCOMPARE(cancelled.error().code, ErrorCode::Cancelled);
        QVERIFY(!filesOf(pieces, "checkpoint-*.safetensors").isEmpty());
    }
    std::ofstream((pieces + "/metrics.jsonl").toStdString(), std::ios::app) << "written after the checkpoint\n";
    protocol::TrainJob job = jobFor(pieces, settings);
    job.resume = true;
    VERIFY_OK(runTraining(job, {}, {}));

    QCOMPARE(curvesOf(pieces).size(), points);
    QCOMPARE(curvesOf(pieces), curvesOf(whole));
    for (const char *name : {"/model.safetensors", "/best.safetensors"}) {
        QVERIFY(!tensorsOf(whole + name).empty());
        QVERIFY2(tensorsOf(pieces + name) == tensorsOf(whole + name), name);
    }
    const QString last = newestOf(whole, "checkpoint-");
    QVERIFY(tensorsOf(pieces + "/" + last) == tensorsOf(whole + "/" + last));
}

void TestTrainer::aMeanOfWeightsBeginsWhenItIsToldAndHasNormsOfItsOwn()
{
    const QTemporaryDir folder;
    std::map<std::string, std::map<std::string, std::vector<std::byte>>> weights, states;
    for (const std::string norms : {"auto", "averaged"}) {
        const QString run = folder.filePath(QString::fromStdString(norms));
        writeRun(run);
        VERIFY_OK(runTraining(jobFor(run, {{"averaging", "swa"}, {"averaging_start", "0.34"}, {"averaging_norms", norms}}), {}, {}));
        weights[norms] = tensorsOf(run + '/' + newestOf(run, "checkpoint-"));
        states[norms] = tensorsOf(run + '/' + newestOf(run, "optimizer-"));
    }
    std::int64_t averaged = 0;
    std::memcpy(&averaged, states["auto"].at("averaged_steps").data(), sizeof averaged);
    const std::int64_t steps = newestOf(folder.filePath("auto"), "checkpoint-").section('-', 1).section('.', 0, 0).toLongLong();
    QCOMPARE(averaged, 2 * steps / 3);
    std::size_t fresh = 0;
    for (const auto &[name, bytes] : weights["averaged"]) {
        const bool statistic = name.starts_with("average.") && (name.ends_with("running_mean") || name.ends_with("running_var"));
        const bool same = bytes == weights["auto"].at(name);
        QVERIFY2(same || statistic, name.c_str());
        fresh += same ? 0 : 1;
    }
    QVERIFY(fresh > 50);
}

void TestTrainer::resumedRunKeepsThePrecisionThatWasMeasured()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    const auto precisionLines = [&folder] {
        std::vector<std::string> found;
        std::ifstream log((folder.path() + "/log.txt").toStdString());
        for (std::string line; std::getline(log, line);) {
            if (const auto at = line.find("precision "); at != std::string::npos)
                found.push_back(line.substr(at));
        }
        return found;
    };
    Recorder recorder;
    recorder.cancelAtStep = 2;
    QVERIFY(!runTraining(jobFor(folder.path(), {{"precision", "auto"}}), recorder.callbacks, {}).ok());
    protocol::TrainJob job = jobFor(folder.path(), {{"precision", "auto"}});
    job.resume = true;
    VERIFY_OK(runTraining(job, {}, {}));
    const std::vector<std::string> lines = precisionLines();
    QCOMPARE(lines.size(), std::size_t{2});
    QCOMPARE(lines[1], lines[0]);
    QVERIFY(lines[0] == "precision bf16" || lines[0] == "precision fp32");
}

void TestTrainer::damagedCheckpointFallsBackToTheOneBefore()
{
    const QTemporaryDir folder;
    const QString whole = folder.filePath("whole");
    const QString crashed = folder.filePath("crashed");
    writeRun(whole);
    writeRun(crashed);
    VERIFY_OK(runTraining(jobFor(whole), {}, {}));
    VERIFY_OK(runTraining(jobFor(crashed), {}, {}));
    // As a killed process leaves them: the newest weights cut short.
    QVERIFY(QFile::resize(crashed + "/" + newestOf(crashed, "checkpoint-"), 5000));
    QVERIFY(QFile::remove(crashed + "/model.safetensors"));
    Recorder recorder;
    protocol::TrainJob job = jobFor(crashed);
    job.resume = true;
    VERIFY_OK(runTraining(job, recorder.callbacks, {}));
    QVERIFY(!recorder.warnings.empty());
    QCOMPARE(curvesOf(crashed), curvesOf(whole));
    QVERIFY(tensorsOf(crashed + "/model.safetensors") == tensorsOf(whole + "/model.safetensors"));
}

void TestTrainer::everySettingCanBeSwitchedOff()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    const auto outcome = runTraining(jobFor(folder.path(),
                                            {{"epochs", "2"},
                                             {"mirror_identity", "false"},
                                             {"weight_averaging", "false"},
                                             {"freeze_epochs", "1"},
                                             {"augmentation", "off"},
                                             {"sub_centres", "1"},
                                             {"negatives_per_batch", "0"},
                                             {"test_time", "plain"},
                                             {"gradient_clip", "0"},
                                             {"arcface_weight", "0"},
                                             {"negative_weight", "0"},
                                             {"validate_every", "2"},
                                             {"network", "resnet18"}}),
                                     {}, {});
    VERIFY_OK(outcome);
    int validations = 0;
    for (const std::string &line : curvesOf(folder.path()))
        validations += line.find("\"separation\"") != std::string::npos ? 1 : 0;
    QCOMPARE(validations, 2); // the start and the second epoch
}

void TestTrainer::trainedModelStartsAnotherRun()
{
    const QTemporaryDir folder;
    const QString first = folder.filePath("first");
    const QString second = folder.filePath("second");
    writeRun(first);
    writeRun(second);
    const auto start = runTraining(jobFor(first, {{"epochs", "4"}}), {}, {});
    VERIFY_OK(start);
    Recorder recorder;
    protocol::TrainJob job = jobFor(second, {{"epochs", "1"}});
    job.startModelPath = start->modelPath;
    VERIFY_OK(runTraining(job, recorder.callbacks, {}));
    // It goes on from where the first ended, up to the rounding of the model file.
    QVERIFY(std::abs(recorder.metrics.front().values.at("radius") - start->metrics.at("radius")) < 0.005);
    job.settings["network"] = "resnet18";
    QCOMPARE(runTraining(job, {}, {}).error().code, ErrorCode::ModelIncompatible);
}

void TestTrainer::outOfMemoryCutsTheBatch()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    Recorder recorder;
    std::int64_t largest = 0;
    recorder.callbacks.beforeForward = [&largest](std::int64_t photos) {
        if (photos > 5)
            throw c10::OutOfMemoryError({__func__, __FILE__, 0}, "as the device would");
        largest = std::max(largest, photos);
    };
    VERIFY_OK(runTraining(jobFor(folder.path(), {{"epochs", "1"}}), recorder.callbacks, {}));
    // Said once, when the batch is halved; the later steps keep the smaller parts.
    QCOMPARE(recorder.warnings.size(), std::size_t{1});
    QCOMPARE(recorder.warnings.front().code, ErrorCode::OutOfMemory);
    QCOMPARE(recorder.warnings.front().args.at(1), std::string("batch in 2 parts"));
    QCOMPARE(largest, std::int64_t{5}); // of 7: two individuals of two photos, and the unidentified one
    QVERIFY(recorder.metrics.back().step > 1);
}

void TestTrainer::outOfMemoryForOneIndividualEndsTheRun()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    Recorder recorder;
    recorder.callbacks.beforeForward
        = [](std::int64_t) { throw c10::OutOfMemoryError({__func__, __FILE__, 0}, "as the device would"); };
    const auto outcome = runTraining(jobFor(folder.path()), recorder.callbacks, {});
    QCOMPARE(outcome.error().code, ErrorCode::OutOfMemory);
}

void TestTrainer::unwritableCheckpointLeavesTheOlderOne()
{
    const QTemporaryDir folder;
    const QString whole = folder.filePath("whole");
    const QString blocked = folder.filePath("blocked");
    writeRun(whole);
    writeRun(blocked);
    VERIFY_OK(runTraining(jobFor(whole), {}, {}));
    // A folder stands where the last checkpoint would go.
    const QString last = newestOf(whole, "optimizer-");
    Recorder recorder;
    recorder.callbacks.metric = [&](const protocol::MetricMessage &message) {
        if (message.step == 1)
            QVERIFY(QDir().mkpath(blocked + "/" + last + "/in the way"));
    };
    const auto failed = runTraining(jobFor(blocked), recorder.callbacks, {});
    QCOMPARE(failed.error().code, ErrorCode::FileUnwritable);
    QVERIFY(QDir(blocked + "/" + last).removeRecursively());
    protocol::TrainJob job = jobFor(blocked);
    job.resume = true;
    VERIFY_OK(runTraining(job, {}, {}));
    QVERIFY(tensorsOf(blocked + "/model.safetensors") == tensorsOf(whole + "/model.safetensors"));
}

void TestTrainer::badInputIsRefusedBeforeAnythingStarts_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<int>("code");
    const auto row = [](const char *what, ErrorCode code) { QTest::newRow(what) << what << static_cast<int>(code); };
    row("unknown preset", ErrorCode::PresetUnknown);
    row("unknown setting", ErrorCode::SettingUnknown);
    row("value out of bounds", ErrorCode::SettingOutOfRange);
    row("no snapshot", ErrorCode::FileNotFound);
    row("damaged snapshot", ErrorCode::DataDamaged);
    row("no pack", ErrorCode::FileNotFound);
    row("truncated pack", ErrorCode::FileTruncated);
    row("empty pack", ErrorCode::TooFewPhotos);
    row("label without chip", ErrorCode::NotFound);
    row("one individual", ErrorCode::TooFewIndividuals);
    row("no validation query", ErrorCode::TooFewPhotos);
    row("chips of another size", ErrorCode::ModelIncompatible);
    row("start model missing", ErrorCode::FileNotFound);
    row("start model is text", ErrorCode::DataDamaged);
}

void TestTrainer::badInputIsRefusedBeforeAnythingStarts()
{
    QFETCH(QString, what);
    QFETCH(int, code);
    const QTemporaryDir folder;
    RunOptions options;
    options.chips = what != "empty pack";
    options.validation = what != "no validation query";
    options.chipsLeftOut = what == "label without chip" ? 1 : 0;
    options.individualCount = what == "one individual" ? 1 : individuals;
    options.chipSide = what == "chips of another size" ? 40 : side;
    writeRun(folder.path(), options);
    protocol::TrainJob job = jobFor(folder.path());
    if (what == "unknown preset")
        job.preset = "flukeprin";
    if (what == "unknown setting")
        job.settings["epoch"] = "3";
    if (what == "value out of bounds")
        job.settings["epochs"] = "0";
    if (what == "no snapshot")
        QVERIFY(QFile::remove(folder.filePath("snapshot.json")));
    if (what == "damaged snapshot")
        QVERIFY(QFile::resize(folder.filePath("snapshot.json"), 40));
    if (what == "no pack")
        QVERIFY(QFile::remove(folder.filePath("chips.fpc")));
    if (what == "truncated pack")
        QVERIFY(QFile::resize(folder.filePath("chips.fpc"), 20000));
    if (what.startsWith("start model"))
        job.startModelPath = folder.filePath("start.safetensors").toStdString();
    if (what == "start model is text")
        std::ofstream(job.startModelPath) << "this is no model, although it is named like one";
    const QStringList before = filesOf(folder.path(), "*");
    const auto outcome = runTraining(job, {}, {});
    QVERIFY(!outcome.ok());
    QVERIFY2(static_cast<int>(outcome.error().code) == code, outcome.error().debugText().c_str());
    QCOMPARE(filesOf(folder.path(), "*"), before);
}

void TestTrainer::resumeNeedsACheckpointOfTheSameRun()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    protocol::TrainJob job = jobFor(folder.path(), {{"epochs", "1"}});
    job.resume = true;
    QCOMPARE(runTraining(job, {}, {}).error().code, ErrorCode::NothingToDo);
    job.resume = false;
    VERIFY_OK(runTraining(job, {}, {}));
    job.resume = true;
    VERIFY_OK(runTraining(job, {}, {})); // finished already: the model is made again
    job.settings["learning_rate"] = "0.5";
    const auto other = runTraining(job, {}, {});
    QCOMPARE(other.error().code, ErrorCode::InvalidArgument);
    QCOMPARE(other.error().args.at(0), std::string("learning_rate"));
}

QTEST_GUILESS_MAIN(TestTrainer)
#include "tst_trainer.moc"
