#include "core/catalogue/encounter_store.h"
#include "core/demo/demo_photos.h"
#include "core/workflows/import/encounter_grouper.h"
#include "core/workflows/import/near_duplicates.h"
#include "core/workflows/import/prepare_file.h"
#include "tests/workflows/import_bench.h"

#include <QTest>

#include <bit>

using namespace flukeprint;
using namespace flukeprint::workflows;

/// What an import makes of photos that belong together: encounters, near-duplicates.
class TestImportEncounters : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void photosJoinEncountersByTimeAndPlace();
    void photosInBetweenMakeEncountersOne();
    void encountersDoNotDependOnTheOrderOfImport();
    void partedEncountersStayApart();
    void partedEncountersStayApartAfterOtherMerges();
    void partedEncountersStayApartWithinOneImport();
    void aPhotoTellsAnEncounterItsPosition();
    void photosWithoutTimeGetNoEncounter();
    void nearDuplicatesAreLinkedWithoutChains();
};

void TestImportEncounters::photosJoinEncountersByTimeAndPlace()
{
    const Workbench bench;
    auto catalogue = bench.createCatalogue();
    EncounterGrouper grouper(catalogue);
    QVERIFY(grouper.load().ok());
    const auto place = [&](const char *takenAt, double latitude, const char *folder) {
        catalogue::Photo photo;
        photo.takenAt = QString::fromLatin1(takenAt);
        if (latitude != 0) {
            photo.latitude = latitude;
            photo.longitude = -69.5;
        }
        return grouper.place(photo, QString::fromLatin1(folder)).value();
    };
    const EncounterId morning = place("2019-07-14T10:00:00", 43.0, "a");
    QCOMPARE(place("2019-07-14T11:59:00", 43.01, "b"), morning);
    QCOMPARE(place("2019-07-14T13:30:00", 43.0, "a"), morning); // the span has grown
    QVERIFY(place("2019-07-14T18:00:00", 43.0, "a") != morning); // too late
    QVERIFY(place("2019-07-14T10:30:00", 44.0, "a") != morning); // 111 km away
    const EncounterId nowhere = place("2019-07-20T10:00:00", 0, "folder");
    QCOMPARE(place("2019-07-20T10:10:00", 0, "folder"), nowhere);
    QVERIFY(place("2019-07-20T10:10:00", 0, "other") != nowhere);
    const EncounterId night = place("2019-08-01T23:50:00", 43.0, "a");
    QCOMPARE(place("2019-08-02T00:20:00", 43.0, "a"), night); // over midnight

    EncounterGrouper later(catalogue);
    QVERIFY(later.load().ok());
    catalogue::Photo photo;
    photo.takenAt = QStringLiteral("2019-07-14T12:30:00");
    photo.latitude = 43.0;
    photo.longitude = -69.5;
    QCOMPARE(later.place(photo, {}).value(), morning);
    QVERIFY(std::abs(distanceKm(0, 0, 0, 1) - 111.2) < 0.1);
}

namespace {

catalogue::Photo takenAt(const QString &time, const QString &fileName = QStringLiteral("photo.jpg"))
{
    catalogue::Photo photo;
    photo.takenAt = time;
    photo.fileName = fileName;
    return photo;
}

/// Stores a photo of that moment where the grouper puts it.
PhotoId addTakenAt(catalogue::Catalogue &catalogue, EncounterGrouper &grouper, const QString &time)
{
    catalogue::Photo photo = takenAt(time, time + QStringLiteral(".jpg"));
    const QByteArray bytes = time.toUtf8();
    photo.sha256 = sha256Of({reinterpret_cast<const std::uint8_t *>(bytes.constData()), static_cast<std::size_t>(bytes.size())});
    photo.path = QLatin1Char('/') + photo.fileName;
    photo.widthPx = photo.heightPx = 100;
    photo.encounter = grouper.place(photo, QStringLiteral("boat")).value();
    return catalogue::PhotoStore(catalogue).add(photo).value();
}

} // namespace

void TestImportEncounters::photosInBetweenMakeEncountersOne()
{
    const Workbench bench;
    auto catalogue = bench.createCatalogue();
    PhotoId late;
    PhotoId early;
    {
        EncounterGrouper grouper(catalogue);
        QVERIFY(grouper.load().ok());
        late = addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T13:00:00"));
        early = addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T10:00:00"));
        QCOMPARE(grouper.mergedCount(), std::int64_t{0});
    }
    catalogue::PhotoStore photos(catalogue);
    QVERIFY(photos.get(late)->encounter != photos.get(early)->encounter);

    // A later import brings a photo that joins the earlier encounter, then one that lies between the two.
    EncounterGrouper grouper(catalogue, QStringLiteral("tester"));
    QVERIFY(grouper.load().ok());
    const PhotoId joining = addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T09:30:00"));
    QCOMPARE(photos.get(joining)->encounter, photos.get(early)->encounter);
    const PhotoId between = addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T11:30:00"));
    QCOMPARE(grouper.mergedCount(), std::int64_t{1});
    for (const PhotoId photo : {late, joining, between})
        QCOMPARE(photos.get(photo)->encounter, photos.get(early)->encounter);
    const auto rows = catalogue::EncounterStore(catalogue).list().value();
    QCOMPARE(rows.size(), std::size_t{1});
    QCOMPARE(rows.front().encounter.startedAt, QStringLiteral("2019-07-14T09:30:00"));
    QCOMPARE(rows.front().encounter.endedAt, QStringLiteral("2019-07-14T13:00:00"));
    const auto merges = catalogue::EncounterMerges(catalogue, {}).list().value();
    QCOMPARE(merges.size(), std::size_t{1});
    QCOMPARE(merges.front().who, QStringLiteral("tester"));
    QCOMPARE(merges.front().cause, QStringLiteral("2019-07-14T11:30:00.jpg"));
}

void TestImportEncounters::encountersDoNotDependOnTheOrderOfImport()
{
    const Workbench bench;
    // Three groups: the gaps inside are below two hours, those between are above.
    QStringList times;
    for (const char *time : {"08:00", "09:30", "11:00", "12:45", "15:00", "16:50", "20:00"})
        times.append(QStringLiteral("2019-07-14T%1:00").arg(QLatin1String(time)));
    const std::vector<int> wanted{0, 0, 0, 0, 1, 1, 2};
    Random random(7);
    for (int trial = 0; trial < 10; ++trial) {
        auto catalogue = bench.createCatalogue(QStringLiteral("c%1.flukeprint").arg(trial));
        EncounterGrouper grouper(catalogue);
        QVERIFY(grouper.load().ok());
        std::vector<std::size_t> order(wanted.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        for (std::size_t i = order.size(); i > 1; --i)
            std::swap(order[i - 1], order[random.below(i)]);
        std::vector<PhotoId> ids(order.size());
        for (const std::size_t i : order)
            ids[i] = addTakenAt(catalogue, grouper, times[static_cast<qsizetype>(i)]);
        catalogue::PhotoStore photos(catalogue);
        for (std::size_t i = 1; i < ids.size(); ++i)
            QCOMPARE(photos.get(ids[i])->encounter == photos.get(ids[i - 1])->encounter, wanted[i] == wanted[i - 1]);
    }
}

void TestImportEncounters::partedEncountersStayApart()
{
    const Workbench bench;
    auto catalogue = bench.createCatalogue();
    PhotoId early;
    PhotoId late;
    {
        EncounterGrouper grouper(catalogue);
        QVERIFY(grouper.load().ok());
        early = addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T10:00:00"));
        late = addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T13:00:00"));
        addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T11:30:00"));
    }
    catalogue::PhotoStore photos(catalogue);
    QCOMPARE(photos.get(late)->encounter, photos.get(early)->encounter);
    catalogue::EncounterMerges merges(catalogue, QStringLiteral("curator"));
    QVERIFY(merges.undo(merges.list()->front().id).ok());
    QVERIFY(photos.get(late)->encounter != photos.get(early)->encounter);

    EncounterGrouper grouper(catalogue);
    QVERIFY(grouper.load().ok());
    const PhotoId again = addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T12:30:00"));
    QCOMPARE(grouper.mergedCount(), std::int64_t{0});
    QCOMPARE(photos.get(again)->encounter, photos.get(late)->encounter); // the nearer one
    QVERIFY(photos.get(late)->encounter != photos.get(early)->encounter);
}

void TestImportEncounters::partedEncountersStayApartAfterOtherMerges()
{
    const Workbench bench;
    auto catalogue = bench.createCatalogue();
    EncounterGrouper grouper(catalogue);
    QVERIFY(grouper.load().ok());
    const PhotoId first = addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T07:00:00"));
    const PhotoId second = addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T10:00:00"));
    const PhotoId third = addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T13:00:00"));
    catalogue::PhotoStore photos(catalogue);
    const auto encounterOf = [&](PhotoId photo) { return photos.get(photo)->encounter; };
    catalogue::EncounterMerges merges(catalogue, QStringLiteral("curator"));
    const std::int64_t undone = merges.merge(encounterOf(third), encounterOf(second)).value();
    QVERIFY(merges.merge(encounterOf(second), encounterOf(first)).ok());
    QVERIFY(merges.undo(undone).ok());
    QVERIFY(encounterOf(second) == encounterOf(first) && encounterOf(third) != encounterOf(first));

    // Between the third and what the second belongs to now.
    EncounterGrouper later(catalogue);
    QVERIFY(later.load().ok());
    const PhotoId between = addTakenAt(catalogue, later, QStringLiteral("2019-07-14T11:45:00"));
    QCOMPARE(later.mergedCount(), std::int64_t{0});
    QCOMPARE(encounterOf(between), encounterOf(third));
    QVERIFY(encounterOf(third) != encounterOf(first));
}

void TestImportEncounters::partedEncountersStayApartWithinOneImport()
{
    const Workbench bench;
    auto catalogue = bench.createCatalogue();
    catalogue::PhotoStore photos(catalogue);
    const auto encounterOf = [&](PhotoId photo) { return photos.get(photo)->encounter; };
    PhotoId first;
    PhotoId second;
    PhotoId third;
    {
        EncounterGrouper grouper(catalogue);
        QVERIFY(grouper.load().ok());
        first = addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T07:00:00"));
        second = addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T10:00:00"));
        third = addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T13:00:00"));
    }
    catalogue::EncounterMerges merges(catalogue, QStringLiteral("curator"));
    const std::int64_t merge = merges.merge(encounterOf(third), encounterOf(second)).value();
    QVERIFY(merges.undo(merge).ok());

    // One import joins the first two, and then has a photo between them and the third.
    EncounterGrouper grouper(catalogue);
    QVERIFY(grouper.load().ok());
    addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T08:30:00"));
    QCOMPARE(grouper.mergedCount(), std::int64_t{1});
    QVERIFY(encounterOf(second) == encounterOf(first));
    addTakenAt(catalogue, grouper, QStringLiteral("2019-07-14T11:30:00"));
    QCOMPARE(grouper.mergedCount(), std::int64_t{1});
    QVERIFY(encounterOf(third) != encounterOf(first));
}

void TestImportEncounters::aPhotoTellsAnEncounterItsPosition()
{
    const Workbench bench;
    auto catalogue = bench.createCatalogue();
    EncounterGrouper grouper(catalogue);
    QVERIFY(grouper.load().ok());
    const EncounterId encounter = grouper.place(takenAt(QStringLiteral("2019-07-14T10:00:00")), QStringLiteral("boat")).value();
    catalogue::Photo positioned = takenAt(QStringLiteral("2019-07-14T10:10:00"));
    positioned.latitude = 43.0;
    positioned.longitude = -69.5;
    QCOMPARE(grouper.place(positioned, QStringLiteral("boat")).value(), encounter);
    // Another boat near by.
    QCOMPARE(grouper.place(positioned, QStringLiteral("other")).value(), encounter);
    const auto stored = catalogue::EncounterStore(catalogue).get(encounter);
    QCOMPARE(stored->latitude, positioned.latitude);
    QCOMPARE(stored->longitude, positioned.longitude);
}

void TestImportEncounters::photosWithoutTimeGetNoEncounter()
{
    const Workbench bench;
    bench.addPhoto(QStringLiteral("photos/a.jpg"), 1);
    auto catalogue = bench.createCatalogue();
    QVERIFY(import(catalogue, requestFor({bench.path(QStringLiteral("photos"))})).ok());
    QVERIFY(!photoNamed(catalogue, QStringLiteral("a.jpg")).encounter.isValid());
    QVERIFY(catalogue::EncounterStore(catalogue).list().value().empty());

    demo::DemoOptions options;
    options.individuals = 2;
    options.photosPerIndividual = 3;
    const auto drawn = demo::writeDemoPhotos(bench.path(QStringLiteral("demo")), options);
    QVERIFY(drawn.ok());
    ImportRequest labelled = requestFor({drawn->photosFolder});
    labelled.labels = drawn->labelsCsv;
    QVERIFY(import(catalogue, labelled).ok());
    QCOMPARE(static_cast<int>(catalogue::EncounterStore(catalogue).list().value().size()), drawn->encounters);
}

void TestImportEncounters::nearDuplicatesAreLinkedWithoutChains()
{
    // 0 and 1 differ in 4 bits, 1 and 2 in 4, 0 and 2 in 8; 3 is far from all.
    const std::vector<std::uint64_t> hashes{0x0, 0xF, 0xFF, 0xFFFF'FFFF'0000'0000};
    const auto groups = linkNearDuplicates(hashes, 6);
    QCOMPARE(groups, (std::vector<std::int32_t>{0, 0, -1, -1}));

    Random random(7);
    std::vector<std::uint64_t> many;
    for (int i = 0; i < 500; ++i)
        many.push_back(random.next());
    for (int i = 0; i < 50; ++i)
        many.push_back(many[static_cast<std::size_t>(i)] ^ (std::uint64_t{0b111} << (i % 60)));
    const auto linked = linkNearDuplicates(many, 6);
    for (std::size_t i = 0; i < 50; ++i)
        QCOMPARE(linked[500 + i], linked[i]);
    for (std::size_t i = 50; i < 500; ++i) // the plain way finds nothing more
        QCOMPARE(linked[i] >= 0, std::any_of(many.begin(), many.end(), [&](std::uint64_t other) {
                     return other != many[i] && std::popcount(other ^ many[i]) <= 6;
                 }));
}

QTEST_GUILESS_MAIN(TestImportEncounters)
#include "tst_import_encounters.moc"
