// Pooling, dense layers, sigmoid, neck and the embedding's length against values of a separate implementation (Python,
// double precision, gradients by its own automatic differentiation), and that a model file keeps them.
#include "core/learning/model/model_file.h"
#include "core/learning/model/tensor_file.h"
#include "core/learning/networks/network.h"
#include "tests/learning/network_reference.h"

#include <QTemporaryDir>
#include <QTest>

#include <torch/torch.h>

using namespace flukeprint;
using namespace flukeprint::learning;
using namespace flukeprint::learning::reference;

namespace {

constexpr std::int64_t mapChannels = 6;

struct HeadReference
{
    NetworkOptions options;
    bool training;
    std::vector<double> values; ///< the first six of the flattened embeddings
    double norm;
    double mapGradient; ///< norm
    std::map<std::string, double> gradients; ///< norms
};

NetworkOptions headOptions(Pooling pooling, std::int64_t dimension)
{
    NetworkOptions options;
    options.architecture = "resnet18";
    options.pooling = pooling;
    options.dimension = dimension;
    options.bnNeck = false;
    options.l2Normalised = false;
    return options;
}

HeadReference pooledAverage()
{
    return {headOptions(Pooling::Average, 0),
            false,
            {-0.105203344952, 0.171884231735, -0.0510281915776, -0.27394061489, 0.00314696179703, 0.280234538484},
            0.652454310376,
            0.436345315553,
            {}};
}

HeadReference maximumAndLinear()
{
    return {headOptions(Pooling::Max, 4),
            false,
            {-0.208831760369, 1.20551972355, -1.97312077977, 2.42121352728, 0.0308191903196, 0.738310158611},
            5.68405278947,
            2.0209115505,
            {{"dense.0.weight", 4.36440663005}}};
}

HeadReference generalisedMeanAndNeckInTraining()
{
    HeadReference reference{
        headOptions(Pooling::GeneralisedMean, 4),
        true,
        {-1.27628018945, 1.50035640098, -1.14255707496, -1.71200432288, 0.581499617287, 0.0746752025454},
        3.52793417279,
        16.1222605975,
        {{"pool.p", 0.211219363529}, {"dense.0.weight", 5.00830982521}, {"neck.weight", 0.622807099757}}};
    reference.options.bnNeck = true;
    return reference;
}

HeadReference generalisedMeanAndNeckNormalised()
{
    HeadReference reference{
        headOptions(Pooling::GeneralisedMean, 4),
        false,
        {-0.152390974588, 0.521371075851, -0.432241801557, 0.719802901575, -0.127588400709, 0.393623586733},
        1.73205080757,
        0.445077403427,
        {{"pool.p", 0.0198665945739}, {"dense.0.weight", 1.54376836667}, {"neck.weight", 0.511830991788}}};
    reference.options.bnNeck = true;
    reference.options.l2Normalised = true;
    return reference;
}

HeadReference threeDenseLayersAndSigmoid()
{
    HeadReference reference{
        headOptions(Pooling::Average, 4),
        false,
        {0.49326695142, 0.574245073984, 0.556092532052, 0.634470722728, 0.450856698861, 0.526243127489},
        1.88070193203,
        0.0184777282825,
        {{"dense.0.weight", 0.0149947507456},
         {"dense.0.bias", 0.0699372485981},
         {"dense.2.weight", 0.0564652618242},
         {"dense.2.bias", 0.11858895111},
         {"dense.4.weight", 0.0676924251862},
         {"dense.4.bias", 0.245716774973}}};
    reference.options.hidden = {8, 5};
    reference.options.linearBias = true;
    reference.options.activation = OutputActivation::Sigmoid;
    return reference;
}

HeadReference twoDenseLayersNormalised()
{
    HeadReference reference{
        headOptions(Pooling::Max, 4),
        false,
        {-0.225525232372, -0.417481324747, -0.609437417122, -0.635164346971, -0.202191970411, -0.408920808591},
        1.73205080757,
        0.445107488021,
        {{"dense.0.weight", 1.15455393168},
         {"dense.0.bias", 0.268496505999},
         {"dense.2.weight", 0.965446289314},
         {"dense.2.bias", 0.553896414674}}};
    reference.options.hidden = {8};
    reference.options.linearBias = true;
    reference.options.l2Normalised = true;
    return reference;
}

/// What stands between the map and the embedding of a network without a trunk of its own.
class PassOn : public Trunk
{
public:
    torch::Tensor forward(torch::Tensor images) override { return images; }
    [[nodiscard]] std::int64_t channels() const override { return mapChannels; }
    [[nodiscard]] std::vector<std::pair<torch::nn::Conv2dImpl *, NormImpl *>> convolutionNormPairs() override
    {
        return {};
    }
};

} // namespace

class HeadsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { torch::set_num_threads(1); } // tests share the machine with each other
    void agreesWithTheReference_data();
    void agreesWithTheReference();
    void theTransferHeadHasItsLayers();
    void dropoutActsInTrainingAlone();
    void plainEmbeddingsKeepTheirLength();
    void aModelFileKeepsThePlainEmbedding();
    void filesFromBeforePlainEmbeddingsStillLoad();
    void greyAndColourPhotosSuitEitherNetwork();
};

void HeadsTest::agreesWithTheReference_data()
{
    QTest::addColumn<HeadReference>("reference");
    QTest::newRow("average") << pooledAverage();
    QTest::newRow("maximum, linear") << maximumAndLinear();
    QTest::newRow("GeM, linear, neck in training") << generalisedMeanAndNeckInTraining();
    QTest::newRow("GeM, linear, neck, unit length") << generalisedMeanAndNeckNormalised();
    QTest::newRow("maximum, 8-4 with ReLU, unit length") << twoDenseLayersNormalised();
    QTest::newRow("average, 8-5-4 with ReLU, sigmoid") << threeDenseLayersAndSigmoid();
}

void HeadsTest::agreesWithTheReference()
{
    QFETCH(HeadReference, reference);
    EmbeddingNetworkImpl network(std::make_shared<PassOn>(), reference.options);
    network.to(torch::kFloat64);
    const NamedList tensors = sortedTensors(network.head());
    fillByFormula(tensors);
    if (torch::Tensor power = tensorNamed(tensors, "pool.p"); power.defined()) {
        const torch::NoGradGuard noGradients;
        power.fill_(2.5);
    }
    network.train(reference.training);
    const torch::Tensor map = (formulaValues({3, mapChannels, 2, 4}, 99) * 4).set_requires_grad(true);
    const torch::Tensor embedding = network.embeddingOf(network.head().forward(map));
    for (std::size_t i = 0; i < reference.values.size(); ++i)
        QVERIFY(close(embedding.flatten()[static_cast<std::int64_t>(i)].item<double>(), reference.values[i]));
    QVERIFY(close(embedding.norm().item<double>(), reference.norm));
    (embedding * formulaValues(embedding.sizes(), 7)).sum().backward();
    QVERIFY(close(map.grad().norm().item<double>(), reference.mapGradient));
    for (const auto &[name, expected] : reference.gradients)
        QVERIFY2(close(tensorNamed(tensors, name).grad().norm().item<double>(), expected), name.c_str());
}

void HeadsTest::theTransferHeadHasItsLayers()
{
    NetworkOptions options = headOptions(Pooling::Max, 128);
    options.hidden = {512, 256};
    options.linearBias = true;
    EmbeddingNetwork network = makeNetwork(options).value();
    const std::map<std::string, std::vector<std::int64_t>> expected{
        {"head.dense.0.weight", {512, 512}}, {"head.dense.0.bias", {512}},        {"head.dense.2.weight", {256, 512}},
        {"head.dense.2.bias", {256}},        {"head.dense.4.weight", {128, 256}}, {"head.dense.4.bias", {128}}};
    std::map<std::string, std::vector<std::int64_t>> found;
    for (const auto &[name, tensor] : namedTensors(network)) {
        if (name.starts_with("head."))
            found[name] = tensor.sizes().vec();
    }
    QVERIFY(found == expected);
}

void HeadsTest::dropoutActsInTrainingAlone()
{
    NetworkOptions options = headOptions(Pooling::Average, 4);
    options.dropout = 0.5;
    EmbeddingNetworkImpl network(std::make_shared<PassOn>(), options);
    const torch::Tensor map = torch::rand({8, mapChannels, 2, 2});
    HeadImpl &head = network.head();
    QVERIFY(!head.forward(map).neck.equal(head.forward(map).neck));
    network.eval();
    QVERIFY(head.forward(map).neck.equal(head.forward(map).neck));
}

void HeadsTest::plainEmbeddingsKeepTheirLength()
{
    NetworkOptions options = headOptions(Pooling::Average, 2);
    EmbeddingNetwork network = makeNetwork(options).value();
    network->eval();
    const torch::Tensor images = randomImages(3, 64, 64);
    QVERIFY(network->embed(images).equal(network->forward(images).neck));
    options.l2Normalised = true;
    EmbeddingNetwork normalised = makeNetwork(options).value();
    normalised->eval();
    QVERIFY(normalised->embed(images).norm(2, 1).allclose(torch::ones(3)));
}

void HeadsTest::aModelFileKeepsThePlainEmbedding()
{
    const QTemporaryDir folder;
    const std::filesystem::path path = std::filesystem::path(folder.path().toStdString()) / "m.safetensors";
    NetworkOptions options = headOptions(Pooling::Max, 16);
    options.hidden = {32};
    options.linearBias = true;
    options.activation = OutputActivation::Sigmoid;
    options.inputChannels = 1;
    EmbeddingNetwork network = makeNetwork(options).value();
    network->eval();
    QVERIFY(saveModel(path, {}, network, false).ok());
    auto loaded = loadModel(path);
    QVERIFY2(loaded.ok(), loaded ? "" : loaded.error().debugText().c_str());
    QVERIFY(loaded->info.network == options);
    const torch::Tensor images = randomImages(2, 64, 64);
    QVERIFY(loaded->network->embed(images).equal(network->embed(images)));
}

void HeadsTest::filesFromBeforePlainEmbeddingsStillLoad()
{
    const QTemporaryDir folder;
    const std::filesystem::path path = std::filesystem::path(folder.path().toStdString()) / "m.safetensors";
    EmbeddingNetwork network = makeNetwork(headOptions(Pooling::Average, 16)).value();
    QVERIFY(saveModel(path, {}, network, false).ok());
    const auto file = readTensorFile(path);
    QVERIFY(file.ok());
    auto metadata = file->metadata;
    metadata["network"] = R"({"pooling":"average","hidden":[],"dimension":16,"linear_bias":false,"activation":"none",)"
                          R"("dropout":0.0,"bn_neck":false,"padding":"symmetric","norm_epsilon":1e-05})";
    QVERIFY(writeTensorFile(path, file->tensors, metadata).ok());
    const auto loaded = loadModel(path);
    QVERIFY2(loaded.ok(), loaded ? "" : loaded.error().debugText().c_str());
    QVERIFY(loaded->info.network.l2Normalised);
    QCOMPARE(loaded->info.network.inputChannels, 3);
    QCOMPARE(loaded->info.network.trunkDropout, 0.0);
}

void HeadsTest::greyAndColourPhotosSuitEitherNetwork()
{
    const torch::Tensor photos = randomImages(2, 64, 64);
    const torch::Tensor weights = torch::tensor({0.299F, 0.587F, 0.114F}).view({1, 3, 1, 1});
    const torch::Tensor grey = (photos * weights).sum(1, true);
    NetworkOptions options = headOptions(Pooling::Average, 8);
    EmbeddingNetwork colour = makeNetwork(options).value();
    options.inputChannels = 1;
    EmbeddingNetwork greyNetwork = makeNetwork(options).value();
    QCOMPARE(tensorNamed(namedTensors(greyNetwork), "conv1.weight").size(1), 1);
    greyNetwork->eval();
    colour->eval();
    QVERIFY(greyNetwork->embed(photos).allclose(greyNetwork->embed(grey), 1e-4, 1e-5));
    QVERIFY(colour->embed(grey).allclose(colour->embed(grey.expand({-1, 3, -1, -1}))));
    QVERIFY(!colour->embed(grey).allclose(colour->embed(photos)));
}

QTEST_GUILESS_MAIN(HeadsTest)
#include "tst_heads.moc"
