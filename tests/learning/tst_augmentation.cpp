#include "core/learning/augmentation/augmenter.h"
#include "core/learning/augmentation/contact_sheet.h"
#include "core/learning/augmentation/jpeg_blocks.h"
#include "core/learning/augmentation/photo_changes.h"
#include "tests/learning/augmentation_references.h"

#include <QBuffer>
#include <QImage>
#include <QtTest>

#include <torch/torch.h>

#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

/// Smooth photos with structure in both directions, 0..255.
torch::Tensor photos(std::int64_t count = 4, std::int64_t height = 24, std::int64_t width = 48)
{
    const torch::Tensor x = torch::arange(width, torch::kFloat).view({1, 1, 1, width});
    const torch::Tensor y = torch::arange(height, torch::kFloat).view({1, 1, height, 1});
    const torch::Tensor channel = torch::arange(3, torch::kFloat).view({1, 3, 1, 1});
    const torch::Tensor photo = torch::arange(count, torch::kFloat).view({count, 1, 1, 1});
    return (128 + 90 * torch::sin(x * 0.2 + photo) * torch::cos(y * 0.3 + channel)).contiguous();
}

torch::Tensor changed(const AugmentationOptions &options, const torch::Tensor &input, std::uint64_t seed = 3)
{
    Augmenter augmenter(options, 11);
    Random random(seed);
    return augmenter.apply(input, random);
}

double largestChange(const torch::Tensor &a, const torch::Tensor &b) { return (a - b).abs().max().item<double>(); }

/// A disc at each of the given places of a black frame, [count, 3, height, width].
torch::Tensor discs(std::int64_t count, std::int64_t height, std::int64_t width, const std::vector<std::pair<double, double>> &places)
{
    const torch::Tensor x = torch::arange(width, torch::kFloat).view({1, width});
    const torch::Tensor y = torch::arange(height, torch::kFloat).view({height, 1});
    torch::Tensor photo = torch::zeros({height, width});
    for (const auto &[centreX, centreY] : places)
        photo += 255 * torch::sigmoid((4 - ((x - centreX).square() + (y - centreY).square()).sqrt()) * 3);
    return photo.expand({count, 3, height, width}).contiguous();
}

/// What baseline JPEG of that quality makes of a grey photo, float [H, W]: an independent encoder and decoder.
torch::Tensor throughJpeg(const torch::Tensor &grey, int quality)
{
    QImage image(static_cast<int>(grey.size(1)), static_cast<int>(grey.size(0)), QImage::Format_Grayscale8);
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x)
            image.scanLine(y)[x] = static_cast<uchar>(std::lround(grey[y][x].item<double>()));
    }
    QBuffer bytes;
    bytes.open(QIODevice::ReadWrite);
    if (!image.save(&bytes, "JPEG", quality))
        return {};
    const QImage read = QImage::fromData(bytes.data(), "JPEG").convertToFormat(QImage::Format_Grayscale8);
    torch::Tensor result = torch::empty_like(grey);
    for (int y = 0; y < read.height(); ++y) {
        for (int x = 0; x < read.width(); ++x)
            result[y][x] = read.constScanLine(y)[x];
    }
    return result;
}

} // namespace

class TestAugmentation : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void offLeavesPhotosAlone();
    void namesAreGraded();
    void sameSeedSamePhotosWhateverTheThreads();
    void everyPhotoIsChangedDifferently();
    void resultsStayInRange_data();
    void resultsStayInRange();
    void changesMatchTheReference();
    void shiftMovesThePicture();
    void rotationKeepsTrueProportions();
    void rotationTurnsAroundTheMiddle();
    void contrastKeepsTheMean();
    void greyMakesChannelsEqual();
    void blurTakesDetailAway();
    void erasedBoxesHaveTheSizeAsked();
    void scaleChangesTheSize();
    void shearSlantsButKeepsTheMiddleLine();
    void perspectiveMakesOneSideLarger();
    void brightnessMovesAllTonesAlike();
    void gammaKeepsBlackAndWhite();
    void colourCastIsAFactorAChannel();
    void noiseIsUnbiasedAndBounded();
    void blocksAreThoseOfJpeg_data();
    void blocksAreThoseOfJpeg();
    void coloursSurviveTheirTransform();
    void onlyChosenPhotosGetBlocks();
    void contactSheetShowsPhotosInOrder();
    void augmentationSheetStartsWithThePhoto();
};

void TestAugmentation::offLeavesPhotosAlone()
{
    const torch::Tensor input = photos();
    const torch::Tensor output = changed(*AugmentationOptions::named("off"), input);
    QVERIFY(torch::equal(input, output));
    QVERIFY(input.data_ptr() != output.data_ptr());
}

void TestAugmentation::namesAreGraded()
{
    QVERIFY(AugmentationOptions::named("off")->isOff());
    const auto light = *AugmentationOptions::named("light");
    const auto standard = *AugmentationOptions::named("standard");
    const auto strong = *AugmentationOptions::named("strong");
    QVERIFY(light.rotation < standard.rotation && standard.rotation < strong.rotation);
    QVERIFY(light.eraseChance < standard.eraseChance && standard.eraseChance < strong.eraseChance);
    QVERIFY(!AugmentationOptions::named("extreme").has_value());
}

void TestAugmentation::sameSeedSamePhotosWhateverTheThreads()
{
    const auto options = *AugmentationOptions::named("strong");
    at::set_num_threads(1);
    const torch::Tensor one = changed(options, photos(8));
    at::set_num_threads(3);
    torch::manual_seed(99); // torch's own generator must play no part
    const torch::Tensor three = changed(options, photos(8));
    QVERIFY(torch::equal(one, three));
    QVERIFY(!torch::equal(one, changed(options, photos(8), 4)));
}

void TestAugmentation::everyPhotoIsChangedDifferently()
{
    const torch::Tensor same = photos(1).expand({4, 3, 24, 48}).contiguous();
    const torch::Tensor output = changed(*AugmentationOptions::named("standard"), same);
    for (int i = 0; i < 4; ++i) {
        for (int j = i + 1; j < 4; ++j)
            QVERIFY(largestChange(output[i], output[j]) > 5);
    }
}

void TestAugmentation::resultsStayInRange_data()
{
    QTest::addColumn<QString>("name");
    for (const char *name : {"light", "standard", "strong"})
        QTest::newRow(name) << name;
}

void TestAugmentation::resultsStayInRange()
{
    QFETCH(QString, name);
    torch::Tensor extremes = torch::zeros({16, 3, 24, 48});
    extremes.narrow(3, 20, 10).fill_(255);
    const torch::Tensor output = changed(*AugmentationOptions::named(name.toStdString()), extremes);
    QCOMPARE(output.sizes(), extremes.sizes());
    QVERIFY(torch::isfinite(output).all().item<bool>());
    QVERIFY(output.min().item<double>() >= 0 && output.max().item<double>() <= 255);
    // Half of the photo is gone nowhere: something of the white bar is left in most of them.
    QVERIFY((output.amax({1, 2, 3}) > 100).sum().item<int>() >= 12);
}

void TestAugmentation::changesMatchTheReference()
{
    const torch::Tensor photo = (127.5 + 110 * torch::sin(0.7 * torch::arange(60, torch::kDouble) + 0.2)).view({1, 3, 4, 5});
    const auto differs = [&photo](const torch::Tensor &changed, const std::vector<double> &expected) {
        return (changed - torch::tensor(expected, torch::kDouble).view_as(photo)).abs().max().item<double>();
    };
    QVERIFY(differs(warped(photo, {{0.9, -0.25, 0.15, 0.2, 1.1, -0.1, 0.08, -0.12, 1}}), reference::warpedPhoto) < 1e-9);
    QVERIFY(differs(toned(photo, {{1.3}, {-12}, {1.1, 0.9, 1.05}, {0.8}, {0}}), reference::tonedPhoto) < 1e-9);
    QVERIFY(differs(toned(photo, {{0.8}, {20}, {1, 1, 1}, {1.25}, {1}}), reference::greyPhoto) < 1e-9);
    QVERIFY(differs(blurred(photo, {0.7}), reference::blurredLittle) < 1e-9);
    QVERIFY(differs(blurred(photo, {1.6}), reference::blurredMuch) < 1e-9);
    // Photos of a batch have nothing to do with each other.
    const torch::Tensor two = blurred(torch::cat({photo, photo * 0.5}), {1.6, 0.7});
    QVERIFY(differs(two[0].unsqueeze(0), reference::blurredMuch) < 1e-9 && differs(2 * two[1].unsqueeze(0), reference::blurredLittle) < 1e-9);
}

void TestAugmentation::shiftMovesThePicture()
{
    torch::Tensor dot = torch::zeros({32, 3, 21, 41});
    dot.narrow(2, 9, 3).narrow(3, 19, 3).fill_(255);
    AugmentationOptions options;
    options.shift = 0.1;
    const torch::Tensor output = changed(options, dot).sum({1});
    const torch::Tensor weight = output.sum({1, 2});
    const torch::Tensor x = (output.sum(1) * torch::arange(41)).sum(1) / weight - 20;
    const torch::Tensor y = (output.sum(2) * torch::arange(21)).sum(1) / weight - 10;
    QVERIFY(x.abs().max().item<double>() <= 4.1 + 1e-3 && x.abs().max().item<double>() > 2);
    QVERIFY(y.abs().max().item<double>() <= 2.1 + 1e-3 && y.abs().max().item<double>() > 1);
    QVERIFY(x.min().item<double>() < -1 && x.max().item<double>() > 1);
}

void TestAugmentation::rotationKeepsTrueProportions()
{
    // A round blob in a wide frame stays where it is and round, whatever the angle.
    const torch::Tensor x = torch::arange(64, torch::kFloat).view({1, 64}) - 31.5;
    const torch::Tensor y = torch::arange(32, torch::kFloat).view({32, 1}) - 15.5;
    const torch::Tensor blob = (255 * torch::exp(-(x * x + y * y) / 32)).expand({8, 3, 32, 64}).contiguous();
    AugmentationOptions options;
    options.rotation = 60;
    QVERIFY(largestChange(changed(options, blob), blob) < 6);
}

void TestAugmentation::rotationTurnsAroundTheMiddle()
{
    // A dot to the right of the middle, in another channel one below it: both go around it by the same angle.
    constexpr double right = 12;
    constexpr double below = 8;
    const torch::Tensor x = torch::arange(64, torch::kFloat).view({1, 64}) - 31.5;
    const torch::Tensor y = torch::arange(32, torch::kFloat).view({32, 1}) - 15.5;
    const auto dot = [&](double atX, double atY) { return 255 * torch::exp(-((x - atX).square() + (y - atY).square()) / 4); };
    const torch::Tensor photo = torch::stack({dot(right, 0), dot(0, below), dot(0, 0)}).expand({16, 3, 32, 64}).contiguous();
    AugmentationOptions options;
    options.rotation = 60;
    const torch::Tensor output = changed(options, photo);
    const torch::Tensor weight = output.sum({2, 3});
    const torch::Tensor foundX = (output * x).sum({2, 3}) / weight;
    const torch::Tensor foundY = (output * y).sum({2, 3}) / weight;
    const torch::Tensor angle = torch::atan2(foundY.select(1, 0), foundX.select(1, 0));
    constexpr double tolerancePx = 0.2;
    const auto isAt = [&](std::int64_t channel, const torch::Tensor &atX, const torch::Tensor &atY) {
        return largestChange(foundX.select(1, channel), atX) < tolerancePx && largestChange(foundY.select(1, channel), atY) < tolerancePx;
    };
    QVERIFY(isAt(0, right * angle.cos(), right * angle.sin()));
    QVERIFY(isAt(1, -below * angle.sin(), below * angle.cos()));
    const double limit = 60 * std::numbers::pi / 180;
    QVERIFY(angle.abs().max().item<double>() <= limit + 0.02 && angle.abs().max().item<double>() > limit / 2);
    QVERIFY(angle.min().item<double>() < -0.2 && angle.max().item<double>() > 0.2); // either way
}

void TestAugmentation::contrastKeepsTheMean()
{
    AugmentationOptions options;
    options.contrast = 0.3;
    const torch::Tensor input = photos(16);
    const torch::Tensor output = changed(options, input);
    QVERIFY(largestChange(output.mean({1, 2, 3}), input.mean({1, 2, 3})) < 1);
    QVERIFY(largestChange(output, input) > 5);
}

void TestAugmentation::greyMakesChannelsEqual()
{
    AugmentationOptions options;
    options.greyChance = 1;
    const torch::Tensor output = changed(options, photos());
    QVERIFY(largestChange(output.select(1, 0), output.select(1, 2)) < 1e-3);
}

void TestAugmentation::blurTakesDetailAway()
{
    AugmentationOptions options;
    options.blurChance = 1;
    const torch::Tensor checks = ((torch::arange(48).view({1, 48}) + torch::arange(24).view({24, 1})) % 2 * 255)
                                     .to(torch::kFloat).expand({6, 3, 24, 48}).contiguous();
    const torch::Tensor output = changed(options, checks);
    QVERIFY(output.std({1, 2, 3}, false).max().item<double>() < 90); // 127 before
    QVERIFY(largestChange(output.mean({1, 2, 3}), checks.mean({1, 2, 3})) < 5);
}

void TestAugmentation::erasedBoxesHaveTheSizeAsked()
{
    AugmentationOptions options;
    options.eraseChance = 1;
    options.eraseSize = 0.25;
    const torch::Tensor input = torch::full({32, 3, 40, 80}, 10.0);
    const torch::Tensor touched = (changed(options, input) - input).abs().amax({1}) > 1;
    const torch::Tensor share = touched.to(torch::kFloat).mean({1, 2});
    QVERIFY(share.max().item<double>() <= 3 * 0.25 * 0.25 + 0.02);
    QVERIFY((share > 0).sum().item<int>() >= 20); // a box filled with the mean of an even photo cannot be seen
}

void TestAugmentation::scaleChangesTheSize()
{
    AugmentationOptions options;
    options.scale = 0.3;
    const torch::Tensor before = discs(24, 61, 81, {{40, 30}});
    const torch::Tensor area = changed(options, before).sum({1, 2, 3}) / before[0].sum();
    QVERIFY(area.max().item<double>() < std::exp(0.6) * 1.05 && area.max().item<double>() > 1.15);
    QVERIFY(area.min().item<double>() > std::exp(-0.6) * 0.95 && area.min().item<double>() < 0.87);
}

void TestAugmentation::shearSlantsButKeepsTheMiddleLine()
{
    AugmentationOptions options;
    options.shear = 20;
    const torch::Tensor output = changed(options, discs(24, 61, 81, {{40, 10}, {40, 50}}));
    const torch::Tensor places = torch::arange(81, torch::kFloat);
    const auto centre = [&](std::int64_t first, std::int64_t rows) {
        const torch::Tensor columns = output.narrow(2, first, rows).sum({1, 2});
        return (columns * places).sum(1) / columns.sum(1) - 40;
    };
    const torch::Tensor top = centre(0, 25);
    const torch::Tensor bottom = centre(36, 25);
    QVERIFY(largestChange(top, -bottom) < 0.3); // the two move apart, evenly
    QVERIFY(top.abs().max().item<double>() > 3 && top.abs().max().item<double>() < 20 * std::tan(20 * std::numbers::pi / 180) + 0.5);
}

void TestAugmentation::perspectiveMakesOneSideLarger()
{
    AugmentationOptions options;
    options.perspective = 0.3;
    const torch::Tensor output = changed(options, discs(24, 61, 81, {{20, 30}, {60, 30}}));
    const torch::Tensor left = output.narrow(3, 0, 38).sum({1, 2, 3});
    const torch::Tensor right = output.narrow(3, 43, 38).sum({1, 2, 3});
    const torch::Tensor ratio = left / right;
    QVERIFY(ratio.max().item<double>() > 1.3 && ratio.min().item<double>() < 1 / 1.3);
}

void TestAugmentation::brightnessMovesAllTonesAlike()
{
    AugmentationOptions options;
    options.brightness = 0.1;
    const torch::Tensor input = photos(16); // 38..218: nothing is clipped
    const torch::Tensor difference = changed(options, input) - input;
    QVERIFY((difference.amax({1, 2, 3}) - difference.amin({1, 2, 3})).max().item<double>() < 0.05);
    const torch::Tensor each = difference.mean({1, 2, 3});
    QVERIFY(each.abs().max().item<double>() <= 25.6);
    QVERIFY(each.max().item<double>() > 8 && each.min().item<double>() < -8);
}

void TestAugmentation::gammaKeepsBlackAndWhite()
{
    AugmentationOptions options;
    options.gamma = 0.3;
    torch::Tensor steps = torch::zeros({16, 3, 8, 24});
    steps.narrow(3, 8, 8).fill_(128);
    steps.narrow(3, 16, 8).fill_(255);
    const torch::Tensor output = changed(options, steps);
    QVERIFY(output.narrow(3, 0, 7).abs().max().item<double>() < 1e-2);
    QVERIFY(largestChange(output.narrow(3, 17, 7), steps.narrow(3, 17, 7)) < 1e-2);
    const torch::Tensor middle = output.narrow(3, 10, 4).mean({1, 2, 3});
    QVERIFY(middle.max().item<double>() > 140 && middle.max().item<double>() <= 255 * std::pow(128 / 255.0, std::exp(-0.3)) + 0.1);
    QVERIFY(middle.min().item<double>() < 116 && middle.min().item<double>() >= 255 * std::pow(128 / 255.0, std::exp(0.3)) - 0.1);
}

void TestAugmentation::colourCastIsAFactorAChannel()
{
    AugmentationOptions options;
    options.colourCast = 0.1;
    const torch::Tensor input = photos(16);
    const torch::Tensor factor = changed(options, input) / input;
    QVERIFY((factor.amax({2, 3}) - factor.amin({2, 3})).max().item<double>() < 1e-3);
    const torch::Tensor each = factor.mean({2, 3});
    QVERIFY(each.max().item<double>() <= std::exp(0.1) + 1e-3 && each.min().item<double>() >= std::exp(-0.1) - 1e-3);
    QVERIFY((each.amax(1) - each.amin(1)).mean().item<double>() > 0.03); // the channels differ
}

void TestAugmentation::noiseIsUnbiasedAndBounded()
{
    AugmentationOptions options;
    options.noise = 0.05;
    const torch::Tensor input = torch::full({64, 3, 32, 32}, 128.0);
    const torch::Tensor difference = changed(options, input) - input;
    const torch::Tensor deviation = difference.std({1, 2, 3}, false);
    QVERIFY(deviation.max().item<double>() < 0.05 * 255 * 1.1 && deviation.max().item<double>() > 8);
    const auto untouched = (deviation < 1e-3).sum().item<int>();
    QVERIFY(untouched >= 16 && untouched <= 48);
    QVERIFY(difference.mean({1, 2, 3}).abs().max().item<double>() < 1.5);
}

void TestAugmentation::blocksAreThoseOfJpeg_data()
{
    QTest::addColumn<int>("quality");
    for (const int quality : {10, 30, 50, 75, 95})
        QTest::addRow("quality %d", quality) << quality;
}

void TestAugmentation::blocksAreThoseOfJpeg()
{
    QFETCH(int, quality);
    const torch::Tensor grey = photos(1, 44, 53)[0][0].round(); // sides that are no multiple of 8
    const torch::Tensor expected = throughJpeg(grey, quality);
    QVERIFY(expected.defined());
    const torch::Tensor output = asJpegBlocks(grey.expand({1, 3, 44, 53}).contiguous(), {double(quality)})[0][0];
    // A coefficient half-way between two steps may fall either way, and decoders round samples.
    QVERIFY((output - expected).abs().mean().item<double>() < 0.6);
    QVERIFY(quality > 30 || largestChange(grey, output) > 3);
}

void TestAugmentation::coloursSurviveTheirTransform()
{
    const torch::Tensor input = photos(2, 16, 24);
    const torch::Tensor best = asJpegBlocks(input, {100, 100});
    QCOMPARE(best.sizes(), input.sizes());
    QVERIFY(best.is_contiguous());
    QVERIFY(largestChange(best, input) < 4);
    const torch::Tensor graded = asJpegBlocks(torch::cat({input.narrow(0, 0, 1), input.narrow(0, 0, 1)}), {90, 15});
    QVERIFY((graded[0] - input[0]).abs().mean().item<double>() < (graded[1] - input[0]).abs().mean().item<double>());
    QCOMPARE(asJpegBlocks(torch::zeros({0, 3, 8, 8}), {}).size(0), std::int64_t{0});
}

void TestAugmentation::onlyChosenPhotosGetBlocks()
{
    AugmentationOptions options;
    options.blockChance = 0.5;
    const torch::Tensor input = photos(32);
    const torch::Tensor difference = (changed(options, input) - input).abs().amax({1, 2, 3});
    const auto blocked = (difference > 1).sum().item<int>();
    QVERIFY(blocked >= 8 && blocked <= 24);
    QVERIFY((difference < 0.01).sum().item<int>() == 32 - blocked);
}

void TestAugmentation::contactSheetShowsPhotosInOrder()
{
    torch::Tensor input = torch::zeros({5, 3, 4, 6});
    for (int i = 0; i < 5; ++i)
        input[i].fill_(40.4 * (i + 1));
    input[4][1].fill_(300); // clamped
    const torch::Tensor sheet = contactSheet(input, {.columns = 3, .gapPx = 2, .background = 9});
    QCOMPARE(sheet.sizes().vec(), (std::vector<std::int64_t>{2 + 2 * 6, 2 + 3 * 8, 3}));
    QVERIFY(sheet.scalar_type() == torch::kByte && sheet.is_contiguous());
    const auto pixels = sheet.accessor<std::uint8_t, 3>();
    QCOMPARE(int(pixels[2][2][0]), 40);
    QCOMPARE(int(pixels[5][7][2]), 40);
    QCOMPARE(int(pixels[2][10][0]), 81);
    QCOMPARE(int(pixels[8][2][0]), 162);
    QCOMPARE(int(pixels[8][10][0]), 202);
    QCOMPARE(int(pixels[8][10][1]), 255);
    for (const auto &[y, x] : {std::pair(0, 0), std::pair(6, 2), std::pair(2, 8), std::pair(8, 18), std::pair(13, 25)})
        QCOMPARE(int(pixels[y][x][1]), 9);
    QCOMPARE(contactSheet(torch::zeros({0, 3, 4, 6})).numel(), std::int64_t{0});
}

void TestAugmentation::augmentationSheetStartsWithThePhoto()
{
    Augmenter augmenter(*AugmentationOptions::named("strong"), 1);
    Random random(2);
    const torch::Tensor input = photos(2).round().to(torch::kByte);
    const torch::Tensor sheet = augmentationSheet(input, augmenter, random, 3, {.gapPx = 0});
    QCOMPARE(sheet.sizes().vec(), (std::vector<std::int64_t>{2 * 24, 4 * 48, 3}));
    for (int i = 0; i < 2; ++i) {
        const torch::Tensor row = sheet.narrow(0, 24 * i, 24);
        QVERIFY(torch::equal(row.narrow(1, 0, 48), input[i].permute({1, 2, 0})));
        for (int variant = 1; variant < 4; ++variant)
            QVERIFY(!torch::equal(row.narrow(1, 48 * variant, 48), input[i].permute({1, 2, 0})));
    }
}

QTEST_GUILESS_MAIN(TestAugmentation)
#include "tst_augmentation.moc"
