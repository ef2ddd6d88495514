#include "tests/catalogue/catalogue_fixture.h"

#include "core/catalogue/chip_cache.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/encounter_store.h"
#include "core/catalogue/import_log.h"
#include "core/catalogue/proposal_store.h"
#include "core/catalogue/run_store.h"
#include "core/catalogue/settings_store.h"

#include <cmath>
#include <limits>

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
    void embeddingsBelongToABoxRevision();
    void embeddingsOfWrongSizeAreRefused();
    void aGalleryHoldsIdentifiedOnesWithTheirGroups();
    void exactlyOneModelIsActive();
    void promotingAModelDropsTheOldCandidates();
    void removingAModelTakesItsEmbeddingsAlong();
    void candidatesFollowMerges();
    void runsRememberTheirStatesAndCurves();
    void interruptedRunsAreMarked();
    void anInterruptedImportKnowsWhatIsLeft();
    void chipsOfAnOldBoxAreMissing();
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
    QCOMPARE(must(annotations.setPoints(id, PointPx{1, 2}, PointPx{3, 4}, PointPx{5, 6})), 3);
    QCOMPARE(must(annotations.get(id)).boxRevision, 3);
    QVERIFY((must(annotations.get(id)).rightTip == PointPx{5, 6}));
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
    QTest::newRow("dominant prefix") << List{QStringLiteral("CRC-04116"), QStringLiteral("CRC-00012"), QStringLiteral("Frosty")} << QString()
                                     << QStringLiteral("CRC-04117");
    QTest::newRow("random codes") << List{QStringLiteral("w_1287fbc"), QStringLiteral("w_da2efe0"), QStringLiteral("w_19e5482")} << QString()
                                  << QStringLiteral("FP-00001");
    QTest::newRow("grows a digit") << List{QStringLiteral("A99")} << QString() << QStringLiteral("A100");
    QTest::newRow("pattern wins") << List{QStringLiteral("CRC-04116")} << QStringLiteral("HW%03d") << QStringLiteral("HW001");
    QTest::newRow("pattern in use") << List{QStringLiteral("hw041"), QStringLiteral("x")} << QStringLiteral("HW%03d") << QStringLiteral("HW042");
    QTest::newRow("useless pattern") << List{QStringLiteral("CRC-04116")} << QStringLiteral("whale") << QStringLiteral("CRC-04117");
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
    Encounter morning{{}, QStringLiteral("E1"), QStringLiteral("2019-07-14T09:00:00"), QStringLiteral("2019-07-14T09:30:00"),
                      QStringLiteral("Húsavík"), 66.05, -17.34};
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

void StoresTest::embeddingsBelongToABoxRevision()
{
    Fixture fixture;
    const ModelId model = must(ModelStore(*fixture).add(modelNamed(QStringLiteral("first"))));
    EmbeddingStore embeddings(*fixture);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const AnnotationId b = addAnnotation(*fixture, 2);
    QCOMPARE(must(embeddings.missing(model)).size(), std::size_t{2});
    const std::vector<EmbeddingKey> keys{{a, 1}, {b, 1}, {AnnotationId(99), 1}};
    const std::vector<float> vectors{1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9};
    QCOMPARE(must(embeddings.put(model, keys, vectors)), 2); // the one that is gone is left out
    QVERIFY(must(embeddings.missing(model)).empty());
    QCOMPARE(must(embeddings.find(model, b)).value(), (std::vector<float>{5, 6, 7, 8}));
    must(AnnotationStore(*fixture).setBox(b, {500, 300, 400, 200, 0}, BoxSource::Manual));
    QVERIFY(!must(embeddings.find(model, b)).has_value());
    QVERIFY((must(embeddings.missing(model)) == std::vector<EmbeddingKey>{{b, 2}}));
    QCOMPARE(must(embeddings.load(model, EmbeddingScope::All)).count(), std::size_t{1});
    const AnnotationStore::Counts counts = must(AnnotationStore(*fixture).counts());
    QCOMPARE(counts.annotations, 2);
    QCOMPARE(must(embeddings.coverage(model)).embedded, 1);
    // a result that comes late, for the old box, does not pass for the new one
    must(embeddings.put(model, std::vector<EmbeddingKey>{{b, 1}}, std::vector<float>{0, 0, 0, 1}));
    QCOMPARE(must(embeddings.missing(model)).size(), std::size_t{1});
}

void StoresTest::embeddingsOfWrongSizeAreRefused()
{
    Fixture fixture;
    const ModelId model = must(ModelStore(*fixture).add(modelNamed(QStringLiteral("first"))));
    EmbeddingStore embeddings(*fixture);
    const std::vector<EmbeddingKey> keys{{addAnnotation(*fixture, 1), 1}};
    FP_FAILS(embeddings.put(model, keys, std::vector<float>{1, 2, 3}), ErrorCode::ModelIncompatible);
    FP_FAILS(embeddings.put(model, keys, std::vector<float>{1, 2, 3, std::numeric_limits<float>::quiet_NaN()}),
             ErrorCode::InvalidArgument);
    FP_FAILS(embeddings.put(ModelId(9), keys, std::vector<float>{1, 2, 3, 4}), ErrorCode::NotFound);
    must(embeddings.put(model, keys, std::vector<float>{1, 2, 3, 4}));
    must(fixture.catalogue->database().run(QStringLiteral("UPDATE embedding SET vector = x'0011'")));
    FP_FAILS(embeddings.load(model, EmbeddingScope::All), ErrorCode::DataDamaged);
}

void StoresTest::aGalleryHoldsIdentifiedOnesWithTheirGroups()
{
    Fixture fixture;
    DecisionLog log(*fixture, QStringLiteral("Ada"), DecisionSource::Review);
    const ModelId model = must(ModelStore(*fixture).add(modelNamed(QStringLiteral("first"), 2)));
    const EncounterId encounter = must(EncounterStore(*fixture).add({{}, QStringLiteral("E1"), {}, {}, {}, {}, {}}));
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    std::vector<EmbeddingKey> keys;
    std::vector<float> vectors;
    for (int i = 0; i < 3; ++i) {
        keys.push_back({addAnnotation(*fixture, i), 1});
        vectors.insert(vectors.end(), {static_cast<float>(i), 0.5F});
    }
    must(log.confirm(keys[0].annotation, w1));
    must(log.markUnusable(keys[2].annotation));
    const PhotoId photo = must(AnnotationStore(*fixture).get(keys[0].annotation)).photo;
    must(PhotoStore(*fixture).setEncounter(photo, encounter));
    must(PhotoStore(*fixture).setDuplicateGroup(photo, 5));
    EmbeddingStore embeddings(*fixture);
    must(embeddings.put(model, keys, vectors));
    QCOMPARE(must(embeddings.load(model, EmbeddingScope::All)).count(), std::size_t{3});
    QCOMPARE(must(embeddings.load(model, EmbeddingScope::Usable)).count(), std::size_t{2});
    const EmbeddingSet gallery = must(embeddings.load(model, EmbeddingScope::Identified));
    QCOMPARE(gallery.count(), std::size_t{1});
    QVERIFY(gallery.individuals[0] == w1);
    QVERIFY(gallery.encounters[0] == encounter);
    QCOMPARE(gallery.duplicateGroups[0], 5);
    QCOMPARE(gallery.row(0)[1], 0.5F);
    std::stop_source stop;
    stop.request_stop();
    FP_FAILS(embeddings.load(model, EmbeddingScope::All, stop.get_token()), ErrorCode::Cancelled);
}

void StoresTest::exactlyOneModelIsActive()
{
    Fixture fixture;
    ModelStore models(*fixture);
    FP_FAILS(models.active(), ErrorCode::ModelMissing);
    const ModelId first = must(models.add(modelNamed(QStringLiteral("first"))));
    const ModelId second = must(models.add(modelNamed(QStringLiteral("second"))));
    QVERIFY(must(models.active()).id == first);
    FP_FAILS(models.add(modelNamed(QStringLiteral("first"))), ErrorCode::AlreadyExists);
    FP_FAILS(models.activate(ModelId(77)), ErrorCode::NotFound);
    QVERIFY(must(models.active()).id == first);
    must(models.activate(second));
    fixture.reopen();
    ModelStore again(*fixture);
    QVERIFY(must(again.active()).id == second);
    QVERIFY(!must(again.get(first)).active);
    FP_FAILS(again.remove(second), ErrorCode::InvalidArgument);
    FP_FAILS(again.setCalibration(first, QStringLiteral("[1]")), ErrorCode::InvalidArgument);
    must(again.setCalibration(first, QStringLiteral("{\"a\":1}")));
    QCOMPARE(must(again.get(first)).calibrationJson, QStringLiteral("{\"a\":1}"));
    QCOMPARE(must(again.freeName(QStringLiteral("first"))), QStringLiteral("first-2"));
    Model flat = modelNamed(QStringLiteral("flat"));
    flat.dimension = 0;
    FP_FAILS(again.add(flat), ErrorCode::InvalidArgument);
    FP_FAILS(fixture.catalogue->database().run(QStringLiteral("UPDATE model SET active = 1")), ErrorCode::DatabaseFailed);
}

void StoresTest::promotingAModelDropsTheOldCandidates()
{
    Fixture fixture;
    ModelStore models(*fixture);
    const ModelId first = must(models.add(modelNamed(QStringLiteral("first"))));
    const ModelId second = must(models.add(modelNamed(QStringLiteral("second"))));
    const AnnotationId a = addAnnotation(*fixture, 1);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    ProposalStore proposals(*fixture);
    must(proposals.put(first, std::vector<ProposalStore::Entry>{{a, {{1, w1, 0.5, {}, {}}}}}));
    QCOMPARE(identityOf(*fixture, a), QStringLiteral("proposed"));
    QVERIFY(must(proposals.missing(first)).empty());
    QVERIFY(!must(proposals.get(first, a)).front().probability.has_value());
    must(models.activate(second));
    QCOMPARE(identityOf(*fixture, a), QStringLiteral("unidentified"));
    QCOMPARE(must(proposals.missing(second)).size(), std::size_t{1});
}

void StoresTest::removingAModelTakesItsEmbeddingsAlong()
{
    Fixture fixture;
    ModelStore models(*fixture);
    must(models.add(modelNamed(QStringLiteral("first"))));
    const ModelId second = must(models.add(modelNamed(QStringLiteral("second"))));
    const AnnotationId a = addAnnotation(*fixture, 1);
    must(EmbeddingStore(*fixture).put(second, std::vector<EmbeddingKey>{{a, 1}}, std::vector<float>{1, 2, 3, 4}));
    DecisionLog log(*fixture, QStringLiteral("Ada"), DecisionSource::Review);
    must(log.confirm(a, addIndividual(*fixture, QStringLiteral("w_1")), {second, 0.5, {}, 1, {}, {}}));
    must(models.remove(second));
    QCOMPARE(must(fixture.catalogue->database().integer(QStringLiteral("SELECT count(*) FROM embedding"))), 0);
    // what was decided with it keeps its name
    QCOMPARE(must(log.history(a)).front().evidence.modelName, QStringLiteral("second"));
}

void StoresTest::candidatesFollowMerges()
{
    Fixture fixture;
    const ModelId model = must(ModelStore(*fixture).add(modelNamed(QStringLiteral("first"))));
    DecisionLog log(*fixture, QStringLiteral("Ada"), DecisionSource::Catalogue);
    const AnnotationId a = addAnnotation(*fixture, 1);
    const AnnotationId b = addAnnotation(*fixture, 2);
    const IndividualId w1 = addIndividual(*fixture, QStringLiteral("w_1"));
    const IndividualId w2 = addIndividual(*fixture, QStringLiteral("w_2"));
    const DecisionLog::Created created = must(log.newIndividual(b));
    ProposalStore proposals(*fixture);
    must(proposals.put(model, std::vector<ProposalStore::Entry>{
                                  {a, {{1, created.individual, 0.1, {}, {}}, {2, w1, 0.2, {}, {}}, {3, {}, 0.3, {}, {}}, {4, w2, 0.4, {}, {}}}}}));
    must(log.undo());
    must(log.merge(w1, w2));
    const std::vector<Proposal> current = must(proposals.get(model, a));
    QCOMPARE(current.size(), std::size_t{2});
    QVERIFY(current[0].individual == w2);
    QCOMPARE(current[0].rank, 1);
    QCOMPARE(current[0].distance, 0.2);
    QVERIFY(!current[1].individual.isValid());
}

void StoresTest::runsRememberTheirStatesAndCurves()
{
    Fixture fixture;
    RunStore runs(*fixture);
    Run run;
    run.name = must(runs.freeName(QStringLiteral("flukeprint")));
    QCOMPARE(run.name, QStringLiteral("flukeprint-0001"));
    run.preset = QStringLiteral("flukeprint");
    run.configJson = QStringLiteral("{\"epochs\":\"5\"}");
    const RunId id = must(runs.add(run));
    FP_FAILS(runs.add(run), ErrorCode::AlreadyExists);
    must(runs.setState(id, RunState::Running));
    const QString started = must(runs.get(id)).startedAt;
    QVERIFY(!started.isEmpty());
    must(runs.setState(id, RunState::Failed, Error(ErrorCode::LossNotFinite, {"17"})));
    QVERIFY(must(runs.get(id)).errorJson.contains(QLatin1String("loss_not_finite")));
    QVERIFY(!must(runs.get(id)).finishedAt.isEmpty());
    must(runs.setState(id, RunState::Running));
    QCOMPARE(must(runs.get(id)).startedAt, started);
    QVERIFY(must(runs.get(id)).finishedAt.isEmpty());
    QVERIFY(must(runs.get(id)).errorJson.isEmpty());

    std::vector<MetricPoint> points;
    for (int step = 1; step <= 5; ++step) {
        points.push_back({step, step / 10.0, step * 2.0, QStringLiteral("loss_train"), 1.0 / step});
        points.push_back({step, step / 10.0, step * 2.0, QStringLiteral("radius"), step == 3 ? std::nan("") : 0.5});
    }
    must(runs.appendMetrics(id, points));
    must(runs.appendMetrics(id, std::vector<MetricPoint>{{5, 0.5, 10.0, QStringLiteral("loss_train"), 9.0}}));
    const std::vector<MetricPoint> loss = must(runs.series(id, QStringLiteral("loss_train")));
    QCOMPARE(loss.size(), std::size_t{5});
    QCOMPARE(loss.back().value, 9.0);
    QVERIFY(std::isnan(must(runs.series(id, QStringLiteral("radius")))[2].value));
    QCOMPARE(must(runs.metrics(id, 3)).size(), std::size_t{4});
    QCOMPARE(must(runs.metricNames(id)), (QStringList{QStringLiteral("loss_train"), QStringLiteral("radius")}));
    must(runs.dropMetricsAfter(id, 2));
    QCOMPARE(must(runs.metrics(id)).size(), std::size_t{4});
    FP_FAILS(runs.remove(id), ErrorCode::InvalidArgument);
    FP_FAILS(runs.appendMetrics(RunId(9), points), ErrorCode::NotFound);
    must(runs.setState(id, RunState::Cancelled));
    must(runs.remove(id));
    QVERIFY(must(runs.list()).empty());
}

void StoresTest::interruptedRunsAreMarked()
{
    Fixture fixture;
    RunStore runs(*fixture);
    Run run;
    run.preset = QStringLiteral("flukeprint");
    std::vector<RunId> ids;
    for (const RunState state : {RunState::Queued, RunState::Running, RunState::Finished}) {
        run.name = must(runs.freeName(run.preset));
        run.state = state;
        ids.push_back(must(runs.add(run)));
    }
    fixture.reopen();
    RunStore again(*fixture);
    QCOMPARE(must(again.markInterrupted()), 2);
    QVERIFY(must(again.get(ids[1])).state == RunState::Interrupted);
    QVERIFY(must(again.get(ids[2])).state == RunState::Finished);
    QCOMPARE(must(again.markInterrupted()), 0);
}

void StoresTest::anInterruptedImportKnowsWhatIsLeft()
{
    Fixture fixture;
    ImportLog log(*fixture);
    const ImportSessionId session = must(log.begin(QStringLiteral("{\"paths\":[\"/season\"]}")));
    std::vector<ImportItem> items(4);
    for (std::size_t i = 0; i < items.size(); ++i) {
        items[i].path = QStringLiteral("/season/%1.jpg").arg(i);
        items[i].modifiedAtMs = 1000;
        items[i].byteSize = 50;
    }
    must(log.addItems(session, items));
    must(log.addItems(session, items)); // listing the folder again adds nothing
    const std::vector<ImportItem> pending = must(log.pending(session));
    QCOMPARE(pending.size(), std::size_t{4});
    const PhotoId photo = must(PhotoStore(*fixture).add(photoNumber(1)));
    must(log.setAdded(pending[0].id, photo));
    must(log.setDuplicate(pending[1].id, photo));
    must(log.setSkipped(pending[2].id, Error(ErrorCode::ImageTooLarge, {"/season/2.jpg", "30000", "20"}, "limit")));
    fixture.reopen();
    ImportLog again(*fixture);
    const std::optional<ImportSession> interrupted = must(again.interrupted());
    QVERIFY(interrupted.has_value());
    QCOMPARE(interrupted->optionsJson, QStringLiteral("{\"paths\":[\"/season\"]}"));
    QCOMPARE(interrupted->total, 4);
    QCOMPARE(interrupted->pending, 1);
    QCOMPARE(interrupted->added, 1);
    QCOMPARE(interrupted->duplicates, 1);
    QCOMPARE(interrupted->skipped, 1);
    QCOMPARE(must(again.pending(session)).front().path, QStringLiteral("/season/3.jpg"));
    const ImportItem skipped = must(again.skipped(session)).front();
    QVERIFY(skipped.reason.has_value());
    QVERIFY(skipped.reason->code == ErrorCode::ImageTooLarge);
    QCOMPARE(skipped.reason->args.at(1), std::string("30000"));
    QVERIFY(must(again.knownFile(QStringLiteral("/season/0.jpg"), 1000, 50)) == photo);
    QVERIFY(!must(again.knownFile(QStringLiteral("/season/0.jpg"), 1001, 50)).has_value());
    must(again.finish(session));
    QVERIFY(!must(again.interrupted()).has_value());
    FP_FAILS(again.finish(ImportSessionId(9)), ErrorCode::NotFound);
}

void StoresTest::chipsOfAnOldBoxAreMissing()
{
    Fixture fixture;
    const AnnotationId a = addAnnotation(*fixture, 1);
    const AnnotationId b = addAnnotation(*fixture, 2);
    ChipCache chips(*fixture, 256, 128);
    QCOMPARE(must(chips.missing()).size(), std::size_t{2});
    must(chips.put(std::vector<ChipPlace>{{a, 1, QStringLiteral("chips/1.fpc"), 0}, {b, 1, QStringLiteral("chips/1.fpc"), 1}}));
    QVERIFY(must(chips.missing()).empty());
    QCOMPARE(must(ChipCache(*fixture, 224, 224).missing()).size(), std::size_t{2});
    must(AnnotationStore(*fixture).setBox(b, {500, 300, 400, 200, 0}, BoxSource::Manual));
    QVERIFY(must(chips.missing()) == std::vector<AnnotationId>{b});
    QVERIFY(!must(chips.find(b)).has_value());
    must(chips.put(std::vector<ChipPlace>{{b, 2, QStringLiteral("chips/2.fpc"), 0}}));
    const std::vector<AnnotationId> both{b, a};
    const std::vector<ChipPlace> places = must(chips.findMany(both));
    QCOMPARE(places.size(), std::size_t{2});
    QCOMPARE(places[0].packFile, QStringLiteral("chips/2.fpc"));
    QCOMPARE(must(chips.packs()).size(), 2);
    QCOMPARE(must(chips.forgetPack(QStringLiteral("chips/1.fpc"))), 1);
    QVERIFY(must(chips.missing()) == std::vector<AnnotationId>{a});
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
