#include "core/catalogue/annotation_store.h"
#include "core/catalogue/encounter_merges.h"
#include "core/catalogue/encounter_store.h"
#include "core/catalogue/integrity.h"
#include "tests/catalogue/catalogue_fixture.h"

using namespace flukeprint;
using namespace flukeprint::catalogue;

class EncounterMergesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theMergedEncounterLivesOnInTheOther();
    void undoGivesBackWhatWasThere();
    void undoKeepsASpanThatWasSetByHand();
    void mergesOfSchemaTwoCanStillBeUndone();
    void undoneMergesCanBeMadeAnew();
    void undoReachesThroughLaterMerges();
    void partedEncountersAreKnownWhereverTheirPhotosWent();
    void aPositionComesAndGoesWithItsEncounter();
    void wrongWishesChangeNothing();

private:
    static EncounterId addEncounter(Catalogue &catalogue, const char *code, const char *start, const char *end);
    static PhotoId addPhoto(Catalogue &catalogue, int number, EncounterId encounter, const char *takenAt);
};

EncounterId EncounterMergesTest::addEncounter(Catalogue &catalogue, const char *code, const char *start, const char *end)
{
    Encounter encounter;
    encounter.code = QString::fromLatin1(code);
    encounter.startedAt = QString::fromLatin1(start);
    encounter.endedAt = QString::fromLatin1(end);
    return must(EncounterStore(catalogue).add(encounter));
}

PhotoId EncounterMergesTest::addPhoto(Catalogue &catalogue, int number, EncounterId encounter, const char *takenAt)
{
    Photo photo = photoNumber(number);
    photo.encounter = encounter;
    photo.takenAt = QString::fromLatin1(takenAt);
    return must(PhotoStore(catalogue).add(photo));
}

void EncounterMergesTest::theMergedEncounterLivesOnInTheOther()
{
    Fixture fixture;
    EncounterStore encounters(*fixture);
    const EncounterId late = addEncounter(*fixture, "late", "2019-07-14T12:00:00", "2019-07-14T13:00:00");
    const EncounterId early = addEncounter(*fixture, "early", "2019-07-14T08:00:00", "2019-07-14T09:00:00");
    const PhotoId photo = addPhoto(*fixture, 1, early, "2019-07-14T08:00:00");
    EncounterMerges merges(*fixture, QStringLiteral("import"));
    FP_VERIFY(merges.merge(early, late, QStringLiteral("between.jpg")));

    QVERIFY(must(PhotoStore(*fixture).get(photo)).encounter == late);
    const Encounter whole = must(encounters.get(late));
    QCOMPARE(whole.startedAt, QStringLiteral("2019-07-14T08:00:00"));
    QCOMPARE(whole.endedAt, QStringLiteral("2019-07-14T13:00:00"));
    QCOMPARE(must(encounters.list()).size(), std::size_t{1});
    QCOMPARE(must(AnnotationStore(*fixture).counts()).encounters, std::int64_t{1});
    QVERIFY(must(encounters.findByTime(QStringLiteral("2019-07-14T08:30:00"), 10))->id == late);
    // Its code is not given to another.
    FP_FAILS(encounters.add({{}, QStringLiteral("early"), {}, {}, {}, {}, {}}), ErrorCode::AlreadyExists);

    fixture.reopen();
    const std::vector<EncounterMerge> log = must(EncounterMerges(*fixture, {}).list());
    QCOMPARE(log.size(), std::size_t{1});
    QCOMPARE(log.front().fromCode, QStringLiteral("early"));
    QCOMPARE(log.front().intoCode, QStringLiteral("late"));
    QCOMPARE(log.front().who, QStringLiteral("import"));
    QCOMPARE(log.front().cause, QStringLiteral("between.jpg"));
    QCOMPARE(log.front().photos, std::int64_t{1});
    QVERIFY(!log.front().at.isEmpty() && log.front().undoneAt.isEmpty());
    QVERIFY(must(EncounterMerges(*fixture, {}).parted()).empty());
}

void EncounterMergesTest::undoGivesBackWhatWasThere()
{
    Fixture fixture;
    EncounterStore encounters(*fixture);
    PhotoStore photos(*fixture);
    const EncounterId morning = addEncounter(*fixture, "morning", "2019-07-14T08:00:00", "2019-07-14T09:00:00");
    const EncounterId noon = addEncounter(*fixture, "noon", "2019-07-14T12:00:00", "2019-07-14T12:30:00");
    const PhotoId first = addPhoto(*fixture, 1, morning, "2019-07-14T08:00:00");
    const PhotoId second = addPhoto(*fixture, 2, noon, "2019-07-14T12:00:00");
    const PhotoId takenElsewhere = addPhoto(*fixture, 3, noon, "2019-07-14T12:30:00");
    const std::int64_t merge = must(EncounterMerges(*fixture, {}).merge(noon, morning));
    const PhotoId later = addPhoto(*fixture, 4, morning, "2019-07-14T09:30:00");
    const EncounterId other = addEncounter(*fixture, "other", "", "");
    must(photos.setEncounter(takenElsewhere, other)); // by hand, since

    EncounterMerges merges(*fixture, QStringLiteral("curator"));
    FP_VERIFY(merges.undo(merge));
    QVERIFY(must(photos.get(first)).encounter == morning);
    QVERIFY(must(photos.get(second)).encounter == noon);
    QVERIFY(must(photos.get(takenElsewhere)).encounter == other);
    QVERIFY(must(photos.get(later)).encounter == morning);
    QCOMPARE(must(encounters.get(noon)).startedAt, QStringLiteral("2019-07-14T12:00:00"));
    QCOMPARE(must(encounters.get(morning)).endedAt, QStringLiteral("2019-07-14T09:30:00"));
    QCOMPARE(must(encounters.list()).size(), std::size_t{3});
    QVERIFY(!must(merges.list()).front().undoneAt.isEmpty());
    const auto parted = must(merges.parted());
    QCOMPARE(parted.size(), std::size_t{1});
    QVERIFY(parted.front() == std::pair(morning, noon));
    FP_FAILS(merges.undo(merge), ErrorCode::NothingToDo);
    QVERIFY(must(verify(*fixture, {.hashPhotos = false, .inspectPhoto = {}, .inspectModel = {}, .inspectPack = {}})).findings.size()
            == 4); // the four files, and nothing else
}

void EncounterMergesTest::undoKeepsASpanThatWasSetByHand()
{
    Fixture fixture;
    EncounterStore encounters(*fixture);
    // The observers were there from seven to eleven, whatever the cameras say.
    const EncounterId bay = addEncounter(*fixture, "bay", "2019-07-14T07:00:00", "2019-07-14T11:00:00");
    addPhoto(*fixture, 1, bay, "2019-07-14T09:00:00");
    const EncounterId early = addEncounter(*fixture, "early", "2019-07-14T05:00:00", "2019-07-14T06:00:00");
    const EncounterId late = addEncounter(*fixture, "late", "2019-07-14T13:00:00", "2019-07-14T14:00:00");
    const EncounterId within = addEncounter(*fixture, "within", "2019-07-14T08:00:00", "2019-07-14T08:30:00");
    addPhoto(*fixture, 2, early, "2019-07-14T05:00:00");
    addPhoto(*fixture, 3, late, "2019-07-14T14:00:00");
    EncounterMerges merges(*fixture, {});
    const std::int64_t earlyIn = must(merges.merge(early, bay));
    const std::int64_t lateIn = must(merges.merge(late, bay));
    const std::int64_t withinIn = must(merges.merge(within, bay));
    QCOMPARE(must(encounters.get(bay)).startedAt, QStringLiteral("2019-07-14T05:00:00"));
    FP_VERIFY(merges.undo(withinIn));
    QCOMPARE(must(encounters.get(bay)).startedAt, QStringLiteral("2019-07-14T05:00:00"));
    QCOMPARE(must(encounters.get(bay)).endedAt, QStringLiteral("2019-07-14T14:00:00"));
    FP_VERIFY(merges.undo(earlyIn));
    QCOMPARE(must(encounters.get(bay)).startedAt, QStringLiteral("2019-07-14T07:00:00"));
    QCOMPARE(must(encounters.get(bay)).endedAt, QStringLiteral("2019-07-14T14:00:00"));
    FP_VERIFY(merges.undo(lateIn));
    QCOMPARE(must(encounters.get(bay)).startedAt, QStringLiteral("2019-07-14T07:00:00"));
    QCOMPARE(must(encounters.get(bay)).endedAt, QStringLiteral("2019-07-14T11:00:00"));
}

void EncounterMergesTest::mergesOfSchemaTwoCanStillBeUndone()
{
    Fixture fixture;
    const EncounterId bay = addEncounter(*fixture, "bay", "2019-07-14T08:00:00", "2019-07-14T09:00:00");
    const EncounterId late = addEncounter(*fixture, "late", "2019-07-14T13:00:00", "2019-07-14T14:00:00");
    addPhoto(*fixture, 1, bay, "2019-07-14T09:00:00");
    addPhoto(*fixture, 2, late, "2019-07-14T14:00:00");
    const std::int64_t merge = must(EncounterMerges(*fixture, {}).merge(late, bay));
    // As a program of that time left it.
    for (const char *statement : {"ALTER TABLE encounter_merge DROP COLUMN into_started_at", "ALTER TABLE encounter_merge DROP COLUMN into_ended_at",
                                  "PRAGMA user_version = 2"})
        must(fixture.catalogue->database().each(QString::fromLatin1(statement), {}, [](const Row &) { return true; }));
    fixture.reopen();
    QVERIFY(!fixture.catalogue->migrationBackup().empty());
    FP_VERIFY(EncounterMerges(*fixture, {}).undo(merge));
    // What was before the merge is not known: its photos say when it was.
    QCOMPARE(must(EncounterStore(*fixture).get(bay)).startedAt, QStringLiteral("2019-07-14T08:00:00"));
    QCOMPARE(must(EncounterStore(*fixture).get(bay)).endedAt, QStringLiteral("2019-07-14T09:00:00"));
}

void EncounterMergesTest::undoneMergesCanBeMadeAnew()
{
    Fixture fixture;
    PhotoStore photos(*fixture);
    const EncounterId a = addEncounter(*fixture, "a", "2019-07-14T08:00:00", "2019-07-14T08:00:00");
    const EncounterId b = addEncounter(*fixture, "b", "2019-07-14T10:00:00", "2019-07-14T10:00:00");
    const EncounterId c = addEncounter(*fixture, "c", "2019-07-14T12:00:00", "2019-07-14T12:00:00");
    const PhotoId ofB = addPhoto(*fixture, 1, b, "2019-07-14T10:00:00");
    EncounterMerges merges(*fixture, {});
    const std::int64_t bIntoA = must(merges.merge(b, a, QStringLiteral("between.jpg")));
    FP_FAILS(merges.joinAgain(bIntoA), ErrorCode::NothingToDo);
    FP_FAILS(merges.joinAgain(99), ErrorCode::NotFound);
    FP_VERIFY(merges.undo(bIntoA));
    must(merges.merge(a, c)); // what it went into has gone into another since
    const std::int64_t again = must(merges.joinAgain(bIntoA));
    QVERIFY(must(photos.get(ofB)).encounter == c);
    QCOMPARE(must(merges.newest())->id, again);
    QCOMPARE(must(merges.newest())->cause, QStringLiteral("between.jpg"));
    QVERIFY(must(merges.parted()).empty());
    FP_VERIFY(merges.undo(again));
    QVERIFY(must(photos.get(ofB)).encounter == b);
}

void EncounterMergesTest::undoReachesThroughLaterMerges()
{
    Fixture fixture;
    PhotoStore photos(*fixture);
    const EncounterId a = addEncounter(*fixture, "a", "2019-07-14T08:00:00", "2019-07-14T08:00:00");
    const EncounterId b = addEncounter(*fixture, "b", "2019-07-14T10:00:00", "2019-07-14T10:00:00");
    const EncounterId c = addEncounter(*fixture, "c", "2019-07-14T12:00:00", "2019-07-14T12:00:00");
    const PhotoId ofB = addPhoto(*fixture, 1, b, "2019-07-14T10:00:00");
    const PhotoId ofC = addPhoto(*fixture, 2, c, "2019-07-14T12:00:00");
    EncounterMerges merges(*fixture, {});
    const std::int64_t cIntoB = must(merges.merge(c, b));
    must(merges.merge(b, a));
    QVERIFY(must(photos.get(ofC)).encounter == a);
    QCOMPARE(must(EncounterStore(*fixture).get(a)).endedAt, QStringLiteral("2019-07-14T12:00:00"));
    FP_VERIFY(merges.undo(cIntoB));
    QVERIFY(must(photos.get(ofC)).encounter == c);
    QCOMPARE(must(EncounterStore(*fixture).get(a)).endedAt, QStringLiteral("2019-07-14T10:00:00"));
    QVERIFY(must(photos.get(ofB)).encounter == a);
}

void EncounterMergesTest::partedEncountersAreKnownWhereverTheirPhotosWent()
{
    using Pairs = std::vector<std::pair<EncounterId, EncounterId>>;
    Fixture fixture;
    const EncounterId a = addEncounter(*fixture, "a", "2019-07-14T08:00:00", "2019-07-14T08:00:00");
    const EncounterId b = addEncounter(*fixture, "b", "2019-07-14T10:00:00", "2019-07-14T10:00:00");
    const EncounterId c = addEncounter(*fixture, "c", "2019-07-14T12:00:00", "2019-07-14T12:00:00");
    EncounterMerges merges(*fixture, {});
    const std::int64_t bIntoA = must(merges.merge(b, a));
    const std::int64_t aIntoC = must(merges.merge(a, c));
    FP_VERIFY(merges.undo(bIntoA));
    QVERIFY(must(merges.parted()) == Pairs({{b, c}}));
    FP_VERIFY(merges.undo(aIntoC));
    QVERIFY(must(merges.parted()) == Pairs({{a, b}, {a, c}}));
    // Joined again by hand: no longer to be kept apart.
    must(merges.merge(b, a));
    QVERIFY(must(merges.parted()) == Pairs({{a, c}}));
}

void EncounterMergesTest::aPositionComesAndGoesWithItsEncounter()
{
    Fixture fixture;
    EncounterStore encounters(*fixture);
    const EncounterId a = addEncounter(*fixture, "a", "2019-07-14T08:00:00", "2019-07-14T08:00:00");
    const EncounterId b = addEncounter(*fixture, "b", "2019-07-14T10:00:00", "2019-07-14T10:00:00");
    Encounter known = must(encounters.get(b));
    known.latitude = 43.0;
    known.longitude = -69.5;
    FP_VERIFY(encounters.update(known));
    EncounterMerges merges(*fixture, {});
    const std::int64_t merge = must(merges.merge(b, a));
    QCOMPARE(must(encounters.get(a)).latitude, std::optional(43.0));
    QCOMPARE(must(encounters.get(a)).longitude, std::optional(-69.5));
    FP_VERIFY(merges.undo(merge));
    QVERIFY(!must(encounters.get(a)).latitude && !must(encounters.get(a)).longitude);
    QCOMPARE(must(encounters.get(b)).latitude, std::optional(43.0));
}

void EncounterMergesTest::wrongWishesChangeNothing()
{
    Fixture fixture;
    const EncounterId a = addEncounter(*fixture, "a", "", "");
    const EncounterId b = addEncounter(*fixture, "b", "2019-07-14T10:00:00", "2019-07-14T10:00:00");
    EncounterMerges merges(*fixture, {});
    FP_FAILS(merges.merge(a, a), ErrorCode::InvalidArgument);
    FP_FAILS(merges.merge(a, EncounterId(99)), ErrorCode::NotFound);
    FP_FAILS(merges.merge(EncounterId(99), a), ErrorCode::NotFound);
    FP_FAILS(merges.undo(1), ErrorCode::NotFound);
    QVERIFY(must(merges.list()).empty());
    FP_VERIFY(merges.merge(b, a));
    // An encounter without a time takes that of what joins it.
    QCOMPARE(must(EncounterStore(*fixture).get(a)).startedAt, QStringLiteral("2019-07-14T10:00:00"));
    FP_FAILS(merges.merge(b, a), ErrorCode::InvalidArgument);
}

QTEST_GUILESS_MAIN(EncounterMergesTest)
#include "tst_encounter_merges.moc"
