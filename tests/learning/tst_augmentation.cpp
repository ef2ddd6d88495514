#include "core/learning/augmentation/augmenter.h"

#include <QtTest>

#include <torch/torch.h>

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
    void shiftMovesThePicture();
    void rotationKeepsTrueProportions();
    void contrastKeepsTheMean();
    void greyMakesChannelsEqual();
    void blurTakesDetailAway();
    void erasedBoxesHaveTheSizeAsked();
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

QTEST_GUILESS_MAIN(TestAugmentation)
#include "tst_augmentation.moc"
