// What every network keeps to, whatever its architecture: heads, folding, copies, norms that freeze and come back,
// options that are refused; and the ImageNet weights' golden features.
#include "core/learning/embedding/embedder.h"
#include "core/learning/embedding/resize.h"
#include "core/learning/model/model_file.h"
#include "core/learning/networks/compat.h"
#include "core/learning/networks/network.h"
#include "core/learning/networks/restore_norms.h"
#include "tests/learning/network_reference.h"

#include <QFile>
#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <torch/torch.h>

#include <cmath>

using namespace flukeprint;
using namespace flukeprint::learning;
using namespace flukeprint::learning::reference;

namespace {

const QString weightsFolder = QStringLiteral(FLUKEPRINT_SHARED_DATA_DIR "/weights/");

/// The whole photo at 256x128; undefined if it cannot be read.
torch::Tensor chipOf(const QString &file)
{
    const QImage photo = QImage(file).convertToFormat(QImage::Format_RGB888);
    if (photo.isNull())
        return {};
    const chips::ChipShape from{static_cast<std::uint32_t>(photo.width()), static_cast<std::uint32_t>(photo.height()),
                                3};
    std::vector<std::uint8_t> pixels;
    for (int y = 0; y < photo.height(); ++y)
        pixels.insert(pixels.end(), photo.constScanLine(y), photo.constScanLine(y) + photo.width() * 3);
    torch::Tensor chip = torch::empty({1, 128, 256, 3}, torch::kUInt8);
    resizeChip(pixels, from, {chip.data_ptr<std::uint8_t>(), static_cast<std::size_t>(chip.numel())}, {256, 128, 3});
    return chip;
}

} // namespace

class NetworksTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { torch::set_num_threads(1); } // tests share the machine with each other
    void publishedWeightsReproduceTheGoldenFeatures_data();
    void publishedWeightsReproduceTheGoldenFeatures();
    void tensorflowPaddingPutsTheOddPixelAfter();
    void headGivesFeaturesBeforeAndAfterTheNeck();
    void generalisedMeanLiesBetweenMeanAndMaximum();
    void hiddenLayersAndSigmoidFollowTheOptions();
    void foldingChangesNothing();
    void copiesAreIndependentAndLeaveRandomNumbersAlone();
    void bfloat16KeepsTheDirection();
    void restoredNormsKeepTheFunction();
    void normsThatThePublishedFileFoldedArePutBack();
    void restoredNormsKeepTrainingInRange();
    void restoredNormsRefuseNothingToObserve();
    void frozenNormsKeepTheirStatisticsInTraining();
    void impossibleOptionsAreRefused_data();
    void impossibleOptionsAreRefused();
};

void NetworksTest::publishedWeightsReproduceTheGoldenFeatures_data()
{
    QTest::addColumn<QString>("weights");
    QTest::addColumn<QString>("architecture");
    QTest::addColumn<int>("channels");
    QTest::addColumn<int>("unexpected"); // tensors behind the trunk's end
    QTest::newRow("MobileNetV2") << "mobilenetv2_imagenet"
                                 << "mobilenet_v2" << 1280 << 2;
    QTest::newRow("ResNet-101 v2 C4") << "resnet101v2_c4_imagenet"
                                      << "resnet101_v2_c4" << 1024 << 18;
}

void NetworksTest::publishedWeightsReproduceTheGoldenFeatures()
{
    QFETCH(QString, weights);
    QFETCH(QString, architecture);
    QFETCH(int, channels);
    QFETCH(int, unexpected);
    QFile golden(weightsFolder + "golden.json");
    if (!golden.open(QIODevice::ReadOnly))
        QSKIP("the shared weights are absent");
    const QJsonObject reference = QJsonDocument::fromJson(golden.readAll()).object();
    const torch::Tensor chip = chipOf(FLUKEPRINT_SHARED_DATA_DIR "/" + reference["photo"].toString());
    QVERIFY(chip.defined());

    auto model = loadModel((weightsFolder + weights + ".safetensors").toStdString());
    QVERIFY2(model.ok(), model ? "" : model.error().debugText().c_str());
    QCOMPARE(QString::fromStdString(model->info.network.architecture), architecture);
    QCOMPARE(static_cast<int>(model->unexpected.size()), unexpected);
    QCOMPARE(model->info.network.tensorflowPadding, architecture == "mobilenet_v2");
    const c10::InferenceMode inference;
    const torch::Tensor features = model->network->forward(prepareChips(chip, model->info.normalisation)).pooled[0];

    const QJsonArray values = reference[weights].toObject()["average_pooled"].toArray();
    QCOMPARE(values.size(), channels);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < values.size(); ++i) {
        difference += std::pow(features[i].item<double>() - values[i].toDouble(), 2);
        norm += std::pow(values[i].toDouble(), 2);
    }
    qInfo("relative L2 error %.2e", std::sqrt(difference / norm));
    QVERIFY(std::sqrt(difference / norm) < 1e-3);
}

void NetworksTest::tensorflowPaddingPutsTheOddPixelAfter()
{
    // A kernel that looks at its first row and column alone: with the odd pixel after, output (0, 0) sees input (0, 0).
    SamePaddedConv convolution(torch::nn::Conv2dOptions(1, 1, 3).stride(2).bias(false));
    const torch::NoGradGuard noGradients;
    convolution->weight.zero_();
    convolution->weight[0][0][0][0] = 1;
    const torch::Tensor even = torch::arange(1, 17).to(torch::kFloat32).view({1, 1, 4, 4});
    QVERIFY(convolution->forward(even).equal(torch::tensor({{{{1.F, 3.F}, {9.F, 11.F}}}})));
    // An odd size is padded on both sides.
    const torch::Tensor odd = torch::arange(1, 26).to(torch::kFloat32).view({1, 1, 5, 5});
    QCOMPARE(convolution->forward(odd).sizes().vec(), (std::vector<std::int64_t>{1, 1, 3, 3}));
    QVERIFY(convolution->forward(odd).equal(torch::tensor({{{{0.F, 0.F, 0.F}, {0.F, 7.F, 9.F}, {0.F, 17.F, 19.F}}}})));
}

void NetworksTest::headGivesFeaturesBeforeAndAfterTheNeck()
{
    NetworkOptions options;
    options.dimension = 64;
    EmbeddingNetwork network = makeNetwork(options).value();
    const Features features = network->forward(randomImages(4, 64, 96));
    QCOMPARE(features.map.sizes().vec(), (std::vector<std::int64_t>{4, 1280, 2, 3}));
    QCOMPARE(features.pooled.size(1), 1280);
    QCOMPARE(features.feature.sizes().vec(), (std::vector<std::int64_t>{4, 64}));
    // The neck in training normalises each dimension over the batch.
    QVERIFY(features.neck.mean(0).abs().max().item<double>() < 1e-4);
    QVERIFY(!features.feature.allclose(features.neck));
    network->eval();
    const torch::Tensor embedding = network->embed(randomImages(4, 64, 96));
    QVERIFY(embedding.norm(2, 1).allclose(torch::ones(4)));
    std::size_t grouped = network->trunkParameters().size() + network->headParameters().size();
    QCOMPARE(grouped, network->parameters().size());
    QVERIFY(!tensorNamed(namedTensors(network), "head.neck.bias").requires_grad());
}

void NetworksTest::generalisedMeanLiesBetweenMeanAndMaximum()
{
    const torch::Tensor map = torch::rand({2, 8, 3, 5}, torch::kFloat64) + 0.1;
    NetworkOptions options;
    options.dimension = 0;
    options.bnNeck = false;
    Head head(8, options);
    head->to(torch::kFloat64);
    const torch::Tensor pooled = head->forward(map).pooled;
    QVERIFY(pooled.allclose(map.pow(3).mean({2, 3}).pow(1.0 / 3)));
    QVERIFY((pooled > map.mean({2, 3})).all().item<bool>());
    QVERIFY((pooled < map.amax({2, 3})).all().item<bool>());
    pooled.sum().backward();
    QVERIFY(head->parameters().front().grad().abs().item<double>() > 0);
}

void NetworksTest::hiddenLayersAndSigmoidFollowTheOptions()
{
    NetworkOptions options;
    options.pooling = Pooling::Max;
    options.hidden = {32, 16};
    options.dimension = 8;
    options.linearBias = true;
    options.activation = OutputActivation::Sigmoid;
    options.dropout = 0.5;
    options.bnNeck = false;
    EmbeddingNetwork network = makeNetwork(options).value();
    std::int64_t weights = 0;
    for (const torch::Tensor &parameter : network->headParameters())
        weights += parameter.numel();
    QCOMPARE(weights, 1280 * 32 + 32 + 32 * 16 + 16 + 16 * 8 + 8);
    network->eval();
    const torch::Tensor feature = network->forward(randomImages(2, 64, 64)).neck;
    QVERIFY((feature > 0).all().item<bool>() && (feature < 1).all().item<bool>());
}

void NetworksTest::foldingChangesNothing()
{
    for (const char *architecture : {"mobilenet_v2", "resnet18"}) {
        EmbeddingNetwork network = bareNetwork(architecture);
        network->to(torch::kFloat32);
        network->eval();
        EmbeddingNetwork folded = foldedForInference(network);
        const torch::Tensor images = randomImages(2, 64, 96);
        const torch::NoGradGuard noGradients;
        const torch::Tensor expected = network->forward(images).pooled;
        const torch::Tensor found = folded->forward(images).pooled;
        QVERIFY(((found - expected).norm() / expected.norm()).item<double>() < 1e-5);
    }
}

void NetworksTest::copiesAreIndependentAndLeaveRandomNumbersAlone()
{
    NetworkOptions options;
    options.dimension = 16;
    EmbeddingNetwork network = makeNetwork(options).value();
    torch::manual_seed(5);
    const double expected = torch::rand({1}).item<double>();
    torch::manual_seed(5);
    EmbeddingNetwork copy = copyNetwork(network);
    QCOMPARE(torch::rand({1}).item<double>(), expected);
    const auto original = namedTensors(network);
    const auto copied = namedTensors(copy);
    for (std::size_t i = 0; i < original.size(); ++i)
        QVERIFY2(original[i].second.equal(copied[i].second), original[i].first.c_str());
    const torch::NoGradGuard noGradients;
    copied.front().second.add_(1);
    QVERIFY(!original.front().second.equal(copied.front().second));
}

void NetworksTest::bfloat16KeepsTheDirection()
{
    for (const char *architecture : {"mobilenet_v2", "resnet18"}) {
        EmbeddingNetwork network = bareNetwork(architecture);
        network->to(torch::kFloat32);
        network->eval();
        const torch::Tensor images = randomImages(2, 32, 64);
        const torch::NoGradGuard noGradients;
        const torch::Tensor exact = network->embed(images);
        const AutocastScope reduced(torch::kCPU, true);
        const torch::Tensor rounded = network->embed(images);
        QVERIFY(rounded.scalar_type() == torch::kFloat32);
        QVERIFY(!rounded.equal(exact)); // or autocast did nothing
        QVERIFY((rounded * exact).sum(1).min().item<double>() > 0.99);
    }
}

namespace {

/// As training finds the ImageNet weights: norms that do nothing but shift.
EmbeddingNetwork networkWithFoldedNorms()
{
    EmbeddingNetwork network = bareNetwork("mobilenet_v2");
    network->to(torch::kFloat32);
    const torch::NoGradGuard noGradients;
    for (const auto &[convolution, norm] : network->trunk().convolutionNormPairs()) {
        const torch::Tensor scale = norm->scale();
        convolution->weight.copy_(convolution->weight * scale.view({-1, 1, 1, 1}));
        norm->bias.copy_(norm->bias - norm->runningMean * scale);
        norm->weight.fill_(1);
        norm->runningMean.zero_();
        norm->runningVariance.fill_(1);
    }
    network->setNormEpsilon(0);
    return network;
}

} // namespace

void NetworksTest::restoredNormsKeepTheFunction()
{
    EmbeddingNetwork network = networkWithFoldedNorms();
    network->eval();
    const torch::NoGradGuard noGradients;
    const torch::Tensor images = randomImages(8, 64, 96);
    const torch::Tensor other = torch::rand({3, 3, 64, 96});
    const torch::Tensor before = network->forward(images).pooled;
    const torch::Tensor otherBefore = network->forward(other).pooled;
    const auto restored = restoreBatchNorm(network, {images.slice(0, 0, 4), images.slice(0, 4, 8)});
    QVERIFY(restored.ok());
    QCOMPARE(network->options().normEpsilon, 1e-5);
    QVERIFY(((network->forward(images).pooled - before).norm() / before.norm()).item<double>() < 1e-4);
    QVERIFY(((network->forward(other).pooled - otherBefore).norm() / otherBefore.norm()).item<double>() < 1e-4);
    for (NormImpl *norm : network->trunkNorms())
        QVERIFY(!norm->runningVariance.allclose(torch::ones_like(norm->runningVariance)));
}

void NetworksTest::normsThatThePublishedFileFoldedArePutBack()
{
    EmbeddingNetwork network = bareNetwork("resnet101_v2_c4");
    network->to(torch::kFloat32);
    network->eval();
    const torch::NoGradGuard noGradients;
    const std::size_t foldedTensors = namedTensors(network).size();
    const torch::Tensor images = randomImages(8, 64, 96);
    const torch::Tensor before = network->forward(images).pooled;
    network->train();
    QVERIFY(network->forward(images).pooled.allclose(before)); // nothing to follow yet
    QVERIFY(restoreBatchNorm(network, {images}).ok());
    network->eval();
    QVERIFY(((network->forward(images).pooled - before).norm() / before.norm()).item<double>() < 1e-4);
    // 31 pre-activations with two more tensors each, 60 norms behind convolutions with three.
    QCOMPARE(namedTensors(network).size(), foldedTensors + 31 * 2 + 60 * 3);
    EmbeddingNetwork copy = copyNetwork(network);
    QVERIFY(copy->forward(images).pooled.equal(network->forward(images).pooled));
    network->train();
    QVERIFY(((network->forward(images).pooled - before).norm() / before.norm()).item<double>() < 2e-2);
    QVERIFY(!network->trunkNorms().front()->runningMean.equal(copy->trunkNorms().front()->runningMean));
}

void NetworksTest::restoredNormsKeepTrainingInRange()
{
    EmbeddingNetwork network = networkWithFoldedNorms();
    const torch::NoGradGuard noGradients;
    const torch::Tensor images = randomImages(16, 64, 96);
    network->eval();
    const torch::Tensor evaluated = network->forward(images).pooled;
    QVERIFY(restoreBatchNorm(network, {images}).ok());
    // The calibration photos as one training batch: their own statistics are the restored ones.
    network->train();
    const torch::Tensor trained = network->forward(images).pooled;
    QVERIFY(((trained - evaluated).norm() / evaluated.norm()).item<double>() < 1e-2);
}

void NetworksTest::restoredNormsRefuseNothingToObserve()
{
    EmbeddingNetwork network = networkWithFoldedNorms();
    QVERIFY(restoreBatchNorm(network, {}).error().code == ErrorCode::InvalidArgument);
    QVERIFY(restoreBatchNorm(network, {randomImages(1, 32, 32)}, 0).error().code == ErrorCode::InvalidArgument);
}

void NetworksTest::frozenNormsKeepTheirStatisticsInTraining()
{
    EmbeddingNetwork network = bareNetwork("mobilenet_v2");
    network->freezeNorms(true);
    network->train();
    const torch::Tensor before = tensorNamed(namedTensors(network), "features.0.1.running_mean").clone();
    network->forward(formulaValues({2, 3, 32, 32}, 3));
    QVERIFY(tensorNamed(namedTensors(network), "features.0.1.running_mean").equal(before));
    network->freezeNorms(false);
    network->forward(formulaValues({2, 3, 32, 32}, 3));
    QVERIFY(!tensorNamed(namedTensors(network), "features.0.1.running_mean").equal(before));
}

void NetworksTest::impossibleOptionsAreRefused_data()
{
    QTest::addColumn<NetworkOptions>("options");
    NetworkOptions options;
    options.architecture = "resnet19";
    QTest::newRow("unknown architecture") << options;
    options = {};
    options.architecture = "resnet18";
    options.tensorflowPadding = true;
    QTest::newRow("padding of another architecture") << options;
    options = {};
    options.dimension = -1;
    QTest::newRow("negative dimension") << options;
    options = {};
    options.hidden = {0};
    QTest::newRow("empty hidden layer") << options;
    options = {};
    options.hidden = {16};
    options.dimension = 0;
    QTest::newRow("hidden layers that lead nowhere") << options;
    options = {};
    options.dropout = 1;
    QTest::newRow("dropout of everything") << options;
    options = {};
    options.normEpsilon = std::nan("");
    QTest::newRow("epsilon that is no number") << options;
}

void NetworksTest::impossibleOptionsAreRefused()
{
    QFETCH(NetworkOptions, options);
    const auto network = makeNetwork(options);
    QVERIFY(!network.ok());
    QVERIFY(network.error().code == ErrorCode::InvalidArgument);
}

QTEST_GUILESS_MAIN(NetworksTest)
#include "tst_networks.moc"
