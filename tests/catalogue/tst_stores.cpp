#include "core/catalogue/encounter_store.h"
#include "core/catalogue/settings_store.h"
#include "tests/catalogue/catalogue_fixture.h"

#include <cmath>

using namespace flukeprint;
using namespace flukeprint::catalogue;

class StoresTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aPhotoComesBackAsItWasStored();
    void aPhotoImportedTwiceIsOnePhoto();
    void photosWithImpossibleFieldsAreRefused();
    void anAnnotationComesBackAsItWasStored();
    void changingABoxRaisesItsRevision();
    void annotationsWithImpossibleFieldsAreRefused();
    void codesAreUniqueWithoutRegardToCase();
    void renamingKeepsTheOldCodeAsAlias();
    void theListShowsCountsAndRepresentatives();
    void completionPutsBeginningsFirst();
    void newCodesContinueTheCataloguesNumbers_data();
    void newCodesContinueTheCataloguesNumbers();
    void encountersAreFoundByTime();
    void settingsAreKept();
};

void StoresTest::aPhotoComesBackAsItWasStored()
{
    Fixture fixture;
    Photo photo = photoNumber(7);
    photo.copied = true;
    photo.takenAt = QStringLiteral("2019-07-14T10:22:31");
    photo.latitude = -21.5;
    photo.longitude = 0.0; // a true zero, not "unknown"
    photo.camera = QStringLiteral("Canon Ünï 7D");
    photo.orientation = 6;
    photo.perceptualHash = 0xFFEEDDCCBBAA9988ULL;
    photo.duplicateGroup = 12;
    photo.encounter = must(EncounterStore(*fixture).add({{}, QStringLiteral("E1"), {}, {}, {}, {}, {}}));
    PhotoStore photos(*fixture);
    const PhotoId id = must(photos.add(photo));
    fixture.reopen();
    PhotoStore again(*fixture);
    const Photo stored = must(again.get(id));
    QCOMPARE(stored.sha256, photo.sha256);
    QCOMPARE(stored.path, photo.path);
    QVERIFY(stored.copied);
    QCOMPARE(stored.byteSize, photo.byteSize);
    QCOMPARE(stored.widthPx, 1050);
    QCOMPARE(stored.takenAt, photo.takenAt);
    QCOMPARE(stored.latitude.value_or(0), -21.5);
    QVERIFY(stored.longitude.has_value());
    QCOMPARE(stored.camera, photo.camera);
    QCOMPARE(stored.orientation, 6);
    QCOMPARE(stored.perceptualHash, photo.perceptualHash);
    QCOMPARE(stored.duplicateGroup, 12);
    QVERIFY(stored.encounter == photo.encounter);
    QVERIFY(!stored.importedAt.isEmpty());
    must(again.setMissing(id, true));
    QVERIFY(must(again.get(id)).missing);
    must(again.setPath(id, QStringLiteral("/elsewhere/x.jpg"), false));
    QVERIFY(!must(again.get(id)).missing);
    QVERIFY(must(again.findByPath(QStringLiteral("/elsewhere/x.jpg")))->id == id);
    QCOMPARE(must(again.findByFileName(photo.fileName)).size(), std::size_t{1});
    QCOMPARE(must(again.perceptualHashes()).front().perceptualHash, photo.perceptualHash);
}

void StoresTest::aPhotoImportedTwiceIsOnePhoto()
{
    Fixture fixture;
    PhotoStore photos(*fixture);
    const PhotoId id = must(photos.add(photoNumber(1)));
    Photo elsewhere = photoNumber(1);
    elsewhere.path = QStringLiteral("/copy/of/it.jpg");
    FP_FAILS(photos.add(elsewhere), ErrorCode::AlreadyExists);
    QCOMPARE(must(photos.count()), 1);
    QVERIFY(must(photos.findBySha256(elsewhere.sha256))->id == id);
}

void StoresTest::photosWithImpossibleFieldsAreRefused()
{
    Fixture fixture;
    PhotoStore photos(*fixture);
    Photo photo = photoNumber(1);
    photo.sha256 = QStringLiteral("ABC");
    FP_FAILS(photos.add(photo), ErrorCode::InvalidArgument);
    photo = photoNumber(1);
    photo.heightPx = 0;
    FP_FAILS(photos.add(photo), ErrorCode::InvalidArgument);
    FP_FAILS(photos.get(PhotoId(5)), ErrorCode::NotFound);
    FP_FAILS(photos.setMissing(PhotoId(5), true), ErrorCode::NotFound);
    QVERIFY(!must(photos.findBySha256(photo.sha256)).has_value());
}

void StoresTest::anAnnotationComesBackAsItWasStored()
{
    Fixture fixture;
    const PhotoId photo = must(PhotoStore(*fixture).add(photoNumber(1)));
    AnnotationStore annotations(*fixture);
    Annotation annotation;
    annotation.photo = photo;
    annotation.box = {500.25, 300.5, 800, 300, 190};
    annotation.boxSource = BoxSource::Table;
    annotation.leftTip = PointPx{10, 20};
    annotation.notch = PointPx{0, 0};
    annotation.quality = 2;
    annotation.viewpoint = QStringLiteral("ventral");
    const AnnotationId id = must(annotations.add(annotation));
    const Annotation stored = must(annotations.get(id));
    QVERIFY((stored.box == RotatedBox{500.25, 300.5, 800, 300, -170}));
    QVERIFY(stored.boxSource == BoxSource::Table);
    QVERIFY(stored.leftTip == annotation.leftTip);
    QVERIFY(stored.notch.has_value());
    QVERIFY(!stored.rightTip.has_value());
    QCOMPARE(stored.quality, 2);
    QCOMPARE(stored.viewpoint, QStringLiteral("ventral"));
    QCOMPARE(stored.boxRevision, 1);
    QVERIFY(stored.state == IdentityState::Unidentified);
    // two flukes in one frame
    must(annotations.add(wholeFrame(photo)));
    QCOMPARE(must(annotations.ofPhoto(photo)).size(), std::size_t{2});
    must(annotations.remove(id));
    QCOMPARE(must(annotations.ofPhoto(photo)).size(), std::size_t{1});
    FP_FAILS(annotations.get(id), ErrorCode::NotFound);
}

void StoresTest::changingABoxRaisesItsRevision()
{
    Fixture fixture;
    AnnotationStore annotations(*fixture);
    const AnnotationId id = addAnnotation(*fixture, 1);
    QCOMPARE(must(annotations.setBox(id, {525, 350, 1050, 700, 0}, BoxSource::Manual)), 1);
    QVERIFY(must(annotations.get(id)).boxSource == BoxSource::Manual);
    QCOMPARE(must(annotations.setBox(id, {525, 350, 900, 500, 5}, BoxSource::Manual)), 2);
    // Points cut no crop: what was computed of it stays good.
    FP_VERIFY(annotations.setPoints(id, PointPx{1, 2}, std::nullopt, PointPx{5, 6}));
    QCOMPARE(must(annotations.get(id)).boxRevision, 2);
    QVERIFY((must(annotations.get(id)).rightTip == PointPx{5, 6}));
    QVERIFY(!must(annotations.get(id)).notch);
}

void StoresTest::annotationsWithImpossibleFieldsAreRefused()
{
    Fixture fixture;
    AnnotationStore annotations(*fixture);
    const AnnotationId id = addAnnotation(*fixture, 1);
    FP_FAILS(annotations.add(wholeFrame(PhotoId(99))), ErrorCode::NotFound);
    FP_FAILS(annotations.setBox(id, {10, 10, 0, 10, 0}, BoxSource::Manual), ErrorCode::InvalidArgument);
    FP_FAILS(annotations.setBox(id, {std::nan(""), 10, 10, 10, 0}, BoxSource::Manual), ErrorCode::InvalidArgument);
    FP_FAILS(annotations.setBox(AnnotationId(99), {10, 10, 10, 10, 0}, BoxSource::Manual), ErrorCode::NotFound);
    FP_FAILS(annotations.setQuality(id, 6), ErrorCode::InvalidArgument);
    FP_FAILS(annotations.setQuality(AnnotationId(99), 1), ErrorCode::NotFound);
    QCOMPARE(must(annotations.get(id)).boxRevision, 1);
}

void StoresTest::codesAreUniqueWithoutRegardToCase()
{
    Fixture fixture;
    IndividualStore individuals(*fixture);
    Individual whale;
    whale.code = QStringLiteral("CRC-00001");
    whale.name = QStringLiteral("Frosty");
    whale.sex = QStringLiteral("female");
    whale.colourType = 3;
    whale.aliases = QStringList{QStringLiteral("HW-17"), QStringLiteral("old-1")};
    const IndividualId id = must(individuals.add(whale));
    Individual other;
    other.code = QStringLiteral("crc-00001");
    FP_FAILS(individuals.add(other), ErrorCode::AlreadyExists);
    other.code = QStringLiteral("hw-17");
    FP_FAILS(individuals.add(other), ErrorCode::AlreadyExists);
    other.code = QStringLiteral("two\nlines");
    FP_FAILS(individuals.add(other), ErrorCode::InvalidArgument);
    other.code = QString();
    FP_FAILS(individuals.add(other), ErrorCode::InvalidArgument);
    other.code = QStringLiteral("CRC-00002");
    other.colourType = 6;
    FP_FAILS(individuals.add(other), ErrorCode::InvalidArgument);
    QVERIFY(must(individuals.find(QStringLiteral("OLD-1")))->id == id);
    QVERIFY(must(individuals.findOrAdd(QStringLiteral("hw-17"))) == id);
    QCOMPARE(must(individuals.get(id)).aliases, whale.aliases);
    FP_FAILS(individuals.addAlias(id, QStringLiteral("hw-17")), ErrorCode::AlreadyExists);
    must(individuals.removeAlias(id, QStringLiteral("HW-17")));
    QVERIFY(!must(individuals.find(QStringLiteral("hw-17"))).has_value());
    // an alias that is refused takes the whole individual back
    other.colourType = 0;
    other.aliases = QStringList{QStringLiteral("old-1")};
    FP_FAILS(individuals.add(other), ErrorCode::AlreadyExists);
    QCOMPARE(must(individuals.count()), 1);
}

void StoresTest::renamingKeepsTheOldCodeAsAlias()
{
    Fixture fixture;
    IndividualStore individuals(*fixture);
    const IndividualId id = must(individuals.findOrAdd(QStringLiteral("w_1")));
    must(individuals.findOrAdd(QStringLiteral("w_2")));
    FP_FAILS(individuals.rename(id, QStringLiteral("W_2")), ErrorCode::AlreadyExists);
    must(individuals.rename(id, QStringLiteral("CRC-00017")));
    QCOMPARE(must(individuals.get(id)).code, QStringLiteral("CRC-00017"));
    QVERIFY(must(individuals.find(QStringLiteral("w_1")))->id == id);
    // back again, and only in case: neither leaves an alias that shadows the code
    must(individuals.rename(id, QStringLiteral("w_1")));
    must(individuals.rename(id, QStringLiteral("W_1")));
    QCOMPARE(must(individuals.get(id)).aliases, QStringList{QStringLiteral("CRC-00017")});
    FP_FAILS(individuals.rename(IndividualId(99), QStringLiteral("x")), ErrorCode::NotFound);
}

void StoresTest::theListShowsCountsAndRepresentatives()
{
    Fixture fixture;
    DecisionLog log(*fixture, QStringLiteral("Ada"), DecisionSource::Review);
    IndividualStore individuals(*fixture);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    const IndividualId w2 = addIndividual(*fixture, QStringLiteral("w_2"));
    std::vector<AnnotationId> annotations;
    for (int i = 0; i < 4; ++i) {
        Photo photo = photoNumber(i);
        photo.takenAt = QStringLiteral("201%1-07-01T12:00:00").arg(i);
        annotations.push_back(must(AnnotationStore(*fixture).add(wholeFrame(must(PhotoStore(*fixture).add(photo))))));
    }
    for (int i = 0; i < 3; ++i)
        must(log.confirm(annotations[static_cast<std::size_t>(i)], w1));
    must(AnnotationStore(*fixture).setQuality(annotations[0], 1));
    must(AnnotationStore(*fixture).setQuality(annotations[1], 4));

    const std::vector<IndividualRow> rows = must(individuals.list({}, IndividualSort::PhotoCount, true));
    QCOMPARE(rows.size(), std::size_t{2});
    QVERIFY(rows[0].id == w1);
    QCOMPARE(rows[0].photoCount, 3);
    QCOMPARE(rows[0].firstSeen, QStringLiteral("2010-07-01T12:00:00"));
    QCOMPARE(rows[0].lastSeen, QStringLiteral("2012-07-01T12:00:00"));
    QVERIFY(rows[0].representative == annotations[0]);
    QCOMPARE(rows[0].thumbnailKey, photoNumber(0).sha256);
    QCOMPARE(rows[1].photoCount, 0);
    QVERIFY(!rows[1].representative.isValid());

    must(individuals.setRepresentative(w1, annotations[2]));
    QVERIFY(must(individuals.list()).front().representative == annotations[2]);
    FP_FAILS(individuals.setRepresentative(w2, annotations[2]), ErrorCode::InvalidArgument);
    // it was not this whale after all: the choice does not count any more
    must(log.relabel(annotations[2], w2));
    QVERIFY(must(individuals.list()).front().representative == annotations[0]);
    // and does not stand in the way of other changes
    Individual changed = must(individuals.get(w1));
    changed.name = QStringLiteral("Salt");
    must(individuals.update(changed));
    QCOMPARE(must(individuals.list({QStringLiteral("W_2"), false})).size(), std::size_t{1});
    QCOMPARE(must(individuals.list({QStringLiteral("%"), false})).size(), std::size_t{0});
    QCOMPARE(must(individuals.list({}, IndividualSort::Code, false, 1, 5)).front().code, QStringLiteral("w_2"));
    QCOMPARE(must(individuals.count({QStringLiteral("w_"), false})), 2);
}

void StoresTest::completionPutsBeginningsFirst()
{
    Fixture fixture;
    IndividualStore individuals(*fixture);
    for (const char *code : {"b_100", "a_210", "2_300", "21-x"})
        must(individuals.findOrAdd(QString::fromLatin1(code)));
    Individual named = *must(individuals.find(QStringLiteral("b_100")));
    named.name = QStringLiteral("21 Jump Street");
    must(individuals.update(named));
    QStringList codes;
    for (const IndividualStore::Completion &completion : must(individuals.complete(QStringLiteral("21"))))
        codes << completion.code;
    QCOMPARE(codes, (QStringList{QStringLiteral("21-x"), QStringLiteral("b_100"), QStringLiteral("a_210")}));
    QCOMPARE(must(individuals.complete(QStringLiteral("_"), 2)).size(), std::size_t{2});
    QVERIFY(must(individuals.complete(QStringLiteral("zzz"))).empty());
}

void StoresTest::newCodesContinueTheCataloguesNumbers_data()
{
    QTest::addColumn<QStringList>("codes");
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("next");
    using List = QStringList;
    QTest::newRow("empty catalogue") << List{} << QString() << QStringLiteral("FP-00001");
    QTest::newRow("dominant prefix") << List{QStringLiteral("CRC-04116"), QStringLiteral("CRC-00012"),
                                             QStringLiteral("Frosty")}
                                     << QString() << QStringLiteral("CRC-04117");
    QTest::newRow("random codes") << List{QStringLiteral("w_1287fbc"), QStringLiteral("w_da2efe0"),
                                          QStringLiteral("w_19e5482")}
                                  << QString() << QStringLiteral("FP-00001");
    QTest::newRow("grows a digit") << List{QStringLiteral("A99")} << QString() << QStringLiteral("A100");
    QTest::newRow("pattern wins") << List{QStringLiteral("CRC-04116")} << QStringLiteral("HW%03d")
                                  << QStringLiteral("HW001");
    QTest::newRow("pattern in use") << List{QStringLiteral("hw041"), QStringLiteral("x")} << QStringLiteral("HW%03d")
                                    << QStringLiteral("HW042");
    QTest::newRow("useless pattern") << List{QStringLiteral("CRC-04116")} << QStringLiteral("whale")
                                     << QStringLiteral("CRC-04117");
}

void StoresTest::newCodesContinueTheCataloguesNumbers()
{
    QFETCH(QStringList, codes);
    QFETCH(QString, pattern);
    QFETCH(QString, next);
    Fixture fixture;
    for (const QString &code : codes)
        addIndividual(*fixture, code);
    if (!pattern.isEmpty())
        must(SettingsStore(*fixture).set(QString::fromLatin1(codePatternSetting), pattern));
    QCOMPARE(must(IndividualStore(*fixture).nextCode()), next);
}

void StoresTest::encountersAreFoundByTime()
{
    Fixture fixture;
    EncounterStore encounters(*fixture);
    Encounter morning{{},
                      QStringLiteral("E1"),
                      QStringLiteral("2019-07-14T09:00:00"),
                      QStringLiteral("2019-07-14T09:30:00"),
                      QStringLiteral("Húsavík"),
                      66.05,
                      -17.34};
    const EncounterId id = must(encounters.add(morning));
    Encounter noon{{}, QStringLiteral("E2"), QStringLiteral("2019-07-14T12:00:00"), {}, {}, {}, {}};
    const EncounterId noonId = must(encounters.add(noon));
    FP_FAILS(encounters.add({{}, QStringLiteral("e1"), {}, {}, {}, {}, {}}), ErrorCode::AlreadyExists);
    FP_FAILS(encounters.add({{}, QString(), {}, {}, {}, {}, {}}), ErrorCode::InvalidArgument);
    QVERIFY(must(encounters.findByTime(QStringLiteral("2019-07-14T09:50:00"), 30))->id == id);
    QVERIFY(!must(encounters.findByTime(QStringLiteral("2019-07-14T10:30:00"), 30)).has_value());
    QVERIFY(must(encounters.findByTime(QStringLiteral("2019-07-14T11:40:00"), 180))->id == noonId);
    QVERIFY(!must(encounters.findByTime(QString(), 30)).has_value());
    must(encounters.extend(id, QStringLiteral("2019-07-14T10:10:00")));
    QVERIFY(must(encounters.findByTime(QStringLiteral("2019-07-14T10:30:00"), 30))->id == id);
    QCOMPARE(must(encounters.get(id)).place, QStringLiteral("Húsavík"));
    const PhotoId photo = must(PhotoStore(*fixture).add(photoNumber(1)));
    must(PhotoStore(*fixture).setEncounter(photo, id));
    const std::vector<EncounterStore::Row> rows = must(encounters.list());
    QVERIFY(rows.front().encounter.id == noonId);
    QCOMPARE(rows.back().photoCount, 1);
}

void StoresTest::settingsAreKept()
{
    Fixture fixture;
    const QString key = QStringLiteral("encounter.gap_minutes");
    QVERIFY(!must(SettingsStore(*fixture).value(key)).has_value());
    must(SettingsStore(*fixture).set(key, QStringLiteral("30")));
    must(SettingsStore(*fixture).set(key, QStringLiteral("45")));
    fixture.reopen();
    QCOMPARE(must(SettingsStore(*fixture).value(key)).value_or(QString()), QStringLiteral("45"));
    must(SettingsStore(*fixture).remove(key));
    QVERIFY(!must(SettingsStore(*fixture).value(key)).has_value());
}

QTEST_GUILESS_MAIN(StoresTest)
#include "tst_stores.moc"
