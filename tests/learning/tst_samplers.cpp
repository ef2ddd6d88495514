#include "core/learning/sampling/curriculum.h"
#include "core/learning/sampling/triplet_list.h"
#include "core/learning/sampling/tuple_sampler.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

using Photos = std::vector<std::vector<std::int64_t>>;
using Batches = std::vector<std::vector<BatchItem>>;
using Kind = TupleSamplerOptions::Kind;

/// Individuals with 1, 2, 3, 4, 1, 2, ... photos; chips numbered from 100.
Photos stairs(std::size_t individuals)
{
    Photos photos(individuals);
    std::int64_t chip = 100;
    for (std::size_t i = 0; i < individuals; ++i) {
        for (std::size_t k = 0; k <= i % 4; ++k)
            photos[i].push_back(chip++);
    }
    return photos;
}

std::int64_t ownerOf(const Photos &photos, std::int64_t chip)
{
    for (std::size_t i = 0; i < photos.size(); ++i) {
        if (std::find(photos[i].begin(), photos[i].end(), chip) != photos[i].end())
            return static_cast<std::int64_t>(i);
    }
    return -1;
}

TupleSamplerOptions tuples(Kind kind, std::int64_t size, Mirroring mirroring = Mirroring::Never)
{
    TupleSamplerOptions options;
    options.kind = kind;
    options.tuplesPerBatch = size;
    options.mirroring = mirroring;
    return options;
}

Batches epochOf(const Photos &photos, const TupleSamplerOptions &options, std::int64_t number = 0)
{
    const Result<TupleSampler> sampler = TupleSampler::make(photos, options);
    return sampler ? sampler->epoch(number) : Batches();
}

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

} // namespace

class TestSamplers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tripletsAreTwoOfOneAndOneOfAnother();
    void everyPhotoWithAPartnerLeadsATriplet();
    void halfOfThePairsAreOfOneIndividual();
    void mirroredTripletsKeepTheirSide();
    void chanceMirroringLeavesTheIndividual();
    void singlePhotosArePartnersOfThemselves();
    void lengthOfAnEpochCanBeSet();
    void classesAreBalanced();
    void epochsFollowFromSeedAndNumber();
    void tooLittleToSampleIsAnError();
    void everyAnchorOfABatchGetsARandomTriplet();
    void listedTripletsAreShownOnceEach();
    void badTripletListsAreErrors();
    void easyClassesComeFirst();
    void patienceEnds();
    void notAdmittedClassesAreNotDrawn();
    void curriculumContinuesFromItsState();
};

void TestSamplers::tripletsAreTwoOfOneAndOneOfAnother()
{
    const Photos photos = stairs(12);
    const Batches batches = epochOf(photos, tuples(Kind::Triplets, 5));
    QVERIFY(!batches.empty());
    for (const auto &batch : batches) {
        QCOMPARE(batch.size(), std::size_t{15});
        for (std::size_t i = 0; i < batch.size(); i += 3) {
            QCOMPARE(batch[i].label, batch[i + 1].label);
            QVERIFY(batch[i].chip != batch[i + 1].chip);
            QVERIFY(batch[i].label != batch[i + 2].label);
            for (std::size_t k = i; k < i + 3; ++k) {
                QCOMPARE(batch[k].label, ownerOf(photos, batch[k].chip));
                QVERIFY(!batch[k].mirrored);
            }
        }
    }
}

void TestSamplers::everyPhotoWithAPartnerLeadsATriplet()
{
    const Photos photos = stairs(12); // 27 photos, 24 of them of individuals with several
    const Batches batches = epochOf(photos, tuples(Kind::Triplets, 5), 3);
    QCOMPARE(batches.size(), std::size_t{6});
    std::map<std::int64_t, int> led;
    for (const auto &batch : batches) {
        for (std::size_t i = 0; i < batch.size(); i += 3)
            ++led[batch[i].chip];
    }
    std::size_t several = 0;
    for (const auto &own : photos)
        several += own.size() > 1 ? own.size() : 0;
    QCOMPARE(led.size(), several);
}

void TestSamplers::halfOfThePairsAreOfOneIndividual()
{
    const Photos photos = stairs(12);
    for (const auto &batch : epochOf(photos, tuples(Kind::Pairs, 9))) {
        QCOMPARE(batch.size(), std::size_t{18});
        for (std::size_t i = 0; i < 9; ++i) {
            const BatchItem &first = batch[2 * i];
            const BatchItem &second = batch[2 * i + 1];
            QCOMPARE(first.label == second.label, i < 5);
            QVERIFY(first.chip != second.chip);
        }
    }
}

void TestSamplers::mirroredTripletsKeepTheirSide()
{
    const Result<TupleSampler> sampler =
        TupleSampler::make(stairs(12), tuples(Kind::Triplets, 8, Mirroring::OtherIdentity));
    QVERIFY(sampler.ok());
    QCOMPARE(sampler->classCount(), std::int64_t{24});
    int mirrored = 0;
    int plain = 0;
    for (const auto &batch : sampler->epoch(0)) {
        for (std::size_t i = 0; i < batch.size(); i += 3) {
            QCOMPARE(batch[i].mirrored, batch[i + 1].mirrored);
            QCOMPARE(batch[i].label, batch[i + 1].label);
            QVERIFY(batch[i].label % 12 != batch[i + 2].label % 12);
            for (std::size_t k = i; k < i + 3; ++k)
                QCOMPARE(batch[k].label >= 12, batch[k].mirrored);
            ++(batch[i].mirrored ? mirrored : plain);
        }
    }
    QVERIFY(mirrored > 2 && plain > 2);
}

void TestSamplers::chanceMirroringLeavesTheIndividual()
{
    bool mixed = false;
    for (const auto &batch : epochOf(stairs(12), tuples(Kind::Triplets, 8, Mirroring::ByChance))) {
        for (std::size_t i = 0; i < batch.size(); i += 3) {
            QVERIFY(batch[i].label < 12);
            mixed = mixed || batch[i].mirrored != batch[i + 1].mirrored;
        }
    }
    QVERIFY(mixed);
}

void TestSamplers::singlePhotosArePartnersOfThemselves()
{
    const Batches batches = epochOf({{7}, {8}, {}}, tuples(Kind::Triplets, 2));
    QCOMPARE(batches.size(), std::size_t{1});
    QCOMPARE(batches[0][0], batches[0][1]);
    QVERIFY(batches[0][0].chip != batches[0][2].chip);
}

void TestSamplers::lengthOfAnEpochCanBeSet()
{
    TupleSamplerOptions options = tuples(Kind::Triplets, 20);
    options.batchesPerEpoch = 600;
    QCOMPARE(epochOf(stairs(12), options).size(), std::size_t{600});
    QCOMPARE(epochOf(stairs(12), tuples(Kind::Pairs, 10)).size(), std::size_t{3}); // 30 photos
}

void TestSamplers::classesAreBalanced()
{
    Photos photos = stairs(8);
    photos[3].resize(40, 900); // one far more frequent than the others
    for (std::size_t k = 4; k < 40; ++k)
        photos[3][k] = 900 + static_cast<std::int64_t>(k);
    photos.emplace_back(); // and one without photos
    const Result<ClassBalancedSampler> sampler =
        ClassBalancedSampler::make(photos, {.batchSize = 14, .batchesPerEpoch = 20});
    QVERIFY(sampler.ok());
    std::map<std::int64_t, int> ofClass;
    std::set<std::int64_t> chipsOfThree;
    for (const auto &batch : sampler->epoch(0)) {
        QCOMPARE(batch.size(), std::size_t{14});
        for (const BatchItem &item : batch) {
            QCOMPARE(item.label, ownerOf(photos, item.chip));
            ++ofClass[item.label];
            if (item.label == 3)
                chipsOfThree.insert(item.chip);
        }
    }
    QCOMPARE(ofClass.size(), std::size_t{8});
    for (const auto &[label, count] : ofClass)
        QCOMPARE(count, 35);
    QCOMPARE(chipsOfThree.size(), std::size_t{35}); // none twice before all have been shown
}

void TestSamplers::epochsFollowFromSeedAndNumber()
{
    const Photos photos = stairs(12);
    TupleSamplerOptions options = tuples(Kind::Triplets, 5, Mirroring::ByChance);
    QCOMPARE(epochOf(photos, options, 4), epochOf(photos, options, 4));
    QVERIFY(epochOf(photos, options, 4) != epochOf(photos, options, 5));
    options.seed = 2;
    QVERIFY(epochOf(photos, options, 4) != epochOf(photos, tuples(Kind::Triplets, 5, Mirroring::ByChance), 4));
    const auto balanced = [&photos](std::uint64_t seed, std::int64_t number) {
        return ClassBalancedSampler::make(photos, {.batchSize = 6, .seed = seed})->epoch(number);
    };
    QCOMPARE(balanced(1, 2), balanced(1, 2));
    QVERIFY(balanced(1, 2) != balanced(1, 3));
    QVERIFY(balanced(1, 2) != balanced(5, 2));
}

void TestSamplers::tooLittleToSampleIsAnError()
{
    QCOMPARE(TupleSampler::make({{1, 2}, {}}, {}).error().code, ErrorCode::TooFewIndividuals);
    QCOMPARE(TupleSampler::make(stairs(4), tuples(Kind::Pairs, 0)).error().code, ErrorCode::InvalidArgument);
    QCOMPARE(ClassBalancedSampler::make({}, {}).error().code, ErrorCode::TooFewIndividuals);
    QCOMPARE(ClassBalancedSampler::make(stairs(4), {.batchSize = -1}).error().code, ErrorCode::InvalidArgument);
}

void TestSamplers::everyAnchorOfABatchGetsARandomTriplet()
{
    const std::vector<std::int64_t> labels{0, 0, 0, 1, 1, 2, -1};
    std::set<std::int64_t> partners, strangers;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        Random random(seed);
        const auto triplets = randomTripletsOf(labels, random);
        QCOMPARE(triplets.size(), std::size_t{5}); // neither the lone individual nor the stranger
        for (const auto &[anchor, positive, negative] : triplets) {
            QVERIFY(anchor != positive);
            QCOMPARE(labels[static_cast<std::size_t>(anchor)], labels[static_cast<std::size_t>(positive)]);
            QVERIFY(labels[static_cast<std::size_t>(anchor)] != labels[static_cast<std::size_t>(negative)]);
        }
        partners.insert(triplets[0][1]);
        strangers.insert(triplets[0][2]);
    }
    QCOMPARE(partners.size(), std::size_t{2});
    QCOMPARE(strangers.size(), std::size_t{4});
}

void TestSamplers::listedTripletsAreShownOnceEach()
{
    const std::vector<Triplet> triplets{{0, 1, 2}, {1, 0, 3}, {2, 3, 0}, {3, 2, 1}, {0, 1, 3}};
    const std::vector<std::int64_t> chips{50, 51, 52, 53};
    const std::vector<std::int64_t> labels{7, 7, 8, 8};
    const Result<TripletListSampler> sampler = TripletListSampler::make(triplets, chips, labels, 2, 1);
    QVERIFY(sampler.ok());
    const Batches first = sampler->epoch(0);
    QCOMPARE(static_cast<std::int64_t>(first.size()), sampler->batchesPerEpoch());
    QCOMPARE(first.size(), std::size_t{3});
    QCOMPARE(first[2].size(), std::size_t{3}); // the fifth alone
    std::set<std::vector<std::int64_t>> shown;
    for (const auto &batch : first) {
        for (std::size_t i = 0; i < batch.size(); i += 3) {
            shown.insert({batch[i].chip, batch[i + 1].chip, batch[i + 2].chip});
            QCOMPARE(batch[i].label, batch[i + 1].label);
        }
    }
    QCOMPARE(shown.size(), std::size_t{5});
    QVERIFY(shown.contains({50, 51, 52}));
    QCOMPARE(sampler->epoch(0), first);
    QVERIFY(sampler->epoch(1) != first);
}

void TestSamplers::badTripletListsAreErrors()
{
    const std::vector<Triplet> triplets{{0, 1, 4}};
    const std::vector<std::int64_t> chips{50, 51, 52, 53};
    QCOMPARE(TripletListSampler::make(triplets, chips, chips, 2, 1).error().code, ErrorCode::InvalidArgument);
    QCOMPARE(TripletListSampler::make({}, chips, chips, 2, 1).error().code, ErrorCode::NothingToDo);
    QCOMPARE(TripletListSampler::make(triplets, chips, {}, 2, 1).error().code, ErrorCode::InvalidArgument);
}

void TestSamplers::easyClassesComeFirst()
{
    Curriculum curriculum(6, {.startClasses = 2, .classesPerStep = 2, .threshold = 0.8, .patience = 0});
    QCOMPARE(*curriculum.judge(std::vector<double>{0.1, 0.9, 0.3, 0.7, 0.3, unknown}), std::int64_t{2});
    QCOMPARE(curriculum.state().admitted, (std::vector<std::int64_t>{1, 3}));
    QCOMPARE(*curriculum.judge(std::vector<double>{0.9, 0.9, 0.9, 0.6, 0.9, 0.9}),
             std::int64_t{0}); // 0.75 of those admitted
    // 0.85 of those admitted. The last class has no photos and counts as the mean, 0.54: more than the third's 0.5.
    QCOMPARE(*curriculum.judge(std::vector<double>{0.1, 0.9, 0.5, 0.8, 0.4, unknown}), std::int64_t{2});
    QCOMPARE(curriculum.state().admitted, (std::vector<std::int64_t>{1, 3, 5, 2}));
    QVERIFY(!curriculum.complete());
    QCOMPARE(*curriculum.judge(std::vector<double>(6, 1.0)), std::int64_t{2});
    QVERIFY(curriculum.complete());
    QCOMPARE(*curriculum.judge(std::vector<double>(6, 1.0)), std::int64_t{0});
    QCOMPARE(curriculum.judge(std::vector<double>(5, 1.0)).error().code, ErrorCode::InvalidArgument);
}

void TestSamplers::patienceEnds()
{
    Curriculum curriculum(5, {.startClasses = 2, .classesPerStep = 1, .threshold = 0.9, .patience = 3});
    const std::vector<double> poor(5, 0.2);
    QCOMPARE(*curriculum.judge(poor), std::int64_t{2});
    QCOMPARE(*curriculum.judge(poor), std::int64_t{0});
    QCOMPARE(*curriculum.judge(poor), std::int64_t{0});
    QCOMPARE(*curriculum.judge(poor), std::int64_t{1});
    QCOMPARE(*curriculum.judge(poor), std::int64_t{0});
}

void TestSamplers::notAdmittedClassesAreNotDrawn()
{
    const Photos photos = stairs(8);
    Curriculum curriculum(8, {.startClasses = 3});
    QVERIFY(curriculum.judge(std::vector<double>{0, 0, 0.9, 0.8, 0, 0, 0.7, 0}).ok());
    std::set<std::int64_t> seen;
    for (const auto &batch : epochOf(curriculum.admittedOf(photos), tuples(Kind::Triplets, 6))) {
        for (const BatchItem &item : batch) {
            seen.insert(item.label);
            QCOMPARE(item.label, ownerOf(photos, item.chip));
        }
    }
    QCOMPARE(seen, (std::set<std::int64_t>{2, 3, 6}));
}

void TestSamplers::curriculumContinuesFromItsState()
{
    const CurriculumOptions options{.startClasses = 2, .classesPerStep = 1, .threshold = 0.9, .patience = 2};
    Curriculum first(5, options);
    const std::vector<double> accuracy{0.1, 0.2, 0.3, 0.4, 0.5};
    QVERIFY(first.judge(accuracy).ok());
    QVERIFY(first.judge(accuracy).ok());
    Curriculum second(5, options);
    QVERIFY(second.restore(first.state()).ok());
    QCOMPARE(*second.judge(accuracy), *first.judge(accuracy));
    QVERIFY(second.state() == first.state());
    QCOMPARE(second.restore({{1, 1}, 0}).error().code, ErrorCode::DataDamaged);
    QCOMPARE(second.restore({{5}, 0}).error().code, ErrorCode::DataDamaged);
    QVERIFY(second.state() == first.state());
}

QTEST_GUILESS_MAIN(TestSamplers)
#include "tst_samplers.moc"
