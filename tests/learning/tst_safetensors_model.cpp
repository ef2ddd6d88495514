// A model file must say everything that embedding with it needs, and foreign weights must either fit or be refused by
// name.
#include "core/base/atomic_file.h"
#include "core/learning/model/model_file.h"
#include "core/learning/model/tensor_file.h"
#include "core/learning/networks/trunks.h"

#include <QTemporaryDir>
#include <QTest>

#include <torch/torch.h>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

/// Weights that keep activations alive without training: a fresh network in eval mode gives every photo the same
/// embedding.
void enliven(EmbeddingNetwork &network)
{
    for (const auto &[convolution, norm] : network->trunk().convolutionNormPairs())
        torch::nn::init::kaiming_normal_(convolution->weight, 0, torch::kFanIn, torch::kReLU);
    network->eval();
}

EmbeddingNetwork smallNetwork()
{
    torch::manual_seed(3);
    NetworkOptions options;
    options.dimension = 32;
    EmbeddingNetwork network = makeNetwork(options).value();
    enliven(network);
    return network;
}

NamedTensors tensorsOf(EmbeddingNetwork &network)
{
    NamedTensors tensors;
    for (auto &[name, tensor] : namedTensors(network))
        tensors.emplace(name, tensor);
    return tensors;
}

/// Weights as torchvision or timm users bring them: no metadata, a classifier at the end.
NamedTensors foreignTensors(EmbeddingNetwork &network)
{
    NamedTensors tensors;
    for (auto &[name, tensor] : namedTensors(network)) {
        if (!name.starts_with("head."))
            tensors.emplace(name, tensor);
    }
    tensors.emplace("classifier.1.weight", torch::zeros({10, 1280}));
    return tensors;
}

} // namespace

class SafetensorsModelTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { torch::set_num_threads(1); } // tests share the machine with each other
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void everyTypeSurvivesTheTensorFile();
    void infinityByHalvingIsRefused();
    void aModelComesBackWhole();
    void halfStorageIsHalfTheSizeAndNearlyTheSame();
    void theMirrorRuleDoublesTheDimension();
    void torchvisionWeightsAreAdopted();
    void resNetWeightsAreRecognisedByTheirNames();
    void anAuxiliaryClassifierIsLeftOver();
    void vggIsRecognisedAndItsShapesAreChecked();
    void namesOfDeeperRelativesAreRefused();
    void aSizeThatTheArchitectureCannotTakeIsRefused();
    void aWrongShapeNamesTheTensor();
    void aMissingTensorIsNamed();
    void valuesThatAreNotFiniteAreRefused();
    void integersForWeightsAreRefused();
    void anUnknownArchitectureIsRefused();
    void anotherArchitectureThanAskedForIsRefused();
    void damagedMetadataIsRefused_data();
    void damagedMetadataIsRefused();
    void newerModelsAreRefused();
    void weightsOfAnotherHeadAreRefusedOrLeftOut();

private:
    [[nodiscard]] std::filesystem::path path(const char *name = "model.safetensors") const
    {
        return std::filesystem::path(m_folder->path().toStdString()) / name;
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void SafetensorsModelTest::everyTypeSurvivesTheTensorFile()
{
    NamedTensors tensors;
    for (const auto type : {torch::kBool, torch::kUInt8, torch::kInt8, torch::kInt16, torch::kInt32, torch::kInt64,
                            torch::kFloat16, torch::kBFloat16, torch::kFloat32, torch::kFloat64})
        tensors[toString(type)] = torch::arange(6).remainder(2).view({2, 3}).to(type);
    tensors["transposed"] = torch::arange(6).view({2, 3}).t();
    tensors["scalar"] = torch::tensor(3.5);
    QVERIFY(writeTensorFile(path(), tensors, {{"a", "b"}}).ok());
    const auto file = readTensorFile(path());
    QVERIFY(file.ok());
    QCOMPARE(file->tensors.size(), tensors.size());
    for (const auto &[name, tensor] : tensors) {
        QVERIFY2(file->tensors.at(name).equal(tensor), name.c_str());
        QVERIFY(file->tensors.at(name).scalar_type() == tensor.scalar_type());
    }
    const auto complexNumbers = writeTensorFile(path("c"), {{"w", torch::zeros({2}, torch::kComplexFloat)}}, {});
    QVERIFY(complexNumbers.error().code == ErrorCode::TensorInvalid);
}

void SafetensorsModelTest::infinityByHalvingIsRefused()
{
    const auto written = writeTensorFile(path(), {{"large", torch::full({2, 2}, 1e6)}}, {}, true);
    QVERIFY(!written.ok());
    QCOMPARE(written.error().args.at(1), std::string("large"));
    QVERIFY(!std::filesystem::exists(path()));
}

void SafetensorsModelTest::aModelComesBackWhole()
{
    EmbeddingNetwork network = smallNetwork();
    ModelInfo info;
    info.preset = "flukeprint";
    info.inputWidthPx = 192;
    info.inputHeightPx = 96;
    info.normalisation = Normalisation::imageNet();
    info.snapshotHash = "abc";
    info.metricsJson = R"({"map5":0.5})";
    info.calibrationJson = R"({"kind":"isotonic"})";
    info.other = {{"licence", "CC0"}};
    QVERIFY(saveModel(path(), info, network, false).ok());
    auto loaded = loadModel(path());
    QVERIFY2(loaded.ok(), loaded ? "" : loaded.error().debugText().c_str());
    QCOMPARE(loaded->info.preset, info.preset);
    QVERIFY(loaded->info.network == network->options());
    QVERIFY(loaded->info.normalisation == info.normalisation);
    QCOMPARE(loaded->info.inputWidthPx, 192);
    QCOMPARE(loaded->info.metricsJson, info.metricsJson);
    QCOMPARE(loaded->info.calibrationJson, info.calibrationJson);
    QCOMPARE(loaded->info.other, info.other);
    QVERIFY(!loaded->info.created.empty());
    QVERIFY(loaded->unexpected.empty());
    const torch::Tensor images = torch::rand({2, 3, 96, 192});
    QVERIFY(loaded->network->embed(images).equal(network->embed(images)));
    QCOMPARE(readModelInfo(path())->preset, info.preset);
    QCOMPARE(loaded->embeddingDimension(), 32);
}

void SafetensorsModelTest::halfStorageIsHalfTheSizeAndNearlyTheSame()
{
    EmbeddingNetwork network = smallNetwork();
    QVERIFY(saveModel(path("full"), {}, network, false).ok());
    QVERIFY(saveModel(path("half"), {}, network, true).ok());
    QVERIFY(std::filesystem::file_size(path("half")) < std::filesystem::file_size(path("full")) * 0.56);
    auto loaded = loadModel(path("half"));
    QVERIFY(loaded.ok());
    const torch::Tensor images = torch::rand({2, 3, 64, 64});
    const torch::Tensor cosine = (loaded->network->embed(images) * network->embed(images)).sum(1);
    QVERIFY(cosine.min().item<double>() > 0.999);
    QVERIFY(loaded->network->parameters().front().scalar_type() == torch::kFloat32);
}

void SafetensorsModelTest::theMirrorRuleDoublesTheDimension()
{
    EmbeddingNetwork network = smallNetwork();
    ModelInfo info;
    info.testTime = TestTime::Mirror;
    QVERIFY(saveModel(path(), info, network).ok());
    const auto loaded = loadModel(path());
    QVERIFY(loaded->info.testTime == TestTime::Mirror);
    QCOMPARE(loaded->embeddingDimension(), 64);
    QCOMPARE(SafetensorsReader::open(path())->metadata().at("dimension"), std::string("64"));
}

void SafetensorsModelTest::torchvisionWeightsAreAdopted()
{
    EmbeddingNetwork network = smallNetwork();
    QVERIFY(writeTensorFile(path(), foreignTensors(network), {}).ok());
    auto loaded = loadModel(path());
    QVERIFY2(loaded.ok(), loaded ? "" : loaded.error().debugText().c_str());
    QCOMPARE(loaded->info.network.architecture, std::string("mobilenet_v2"));
    QCOMPARE(loaded->unexpected, std::vector<std::string>{"classifier.1.weight"});
    QVERIFY(loaded->info.normalisation == Normalisation::imageNet());
    QVERIFY(!loaded->info.network.tensorflowPadding);
    const torch::Tensor images = torch::rand({1, 3, 64, 64});
    QVERIFY(loaded->network->forward(images).map.equal(network->forward(images).map));
}

void SafetensorsModelTest::resNetWeightsAreRecognisedByTheirNames()
{
    for (const char *architecture : {"resnet18", "resnet50"}) {
        NetworkOptions options;
        options.architecture = architecture;
        EmbeddingNetwork network = makeNetwork(options).value();
        QVERIFY(writeTensorFile(path(), foreignTensors(network), {}, true).ok());
        const auto loaded = loadModel(path());
        QVERIFY2(loaded.ok(), loaded ? "" : loaded.error().debugText().c_str());
        QCOMPARE(loaded->info.network.architecture, std::string(architecture));
    }
}

void SafetensorsModelTest::anAuxiliaryClassifierIsLeftOver()
{
    EmbeddingNetwork network = makeNetwork(bareOptions("inception_v3")).value();
    NamedTensors tensors = tensorsOf(network);
    const std::vector<std::string> others{"AuxLogits.conv0.bn.weight", "AuxLogits.fc.weight", "fc.bias", "fc.weight"};
    for (const std::string &name : others)
        tensors.emplace(name, torch::zeros({8}));
    QVERIFY(writeTensorFile(path(), tensors, {}, true).ok());
    const auto loaded = loadModel(path());
    QVERIFY2(loaded.ok(), loaded ? "" : loaded.error().debugText().c_str());
    QCOMPARE(loaded->info.network.architecture, std::string("inception_v3"));
    QCOMPARE(loaded->unexpected, others);
    QCOMPARE(loaded->info.network.normEpsilon, 1e-3);
    QCOMPARE(loaded->info.inputWidthPx, 299);
    QVERIFY(loaded->info.normalisation == Normalisation::minusOneToOne()); // as torchvision's transform_input gives it
}

void SafetensorsModelTest::vggIsRecognisedAndItsShapesAreChecked()
{
    constexpr std::int64_t narrow = 8;
    const NetworkOptions options = bareOptions("vgg16");
    EmbeddingNetwork network(makeVgg16(options, narrow), options);
    NamedTensors tensors = tensorsOf(network);
    tensors.emplace("classifier.6.weight", torch::zeros({10, narrow}));
    tensors.emplace("classifier.6.bias", torch::zeros({10}));
    QVERIFY(writeTensorFile(path(), tensors, {}, true).ok());
    EmbeddingNetwork same(makeVgg16(options, narrow), options);
    const auto mismatch = loadWeights(same, path());
    QVERIFY2(mismatch.ok(), mismatch ? "" : mismatch.error().debugText().c_str());
    QVERIFY(mismatch->missing.empty());
    QCOMPARE(mismatch->unexpected, (std::vector<std::string>{"classifier.6.bias", "classifier.6.weight"}));
    EmbeddingNetwork ranking(makeDeepRanking(options, narrow), options);
    const auto toRanking = loadWeights(ranking, path());
    QCOMPARE(toRanking->missing,
             (std::vector<std::string>{"branch4.bias", "branch4.weight", "branch8.bias", "branch8.weight"}));
    // The file says VGG-16 by its names, so the full width is what is missing in it.
    const auto loaded = loadModel(path());
    QVERIFY(loaded.error().code == ErrorCode::TensorInvalid);
    QCOMPARE(loaded.error().args.at(1), std::string("classifier.0.bias"));
    QCOMPARE(loaded.error().args.at(2), std::string("shape [8] instead of [4096]"));
}

void SafetensorsModelTest::namesOfDeeperRelativesAreRefused()
{
    const std::vector<std::pair<std::string, NamedTensors>> files{
        {"vgg19",
         {{"features.28.weight", torch::zeros({2})},
          {"features.30.weight", torch::zeros({2})},
          {"classifier.3.weight", torch::zeros({2})}}},
        {"nasnet_a_large",
         {{"cell_stem_1.path_1.conv.weight", torch::zeros({2})}, {"cell_17.conv_1x1.conv.weight", torch::zeros({2})}}}};
    for (const auto &[name, tensors] : files) {
        QVERIFY(writeTensorFile(path(), tensors, {}).ok());
        const auto loaded = loadModel(path());
        QVERIFY(loaded.error().code == ErrorCode::ModelIncompatible);
        QCOMPARE(loaded.error().args.at(1), "architecture " + name);
    }
}

void SafetensorsModelTest::aSizeThatTheArchitectureCannotTakeIsRefused()
{
    EmbeddingNetwork network = makeNetwork(bareOptions("mlp")).value();
    ModelInfo info;
    info.inputWidthPx = 28;
    info.inputHeightPx = 28;
    QVERIFY(saveModel(path(), info, network).ok());
    QVERIFY(loadModel(path()).ok());
    info.inputWidthPx = 56;
    QVERIFY(saveModel(path(), info, network).ok());
    const auto loaded = loadModel(path());
    QVERIFY(loaded.error().code == ErrorCode::ModelIncompatible);
    QVERIFY(loaded.error().args.at(1).find("56x28") != std::string::npos);
}

void SafetensorsModelTest::aWrongShapeNamesTheTensor()
{
    EmbeddingNetwork network = smallNetwork();
    NamedTensors tensors = foreignTensors(network);
    tensors["features.1.conv.1.weight"] = torch::zeros({16, 16, 1, 1});
    QVERIFY(writeTensorFile(path(), tensors, {}).ok());
    const auto loaded = loadModel(path());
    QVERIFY(loaded.error().code == ErrorCode::TensorInvalid);
    QCOMPARE(loaded.error().args.at(1), std::string("features.1.conv.1.weight"));
    QCOMPARE(loaded.error().args.at(2), std::string("shape [16, 16, 1, 1] instead of [16, 32, 1, 1]"));
}

void SafetensorsModelTest::aMissingTensorIsNamed()
{
    EmbeddingNetwork network = smallNetwork();
    NamedTensors tensors = foreignTensors(network);
    tensors.erase("features.1.conv.1.weight");
    tensors.erase("features.2.conv.2.weight");
    QVERIFY(writeTensorFile(path(), tensors, {}).ok());
    const auto loaded = loadModel(path());
    QVERIFY(loaded.error().code == ErrorCode::ModelIncompatible);
    QCOMPARE(loaded.error().args.at(1), std::string("missing features.1.conv.1.weight and 1 more"));
    QVERIFY(loaded.error().detail.find("features.2.conv.2.weight") != std::string::npos);
}

void SafetensorsModelTest::valuesThatAreNotFiniteAreRefused()
{
    EmbeddingNetwork network = smallNetwork();
    NamedTensors tensors = foreignTensors(network);
    tensors["features.0.1.bias"] = torch::full({32}, std::nan(""));
    QVERIFY(writeTensorFile(path(), tensors, {}).ok());
    QCOMPARE(loadModel(path()).error().args.at(1), std::string("features.0.1.bias"));
}

void SafetensorsModelTest::integersForWeightsAreRefused()
{
    EmbeddingNetwork network = smallNetwork();
    NamedTensors tensors = foreignTensors(network);
    tensors["features.0.1.bias"] = torch::zeros({32}, torch::kInt8);
    QVERIFY(writeTensorFile(path(), tensors, {}).ok());
    QVERIFY(loadModel(path()).error().code == ErrorCode::TensorInvalid);
}

void SafetensorsModelTest::anUnknownArchitectureIsRefused()
{
    QVERIFY(writeTensorFile(path(), {{"w", torch::zeros({2})}}, {{"architecture", "transformer"}}).ok());
    QVERIFY(loadModel(path()).error().code == ErrorCode::ModelIncompatible);
    QVERIFY(loadModel(path(), "vit").error().code == ErrorCode::ModelIncompatible);
    QVERIFY(writeTensorFile(path(), {{"w", torch::zeros({2})}}, {}).ok());
    QVERIFY(loadModel(path()).error().code == ErrorCode::ModelIncompatible);
    QVERIFY(readModelInfo(path()).error().code == ErrorCode::ModelIncompatible);
}

void SafetensorsModelTest::anotherArchitectureThanAskedForIsRefused()
{
    EmbeddingNetwork network = smallNetwork();
    QVERIFY(saveModel(path(), {}, network).ok());
    QVERIFY(loadModel(path(), "resnet18").error().code == ErrorCode::ModelIncompatible);
    QVERIFY(loadModel(path(), "mobilenet_v2").ok());
}

void SafetensorsModelTest::damagedMetadataIsRefused_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::newRow("network not JSON") << "network"
                                      << "{";
    QTest::newRow("network incomplete") << "network"
                                        << "{}";
    QTest::newRow("width 0") << "input_width"
                             << "0";
    QTest::newRow("height absurd") << "input_height"
                                   << "100000000000";
    QTest::newRow("width no number") << "input_width"
                                     << "wide";
    QTest::newRow("unknown normalisation") << "normalisation"
                                           << "somehow";
    QTest::newRow("deviation 0") << "normalisation"
                                 << R"({"mean":[0,0,0],"std":[0,1,1]})";
    QTest::newRow("unknown test-time rule") << "test_time"
                                            << "twice";
    QTest::newRow("metrics not an object") << "metrics"
                                           << "7";
    QTest::newRow("version no number") << "format_version"
                                       << "new";
}

void SafetensorsModelTest::damagedMetadataIsRefused()
{
    QFETCH(QString, key);
    QFETCH(QString, value);
    EmbeddingNetwork network = smallNetwork();
    QVERIFY(saveModel(path(), {}, network).ok());
    auto metadata = SafetensorsReader::open(path())->metadata();
    QVERIFY(metadata.contains(key.toStdString()));
    metadata[key.toStdString()] = value.toStdString();
    QVERIFY(writeTensorFile(path(), tensorsOf(network), metadata).ok());
    QVERIFY(loadModel(path()).error().code == ErrorCode::DataDamaged);
    metadata.erase(key.toStdString());
    QVERIFY(writeTensorFile(path(), tensorsOf(network), metadata).ok());
    QVERIFY(readModelInfo(path()).error().code == ErrorCode::DataDamaged);
}

void SafetensorsModelTest::newerModelsAreRefused()
{
    EmbeddingNetwork network = smallNetwork();
    QVERIFY(saveModel(path(), {}, network).ok());
    auto metadata = SafetensorsReader::open(path())->metadata();
    metadata["format_version"] = "99";
    QVERIFY(writeTensorFile(path(), tensorsOf(network), metadata).ok());
    QVERIFY(loadModel(path()).error().code == ErrorCode::VersionTooNew);
}

void SafetensorsModelTest::weightsOfAnotherHeadAreRefusedOrLeftOut()
{
    EmbeddingNetwork trained = smallNetwork();
    QVERIFY(saveModel(path(), {}, trained, false).ok());
    NetworkOptions wider = trained->options();
    wider.dimension = 48;
    EmbeddingNetwork network = makeNetwork(wider).value();
    QVERIFY(loadWeights(network, path()).error().code == ErrorCode::TensorInvalid);
    const auto mismatch = loadWeights(network, path(), false);
    QVERIFY(mismatch.ok());
    for (const std::string &name : mismatch->missing) // both have a head of the same parts
        QVERIFY2(std::find(mismatch->unexpected.begin(), mismatch->unexpected.end(), name) != mismatch->unexpected.end(), name.c_str());
    QVERIFY(std::find(mismatch->missing.begin(), mismatch->missing.end(), "head.dense.0.weight")
            != mismatch->missing.end());
    QVERIFY(network->trunkParameters().front().equal(trained->trunkParameters().front()));
}

QTEST_GUILESS_MAIN(SafetensorsModelTest)
#include "tst_safetensors_model.moc"
