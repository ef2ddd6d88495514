#include "core/learning/embedding/embedder.h"
#include "core/learning/model/model_file.h"
#include "core/learning/training/photo_features.h"
#include "core/learning/training/start_model.h"
#include "core/learning/training/trainer.h"
#include "core/learning/training/validator.h"
#include "core/protocol/presets.h"
#include "tests/learning/toy_run.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <torch/torch.h>

using namespace flukeprint;
using namespace flukeprint::learning;

/// What distinguishes the older systems' runs: frozen trunks, phases, curricula, ranking by centroids, a learned comparison; and the
/// limit of time that all presets have.
class TestPresetSchedules : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aFrozenTrunkStaysAndItsHeadLearns();
    void featuresOfAFrozenTrunkAreWhatTheNetworkWouldMake();
    void theTrunkLearnsAfterTheHeadsEpochs();
    void ratesFollowThePhases();
    void classesAreAdmittedAsTheyAreLearnt();
    void centroidsAreRankedWhereThePresetSaysSo();
    void aLearnedComparisonIsKeptWithTheModel();
    void greyStandsInAWhiteFrame();
    void timeEndsARunThatCanGoOn();
    void oneIndividualCannotBeTrainedOn();
    void validationComparesIndividualsHoweverTheyAreListed();
};

namespace {

using Tensors = std::map<std::string, std::vector<std::byte>>;

protocol::TrainJob jobOf(const char *preset, const QString &folder, const std::map<std::string, std::string> &settings)
{
    protocol::TrainJob job = jobFor(folder);
    job.preset = preset;
    job.settings = {{"input_width", "32"}, {"input_height", "32"}, {"network", "resnet18"}, {"batch_size", "4"}, {"dimension", "16"}};
    for (const auto &[key, value] : settings)
        job.settings[key] = value;
    return job;
}

const std::map<std::string, std::string> plankton{{"batches_per_epoch", "4"}, {"freeze_epochs", "2"}, {"head_rate", "0.01"},
                                                  {"learning_rate", "0.002"}, {"rate_decay_epochs", "2"}, {"rate_decay", "0.5"}};

std::map<std::string, std::string> with(std::map<std::string, std::string> settings, const std::map<std::string, std::string> &more)
{
    for (const auto &[key, value] : more)
        settings[key] = value;
    return settings;
}

/// Weights of the newest checkpoint: those of the head, or all others.
Tensors weightsOf(const QString &folder, bool ofHead)
{
    Tensors tensors = tensorsOf(folder + "/" + newestOf(folder, "checkpoint-"));
    std::erase_if(tensors, [ofHead](const auto &tensor) { return tensor.first.starts_with("network.head.") != ofHead; });
    return tensors;
}

Tensors trainedWeights(const protocol::TrainJob &job, bool ofHead)
{
    const QString folder = QString::fromStdString(job.runFolder);
    writeRun(folder);
    const auto outcome = runTraining(job, {}, {});
    return outcome ? weightsOf(folder, ofHead) : Tensors();
}

QString logOf(const QString &folder)
{
    QFile file(folder + "/log.txt");
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

} // namespace

void TestPresetSchedules::aFrozenTrunkStaysAndItsHeadLearns()
{
    const QTemporaryDir folder;
    const auto trained = [&folder](const char *name, const char *epochs, bool ofHead) {
        return trainedWeights(jobOf("facenet-transfer", folder.filePath(name), {{"epochs", epochs}}), ofHead);
    };
    const Tensors trunk = trained("short", "1", false);
    QVERIFY(trunk.size() > 50);
    QVERIFY(trained("long", "3", false) == trunk);
    QVERIFY(weightsOf(folder.filePath("long"), true) != weightsOf(folder.filePath("short"), true));
}

void TestPresetSchedules::featuresOfAFrozenTrunkAreWhatTheNetworkWouldMake()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    const auto config = protocol::resolve("facenet-transfer", jobOf("facenet-transfer", folder.path(), {}).settings);
    VERIFY_OK(config);
    QVERIFY(PhotoFeatures::suit(*config));
    const auto data = RunData::load(folder.path().toStdString(), jobFor(folder.path()).packPath, *config);
    VERIFY_OK(data);
    auto start = makeStartModel(*config, {}, *data);
    VERIFY_OK(start);
    PhotoFeatures::Options options;
    options.mirrored = true;
    const auto features = PhotoFeatures::compute(start->network, start->info, *data, options);
    VERIFY_OK(features);
    const torch::NoGradGuard noGradient;
    for (const std::vector<RunPhoto> *photos : {&data->train(), &data->validation()}) {
        const torch::Tensor images = prepareChips(data->interleavedChips(*photos), start->info.normalisation);
        const torch::Tensor plain = start->network->embed(images);
        const torch::Tensor both = torch::cat({plain, start->network->embed(images.flip({3}))}, 1) / std::sqrt(2.0);
        QVERIFY(torch::allclose(features->embed(start->network, *photos, TestTime::Plain), plain, 1e-4, 1e-5));
        QVERIFY(torch::allclose(features->embed(start->network, *photos, TestTime::Mirror), both, 1e-4, 1e-5));
    }
}

void TestPresetSchedules::theTrunkLearnsAfterTheHeadsEpochs()
{
    const QTemporaryDir folder;
    const auto trunkAfter = [&folder](const char *epochs) {
        return trainedWeights(jobOf("plankton-curriculum", folder.filePath(epochs), with(plankton, {{"epochs", epochs}})), false);
    };
    const Tensors untouched = trunkAfter("1");
    QVERIFY(!untouched.empty());
    QVERIFY(trunkAfter("2") == untouched);
    QVERIFY(trunkAfter("3") != untouched);
}

void TestPresetSchedules::ratesFollowThePhases()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    std::map<int, double> rateOfEpoch;
    int validated = 0;
    TrainCallbacks callbacks;
    callbacks.metric = [&](const protocol::MetricMessage &point) {
        if (const auto rate = point.values.find("learning_rate"); rate != point.values.end() && point.step % 4 == 1)
            rateOfEpoch[static_cast<int>(point.step / 4)] = rate->second;
        validated += point.values.contains("radius") && point.values.contains("separation") ? 1 : 0;
    };
    VERIFY_OK(runTraining(jobOf("plankton-curriculum", folder.path(), with(plankton, {{"epochs", "5"}})), callbacks, {}));
    QCOMPARE(rateOfEpoch, (std::map<int, double>{{0, 0.01}, {1, 0.01}, {2, 0.002}, {3, 0.002}, {4, 0.001}}));
    QCOMPARE(validated, 6); // the clusters at the start and after every epoch
}

void TestPresetSchedules::classesAreAdmittedAsTheyAreLearnt()
{
    const QTemporaryDir folder;
    writeRun(folder.path());
    const auto settings = with(plankton, {{"epochs", "3"}, {"curriculum", "true"}, {"curriculum_start", "2"}, {"curriculum_patience", "1"}});
    VERIFY_OK(runTraining(jobOf("plankton-curriculum", folder.path(), settings), {}, {}));
    const QString log = logOf(folder.path());
    QVERIFY(log.contains("curriculum: 2 of 6 classes"));
    QVERIFY(log.contains("curriculum: 4 of 6 classes"));
    QVERIFY(log.contains("curriculum: 6 of 6 classes"));
}

void TestPresetSchedules::centroidsAreRankedWhereThePresetSaysSo()
{
    const QTemporaryDir folder;
    for (const char *ranking : {"centroids", "photos"}) {
        const QString own = folder.filePath(ranking);
        writeRun(own);
        const auto outcome = runTraining(jobOf("facenet-transfer", own, {{"epochs", "1"}, {"ranking", ranking}}), {}, {});
        VERIFY_OK(outcome);
        const auto info = readModelInfo(outcome->modelPath);
        VERIFY_OK(info);
        QCOMPARE(info->ranksCentroids, std::string(ranking) == "centroids");
    }
}

void TestPresetSchedules::aLearnedComparisonIsKeptWithTheModel()
{
    const QTemporaryDir folder;
    RunOptions options;
    options.chipSide = 64;
    writeRun(folder.path(), options);
    protocol::TrainJob job = jobFor(folder.path());
    job.preset = "branch-siamese";
    job.settings = {{"input_width", "64"}, {"input_height", "64"}, {"batch_size", "6"}, {"epochs", "1"}};
    const auto outcome = runTraining(job, {}, {});
    VERIFY_OK(outcome);
    QVERIFY(outcome->metrics.at("map5_pairs") > 0 && outcome->metrics.at("map5_pairs") <= 1);
    const auto model = loadModel(outcome->modelPath);
    VERIFY_OK(model);
    const auto kept = std::count_if(model->unexpected.begin(), model->unexpected.end(),
                                    [](const std::string &name) { return name.starts_with("pair_head."); });
    QCOMPARE(kept, std::ptrdiff_t{6}); // weights and biases of three layers
}

void TestPresetSchedules::greyStandsInAWhiteFrame()
{
    const torch::Tensor photo = torch::tensor({10, 100, 200}, torch::kUInt8).view({1, 1, 1, 3});
    const double grey = 0.299 * 10 + 0.587 * 100 + 0.114 * 200;
    Normalisation normalisation = Normalisation::imageNet();
    normalisation.whiteFrame = true;
    const torch::Tensor prepared = prepareChips(photo, normalisation).flatten();
    const auto expected = [&](double value, std::size_t channel) {
        return (value / 255 - normalisation.mean[channel]) / normalisation.deviation[channel];
    };
    QVERIFY(std::abs(prepared[0].item<double>() - expected(grey, 0)) < 1e-5);
    QVERIFY(std::abs(prepared[1].item<double>() - expected(255, 1)) < 1e-5);
    QVERIFY(std::abs(prepared[2].item<double>() - expected(255, 2)) < 1e-5);

    const QTemporaryDir folder;
    writeRun(folder.path());
    const auto outcome = runTraining(jobOf("plankton-curriculum", folder.path(), with(plankton, {{"epochs", "1"}})), {}, {});
    VERIFY_OK(outcome);
    const auto info = readModelInfo(outcome->modelPath);
    VERIFY_OK(info);
    QVERIFY(info->normalisation.whiteFrame);
    QVERIFY(!info->network.l2Normalised);
}

void TestPresetSchedules::timeEndsARunThatCanGoOn()
{
    const QTemporaryDir folder;
    for (const char *preset : {"flukeprint", "batch-hard-cosine"}) {
        const QString own = folder.filePath(preset);
        writeRun(own);
        protocol::TrainJob job = jobFor(own, {{"minutes", "0.00001"}});
        job.preset = preset;
        if (job.preset != "flukeprint")
            job.settings = {{"input_width", "32"}, {"input_height", "32"}, {"epochs", "3"}, {"individuals_per_batch", "3"}, {"minutes", "0.00001"}};
        std::int64_t steps = 0;
        std::vector<double> validated;
        TrainCallbacks callbacks;
        callbacks.metric = [&](const protocol::MetricMessage &point) {
            steps = point.step;
            if (point.values.contains("loss_validation"))
                validated.push_back(point.epoch);
        };
        const auto outcome = runTraining(job, callbacks, {});
        VERIFY_OK(outcome);
        QCOMPARE(steps, std::int64_t{1});
        QCOMPARE(outcome->epochs, std::int64_t{0});
        QCOMPARE(validated.size(), std::size_t{2}); // the start, and where time ended it
        QVERIFY(loadModel(outcome->modelPath).ok());

        job.resume = true;
        job.settings["minutes"] = "0";
        const auto finished = runTraining(job, callbacks, {});
        VERIFY_OK(finished);
        QCOMPARE(finished->epochs, std::int64_t{3});
        QVERIFY(steps > 3);
    }
}

void TestPresetSchedules::oneIndividualCannotBeTrainedOn()
{
    for (const char *preset : {"facenet-transfer", "plankton-curriculum"}) {
        const QTemporaryDir folder;
        RunOptions options;
        options.individualCount = 1;
        writeRun(folder.path(), options);
        QCOMPARE(runTraining(jobOf(preset, folder.path(), {}), {}, {}).error().code, ErrorCode::TooFewIndividuals);
        QVERIFY(!QFile::exists(folder.filePath("config.json")));
    }
    // Each photo's own near-duplicate is no positive.
    const QTemporaryDir folder;
    RunOptions options;
    options.photos = 2;
    writeRun(folder.path(), options);
    QCOMPARE(runTraining(jobOf("facenet-transfer", folder.path(), {}), {}, {}).error().code, ErrorCode::TooFewPhotos);
    QVERIFY(!QFile::exists(folder.filePath("config.json")));
}

void TestPresetSchedules::validationComparesIndividualsHoweverTheyAreListed()
{
    const QTemporaryDir folder;
    RunOptions options;
    options.individualCount = 3;
    options.photos = 6;
    options.heldPhotos = 4; // listed one individual after the other
    writeRun(folder.path(), options);
    const auto config = protocol::resolve("plankton-curriculum", jobOf("plankton-curriculum", folder.path(), {}).settings);
    VERIFY_OK(config);
    const auto data = RunData::load(folder.path().toStdString(), jobFor(folder.path()).packPath, *config);
    VERIFY_OK(data);
    const ModelInfo info;
    const Validator validator(*data, info, torch::kCPU, 1, {}, {});
    std::int64_t queries = 0;
    for (const LoadedBatch &batch : validator.lossBatches(3)) {
        for (std::int64_t row = 2; row < batch.labels.size(0); row += 2)
            QVERIFY(batch.labels[row].item<std::int64_t>() != batch.labels[row - 2].item<std::int64_t>());
        queries += batch.labels.size(0) / 2;
    }
    QCOMPARE(queries, std::int64_t{12});
}

QTEST_GUILESS_MAIN(TestPresetSchedules)
#include "tst_preset_schedules.moc"
