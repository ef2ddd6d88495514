#include "core/learning/model/model_file.h"
#include "core/learning/training/trainer.h"
#include "core/protocol/presets.h"
#include "tests/learning/toy_run.h"

#include <QTemporaryDir>
#include <QTest>

#include <numeric>

using namespace flukeprint;
using namespace flukeprint::learning;

/// The presets of the systems that this program grew from, each as a whole run on toy photos.
class TestSourcePresets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void learnsFromPhotosOfIndividuals_data();
    void learnsFromPhotosOfIndividuals();
    void aResumedRunEqualsTheUninterruptedOne_data();
    void aResumedRunEqualsTheUninterruptedOne();
    void whatDoesNotFitIsRefusedBeforeAnythingStarts_data();
    void whatDoesNotFitIsRefusedBeforeAnythingStarts();
};

namespace {

using Settings = std::map<std::string, std::string>;

struct Row
{
    const char *name;
    const char *preset;
    std::uint32_t side;
    Settings settings;
    std::int64_t cancelAfter = 2; ///< steps of an interrupted run of two epochs
    bool learnsByHeart = false; ///< a network so large that eighteen photos teach it nothing about others
    const char *epochs = "8"; ///< of the run that shows that it learns
};

std::vector<Row> rows()
{
    std::vector<Row> all;
    for (const char *miner : {"batch_all", "batch_hard", "semi_hard", "random"}) {
        all.push_back({miner, "batch-hard-cosine", 32,
                       {{"miner", miner}, {"dimension", "16"}, {"individuals_per_batch", "6"}, {"photos_per_individual", "2"},
                        {"augmentation", "off"}, {"mirror_identity", "false"}, {"learning_rate", "0.001"}}});
    }
    // 37 million weights
    all.push_back({"contrastive", "siamese-contrastive", 64, {{"batch_size", "12"}, {"dimension", "8"}, {"trunk_dropout", "0"}}, 2, false, "4"});
    all.push_back({"mlp", "semi-hard-mlp", 28, {{"batch_size", "12"}, {"learning_rate", "0.001"}, {"trunk_dropout", "0"}}});
    // 18 photos make 5 steps of 4 triplets: the 8th is of the second epoch, whose triplets are mined.
    all.push_back({"mined", "facenet-transfer", 32,
                   {{"network", "resnet18"}, {"batch_size", "4"}, {"dimension", "16"}, {"mined_per_epoch", "64"}}, 8});
    all.push_back({"mined with a trunk that learns", "facenet-transfer", 32,
                   {{"network", "resnet18"}, {"batch_size", "4"}, {"dimension", "16"}, {"trunk", "trained"}, {"learning_rate", "0.0005"}}, 8});
    const Settings branch{{"loss", "contrastive"}, {"batch_size", "12"}, {"batches_per_epoch", "8"}, {"augmentation", "off"}};
    all.push_back({"branch, contrastive", "branch-siamese", 64, branch, 2, true});
    Settings learned = branch;
    learned["loss"] = "learned";
    learned["learning_rate"] = "0.001";
    learned["batches_per_epoch"] = "20"; // the comparison must be learnt before it can teach the network
    all.push_back({"branch, learned", "branch-siamese", 64, learned, 2, true});
    const Settings plankton{{"network", "resnet18"}, {"batch_size", "6"}, {"batches_per_epoch", "6"}, {"freeze_epochs", "1"},
                            {"learning_rate", "0.001"}, {"dropout", "0.1"}, {"dimension", "16"}};
    all.push_back({"head first", "plankton-curriculum", 32, plankton, 8}); // the second epoch's second step
    Settings easyFirst = plankton;
    easyFirst["curriculum"] = "true";
    easyFirst["curriculum_patience"] = "1";
    all.push_back({"easy classes first", "plankton-curriculum", 32, easyFirst, 3});
    return all;
}

/// `first`: the rows before it differ from it in nothing that matters there.
void addRows(std::size_t first = 0)
{
    QTest::addColumn<int>("row");
    const std::vector<Row> all = rows();
    for (std::size_t i = first; i < all.size(); ++i)
        QTest::newRow(all[i].name) << static_cast<int>(i);
}

protocol::TrainJob jobOf(const Row &row, const QString &folder, const std::string &epochs)
{
    protocol::TrainJob job = jobFor(folder);
    job.preset = row.preset;
    job.settings = row.settings;
    job.settings["epochs"] = epochs;
    job.settings["precision"] = "fp32"; // not chosen by measurement: runs are compared
    job.settings["input_width"] = job.settings["input_height"] = std::to_string(row.side);
    return job;
}

RunOptions optionsOf(const Row &row)
{
    RunOptions options;
    options.chipSide = row.side;
    return options;
}

} // namespace

void TestSourcePresets::learnsFromPhotosOfIndividuals_data() { addRows(); }

void TestSourcePresets::learnsFromPhotosOfIndividuals()
{
    QFETCH(int, row);
    const Row chosen = rows()[static_cast<std::size_t>(row)];
    const QTemporaryDir folder;
    writeRun(folder.path(), optionsOf(chosen));
    std::vector<protocol::MetricMessage> validations;
    std::vector<double> losses;
    TrainCallbacks callbacks;
    callbacks.metric = [&](const protocol::MetricMessage &point) {
        if (point.values.contains("loss_train"))
            losses.push_back(point.values.at("loss_train"));
        if (point.values.contains("separation"))
            validations.push_back(point);
    };
    const auto outcome = runTraining(jobOf(chosen, folder.path(), chosen.epochs), callbacks, {});
    VERIFY_OK(outcome);
    const auto &start = validations.front().values;
    const auto &end = validations.back().values;
    qInfo("validation loss %.4f to %.4f, separation / radius %.2f to %.2f, MAP@5 %.2f to %.2f", start.at("loss_validation"),
          end.at("loss_validation"), start.at("separation") / start.at("radius"), end.at("separation") / end.at("radius"),
          start.at("map5"), end.at("map5"));
    if (chosen.learnsByHeart) {
        const auto mean = [](auto first, auto last) { return std::accumulate(first, last, 0.0) / static_cast<double>(last - first); };
        qInfo("training loss %.4f to %.4f", mean(losses.begin(), losses.begin() + 4), mean(losses.end() - 3, losses.end()));
        QVERIFY(mean(losses.end() - 3, losses.end()) < 0.9 * mean(losses.begin(), losses.begin() + 4));
        return;
    }
    QVERIFY(end.at("loss_validation") < 0.8 * start.at("loss_validation"));
    QVERIFY(end.at("separation") / end.at("radius") > start.at("separation") / start.at("radius"));
    const auto model = loadModel(outcome->modelPath);
    VERIFY_OK(model);
    QCOMPARE(model->info.preset, std::string(chosen.preset));
    QCOMPARE(outcome->metrics.contains("map5_k_nearest"), chosen.preset == std::string("batch-hard-cosine"));
    QCOMPARE(outcome->metrics.contains("map5_similarity"), chosen.preset == std::string("batch-hard-cosine"));
    QCOMPARE(model->info.inputWidthPx, static_cast<std::int32_t>(chosen.side));
}

void TestSourcePresets::aResumedRunEqualsTheUninterruptedOne_data()
{
    addRows(3); // random triplets are those that need the step's own random numbers
}

void TestSourcePresets::aResumedRunEqualsTheUninterruptedOne()
{
    QFETCH(int, row);
    Row chosen = rows()[static_cast<std::size_t>(row)];
    if (chosen.settings.contains("trunk_dropout"))
        chosen.settings["trunk_dropout"] = "0.2";
    const QTemporaryDir folder;
    const QString whole = folder.filePath("whole");
    const QString pieces = folder.filePath("pieces");
    writeRun(whole, optionsOf(chosen));
    writeRun(pieces, optionsOf(chosen));
    VERIFY_OK(runTraining(jobOf(chosen, whole, "2"), {}, {}));
    std::int64_t steps = 0;
    TrainCallbacks callbacks;
    callbacks.metric = [&](const protocol::MetricMessage &point) { steps = point.step; };
    callbacks.proceed = [&] { return steps < chosen.cancelAfter; };
    QCOMPARE(runTraining(jobOf(chosen, pieces, "2"), callbacks, {}).error().code, ErrorCode::Cancelled);
    protocol::TrainJob resumed = jobOf(chosen, pieces, "2");
    resumed.resume = true;
    VERIFY_OK(runTraining(resumed, {}, {}));
    QCOMPARE(curvesOf(pieces), curvesOf(whole));
    QVERIFY(!tensorsOf(whole + "/model.safetensors").empty());
    QVERIFY(tensorsOf(pieces + "/model.safetensors") == tensorsOf(whole + "/model.safetensors"));
}

void TestSourcePresets::whatDoesNotFitIsRefusedBeforeAnythingStarts_data()
{
    QTest::addColumn<QString>("preset");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::newRow("the MLP knows one size") << "semi-hard-mlp" << "input_width" << "32";
    QTest::newRow("deep ranking's branches need their size") << "deep-ranking" << "input_width" << "300";
    QTest::newRow("a setting of another preset") << "batch-hard-cosine" << "arcface_scale" << "10";
    QTest::newRow("a miner that is none") << "batch-hard-cosine" << "miner" << "hardest";
    QTest::newRow("a photo that Inception-v3 would use up") << "plankton-curriculum" << "input_width" << "74";
    QTest::newRow("a photo that the branch network would use up") << "branch-siamese" << "input_width" << "63";
    QTest::newRow("a pair is two photos") << "branch-siamese" << "batch_size" << "1";
    QTest::newRow("nobody would stand twice in a batch") << "semi-hard-mlp" << "batch_size" << "11";
    QTest::newRow("a mirrored fluke cannot be the same whale and another") << "batch-hard-cosine" << "mirror_by_chance" << "true";
}

void TestSourcePresets::whatDoesNotFitIsRefusedBeforeAnythingStarts()
{
    QFETCH(QString, preset);
    QFETCH(QString, key);
    QFETCH(QString, value);
    const QTemporaryDir folder;
    const auto spec = protocol::findPreset(preset.toStdString());
    VERIFY_OK(spec);
    const std::string given = value.toStdString();
    RunOptions options;
    options.chipSide = static_cast<std::uint32_t>(key == "input_width" ? value.toInt() : spec->inputWidthPx);
    writeRun(folder.path(), options);
    protocol::TrainJob job = jobFor(folder.path());
    job.preset = preset.toStdString();
    job.settings = {{key.toStdString(), given}};
    if (key == "input_width")
        job.settings["input_height"] = given;
    QVERIFY(!runTraining(job, {}, {}).ok());
    QVERIFY(!QFile::exists(folder.filePath("config.json")));
    QVERIFY(!QFile::exists(folder.filePath("metrics.jsonl")));
}

QTEST_GUILESS_MAIN(TestSourcePresets)
#include "tst_source_presets.moc"
