#include "core/base/random.h"
#include "core/learning/sampling/sampler.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

/// Individuals with 1, 2, 3, ... photos; chips numbered through.
std::vector<std::vector<std::int64_t>> stairs(std::size_t individuals)
{
    std::vector<std::vector<std::int64_t>> photos(individuals);
    std::int64_t chip = 0;
    for (std::size_t i = 0; i < individuals; ++i) {
        for (std::size_t k = 0; k <= i % 5; ++k)
            photos[i].push_back(chip++);
    }
    return photos;
}

SamplerOptions options(std::int64_t individuals, std::int64_t photos, std::int64_t negatives = 0)
{
    SamplerOptions result;
    result.individualsPerBatch = individuals;
    result.photosPerIndividual = photos;
    result.negativesPerBatch = negatives;
    return result;
}

} // namespace

class TestSampling : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void batchesHoldEveryIndividualWithItsPhotos();
    void anEpochShowsEveryPhoto();
    void mirroredPhotosAreAnotherClass();
    void mirroredByChanceTheClassStays();
    void withoutMirroringNoPhotoIsMirrored();
    void singlePhotosStandTwice();
    void fewerIndividualsThanABatchWants();
    void unidentifiedPhotosComeLastAndTakeTurns();
    void anEpochFollowsFromSeedAndNumberAlone();

};

void TestSampling::batchesHoldEveryIndividualWithItsPhotos()
{
    const auto photos = stairs(30);
    const PkSampler sampler(photos, {}, options(8, 3));
    for (const auto &batch : sampler.epoch(0)) {
        QCOMPARE(batch.size(), std::size_t{24});
        std::set<std::int64_t> individuals;
        for (std::size_t i = 0; i < batch.size(); i += 3) {
            const std::int64_t individual = batch[i].label % 30;
            QVERIFY(individuals.insert(individual).second);
            const auto &own = photos[static_cast<std::size_t>(individual)];
            for (std::size_t k = i; k < i + 3; ++k) {
                QCOMPARE(batch[k].label, batch[i].label);
                QVERIFY(std::find(own.begin(), own.end(), batch[k].chip) != own.end());
            }
        }
    }
}

void TestSampling::anEpochShowsEveryPhoto()
{
    const auto photos = stairs(40);
    const PkSampler sampler(photos, {}, options(8, 2));
    std::set<std::int64_t> shown;
    const auto epoch = sampler.epoch(3);
    QCOMPARE(static_cast<std::int64_t>(epoch.size()), sampler.batchesPerEpoch());
    for (const auto &batch : epoch) {
        for (const BatchItem &item : batch)
            shown.insert(item.chip);
    }
    QCOMPARE(shown.size(), std::size_t{8 * (1 + 2 + 3 + 4 + 5)});
}

void TestSampling::mirroredPhotosAreAnotherClass()
{
    const PkSampler sampler(stairs(20), {}, options(10, 2));
    QCOMPARE(sampler.classCount(), std::int64_t{40});
    int mirrored = 0;
    int plain = 0;
    for (const auto &batch : sampler.epoch(1)) {
        for (const BatchItem &item : batch) {
            QCOMPARE(item.label >= 20, item.mirrored);
            ++(item.mirrored ? mirrored : plain);
        }
    }
    QVERIFY(mirrored > 0 && plain > 0);
}

void TestSampling::mirroredByChanceTheClassStays()
{
    SamplerOptions same = options(10, 2);
    same.mirroring = Mirroring::ByChance;
    const PkSampler sampler(stairs(20), {}, same);
    QCOMPARE(sampler.classCount(), std::int64_t{20});
    bool mixed = false;
    for (const auto &batch : sampler.epoch(1)) {
        for (std::size_t i = 0; i < batch.size(); i += 2) {
            QVERIFY(batch[i].label < 20);
            mixed = mixed || batch[i].mirrored != batch[i + 1].mirrored;
        }
    }
    QVERIFY(mixed);
}

void TestSampling::withoutMirroringNoPhotoIsMirrored()
{
    SamplerOptions never = options(10, 2, 3);
    never.mirroring = Mirroring::Never;
    const PkSampler sampler(stairs(20), {100, 101, 102, 103}, never);
    QCOMPARE(sampler.classCount(), std::int64_t{20});
    for (int number = 0; number < 3; ++number) {
        for (const auto &batch : sampler.epoch(number)) {
            for (const BatchItem &item : batch)
                QVERIFY(!item.mirrored && item.label < 20);
        }
    }
}

void TestSampling::singlePhotosStandTwice()
{
    const PkSampler sampler({{7}, {8}, {9}}, {}, options(3, 2));
    for (const auto &batch : sampler.epoch(0)) {
        for (std::size_t i = 0; i < batch.size(); i += 2)
            QCOMPARE(batch[i], batch[i + 1]);
    }
}

void TestSampling::fewerIndividualsThanABatchWants()
{
    const PkSampler sampler({{1, 2, 3}, {4}}, {}, options(32, 4));
    QCOMPARE(sampler.individualsPerBatch(), std::int64_t{2});
    for (const auto &batch : sampler.epoch(0))
        QCOMPARE(batch.size(), std::size_t{8});
}

void TestSampling::unidentifiedPhotosComeLastAndTakeTurns()
{
    const PkSampler sampler(stairs(20), {100, 101, 102}, options(5, 2, 2));
    std::map<std::int64_t, int> shown;
    for (const auto &batch : sampler.epoch(0)) {
        QCOMPARE(batch.size(), std::size_t{12});
        for (std::size_t i = 0; i < batch.size(); ++i) {
            QCOMPARE(batch[i].label < 0, i >= 10);
            if (i >= 10)
                ++shown[batch[i].chip];
        }
    }
    QCOMPARE(shown.size(), std::size_t{3});
    QVERIFY(std::abs(shown[100] - shown[102]) <= 1);
}

void TestSampling::anEpochFollowsFromSeedAndNumberAlone()
{
    const PkSampler first(stairs(25), {90, 91}, options(6, 2, 1));
    const PkSampler second(stairs(25), {90, 91}, options(6, 2, 1));
    (void)first.epoch(0);
    (void)first.epoch(1);
    QCOMPARE(first.epoch(2), second.epoch(2));
    QVERIFY(first.epoch(2) != first.epoch(3));
    SamplerOptions other = options(6, 2, 1);
    other.seed = 2;
    QVERIFY(PkSampler(stairs(25), {90, 91}, other).epoch(2) != first.epoch(2));
}

QTEST_GUILESS_MAIN(TestSampling)
#include "tst_sampling.moc"
