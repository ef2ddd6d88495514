// From chip pack to embedding: what a gallery stands on.
#include "core/learning/embedding/embedder.h"
#include "core/learning/embedding/resize.h"

#include <QTemporaryDir>
#include <QTest>

#include <torch/torch.h>

#include <numeric>

using namespace flukeprint;
using namespace flukeprint::learning;
using chips::ChipShape;

namespace {

/// Weights that keep activations alive without training: a fresh network in eval mode gives every photo the same
/// embedding.
void enliven(EmbeddingNetwork &network)
{
    for (const auto &[convolution, norm] : network->trunk().convolutionNormPairs())
        torch::nn::init::kaiming_normal_(convolution->weight, 0, torch::kFanIn, torch::kReLU);
    network->eval();
}

LoadedModel smallModel(TestTime rule = TestTime::Plain)
{
    torch::manual_seed(11);
    LoadedModel model;
    model.info.network.dimension = 24;
    model.info.inputWidthPx = 64;
    model.info.inputHeightPx = 32;
    model.info.testTime = rule;
    model.network = makeNetwork(model.info.network).value();
    enliven(model.network);
    return model;
}

EmbedOptions batchesOf(std::int64_t size)
{
    EmbedOptions options;
    options.batchSize = size;
    return options;
}

std::vector<std::uint8_t> noise(std::size_t count, std::uint32_t seed)
{
    std::vector<std::uint8_t> bytes(count);
    for (std::uint8_t &byte : bytes) {
        seed = seed * 1664525U + 1013904223U;
        byte = static_cast<std::uint8_t>(seed >> 24);
    }
    return bytes;
}

} // namespace

class EmbedderTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { torch::set_num_threads(1); } // tests share the machine with each other
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void shrinkingAveragesCoveredArea();
    void growingIsSmoothAndSameSizeIsExact();
    void greyIsSpreadOverThreeChannels();
    void chipsAreNormalisedPerChannel();
    void everyChipGetsItsOwnUnitVector();
    void theSamePackGivesTheSameBytes();
    void batchSizeHardlyMatters();
    void theMirrorRuleTreatsBothSidesAlike();
    void packsOfAnotherSizeAndGreyOnesAreTaken();
    void progressCountsAndCancelStops();
    void anEmptyPackGivesAnEmptyTable();
    void aModelThatGivesNoNumbersIsRefused();
    void cudaIsRefusedWhereThereIsNone();

private:
    chips::ChipPackReader pack(std::size_t count, ChipShape shape)
    {
        const std::filesystem::path path = m_folder->filePath("chips.fpc").toStdString();
        auto writer = chips::ChipPackWriter::create(path, shape).value();
        for (std::size_t i = 0; i < count; ++i)
            (void)writer.append(AnnotationId(static_cast<std::int64_t>(100 + i)),
                                noise(shape.byteCount(), 1 + static_cast<std::uint32_t>(i)));
        (void)writer.finish();
        return chips::ChipPackReader::open(path).value();
    }
    Embedder embedder(TestTime rule = TestTime::Plain)
    {
        LoadedModel model = smallModel(rule);
        return Embedder::create(model, torch::kCPU).value();
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void EmbedderTest::shrinkingAveragesCoveredArea()
{
    // 3 x 2 pixels to 2 x 1: each output covers one and a half columns and both rows.
    const std::vector<std::uint8_t> source{0, 30, 60, 100, 130, 160};
    std::vector<std::uint8_t> result(2);
    resizeChip(source, {3, 2, 1}, result, {2, 1, 1});
    QCOMPARE(static_cast<int>(result[0]), 60); // (0 + 15 + 100 + 65) / 3
    QCOMPARE(static_cast<int>(result[1]), 100); // (15 + 60 + 65 + 160) / 3
    const std::vector<std::uint8_t> flat(std::size_t{105} * 70 * 3, 201);
    std::vector<std::uint8_t> small(std::size_t{64} * 32 * 3);
    resizeChip(flat, {105, 70, 3}, small, {64, 32, 3});
    QVERIFY(std::all_of(small.begin(), small.end(), [](std::uint8_t value) { return value == 201; }));
}

void EmbedderTest::growingIsSmoothAndSameSizeIsExact()
{
    const std::vector<std::uint8_t> source{0, 100};
    std::vector<std::uint8_t> grown(4);
    resizeChip(source, {2, 1, 1}, grown, {4, 1, 1});
    QCOMPARE(grown, (std::vector<std::uint8_t>{0, 25, 75, 100}));
    const auto pixels = noise(7 * 5 * 3, 9);
    std::vector<std::uint8_t> same(pixels.size());
    resizeChip(pixels, {7, 5, 3}, same, {7, 5, 3});
    QCOMPARE(same, pixels);
}

void EmbedderTest::greyIsSpreadOverThreeChannels()
{
    const std::vector<std::uint8_t> source{10, 20};
    std::vector<std::uint8_t> result(6);
    resizeChip(source, {2, 1, 1}, result, {2, 1, 3});
    QCOMPARE(result, (std::vector<std::uint8_t>{10, 10, 10, 20, 20, 20}));
}

void EmbedderTest::chipsAreNormalisedPerChannel()
{
    const torch::Tensor chips = torch::tensor({0, 255, 51}, torch::kUInt8).view({1, 1, 1, 3}).repeat({2, 4, 5, 1});
    const Normalisation normalisation{{0.5, 0.25, 0.2}, {0.5, 0.25, 0.1}};
    const torch::Tensor images = prepareChips(chips, normalisation);
    QCOMPARE(images.sizes().vec(), (std::vector<std::int64_t>{2, 3, 4, 5}));
    QVERIFY(images.is_contiguous(torch::MemoryFormat::ChannelsLast));
    QVERIFY(images[1].mean(at::IntArrayRef{1, 2}).allclose(torch::tensor({-1.0F, 3.0F, 0.0F}), 1e-5, 1e-5));
}

void EmbedderTest::everyChipGetsItsOwnUnitVector()
{
    auto reader = pack(5, {64, 32, 3});
    Embedder maker = embedder();
    auto table = maker.embedPack(reader, batchesOf(2));
    QVERIFY(table.ok());
    QCOMPARE(table->count(), std::size_t{5});
    QCOMPARE(table->dimension, 24U);
    const auto first = table->row(0);
    const auto last = table->row(4);
    QVERIFY(std::inner_product(first.begin(), first.end(), last.begin(), 0.0) < 0.9999);
    for (std::size_t i = 0; i < 5; ++i) {
        QCOMPARE(table->ids[i].value, static_cast<std::int64_t>(100 + i));
        const auto row = table->row(i);
        const double norm = std::inner_product(row.begin(), row.end(), row.begin(), 0.0);
        QVERIFY(std::abs(norm - 1) < 1e-5);
        // The row is that chip's own embedding, whatever its neighbours in the batch.
        const auto pixels = reader.chip(i);
        torch::Tensor chip = torch::empty({1, 32, 64, 3}, torch::kUInt8);
        std::copy(pixels.begin(), pixels.end(), chip.data_ptr<std::uint8_t>());
        LoadedModel model = smallModel();
        const torch::NoGradGuard noGradients;
        const torch::Tensor expected = model.network->embed(prepareChips(chip, model.info.normalisation));
        for (std::size_t d = 0; d < row.size(); ++d)
            QVERIFY(std::abs(row[d] - expected[0][static_cast<std::int64_t>(d)].item<float>()) < 1e-4F);
    }
}

void EmbedderTest::theSamePackGivesTheSameBytes()
{
    auto reader = pack(6, {64, 32, 3});
    Embedder first = embedder();
    Embedder second = embedder();
    const auto a = first.embedPack(reader, batchesOf(4));
    QCOMPARE(a->vectors, first.embedPack(reader, batchesOf(4))->vectors);
    QCOMPARE(a->vectors, second.embedPack(reader, batchesOf(4))->vectors);
}

void EmbedderTest::batchSizeHardlyMatters()
{
    auto reader = pack(6, {64, 32, 3});
    Embedder maker = embedder();
    const auto one = maker.embedPack(reader, batchesOf(1));
    const auto all = maker.embedPack(reader, batchesOf(100));
    for (std::size_t i = 0; i < one->vectors.size(); ++i)
        QVERIFY(std::abs(one->vectors[i] - all->vectors[i]) < 1e-4F);
}

void EmbedderTest::theMirrorRuleTreatsBothSidesAlike()
{
    Embedder maker = embedder(TestTime::Mirror);
    QCOMPARE(maker.dimension(), 48);
    auto bytes = noise(std::size_t{32} * 64 * 3, 5);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i % (64 * 3) < 64) // dark towards the left
            bytes[i] = 0;
    }
    torch::Tensor chip = torch::empty({1, 32, 64, 3}, torch::kUInt8);
    std::copy(bytes.begin(), bytes.end(), chip.data_ptr<std::uint8_t>());
    const torch::Tensor embedding = maker.embedBatch(chip)[0];
    const torch::Tensor mirrored = maker.embedBatch(chip.flip({2}))[0];
    QVERIFY(std::abs(embedding.norm().item<double>() - 1) < 1e-5);
    QVERIFY(embedding.slice(0, 0, 24).allclose(mirrored.slice(0, 24, 48), 1e-4, 1e-5));
    QVERIFY(embedding.slice(0, 24, 48).allclose(mirrored.slice(0, 0, 24), 1e-4, 1e-5));
    QVERIFY((embedding.slice(0, 0, 24) - embedding.slice(0, 24, 48)).norm().item<double>() > 1e-3);
}

void EmbedderTest::packsOfAnotherSizeAndGreyOnesAreTaken()
{
    Embedder maker = embedder();
    for (const ChipShape shape : {ChipShape{100, 100, 3}, ChipShape{30, 90, 3}, ChipShape{64, 32, 1}}) {
        const auto table = maker.embedPack(pack(3, shape), {});
        QVERIFY(table.ok());
        QCOMPARE(table->count(), std::size_t{3});
    }
}

void EmbedderTest::progressCountsAndCancelStops()
{
    auto reader = pack(7, {64, 32, 3});
    Embedder maker = embedder();
    std::vector<std::int64_t> seen;
    EmbedOptions options;
    options.batchSize = 3;
    options.progress = [&](std::int64_t done, std::int64_t total, double rate) {
        QCOMPARE(total, 7);
        QVERIFY(rate > 0);
        seen.push_back(done);
    };
    QVERIFY(maker.embedPack(reader, options).ok());
    QCOMPARE(seen, (std::vector<std::int64_t>{3, 6, 7}));

    std::stop_source stop;
    options.stop = stop.get_token();
    seen.clear();
    options.progress = [&](std::int64_t done, std::int64_t, double) {
        seen.push_back(done);
        stop.request_stop();
    };
    QVERIFY(maker.embedPack(reader, options).error().code == ErrorCode::Cancelled);
    QCOMPARE(seen, std::vector<std::int64_t>{3});
}

void EmbedderTest::anEmptyPackGivesAnEmptyTable()
{
    Embedder maker = embedder();
    const auto table = maker.embedPack(pack(0, {64, 32, 3}), {});
    QVERIFY(table.ok());
    QCOMPARE(table->count(), std::size_t{0});
    QCOMPARE(table->dimension, 24U);
}

void EmbedderTest::aModelThatGivesNoNumbersIsRefused()
{
    LoadedModel model = smallModel();
    const torch::NoGradGuard noGradients;
    model.network->headParameters().back().fill_(std::nan(""));
    Embedder maker = Embedder::create(model, torch::kCPU).value();
    const auto table = maker.embedPack(pack(2, {64, 32, 3}), {});
    QVERIFY(table.error().code == ErrorCode::ModelIncompatible);
}

void EmbedderTest::cudaIsRefusedWhereThereIsNone()
{
    if (torch::cuda::is_available())
        QSKIP("this machine has a CUDA device");
    QVERIFY(resolveDevice(protocol::Device::Cuda).error().code == ErrorCode::DeviceUnavailable);
    QVERIFY(resolveDevice(protocol::Device::Auto)->is_cpu());
}

QTEST_GUILESS_MAIN(EmbedderTest)
#include "tst_embedder.moc"
