#include "core/learning/localiser/localiser_augmentation.h"
#include "core/learning/localiser/localiser_network.h"
#include "core/learning/localiser/locator.h"
#include "core/learning/localiser/train_localiser.h"

#include <torch/torch.h>

#include <QTemporaryDir>
#include <QTest>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

using namespace flukeprint;
using namespace flukeprint::learning;

class TestLocaliser : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void overlapIsSharedOverJoinedArea();
    void cornersFollowAReframedScene();
    void waterShowsNothingOfTheFluke();
    void shuffledTilesKeepEveryPixel();
    void aLoneLobeShowsOneSideOnly();
    void coarsePhotosKeepTheirLookButNotTheirDetail();
    void aSavedLocaliserAnswersAlike();
    void aFileThatIsNoLocaliserIsRefused();
    void wrongTargetsAreRefused_data();
    void wrongTargetsAreRefused();
    void learnsToFindAndToDoubt();
    void photosOfAnotherSizeAreRefused();
};

namespace {

constexpr std::int64_t side = LocaliserNetworkImpl::inputSidePx;
constexpr auto sidePx = static_cast<std::uint32_t>(side);

/// A bright rectangle on dark, noisy ground: float [1, 3, side, side], corners [1, 4].
PhotosWithCorners rectangle(std::uint64_t seed)
{
    Random random(seed, "rectangle");
    const auto left = static_cast<std::int64_t>(8 + random.below(40)), top = static_cast<std::int64_t>(8 + random.below(40));
    const auto right = static_cast<std::int64_t>(72 + random.below(48)), bottom = static_cast<std::int64_t>(72 + random.below(48));
    torch::manual_seed(seed);
    torch::Tensor photo = torch::rand({1, 3, side, side}) * 60;
    photo.slice(2, top, bottom).slice(3, left, right).fill_(230);
    const auto share = [](std::int64_t px) { return static_cast<float>(px) / side; };
    return {photo, torch::tensor({{share(left), share(top), share(right), share(bottom)}})};
}

std::vector<std::uint8_t> bytesOf(const torch::Tensor &photo)
{
    const torch::Tensor rows = photo[0].permute({1, 2, 0}).to(torch::kUInt8).contiguous();
    return {rows.data_ptr<std::uint8_t>(), rows.data_ptr<std::uint8_t>() + rows.numel()};
}

/// `count` rectangles as a pack with targets; every fourth is held out.
void writeToyData(const QTemporaryDir &folder, int count)
{
    auto writer = chips::ChipPackWriter::create(folder.filePath("photos.fpc").toStdString(), {sidePx, sidePx, 3}).value();
    auto targets = nlohmann::json::array();
    for (int i = 1; i <= count; ++i) {
        const PhotosWithCorners scene = rectangle(static_cast<std::uint64_t>(i));
        QVERIFY(writer.append(AnnotationId(i), bytesOf(scene.photos)).ok());
        const float *corners = scene.corners.data_ptr<float>();
        targets.push_back({{"id", i}, {"held_out", i % 4 == 0}, {"box", {corners[0], corners[1], corners[2], corners[3]}}});
    }
    for (int i = count + 1; i <= count + 8; ++i) {
        torch::manual_seed(static_cast<std::uint64_t>(i));
        QVERIFY(writer.append(AnnotationId(i), bytesOf(torch::rand({1, 3, side, side}) * 60)).ok());
        targets.push_back({{"id", i}, {"fluke", false}, {"held_out", i % 2 == 0}});
    }
    QVERIFY(writer.finish().ok());
    std::ofstream(folder.filePath("targets.json").toStdString()) << targets.dump();
}

std::filesystem::path shippedModel()
{
    std::filesystem::path found;
    for (const auto &entry : std::filesystem::directory_iterator(FLUKEPRINT_SOURCE_DIR "/resources/models")) {
        if (entry.path().extension() == ".safetensors")
            found = entry.path();
    }
    return found;
}

protocol::TrainLocaliserJob toyJob(const QTemporaryDir &folder, int epochs)
{
    protocol::TrainLocaliserJob job;
    job.packPath = folder.filePath("photos.fpc").toStdString();
    job.targetsPath = folder.filePath("targets.json").toStdString();
    job.outputPath = folder.filePath("localiser.safetensors").toStdString();
    job.startModelPath = shippedModel().native();
    job.epochs = epochs;
    return job;
}

} // namespace

void TestLocaliser::overlapIsSharedOverJoinedArea()
{
    const torch::Tensor a = torch::tensor({{0.0, 0.0, 0.5, 0.5}, {0.0, 0.0, 0.4, 1.0}, {0.0, 0.0, 0.2, 0.2}});
    const torch::Tensor b = torch::tensor({{0.0, 0.0, 0.5, 0.5}, {0.2, 0.0, 0.6, 1.0}, {0.5, 0.5, 0.9, 0.9}});
    const torch::Tensor overlap = overlaps(a, b);
    QCOMPARE(overlap[0].item<float>(), 1.0F);
    QVERIFY(std::abs(overlap[1].item<float>() - 1.0F / 3) < 1e-6F);
    QCOMPARE(overlap[2].item<float>(), 0.0F);
}

void TestLocaliser::cornersFollowAReframedScene()
{
    Random random(5);
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
        const PhotosWithCorners moved = reframe(rectangle(seed), random);
        const torch::Tensor bright = moved.photos[0].mean(0) > 140;
        const torch::Tensor columns = bright.any(0).nonzero(), rows = bright.any(1).nonzero();
        const torch::Tensor seen = torch::tensor({{columns.min().item<float>(), rows.min().item<float>(),
                                                   columns.max().item<float>() + 1, rows.max().item<float>() + 1}}) / side;
        // The shear moves the true outline a little off the upright box.
        QVERIFY2(overlaps(seen, moved.corners).item<float>() > 0.85F, std::to_string(seed).c_str());
    }
}

void TestLocaliser::waterShowsNothingOfTheFluke()
{
    Random random(6);
    PhotosWithCorners scene = rectangle(3);
    scene.photos.fill_(20);
    scene.photos.slice(2, 64, 128).fill_(230);
    scene.corners = torch::tensor({{0.1F, 0.48F, 0.9F, 1.0F}});
    QVERIFY(waterOf(scene, random).max().item<float>() < 60);
}

void TestLocaliser::shuffledTilesKeepEveryPixel()
{
    Random random(7);
    const torch::Tensor photo = rectangle(4).photos;
    const torch::Tensor shuffled = shuffledTiles(photo, random);
    QVERIFY(!shuffled.equal(photo));
    QVERIFY(std::get<0>(shuffled.flatten().sort()).equal(std::get<0>(photo.flatten().sort())));
}

void TestLocaliser::aLoneLobeShowsOneSideOnly()
{
    // A fluke of a red and a blue lobe on grey: no lone lobe has both.
    PhotosWithCorners scene{torch::full({8, 3, side, side}, 60.0F), torch::tensor({{0.1F, 0.3F, 0.9F, 0.7F}}).repeat({8, 1})};
    scene.photos.select(1, 0).slice(1, 38, 90).slice(2, 13, 64).fill_(250);
    scene.photos.select(1, 2).slice(1, 38, 90).slice(2, 64, 115).fill_(250);
    Random random(8);
    int red = 0, blue = 0;
    for (int round = 0; round < 6; ++round) {
        const torch::Tensor lobes = loneLobes(scene, random);
        QCOMPARE(lobes.size(0), 8);
        for (std::int64_t i = 0; i < 8; ++i) {
            const auto share = [&](int channel) { return (lobes[i][channel] > 200).to(torch::kFloat).mean().item<float>(); };
            QVERIFY(std::max(share(0), share(2)) > 0.2F);
            QVERIFY(std::min(share(0), share(2)) < 0.05F); // a turned window may reach over the middle with a corner
            red += share(0) > share(2) ? 1 : 0;
            blue += share(2) > share(0) ? 1 : 0;
        }
    }
    QVERIFY(red > 5 && blue > 5);
    scene.corners = torch::tensor({{0.4F, 0.4F, 0.6F, 0.6F}}).repeat({8, 1});
    QCOMPARE(loneLobes(scene, random).size(0), 0); // too few pixels of a lobe
}

void TestLocaliser::coarsePhotosKeepTheirLookButNotTheirDetail()
{
    torch::manual_seed(4);
    const torch::Tensor photos = torch::rand({24, 3, side, side}) * 255;
    Random random(9);
    const torch::Tensor changed = coarsened(photos, random);
    QCOMPARE(changed.sizes(), photos.sizes());
    int coarse = 0;
    for (std::int64_t i = 0; i < photos.size(0); ++i) {
        if (changed[i].equal(photos[i]))
            continue;
        ++coarse;
        QVERIFY(changed[i].std().item<float>() < 0.8F * photos[i].std().item<float>());
        QVERIFY(std::abs(changed[i].mean().item<float>() - photos[i].mean().item<float>()) < 3);
    }
    QVERIFY(coarse >= 2 && coarse <= 20);
}

void TestLocaliser::aSavedLocaliserAnswersAlike()
{
    const QTemporaryDir folder;
    const std::string path = folder.filePath("l.safetensors").toStdString();
    torch::manual_seed(3);
    LocaliserNetwork network(LocaliserOptions{true, 1e-3});
    network->eval();
    LocaliserInfo info;
    info.options = {true, 1e-3};
    info.threshold = 0.75;
    info.other["x_source"] = "toy";
    QVERIFY(saveLocaliser(path, info, network).ok());
    const auto loaded = loadLocaliser(path);
    QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.error().debugText().c_str());
    QCOMPARE(loaded->info.threshold, 0.75);
    QCOMPARE(loaded->info.other.at("x_source"), std::string("toy"));
    QVERIFY(loaded->info.options.tensorflowPadding);
    const torch::NoGradGuard noGradient;
    const torch::Tensor photos = (rectangle(1).photos - 127.5) / 127.5;
    const Locations before = network->forward(photos);
    LocaliserNetwork again = loaded->network;
    const Locations after = again->forward(photos);
    QVERIFY(torch::allclose(before.corners, after.corners, 0, 2e-3)); // half precision on disk
    // What a worker uses has its norms folded: the same function.
    auto writer = chips::ChipPackWriter::create(folder.filePath("p.fpc").toStdString(), {sidePx, sidePx, 3}).value();
    QVERIFY(writer.append(AnnotationId(9), bytesOf(rectangle(1).photos)).ok());
    QVERIFY(writer.finish().ok());
    const auto pack = chips::ChipPackReader::open(folder.filePath("p.fpc").toStdString());
    Locator locator(*loadLocaliser(path), torch::kCPU);
    const auto table = locator.locate(*pack, {});
    QVERIFY(table.ok());
    QCOMPARE(table->ids.front(), AnnotationId(9));
    const torch::Tensor floored = (rectangle(1).photos.to(torch::kUInt8).to(torch::kFloat) - 127.5) / 127.5;
    const Locations expected = again->forward(floored);
    for (int i = 0; i < 4; ++i)
        QVERIFY(std::abs(table->row(0)[i] - expected.corners[0][i].item<float>()) < 1e-3F);
    QVERIFY(std::abs(table->row(0)[4] - torch::sigmoid(expected.presence)[0].item<float>()) < 1e-3F);
}

void TestLocaliser::aFileThatIsNoLocaliserIsRefused()
{
    const QTemporaryDir folder;
    const std::string path = folder.filePath("x.safetensors").toStdString();
    QVERIFY(writeTensorFile(path, {{"features.0.0.weight", torch::zeros({2})}}, {}).ok());
    QCOMPARE(loadLocaliser(path).error().code, ErrorCode::ModelIncompatible);
    LocaliserNetwork network{LocaliserOptions{}};
    QVERIFY(saveLocaliser(path, {}, network).ok());
    auto file = readTensorFile(path).value();
    file.metadata["version"] = "1";
    QVERIFY(writeTensorFile(path, file.tensors, file.metadata).ok());
    QCOMPARE(loadLocaliser(path).error().code, ErrorCode::ModelIncompatible);
    file.metadata["version"] = "9";
    QVERIFY(writeTensorFile(path, file.tensors, file.metadata).ok());
    QCOMPARE(loadLocaliser(path).error().code, ErrorCode::VersionTooNew);
    file.metadata["version"] = std::string("2");
    file.tensors.erase("localiser.corners.bias");
    QVERIFY(writeTensorFile(path, file.tensors, file.metadata).ok());
    const auto incomplete = loadLocaliser(path);
    QCOMPARE(incomplete.error().code, ErrorCode::TensorInvalid);
    QCOMPARE(incomplete.error().args.at(1), std::string("localiser.corners.bias"));
    file.tensors["localiser.corners.bias"] = torch::zeros({5});
    QVERIFY(writeTensorFile(path, file.tensors, file.metadata).ok());
    QCOMPARE(loadLocaliser(path).error().args.at(2), std::string("shape"));
    file.tensors["localiser.corners.bias"] = torch::full({4}, std::nan(""));
    QVERIFY(writeTensorFile(path, file.tensors, file.metadata).ok());
    QCOMPARE(loadLocaliser(path).error().args.at(2), std::string("not finite"));
}

void TestLocaliser::wrongTargetsAreRefused_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("no JSON") << QByteArray("left,top");
    QTest::newRow("no array") << QByteArray("{}");
    QTest::newRow("without id") << QByteArray(R"([{"box":[0,0,1,1]}])");
    QTest::newRow("right of its opposite") << QByteArray(R"([{"id":1,"box":[0.9,0,0.1,1]}])");
    QTest::newRow("far outside") << QByteArray(R"([{"id":1,"box":[0,0,7,1]}])");
    QTest::newRow("box of nothing") << QByteArray(R"([{"id":1,"fluke":false,"box":[0,0,1,1]}])");
}

void TestLocaliser::wrongTargetsAreRefused()
{
    QFETCH(QByteArray, text);
    const QTemporaryDir folder;
    const std::string path = folder.filePath("targets.json").toStdString();
    std::ofstream(path) << text.toStdString();
    const auto targets = readLocaliserTargets(path);
    QVERIFY(!targets.ok());
    QCOMPARE(targets.error().code, ErrorCode::DataDamaged);
}

void TestLocaliser::learnsToFindAndToDoubt()
{
    const QTemporaryDir folder;
    writeToyData(folder, 40);
    torch::set_num_threads(1);
    int epochs = 0;
    LocaliserCallbacks callbacks;
    callbacks.metric = [&](const protocol::MetricMessage &) { ++epochs; };
    const protocol::TrainLocaliserJob job = toyJob(folder, 20);
    const auto metrics = trainLocaliser(job, callbacks, {});
    QVERIFY2(metrics.ok(), metrics.ok() ? "" : metrics.error().debugText().c_str());
    QCOMPARE(epochs, 20);
    const auto values = nlohmann::json::parse(*metrics);
    qInfo("overlap %.3f to %.3f, %.2f mistaken", values["iou_start"].get<double>(), values["iou"].get<double>(),
          values["mistaken"].get<double>());
    QVERIFY(values["iou"].get<double>() > values["iou_start"].get<double>() + 0.05);
    QVERIFY(values["mistaken"].get<double>() <= 0.25);
    QVERIFY(loadLocaliser(job.outputPath).ok());

    protocol::TrainLocaliserJob cancelled = toyJob(folder, 20);
    cancelled.outputPath = folder.filePath("never.safetensors").toStdString();
    callbacks.proceed = [] { return false; };
    QCOMPARE(trainLocaliser(cancelled, callbacks, {}).error().code, ErrorCode::Cancelled);
    QVERIFY(!std::filesystem::exists(cancelled.outputPath));
}

void TestLocaliser::photosOfAnotherSizeAreRefused()
{
    const QTemporaryDir folder;
    const std::string path = folder.filePath("p.fpc").toStdString();
    auto writer = chips::ChipPackWriter::create(path, {64, 64, 3}).value();
    QVERIFY(writer.append(AnnotationId(1), std::vector<std::uint8_t>(64 * 64 * 3)).ok());
    QVERIFY(writer.finish().ok());
    const auto pack = chips::ChipPackReader::open(path);
    Locator locator({{}, LocaliserNetwork(LocaliserOptions{})}, torch::kCPU);
    QCOMPARE(locator.locate(*pack, {}).error().code, ErrorCode::InvalidArgument);
    std::ofstream(folder.filePath("targets.json").toStdString()) << R"([{"id":1,"box":[0,0,1,1]}])";
    protocol::TrainLocaliserJob job = toyJob(folder, 1);
    job.packPath = path;
    QCOMPARE(trainLocaliser(job, {}, {}).error().code, ErrorCode::InvalidArgument);
}

QTEST_GUILESS_MAIN(TestLocaliser)
#include "tst_localiser.moc"
