#include "core/base/random.h"
#include "core/evaluation/splits.h"

#include <QTest>

#include <map>
#include <set>

using namespace flukeprint;
using namespace flukeprint::evaluation;

namespace {

std::vector<SplitItem> catalogue(std::size_t photos, std::uint64_t seed)
{
    Random random(seed);
    std::vector<SplitItem> items(photos);
    for (SplitItem &item : items) {
        item.individual = static_cast<std::int32_t>(random.below(photos / 3)) - 10;
        if (item.individual < 0)
            item.individual = noIndividual;
        item.group = static_cast<std::int64_t>(random.below(photos));
        item.encounter = random.below(3) == 0 ? static_cast<std::int64_t>(random.below(photos / 2)) : 0;
    }
    return items;
}

/// What every split promises, whatever the catalogue.
void checkPromises(const std::vector<SplitItem> &items, const Split &split)
{
    QCOMPARE(split.roles.size(), items.size());
    std::map<std::int64_t, std::set<bool>> sidesOfGroup;
    std::map<std::int64_t, std::set<bool>> sidesOfEncounter;
    std::map<std::int64_t, std::set<std::int64_t>> joinedOfEncounter;
    std::set<std::int32_t> trained;
    std::set<std::int32_t> validated;
    std::size_t validation = 0;
    std::size_t calibration = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const SplitRole role = split.roles[i];
        const bool isHeldOut = role == SplitRole::Validation || role == SplitRole::NewCalibration;
        if (items[i].group > 0)
            sidesOfGroup[items[i].group].insert(isHeldOut);
        if (items[i].encounter > 0) {
            sidesOfEncounter[items[i].encounter].insert(isHeldOut);
            joinedOfEncounter[items[i].encounter].insert(split.groups[i]);
        }
        QVERIFY(split.groups[i] > 0);
        const bool isIdentified = items[i].individual >= 0;
        QCOMPARE(isIdentified, role == SplitRole::Train || role == SplitRole::Validation);
        if (role == SplitRole::Train)
            trained.insert(items[i].individual);
        if (role == SplitRole::Validation)
            validated.insert(items[i].individual);
        validation += role == SplitRole::Validation ? 1 : 0;
        calibration += role == SplitRole::NewCalibration ? 1 : 0;
    }
    for (const auto &[group, sides] : sidesOfGroup)
        QCOMPARE(sides.size(), 1U);
    for (const auto &[encounter, sides] : sidesOfEncounter)
        QCOMPARE(sides.size(), 1U);
    for (const auto &[encounter, joined] : joinedOfEncounter)
        QCOMPARE(joined.size(), 1U);
    for (const std::int32_t individual : validated)
        QVERIFY(trained.contains(individual));
    QCOMPARE(split.validationPhotos, validation);
    QCOMPARE(split.validationIndividuals, validated.size());
    QCOMPARE(split.newCalibrationPhotos, calibration);
}

} // namespace

class TestSplits : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void promisesHoldForAnyCatalogue()
    {
        for (std::uint64_t seed = 0; seed < 40; ++seed) {
            const std::vector<SplitItem> items = catalogue(20 + seed * 15, seed);
            SplitOptions options;
            options.seed = seed;
            checkPromises(items, splitForTraining(items, options));
        }
    }

    void shareAndCapAreKept()
    {
        std::vector<SplitItem> items;
        for (int individual = 0; individual < 100; ++individual) {
            for (int photo = 0; photo < 3; ++photo)
                items.push_back({individual, noGroup, 0});
        }
        for (int photo = 0; photo < 200; ++photo)
            items.push_back({noIndividual, noGroup, 0});
        SplitOptions shareAlone;
        shareAlone.leastValidationPhotos = 0;
        const Split split = splitForTraining(items, shareAlone);
        checkPromises(items, split);
        QCOMPARE(split.validationIndividuals, 20U);
        QCOMPARE(split.validationPhotos, 20U);
        QCOMPARE(split.newCalibrationPhotos, 30U);
        SplitOptions capped;
        capped.maximumValidationPhotos = 7;
        capped.maximumNewCalibration = 5;
        QCOMPARE(splitForTraining(items, capped).validationPhotos, 7U);
        QCOMPARE(splitForTraining(items, capped).newCalibrationPhotos, 5U);
        SplitOptions none;
        none.validationShare = 0;
        none.newCalibrationShare = 0;
        QCOMPARE(splitForTraining(items, none).validationPhotos, 0U);
        QCOMPARE(splitForTraining(items, none).newCalibrationPhotos, 0U);
    }

    void fewIndividualsGiveEnoughToCalibrateOn()
    {
        // 12 photos each, no dates: one photo of a fifth of the individuals would be 7.
        std::vector<SplitItem> items;
        for (int individual = 0; individual < 37; ++individual) {
            for (int photo = 0; photo < 12; ++photo)
                items.push_back({individual, noGroup, 0});
        }
        const Split split = splitForTraining(items);
        checkPromises(items, split);
        QCOMPARE(split.validationPhotos, 50U);
        QCOMPARE(split.validationIndividuals, 37U); // spread, before anybody gives a second one
    }

    void moreIsSetAsideOnlyWhereEnoughIsLeft()
    {
        // Pairs: one photo of a fifth of them, since nobody could keep two.
        std::vector<SplitItem> pairs;
        for (int individual = 0; individual < 40; ++individual)
            pairs.insert(pairs.end(), {{individual, noGroup, 0}, {individual, noGroup, 0}});
        QCOMPARE(splitForTraining(pairs).validationPhotos, 8U);
        // Ten photos of three whales: never more than a fifth.
        std::vector<SplitItem> few;
        for (int photo = 0; photo < 30; ++photo)
            few.push_back({photo % 3, noGroup, 0});
        const Split split = splitForTraining(few);
        checkPromises(few, split);
        QCOMPARE(split.validationPhotos, 6U);
    }

    void sameSeedSameSplit()
    {
        const std::vector<SplitItem> items = catalogue(300, 1);
        SplitOptions options;
        QCOMPARE(splitForTraining(items, options).roles == splitForTraining(items, options).roles, true);
        SplitOptions other;
        other.seed = 2;
        QVERIFY(splitForTraining(items, options).roles != splitForTraining(items, other).roles);
    }

    void singletonsStayInTraining()
    {
        // One photo each, or all photos in one near-duplicate group: nothing can be kept aside.
        const std::vector<SplitItem> items{{0, 1, 0}, {1, 2, 0}, {2, 3, 0}, {2, 3, 0}, {3, 0, 4}, {3, 0, 4}};
        const Split split = splitForTraining(items);
        checkPromises(items, split);
        QCOMPARE(split.validationPhotos, 0U);
    }

    void encounterOfSeveralWhalesMovesWhole()
    {
        // Encounter 1 shows whale 0, 1 and an unidentified one; 0 and 1 also have photos elsewhere. Whale 2 is only in
        // encounter 2.
        const std::vector<SplitItem> items{{0, 0, 1}, {1, 0, 1}, {noIndividual, 0, 1}, {0, 0, 2}, {1, 0, 2}, {2, 0, 2}};
        SplitOptions options;
        options.newCalibrationShare = 0;
        const Split split = splitForTraining(items, options);
        checkPromises(items, split);
        QCOMPARE(split.validationIndividuals, 2U);
        QVERIFY(split.roles[0] == SplitRole::Validation && split.roles[1] == SplitRole::Validation);
        QVERIFY(split.roles[2] == SplitRole::NewCalibration);
        QVERIFY(split.roles[5] == SplitRole::Train);
    }

    void tinyCatalogues()
    {
        QVERIFY(splitForTraining({}).roles.empty());
        const std::vector<SplitItem> one{{0, 0, 0}};
        QVERIFY(splitForTraining(one).roles[0] == SplitRole::Train);
        const std::vector<SplitItem> pair{{0, 0, 0}, {0, 0, 0}};
        const Split split = splitForTraining(pair);
        checkPromises(pair, split);
        QCOMPARE(split.validationPhotos, 1U);
    }
};

QTEST_APPLESS_MAIN(TestSplits)
#include "tst_splits.moc"
