// Every architecture against another implementation: torchvision 0.14.1 where it has one, else a Python version written
// from the source's description; forward and gradients in double precision, from weights that both sides fill by one
// formula. And that each takes the photos it was made for, folds, and keeps to its limits.
#include "core/learning/networks/compat.h"
#include "core/learning/networks/restore_norms.h"
#include "core/learning/networks/trunks.h"
#include "tests/learning/architecture_references.h"
#include "tests/learning/network_reference.h"

#include <QTest>

#include <torch/torch.h>

using namespace flukeprint;
using namespace flukeprint::learning;
using namespace flukeprint::learning::reference;

namespace {

/// The dense layers of VGG are too large for double precision in a test: narrow ones, the same code.
constexpr std::int64_t narrowWidth = 64;

EmbeddingNetwork networkFor(const std::string &architecture, bool tensorflowPadding = false, bool normsPutBack = false)
{
    NetworkOptions options = bareOptions(architecture);
    options.tensorflowPadding = tensorflowPadding;
    if (normsPutBack)
        options.normEpsilon = 1e-5;
    if (architecture == "branch_siamese")
        options.pooling = Pooling::Max; // as its source
    EmbeddingNetwork network = architecture == "vgg16" ? EmbeddingNetwork(makeVgg16(options, narrowWidth), options)
        : architecture == "deep_ranking" ? EmbeddingNetwork(makeDeepRanking(options, narrowWidth), options)
                                         : makeNetwork(options).value();
    network->to(torch::kFloat64);
    fillByFormula(namedTensors(network));
    return network;
}

/// A photo of the size that the architecture is made for, as colour.
torch::Tensor usualPhotos(const std::string &architecture, std::int64_t count)
{
    const ArchitectureInfo *info = findArchitecture(architecture);
    return randomImages(count, info->inputHeightPx, info->inputWidthPx);
}

/// A size that nobody would choose, yet every architecture with room for choice takes it.
std::pair<std::int64_t, std::int64_t> unusualSize(const std::string &architecture)
{
    const ArchitectureInfo *info = findArchitecture(architecture);
    const std::int64_t smallest = info->smallestSidePx;
    return {smallest, std::min<std::int64_t>(info->largestSidePx, smallest + 51)};
}

void addArchitectures(const QStringList &leftOut = {})
{
    QTest::addColumn<QString>("architecture");
    for (const std::string &name : architectures()) {
        const QString architecture = QString::fromStdString(name);
        if (!leftOut.contains(architecture))
            QTest::newRow(name.c_str()) << architecture;
    }
}

} // namespace

class ArchitecturesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { torch::set_num_threads(1); } // tests share the machine with each other
    void agreesWithTheReference_data();
    void agreesWithTheReference();
    void everyArchitectureHasAReference();
    void parameterCountsAreThoseOfTheSource_data();
    void parameterCountsAreThoseOfTheSource();
    void deepRankingHasTheSourcesCount();
    void takesUsualAndUnusualPhotos_data();
    void takesUsualAndUnusualPhotos();
    void foldingChangesNothing_data();
    void foldingChangesNothing();
    void restoredNormsKeepTheFunction_data();
    void restoredNormsKeepTheFunction();
    void bfloat16KeepsTheDirection_data();
    void bfloat16KeepsTheDirection();
    void dropoutInsideActsInTrainingAlone_data();
    void dropoutInsideActsInTrainingAlone();
    void photosOfAnotherSizeAreRefused();
    void samePaddedPoolsIgnoreThePadding();
};

void ArchitecturesTest::agreesWithTheReference_data()
{
    QTest::addColumn<const Reference *>("reference");
    for (const Reference &reference : architectureReferences())
        QTest::addRow("%s%s%s", reference.architecture.c_str(), reference.tensorflowPadding ? ", TensorFlow's padding" : "",
                      reference.normsPutBack ? ", norms put back" : "") << &reference;
}

void ArchitecturesTest::agreesWithTheReference()
{
    QFETCH(const Reference *, reference);
    const double tolerance = reference->gradientTolerance;
    EmbeddingNetwork network = networkFor(reference->architecture, reference->tensorflowPadding, reference->normsPutBack);
    const NamedList tensors = namedTensors(network);
    torch::Tensor images = formulaValues(reference->photos, 99) * 4;

    network->eval();
    {
        const torch::NoGradGuard noGradients;
        const torch::Tensor features = network->forward(images).pooled.flatten();
        const auto parts = static_cast<std::int64_t>(reference->values.size());
        for (std::int64_t i = 0; i < parts; ++i) {
            const torch::Tensor part =
                features.slice(0, i * features.numel() / parts, (i + 1) * features.numel() / parts);
            QVERIFY(close(part.sum().item<double>(), reference->values[static_cast<std::size_t>(i)]));
        }
        QVERIFY(close(features.norm().item<double>(), reference->norm));
    }

    network->train();
    images.set_requires_grad(true);
    const torch::Tensor trained = network->forward(images).pooled;
    QVERIFY(close(trained.norm().item<double>(), reference->trainingNorm));
    (trained * formulaValues(trained.sizes(), 7)).sum().backward();
    QVERIFY(close(images.grad().norm().item<double>(), reference->photoGradient, tolerance));
    for (const auto &[name, expected] : reference->gradients) {
        const torch::Tensor gradient = tensorNamed(tensors, name).grad();
        QVERIFY2(gradient.defined() && close(gradient.norm().item<double>(), expected.norm, tolerance), name.c_str());
        QVERIFY2(close(gradient.flatten()[3].item<double>(), expected.fourth, tolerance), name.c_str());
    }
    for (const auto &[name, expected] : reference->statistics)
        QVERIFY2(close(tensorNamed(tensors, name).norm().item<double>(), expected), name.c_str());
}

void ArchitecturesTest::everyArchitectureHasAReference()
{
    QStringList known;
    for (const Reference &reference : architectureReferences())
        known << QString::fromStdString(reference.architecture);
    for (const std::string &name : architectures())
        QVERIFY2(known.contains(QString::fromStdString(name)), name.c_str());
}

void ArchitecturesTest::parameterCountsAreThoseOfTheSource_data()
{
    QTest::addColumn<QString>("architecture");
    QTest::addColumn<qint64>("trained");
    QTest::addColumn<qint64>("withStatistics"); // running means and variances, as Keras counts
    const auto row = [](const char *name, qint64 trained, qint64 withStatistics) {
        QTest::newRow(name) << QString(name) << trained << withStatistics;
    };
    row("mobilenet_v2", 2'223'872, 2'257'984);
    row("resnet18", 11'176'512, 11'186'112);
    row("resnet50", 23'508'032, 23'561'152);
    row("resnet101", 42'500'160, 42'605'504);
    row("vgg16", 134'260'544, 134'260'544);
    row("mlp", 125'248, 125'248);
    row("inception_v3", 21'785'568, 21'820'000);
    row("branch_siamese", 2'674'304, 2'692'096);
    row("siamese_cnn", 34'248'128, 34'248'128);
    row("resnet101_v2_c4", 27'546'880, 27'546'880);
    row("nasnet_a_mobile", 4'232'978, 4'269'716);
}

void ArchitecturesTest::parameterCountsAreThoseOfTheSource()
{
    QFETCH(QString, architecture);
    QFETCH(qint64, trained);
    QFETCH(qint64, withStatistics);
    EmbeddingNetwork network = makeNetwork(bareOptions(architecture.toStdString())).value();
    QCOMPARE(countOf(network->parameters()), trained);
    std::int64_t all = 0;
    for (const auto &[name, tensor] : namedTensors(network))
        all += name.ends_with("num_batches_tracked") ? 0 : tensor.numel();
    QCOMPARE(all, withStatistics);
}

void ArchitecturesTest::deepRankingHasTheSourcesCount()
{
    NetworkOptions options = bareOptions("deep_ranking");
    options.dimension = 4096;
    options.linearBias = true;
    options.activation = OutputActivation::Sigmoid;
    options.l2Normalised = false;
    EmbeddingNetwork network = makeNetwork(options).value();
    QCOMPARE(countOf(network->parameters()), 163'661'824);
    const NamedList tensors = namedTensors(network);
    for (const char *branch : {"branch4", "branch8"}) {
        const std::string name(branch);
        QCOMPARE(tensorNamed(tensors, name + ".weight").numel() + tensorNamed(tensors, name + ".bias").numel(), 18'528);
    }
    network->eval();
    const torch::NoGradGuard noGradients;
    const torch::Tensor embedding = network->embed(usualPhotos("deep_ranking", 1));
    QCOMPARE(embedding.sizes().vec(), (std::vector<std::int64_t>{1, 4096}));
    QVERIFY((embedding > 0).all().item<bool>() && (embedding < 1).all().item<bool>());
}

void ArchitecturesTest::takesUsualAndUnusualPhotos_data()
{
    addArchitectures();
}

void ArchitecturesTest::takesUsualAndUnusualPhotos()
{
    QFETCH(QString, architecture);
    const std::string name = architecture.toStdString();
    EmbeddingNetwork network = networkFor(name);
    network->to(torch::kFloat32);
    network->eval();
    for (const torch::Tensor &parameter : network->parameters()) {
        if (parameter.dim() == 4)
            parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
    }
    const torch::NoGradGuard noGradients;
    const torch::Tensor usual = usualPhotos(name, 1).contiguous(torch::MemoryFormat::ChannelsLast);
    const Features features = network->forward(usual);
    QCOMPARE(features.map.size(1), network->trunk().channels());
    QVERIFY(torch::isfinite(features.pooled).all().item<bool>());
    QVERIFY(features.pooled.abs().max().item<double>() > 0);
    const auto [height, width] = unusualSize(name);
    QVERIFY(checkInputSize(name, static_cast<std::int32_t>(width), static_cast<std::int32_t>(height)).ok());
    const Features unusual = network->forward(randomImages(2, height, width));
    QCOMPARE(unusual.pooled.sizes().vec(), (std::vector<std::int64_t>{2, network->trunk().channels()}));
    QVERIFY(torch::isfinite(unusual.pooled).all().item<bool>());
}

void ArchitecturesTest::foldingChangesNothing_data()
{
    // Without norms, or the same code as the smaller one of the family.
    addArchitectures({"vgg16", "deep_ranking", "siamese_cnn", "resnet101"});
}

void ArchitecturesTest::foldingChangesNothing()
{
    QFETCH(QString, architecture);
    EmbeddingNetwork network = bareNetwork(architecture.toStdString());
    network->to(torch::kFloat32);
    network->eval();
    EmbeddingNetwork folded = foldedForInference(network);
    const auto [height, width] = unusualSize(architecture.toStdString());
    const torch::Tensor images = randomImages(1, height, width);
    const torch::NoGradGuard noGradients;
    const double difference = relativeDifference(folded->forward(images).pooled, network->forward(images).pooled);
    QVERIFY2(difference < 1e-4, qPrintable(QString::number(difference)));
}

void ArchitecturesTest::restoredNormsKeepTheFunction_data()
{
    QTest::addColumn<QString>("architecture");
    for (const char *name : {"inception_v3", "branch_siamese", "nasnet_a_mobile"})
        QTest::newRow(name) << QString(name);
}

void ArchitecturesTest::restoredNormsKeepTheFunction()
{
    QFETCH(QString, architecture);
    EmbeddingNetwork network = bareNetwork(architecture.toStdString());
    QVERIFY(network->trunkNorms().size() > 20);
    network->eval();
    const torch::Tensor images = formulaValues({2, 3, 96, 128}, 5) * 2;
    const torch::NoGradGuard noGradients;
    const torch::Tensor before = network->forward(images).pooled;
    const torch::Tensor oldMean = network->trunkNorms().back()->runningMean.clone();
    QVERIFY(restoreBatchNorm(network, {images}).ok());
    QVERIFY(relativeDifference(network->forward(images).pooled, before) < 1e-9);
    QVERIFY(!network->trunkNorms().back()->runningMean.allclose(oldMean));
}

void ArchitecturesTest::bfloat16KeepsTheDirection_data()
{
    addArchitectures({"resnet50", "resnet101"}); // the same code as resnet18
}

void ArchitecturesTest::bfloat16KeepsTheDirection()
{
    QFETCH(QString, architecture);
    const std::string name = architecture.toStdString();
    EmbeddingNetwork network = networkFor(name);
    network->to(torch::kFloat32);
    network->eval();
    const auto [height, width] = unusualSize(name);
    const torch::Tensor images = randomImages(1, height, width);
    const torch::NoGradGuard noGradients;
    const torch::Tensor exact = network->embed(images);
    const AutocastScope reduced(torch::kCPU, true);
    const torch::Tensor rounded = network->embed(images);
    QVERIFY(rounded.scalar_type() == torch::kFloat32);
    QVERIFY(!rounded.equal(exact)); // or autocast did nothing
    const double cosine = (rounded * exact).sum().item<double>();
    QVERIFY2(cosine > 0.98, qPrintable(QString::number(cosine)));
}

void ArchitecturesTest::dropoutInsideActsInTrainingAlone_data()
{
    QTest::addColumn<QString>("architecture");
    for (const char *name : {"mlp", "siamese_cnn"})
        QTest::newRow(name) << QString(name);
}

void ArchitecturesTest::dropoutInsideActsInTrainingAlone()
{
    QFETCH(QString, architecture);
    NetworkOptions options = bareOptions(architecture.toStdString());
    options.trunkDropout = 0.3;
    EmbeddingNetwork network = makeNetwork(options).value();
    const auto [height, width] = unusualSize(options.architecture);
    const torch::Tensor images = randomImages(4, height, width);
    const torch::NoGradGuard noGradients;
    QVERIFY(!network->forward(images).pooled.equal(network->forward(images).pooled));
    network->eval();
    QVERIFY(network->forward(images).pooled.equal(network->forward(images).pooled));
}

void ArchitecturesTest::photosOfAnotherSizeAreRefused()
{
    const Result<void> mlp = checkInputSize("mlp", 64, 28);
    QVERIFY(mlp.error().code == ErrorCode::InvalidArgument);
    QCOMPARE(mlp.error().args, (std::vector<std::string>{"input_size", "64x28", "28..28 px a side for mlp"}));
    QVERIFY(checkInputSize("mlp", 28, 28).ok());
    QVERIFY(checkInputSize("inception_v3", 299, 74).error().code == ErrorCode::InvalidArgument);
    QVERIFY(checkInputSize("inception_v3", 299, 75).ok());
    QVERIFY(!checkInputSize("deep_ranking", 257, 224).ok());
    QVERIFY(!checkInputSize("deep_ranking", 224, 192).ok());
    QVERIFY(checkInputSize("deep_ranking", 256, 193).ok());
    QVERIFY(!checkInputSize("resnet18", 0, 64).ok());
    QVERIFY(!checkInputSize("resnet19", 64, 64).ok());
    for (const std::string &name : architectures()) {
        const ArchitectureInfo *info = findArchitecture(name);
        QVERIFY2(checkInputSize(name, info->inputWidthPx, info->inputHeightPx).ok(), name.c_str());
    }
}

void ArchitecturesTest::samePaddedPoolsIgnoreThePadding()
{
    // Even sides put the odd pixel at the bottom and right, odd sides pad both; below zero no padding may win.
    const torch::Tensor even = -torch::arange(1, 17).to(torch::kFloat64).view({1, 1, 4, 4});
    QVERIFY(samePaddedMaxPool(even, 3, 2).equal(torch::tensor({{{{-1.0, -3.0}, {-9.0, -11.0}}}}, torch::kFloat64)));
    QVERIFY(
        samePaddedAveragePool(even, 3, 2).allclose(torch::tensor({{{{-6.0, -7.5}, {-12.0, -13.5}}}}, torch::kFloat64)));
    const torch::Tensor odd = torch::arange(1, 10).to(torch::kFloat64).view({1, 1, 3, 3});
    QVERIFY(samePaddedMaxPool(odd, 3, 2).equal(torch::tensor({{{{5.0, 6.0}, {8.0, 9.0}}}}, torch::kFloat64)));
    QVERIFY(samePaddedAveragePool(odd, 3, 2).allclose(torch::tensor({{{{3.0, 4.0}, {6.0, 7.0}}}}, torch::kFloat64)));
}

QTEST_GUILESS_MAIN(ArchitecturesTest)
#include "tst_architectures.moc"
