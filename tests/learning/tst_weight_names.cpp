// Published weights are known by the names of their tensors. The lists of weight_names/ are those of torchvision's own state_dict and
// of timm's classes, a line a tensor: name and shape.
#include "core/learning/model/model_file.h"
#include "core/learning/model/tensor_file.h"
#include "core/learning/networks/trunks.h"
#include "core/protocol/foreign_weights.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <torch/torch.h>

#include <map>
#include <set>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

using Shapes = std::map<std::string, std::vector<std::int64_t>>;

Shapes listed(const QString &list)
{
    QFile file(QStringLiteral(FLUKEPRINT_SOURCE_DIR "/tests/learning/weight_names/%1.txt").arg(list));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("no list %s", qPrintable(file.fileName()));
    Shapes shapes;
    for (const QByteArray &line : file.readAll().split('\n')) {
        const QList<QByteArray> parts = line.split(' ');
        std::vector<std::int64_t> sides;
        for (const QByteArray &side : parts.value(1).split('x')) {
            if (side != "-")
                sides.push_back(side.toLongLong());
        }
        if (parts.size() == 2)
            shapes[parts[0].toStdString()] = sides;
    }
    return shapes;
}

bool isCount(const std::string &name) { return name.ends_with("num_batches_tracked"); }

} // namespace

class WeightNamesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { torch::set_num_threads(1); }
    void everyTensorHasItsPlace_data();
    void everyTensorHasItsPlace();
    void timmsMobileNetIsAdopted();
    void timmsDenseConvolutionsBecomeDenseLayers();
    void relativesOfTheSamePartsAreNotTaken();
};

void WeightNamesTest::everyTensorHasItsPlace_data()
{
    QTest::addColumn<QString>("list");
    QTest::addColumn<QString>("network");
    QTest::addColumn<QString>("leftOver"); // what all names that are left over begin with
    QTest::addColumn<int>("leftOverCount");
    QTest::newRow("torchvision mobilenet_v2") << "torchvision_mobilenet_v2" << "mobilenet_v2" << "classifier." << 2;
    QTest::newRow("torchvision resnet18") << "torchvision_resnet18" << "resnet18" << "fc." << 2;
    QTest::newRow("torchvision resnet50") << "torchvision_resnet50" << "resnet50" << "fc." << 2;
    QTest::newRow("torchvision resnet101") << "torchvision_resnet101" << "resnet101" << "fc." << 2;
    QTest::newRow("torchvision inception_v3") << "torchvision_inception_v3" << "inception_v3" << "AuxLogits. fc." << 14;
    QTest::newRow("torchvision vgg16") << "torchvision_vgg16" << "vgg16" << "classifier.6." << 2;
    QTest::newRow("timm mobilenetv2_100") << "timm_mobilenetv2_100" << "mobilenet_v2" << "classifier." << 2;
    QTest::newRow("timm vgg16") << "timm_vgg16" << "vgg16" << "classifier.6." << 2;
}

void WeightNamesTest::everyTensorHasItsPlace()
{
    QFETCH(QString, list);
    QFETCH(QString, network);
    QFETCH(QString, leftOver);
    QFETCH(int, leftOverCount);
    const Shapes published = listed(list);
    const std::string name = network.toStdString();
    QCOMPARE(protocol::guessArchitecture({}, [&](std::string_view tensor) { return published.contains(std::string(tensor)); }), name);
    constexpr std::int64_t narrow = 8; // half a gigabyte of dense layers else
    const bool isVgg = name == "vgg16";
    EmbeddingNetwork own = isVgg ? EmbeddingNetwork(makeVgg16(bareOptions(name), narrow), bareOptions(name)) : makeNetwork(bareOptions(name)).value();
    Shapes wanted;
    for (const auto &[tensor, values] : namedTensors(own))
        wanted[tensor] = values.sizes().vec();
    int left = 0;
    for (const auto &[tensor, shape] : published) {
        const std::string here = protocol::torchvisionName(name, tensor);
        const auto place = wanted.find(here);
        if (place == wanted.end()) {
            bool expected = false;
            for (const QString &prefix : leftOver.split(u' '))
                expected = expected || here.starts_with(prefix.toStdString());
            QVERIFY2(expected, tensor.c_str());
            left += isCount(tensor) ? 0 : 1;
            continue;
        }
        if (!isVgg || !here.starts_with("classifier."))
            QVERIFY2(place->second == shape, tensor.c_str());
        wanted.erase(place);
    }
    QCOMPARE(left, leftOverCount);
    for (const auto &[tensor, shape] : wanted)
        QVERIFY2(isCount(tensor), tensor.c_str()); // nothing else is missing
}

void WeightNamesTest::timmsMobileNetIsAdopted()
{
    const torch::NoGradGuard noGradient;
    torch::manual_seed(5);
    EmbeddingNetwork network = makeNetwork(bareOptions("mobilenet_v2")).value();
    network->eval();
    std::map<std::string, torch::Tensor> own;
    for (const auto &[name, tensor] : namedTensors(network)) {
        if (tensor.is_floating_point())
            tensor.add_(torch::rand_like(tensor) * 0.1); // norms too: any two tensors that change places are seen
        own.emplace(name, tensor);
    }
    NamedTensors file;
    for (const auto &[name, shape] : listed(QStringLiteral("timm_mobilenetv2_100"))) {
        const auto place = own.find(protocol::torchvisionName("mobilenet_v2", name));
        file.emplace(name, place == own.end() ? torch::zeros(shape) : place->second);
    }
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("timm.safetensors").toStdString();
    QVERIFY(writeTensorFile(path, file, {}).ok());
    auto loaded = loadModel(path);
    QVERIFY2(loaded.ok(), loaded ? "" : loaded.error().debugText().c_str());
    QCOMPARE(loaded->unexpected, (std::vector<std::string>{"classifier.bias", "classifier.weight"}));
    const torch::Tensor images = torch::rand({2, 3, 64, 64});
    QVERIFY(loaded->network->forward(images).pooled.equal(network->forward(images).pooled));
    // A list of what is missing names it as the network does.
    file.erase("blocks.2.1.conv_dw.weight");
    QVERIFY(writeTensorFile(path, file, {}).ok());
    QVERIFY(loadModel(path).error().code == ErrorCode::ModelIncompatible);
    const auto partial = listModel(path);
    QCOMPARE(partial->missing, std::vector<std::string>{"features.5.conv.1.0.weight"});
}

void WeightNamesTest::timmsDenseConvolutionsBecomeDenseLayers()
{
    constexpr std::int64_t narrow = 8;
    const NetworkOptions options = bareOptions("vgg16");
    torch::manual_seed(6);
    EmbeddingNetwork network(makeVgg16(options, narrow), options);
    NamedTensors file;
    for (const auto &[name, tensor] : namedTensors(network)) {
        if (!name.starts_with("classifier."))
            file.emplace(name, tensor);
    }
    const auto own = namedTensors(network);
    const auto find = [&own](const std::string &name) {
        return std::find_if(own.begin(), own.end(), [&name](const auto &tensor) { return tensor.first == name; })->second;
    };
    file.emplace("pre_logits.fc1.weight", find("classifier.0.weight").view({narrow, 512, 7, 7}));
    file.emplace("pre_logits.fc1.bias", find("classifier.0.bias"));
    file.emplace("pre_logits.fc2.weight", find("classifier.3.weight").view({narrow, narrow, 1, 1}));
    file.emplace("pre_logits.fc2.bias", find("classifier.3.bias"));
    file.emplace("head.fc.weight", torch::zeros({10, narrow}));
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("timm.safetensors").toStdString();
    QVERIFY(writeTensorFile(path, file, {}).ok());
    EmbeddingNetwork same(makeVgg16(options, narrow), options);
    const auto mismatch = loadWeights(same, path);
    QVERIFY2(mismatch.ok(), mismatch ? "" : mismatch.error().debugText().c_str());
    QVERIFY(mismatch->missing.empty());
    QCOMPARE(mismatch->unexpected, std::vector<std::string>{"head.fc.weight"});
    for (std::size_t i = 0; i < own.size(); ++i)
        QVERIFY2(namedTensors(same)[i].second.equal(own[i].second), own[i].first.c_str());
    // A convolution in the place of a dense layer is another thing where the name is torchvision's own.
    file.emplace("classifier.0.weight", find("classifier.0.weight").view({narrow, 512, 7, 7}));
    file.erase("pre_logits.fc1.weight");
    QVERIFY(writeTensorFile(path, file, {}).ok());
    QVERIFY(loadWeights(same, path).error().code == ErrorCode::TensorInvalid);
}

void WeightNamesTest::relativesOfTheSamePartsAreNotTaken()
{
    Shapes names = listed(QStringLiteral("timm_mobilenetv2_100"));
    const auto guess = [&names] {
        return protocol::guessArchitecture({}, [&](std::string_view tensor) { return names.contains(std::string(tensor)); });
    };
    QCOMPARE(guess(), std::string("mobilenet_v2"));
    names["blocks.1.2.conv_pwl.weight"] = {}; // as in timm's mnasnet_100
    QCOMPARE(guess(), std::string());
    names.erase("blocks.1.2.conv_pwl.weight");
    names["blocks.0.0.se.conv_reduce.weight"] = {}; // as in timm's efficientnet_b0
    QCOMPARE(guess(), std::string());
    names = listed(QStringLiteral("timm_vgg16"));
    names["features.1.weight"] = {}; // as in timm's vgg16_bn
    QCOMPARE(guess(), std::string("vgg_bn"));
}

QTEST_GUILESS_MAIN(WeightNamesTest)
#include "tst_weight_names.moc"
