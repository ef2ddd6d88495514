#include "core/learning/networks/within_whitening.h"
#include "core/learning/training/trainer.h"
#include "tests/learning/toy_run.h"

#include <QTemporaryDir>
#include <QTest>

#include <torch/torch.h>

#include <array>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

torch::Tensor fewRows()
{
    return torch::tensor(
        {{0.9, 0.1, -0.2}, {0.7, 0.4, -0.1}, {0.8, -0.3, 0.2}, {-0.5, 0.6, 0.3}, {-0.2, 0.9, 0.4}, {0.1, 0.2, -0.9}, {0.3, 0.3, 0.3}}, torch::kFloat);
}

const std::vector<std::int64_t> labelsOfFewRows{0, 0, 0, 1, 1, 2, -1};

double largestDifference(const torch::Tensor &a, const torch::Tensor &b)
{
    return (a - b).abs().max().item<double>();
}

/// Animals that differ in all directions, their photos in the first two most.
struct Crowd
{
    torch::Tensor rows;
    std::vector<std::int64_t> labels;
};

Crowd crowd(std::int64_t animals, std::int64_t photos, std::int64_t dimension)
{
    torch::manual_seed(7);
    torch::Tensor noise = 0.05 * torch::randn({animals * photos, dimension});
    noise.narrow(1, 0, 2) *= 20;
    Crowd made{torch::randn({animals, dimension}).repeat_interleave(photos, 0) + noise, {}};
    for (std::int64_t i = 0; i < animals * photos; ++i)
        made.labels.push_back(i / photos);
    return made;
}

/// Share of rows whose nearest other row is the same animal's.
double nearestIsOwn(const Crowd &crowd, const torch::Tensor &rows)
{
    torch::Tensor distances = torch::cdist(rows, rows);
    distances.fill_diagonal_(1e9);
    const torch::Tensor nearest = distances.argmin(1);
    const torch::Tensor labels = torch::tensor(crowd.labels, torch::kLong);
    return (labels.index_select(0, nearest) == labels).to(torch::kDouble).mean().item<double>();
}

NetworkOptions smallHead(bool bias)
{
    NetworkOptions options;
    options.architecture = "resnet18";
    options.dimension = 8;
    options.linearBias = bias;
    return options;
}

/// With running statistics that are those of `photos`, as training leaves them, and a neck that is not the identity.
EmbeddingNetwork trainedAlike(const NetworkOptions &options, const torch::Tensor &photos)
{
    torch::manual_seed(3);
    EmbeddingNetwork network = makeNetwork(options).value();
    const torch::NoGradGuard noGradient;
    for (auto &[name, tensor] : namedTensors(network)) {
        if (name == "head.neck.weight")
            tensor.uniform_(0.5, 2);
        if (name == "head.neck.bias")
            tensor.normal_(0, 0.3);
    }
    network->train();
    for (int i = 0; i < 60; ++i)
        network->forward(photos);
    network->eval();
    return network;
}

/// A faint pattern tells the animal; the light, which says nothing, is most of what an untrained network sees.
std::vector<std::uint8_t> drawInChangingLight(int individual, int photo)
{
    constexpr std::uint32_t tileSide = 4;
    constexpr std::uint32_t tiles = side / tileSide;
    Random animal(static_cast<std::uint64_t>(individual), "pattern");
    Random moment(static_cast<std::uint64_t>(individual * 100 + photo), "light");
    std::vector<double> tones;
    for (std::uint32_t i = 0; i < 3 * tiles * tiles; ++i)
        tones.push_back(animal.uniform(-12, 12));
    std::array<double, 3> light{};
    for (double &channel : light)
        channel = moment.uniform(50, 205);
    std::vector<std::uint8_t> pixels;
    for (std::uint32_t y = 0; y < side; ++y) {
        for (std::uint32_t x = 0; x < side; ++x) {
            for (std::uint32_t channel = 0; channel < 3; ++channel)
                pixels.push_back(
                    static_cast<std::uint8_t>(light[channel] + tones[3 * (y / tileSide * tiles + x / tileSide) + channel] + moment.uniform(-4, 4)));
        }
    }
    return pixels;
}

} // namespace

class TestWithinWhitening : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void equalsTheReference_data();
    void equalsTheReference();
    void photosOfAnAnimalSpreadAlikeInAllDirections();
    void animalsAreFoundBetter();
    void headWithTheMapGivesMappedEmbeddings_data();
    void headWithTheMapGivesMappedEmbeddings();
    void trainingModeStaysNearby();
    void withoutTwoPhotosOfAnAnimalThereIsNone();
    void runKeepsWhatFindsMoreOnValidation();
};

void TestWithinWhitening::equalsTheReference_data()
{
    QTest::addColumn<double>("ridge");
    QTest::addColumn<std::vector<double>>("expected");
    // numpy, double precision, by the definition in the header
    QTest::newRow("hardly any ridge") << 0.01 << std::vector<double>{1.17198064, -0.0682862,  -0.08953468, -0.0682862, 0.63340445,
                                                                     0.28093643, -0.08953468, 0.28093643,  1.19461491};
    QTest::newRow("as much as the mean") << 1.0 << std::vector<double>{1.11134902, -0.02601073, -0.01969661, -0.02601073, 0.79975881,
                                                                       0.14298421, -0.01969661, 0.14298421,  1.08889216};
}

void TestWithinWhitening::equalsTheReference()
{
    QFETCH(double, ridge);
    QFETCH(std::vector<double>, expected);
    const auto map = withinWhitening(fewRows(), labelsOfFewRows, ridge);
    QVERIFY(map.ok());
    QVERIFY(largestDifference(map->to(torch::kDouble), torch::tensor(expected, torch::kDouble).view({3, 3})) < 1e-5);
}

void TestWithinWhitening::photosOfAnAnimalSpreadAlikeInAllDirections()
{
    const Crowd photos = crowd(400, 4, 8);
    const auto map = withinWhitening(photos.rows, photos.labels, 1e-6);
    QVERIFY(map.ok());
    const torch::Tensor mapped = torch::mm(photos.rows, map->t()).view({400, 4, 8});
    const torch::Tensor spread = (mapped - mapped.mean(1, true)).view({-1, 8}).var(0);
    QVERIFY(spread.max().item<double>() < 1.2 * spread.min().item<double>());
}

void TestWithinWhitening::animalsAreFoundBetter()
{
    const Crowd photos = crowd(100, 3, 8);
    const auto map = withinWhitening(photos.rows, photos.labels, 1);
    QVERIFY(map.ok());
    QVERIFY(nearestIsOwn(photos, torch::mm(photos.rows, map->t())) > nearestIsOwn(photos, photos.rows) + 0.1);
}

void TestWithinWhitening::headWithTheMapGivesMappedEmbeddings_data()
{
    QTest::addColumn<bool>("bias");
    QTest::newRow("dense layer without bias") << false;
    QTest::newRow("dense layer with bias") << true;
}

void TestWithinWhitening::headWithTheMapGivesMappedEmbeddings()
{
    QFETCH(bool, bias);
    torch::manual_seed(1);
    const torch::Tensor photos = torch::randn({24, 3, 32, 32});
    EmbeddingNetwork network = trainedAlike(smallHead(bias), photos);
    const torch::NoGradGuard noGradient;
    const torch::Tensor before = network->forward(photos).neck;
    const torch::Tensor embeddings = network->embed(photos);
    const Crowd other = crowd(20, 3, 8);
    const torch::Tensor map = withinWhitening(other.rows, other.labels, 0.5).value();
    foldIntoHead(network, map, embeddings);
    QVERIFY(largestDifference(network->forward(photos).neck, torch::mm(before, map.t())) < 1e-4);
}

void TestWithinWhitening::trainingModeStaysNearby()
{
    torch::manual_seed(1);
    const torch::Tensor photos = torch::randn({64, 3, 32, 32});
    EmbeddingNetwork network = trainedAlike(smallHead(false), photos);
    const torch::NoGradGuard noGradient;
    const Crowd other = crowd(20, 3, 8);
    const torch::Tensor embeddings = network->embed(photos);
    foldIntoHead(network, withinWhitening(other.rows, other.labels, 0.5).value(), embeddings);
    const torch::Tensor kept = network->embed(photos);
    network->train();
    const torch::Tensor learning = network->embed(photos);
    const torch::Tensor cosine = (kept * learning).sum(1);
    QVERIFY2(cosine.min().item<double>() > 0.9, qPrintable(QString::number(cosine.min().item<double>())));
}

void TestWithinWhitening::withoutTwoPhotosOfAnAnimalThereIsNone()
{
    QCOMPARE(withinWhitening(fewRows(), {0, 1, 2, 3, 4, 5, 6}, 1).error().code, ErrorCode::TooFewPhotos);
    QCOMPARE(withinWhitening(fewRows(), {-1, -1, -1, -1, -1, -1, -1}, 1).error().code, ErrorCode::TooFewPhotos);
    QCOMPARE(withinWhitening(torch::ones({3, 4}), {0, 0, 0}, 1).error().code, ErrorCode::TooFewPhotos);
    QCOMPARE(withinWhitening(fewRows(), {0, 0}, 1).error().code, ErrorCode::InvalidArgument);
    QCOMPARE(withinWhitening(fewRows(), labelsOfFewRows, 0).error().code, ErrorCode::InvalidArgument);
}

void TestWithinWhitening::runKeepsWhatFindsMoreOnValidation()
{
    QTemporaryDir folder;
    RunOptions options;
    options.individualCount = 16;
    options.photos = 6;
    options.heldPhotos = 2;
    options.draw = drawInChangingLight;
    std::map<std::string, double> metrics[2];
    for (int whitened = 0; whitened < 2; ++whitened) {
        const QString run = folder.filePath(QString::number(whitened));
        writeRun(run, options);
        const auto outcome = runTraining(jobFor(run, {{"network", "resnet18"},
                                                {"epochs", "1"},
                                                {"learning_rate", "1e-07"},
                                                {"individuals_per_batch", "8"},
                                                {"negatives_per_batch", "0"},
                                                {"dimension", "32"},
                                                {"mirror_identity", "false"},
                                                {"augmentation", "off"},
                                                {"averaging_decay", "0.9"},
                                                {"warmup_epochs", "0"},
                                                {"validate_every", "1"},
                                                {"within_whitening", whitened == 0 ? "0" : "1"}}), {}, {});
        QVERIFY2(outcome.ok(), outcome ? "" : qPrintable(QString::fromStdString(outcome.error().debugText())));
        metrics[whitened] = outcome->metrics;
    }
    qInfo("validation MAP@5 %.3f, whitened %.3f", metrics[0].at("map5"), metrics[1].at("map5"));
    QVERIFY(metrics[1].at("map5") > metrics[0].at("map5"));
    QCOMPARE(metrics[1].at("map5_unwhitened"), metrics[0].at("map5"));
    QVERIFY(!metrics[0].contains("map5_unwhitened"));
}

QTEST_GUILESS_MAIN(TestWithinWhitening)
#include "tst_within_whitening.moc"
