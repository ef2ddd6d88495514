// The networks against torchvision 0.14.1 (ResNet-18 and -50, MobileNetV2: values of its own forward and backward pass
// in double precision, from weights that both sides fill by one formula) and against the ImageNet weights' golden
// features.
#include "core/learning/embedding/embedder.h"
#include "core/learning/embedding/resize.h"
#include "core/learning/model/model_file.h"
#include "core/learning/networks/compat.h"
#include "core/learning/networks/network.h"
#include "core/learning/networks/restore_norms.h"

#include <QFile>
#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <torch/torch.h>

#include <cmath>
#include <map>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

/// Values in [-0.5, 0.5) that Python and C++ agree about to the last bit.
torch::Tensor formulaValues(at::IntArrayRef shape, std::uint64_t stream)
{
    torch::Tensor values = torch::empty(shape, torch::kFloat64);
    double *data = values.data_ptr<double>();
    for (std::int64_t i = 0; i < values.numel(); ++i) {
        const std::uint64_t mixed = static_cast<std::uint64_t>(i) * 2654435761ULL + stream * 40503ULL * 65537ULL;
        data[i] = static_cast<double>(mixed % (1ULL << 32)) / 4294967296.0 - 0.5;
    }
    return values;
}

void fillByFormula(EmbeddingNetwork &network)
{
    const torch::NoGradGuard noGradients;
    std::uint64_t stream = 0;
    for (auto &[name, tensor] : namedTensors(network)) {
        if (name.ends_with("num_batches_tracked"))
            continue;
        const torch::Tensor values = formulaValues(tensor.sizes(), ++stream);
        if (tensor.dim() == 4)
            tensor.copy_(values * std::sqrt(24.0 / static_cast<double>(tensor[0].numel())));
        else if (name.ends_with("running_var"))
            tensor.copy_(1 + 0.8 * values);
        else
            tensor.copy_((name.ends_with("weight") ? 1 : 0) + 0.4 * values);
    }
}

EmbeddingNetwork bareNetwork(const std::string &architecture)
{
    NetworkOptions options;
    options.architecture = architecture;
    options.pooling = Pooling::Average;
    options.dimension = 0;
    options.bnNeck = false;
    EmbeddingNetwork network = makeNetwork(options).value();
    network->to(torch::kFloat64);
    fillByFormula(network);
    return network;
}

torch::Tensor tensorNamed(EmbeddingNetwork &network, const std::string &wanted)
{
    for (auto &[name, tensor] : namedTensors(network)) {
        if (name == wanted)
            return tensor;
    }
    return {};
}

bool close(double found, double expected)
{
    const bool near = std::abs(found - expected) <= 1e-9 * std::max(1.0, std::abs(expected));
    if (!near)
        qWarning("found %.12g instead of %.12g", found, expected);
    return near;
}

torch::Tensor randomImages(std::int64_t count, std::int64_t height, std::int64_t width)
{
    torch::manual_seed(7);
    return torch::rand({count, 3, height, width}) * 2 - 1;
}

struct GradientReference
{
    double norm;
    double fourth;
};

struct Reference
{
    std::vector<double> evaluation; ///< features 0, 1, 2, 3, 100, 200, 300, 511 of the second photo
    double evaluationNorm;
    double trainingNorm;
    std::map<std::string, GradientReference> gradients; ///< of sum(features * formula stream 7)
    std::map<std::string, double> statistics; ///< norms of running statistics after one training pass
};

const Reference resnet18{{22.4002312186, 3.27893309221, 1.58604974528, 0.395141711254, 0.0641745580711, 0.0129699189017,
                          18.0789342265, 0.372036015813},
                         333.79420701652293,
                         30.14153186258049,
                         {{"conv1.weight", {347.681271644, -12.8540204676}},
                          {"layer1.0.bn1.weight", {106.756944352, -14.057176804}},
                          {"layer3.0.downsample.0.weight", {232.85980095, -1.05449200761}},
                          {"layer4.1.bn2.bias", {4.57372038682, -0.137259040028}}},
                         {{"bn1.running_mean", 0.830332209834}, {"layer4.1.bn2.running_var", 21.0273545836}}};

const Reference resnet50{{0.0, 68.8816414269, 23.1425371558, 0.0, 0.0, 204.205153313, 1.52134501283, 99.201943314},
                         5989.376814800673,
                         68.68599522214079,
                         {{"layer1.0.bn1.weight", {26142.849999, 1975.25383427}},
                          {"layer3.0.downsample.0.weight", {7319.24210991, 3.62497949809}},
                          {"layer4.1.bn2.bias", {26.2875303616, -0.0501512440378}}},
                         {{"bn1.running_mean", 0.830332209834}, {"layer4.1.bn2.running_var", 20.983830999}}};

const Reference mobileNetV2{
    {1.80606722649, 3.17263400174, 4.48824590295, 0.0, 0.0, 0.0, 0.0, 2.65905542571},
    91.86517446849102,
    24.214095136159475,
    {{"features.0.0.weight", {3987.61820779, 78.7027482794}},
     {"features.3.conv.1.0.weight", {514.337617037, -0.531371119098}},
     {"features.7.conv.0.1.weight", {7.92965524494, 1.15073137388}},
     {"features.18.1.weight", {7.82397826325, -0.271771633472}}},
    {{"features.0.1.running_mean", 0.596080297477}, {"features.18.1.running_var", 34.5882329809}}};

const QString weightsFolder = QStringLiteral(FLUKEPRINT_SHARED_DATA_DIR "/weights/");

} // namespace

class NetworksTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { torch::set_num_threads(1); } // tests share the machine with each other
    void agreesWithTorchvision_data();
    void agreesWithTorchvision();
    void hasTorchvisionsParameterCounts();
    void mobileNetReproducesTheGoldenFeatures();
    void tensorflowPaddingPutsTheOddPixelAfter();
    void headGivesFeaturesBeforeAndAfterTheNeck();
    void generalisedMeanLiesBetweenMeanAndMaximum();
    void hiddenLayersAndSigmoidFollowTheOptions();
    void foldingChangesNothing();
    void copiesAreIndependentAndLeaveRandomNumbersAlone();
    void bfloat16KeepsTheDirection();
    void restoredNormsKeepTheFunction();
    void restoredNormsKeepTrainingInRange();
    void restoredNormsRefuseNothingToObserve();
    void frozenNormsKeepTheirStatisticsInTraining();
    void impossibleOptionsAreRefused_data();
    void impossibleOptionsAreRefused();
};

void NetworksTest::agreesWithTorchvision_data()
{
    QTest::addColumn<QString>("architecture");
    QTest::addColumn<const Reference *>("reference");
    QTest::newRow("resnet18") << "resnet18" << &resnet18;
    QTest::newRow("resnet50") << "resnet50" << &resnet50;
    QTest::newRow("mobilenet_v2") << "mobilenet_v2" << &mobileNetV2;
}

void NetworksTest::agreesWithTorchvision()
{
    QFETCH(QString, architecture);
    QFETCH(const Reference *, reference);
    EmbeddingNetwork network = bareNetwork(architecture.toStdString());
    const torch::Tensor images = formulaValues({2, 3, 64, 96}, 99) * 4;

    network->eval();
    const torch::Tensor features = network->forward(images).pooled;
    const std::vector<std::int64_t> positions{0, 1, 2, 3, 100, 200, 300, 511};
    for (std::size_t i = 0; i < positions.size(); ++i)
        QVERIFY(close(features[1][positions[i]].item<double>(), reference->evaluation[i]));
    QVERIFY(close(features.norm().item<double>(), reference->evaluationNorm));

    network->train();
    const torch::Tensor trained = network->forward(images).pooled;
    QVERIFY(close(trained.norm().item<double>(), reference->trainingNorm));
    (trained * formulaValues(trained.sizes(), 7)).sum().backward();
    for (const auto &[name, expected] : reference->gradients) {
        const torch::Tensor gradient = tensorNamed(network, name).grad();
        QVERIFY2(close(gradient.norm().item<double>(), expected.norm), name.c_str());
        QVERIFY2(close(gradient.flatten()[3].item<double>(), expected.fourth), name.c_str());
    }
    for (const auto &[name, expected] : reference->statistics)
        QVERIFY2(close(tensorNamed(network, name).norm().item<double>(), expected), name.c_str());
}

void NetworksTest::hasTorchvisionsParameterCounts()
{
    const std::map<std::string, std::int64_t> counts{
        {"resnet18", 11'176'512}, {"resnet50", 23'508'032}, {"resnet101", 42'500'160}, {"mobilenet_v2", 2'223'872}};
    for (const std::string &architecture : architectures()) {
        NetworkOptions options;
        options.architecture = architecture;
        EmbeddingNetwork network = makeNetwork(options).value();
        std::int64_t count = 0;
        for (const torch::Tensor &parameter : network->trunkParameters())
            count += parameter.numel();
        QCOMPARE(count, counts.at(architecture));
    }
}

void NetworksTest::mobileNetReproducesTheGoldenFeatures()
{
    QFile golden(weightsFolder + "golden.json");
    if (!golden.open(QIODevice::ReadOnly))
        QSKIP("the shared weights are absent");
    const QJsonObject reference = QJsonDocument::fromJson(golden.readAll()).object();
    const QImage photo =
        QImage(FLUKEPRINT_SHARED_DATA_DIR "/" + reference["photo"].toString()).convertToFormat(QImage::Format_RGB888);
    QVERIFY(!photo.isNull());
    const chips::ChipShape from{static_cast<std::uint32_t>(photo.width()), static_cast<std::uint32_t>(photo.height()),
                                3};
    std::vector<std::uint8_t> pixels;
    for (int y = 0; y < photo.height(); ++y)
        pixels.insert(pixels.end(), photo.constScanLine(y), photo.constScanLine(y) + photo.width() * 3);
    torch::Tensor chip = torch::empty({1, 128, 256, 3}, torch::kUInt8);
    resizeChip(pixels, from, {chip.data_ptr<std::uint8_t>(), static_cast<std::size_t>(chip.numel())}, {256, 128, 3});

    auto model = loadModel((weightsFolder + "mobilenetv2_imagenet.safetensors").toStdString());
    QVERIFY2(model.ok(), model ? "" : model.error().debugText().c_str());
    QCOMPARE(model->unexpected, (std::vector<std::string>{"classifier.1.bias", "classifier.1.weight"}));
    QVERIFY(model->info.network.tensorflowPadding);
    const c10::InferenceMode inference;
    const torch::Tensor features = model->network->forward(prepareChips(chip, model->info.normalisation)).pooled[0];

    const QJsonArray values = reference["mobilenetv2_imagenet"].toObject()["average_pooled"].toArray();
    QCOMPARE(values.size(), 1280);
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
    QVERIFY(!tensorNamed(network, "head.neck.bias").requires_grad());
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
    const torch::Tensor before = tensorNamed(network, "features.0.1.running_mean").clone();
    network->forward(formulaValues({2, 3, 32, 32}, 3));
    QVERIFY(tensorNamed(network, "features.0.1.running_mean").equal(before));
    network->freezeNorms(false);
    network->forward(formulaValues({2, 3, 32, 32}, 3));
    QVERIFY(!tensorNamed(network, "features.0.1.running_mean").equal(before));
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
