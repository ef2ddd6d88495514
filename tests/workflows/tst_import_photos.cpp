#include "core/base/atomic_file.h"
#include "core/catalogue/chip_cache.h"
#include "core/catalogue/encounter_store.h"
#include "core/catalogue/import_log.h"
#include "core/catalogue/individual_store.h"
#include "core/demo/demo_photos.h"
#include "core/jobs/job_queue.h"
#include "core/workflows/import/encounter_grouper.h"
#include "core/workflows/import/near_duplicates.h"
#include "core/workflows/import/photo_scan.h"
#include "core/workflows/import/prepare_file.h"
#include "core/workflows/label.h"
#include "tests/workflows/workbench.h"

#include <QTest>

#include <bit>
#include <numeric>
#include <sys/stat.h>
#include <unistd.h>

using namespace flukeprint;
using namespace flukeprint::workflows;

namespace fs = std::filesystem;

class TestImportPhotos : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void importsAFolderWithLabelsAndBoxes();
    void badFilesAreSkippedWithTheirReason();
    void theSameBytesAreOnePhoto();
    void aMovedPhotoIsFoundAgain();
    void importingAgainChangesNothing();
    void copiesPhotosIntoTheCatalogue();
    void aCopyIsNeverTakenForALeftover();
    void whatAKilledImportLeftOfACopyIsWrittenAnew();
    void contradictingLabelsAreReported();
    void severalBoxesAreSeveralAnimals();
    void boxesOutsideThePhotoAreIgnoredAloud();
    void aCancelledImportIsContinued();
    void tablesThatAreWrongStopBeforeAnythingIsImported();
    void photosJoinEncountersByTimeAndPlace();
    void photosInBetweenMakeEncountersOne();
    void encountersDoNotDependOnTheOrderOfImport();
    void partedEncountersStayApart();
    void partedEncountersStayApartAfterOtherMerges();
    void partedEncountersStayApartWithinOneImport();
    void aPhotoTellsAnEncounterItsPosition();
    void photosWithoutTimeGetNoEncounter();
    void nearDuplicatesAreLinkedWithoutChains();
    void scansSortedAndLeavesCataloguesOut();
    void whatIsNoUsableFileIsListed();
    void foldersThatMayNotBeReadAreListed();
    void anImportIsTakenBackAsOneBatch();
    void anImportJobReportsThroughTheQueue();
};

namespace {

Result<ImportReport> import(catalogue::Catalogue &catalogue, ImportRequest request,
                            const jobs::WorkContext &context = {})
{
    request.who = QStringLiteral("tester");
    request.threads = 2;
    return importPhotos(catalogue, request, context);
}

ImportRequest requestFor(std::vector<fs::path> paths)
{
    ImportRequest request;
    request.paths = std::move(paths);
    return request;
}

const SkippedFile *skippedNamed(const ImportReport &report, const QString &name)
{
    for (const SkippedFile &file : report.skipped) {
        if (file.path.endsWith(name))
            return &file;
    }
    return nullptr;
}

} // namespace

void TestImportPhotos::importsAFolderWithLabelsAndBoxes()
{
    const Workbench bench;
    bench.addPhoto(QStringLiteral("photos/a.jpg"), 1);
    bench.addPhoto(QStringLiteral("photos/deep/b.JPG"), 2);
    bench.addPhoto(QStringLiteral("photos/deep/c.jpeg"), 3);
    bench.addFile(QStringLiteral("photos/notes.txt"), "not a photo");
    auto catalogue = bench.createCatalogue();
    ImportRequest request;
    request.paths = {bench.path(QStringLiteral("photos"))};
    request.labels =
        bench.addFile(QStringLiteral("labels.csv"), "Image,Id\na.jpg,w_1\nb.JPG,new_whale\nc.jpeg,w_2\ngone.jpg,w_3\n");
    request.boxes = bench.addFile(QStringLiteral("boxes.csv"), "Image,x0_px,y0_px,x1_px,y1_px\na.jpg,10,20,60,50\n");

    const auto report = import(catalogue, request);
    QVERIFY2(report.ok(), report.ok() ? "" : report.error().debugText().c_str());
    QCOMPARE(report->photos, 3);
    QCOMPARE(report->annotations, 3);
    QCOMPARE(report->individuals, 2);
    QCOMPARE(report->labelled, 2);
    QVERIFY(report->skipped.empty());
    QCOMPARE(report->unmatchedLabels, std::vector<QString>{QStringLiteral("gone.jpg")});

    const auto annotation = annotationOf(catalogue, QStringLiteral("a.jpg"));
    QCOMPARE(annotation.boxSource, catalogue::BoxSource::Table);
    QCOMPARE(annotation.box, (catalogue::RotatedBox{35, 35, 50, 30, 0}));
    QCOMPARE(annotation.state, catalogue::IdentityState::Identified);
    QVERIFY(annotation.quality >= 1 && annotation.quality <= 5);
    QCOMPARE(annotationOf(catalogue, QStringLiteral("b.JPG")).state, catalogue::IdentityState::Unidentified);
    const auto photo = photoNamed(catalogue, QStringLiteral("a.jpg"));
    QCOMPARE(photo.widthPx, Workbench::widthPx);
    QVERIFY(photo.perceptualHash != 0);
    QVERIFY(fs::file_size(catalogue.thumbnailPath(photo.sha256)) > 100);
    QVERIFY(catalogue::ChipCache(catalogue, 256, 128).missing().value().empty());
}

void TestImportPhotos::badFilesAreSkippedWithTheirReason()
{
    const Workbench bench;
    const auto good = bench.addPhoto(QStringLiteral("photos/good.jpg"), 1);
    bench.addFile(QStringLiteral("photos/empty.jpg"), {});
    bench.addFile(QStringLiteral("photos/text.jpg"), "These are words and not a photo at all.");
    QFile whole(QString::fromStdString(good.string()));
    QVERIFY(whole.open(QIODevice::ReadOnly));
    const QByteArray bytes = whole.readAll();
    bench.addFile(QStringLiteral("photos/cut.jpg"), bytes.left(bytes.size() / 2));
    auto catalogue = bench.createCatalogue();
    const auto report = import(catalogue, requestFor({bench.path(QStringLiteral("photos"))}));
    QVERIFY(report.ok());
    QCOMPARE(report->photos, 1);
    QCOMPARE(report->skipped.size(), std::size_t{3});
    QCOMPARE(skippedNamed(*report, QStringLiteral("empty.jpg"))->reason.code, ErrorCode::FileEmpty);
    QCOMPARE(skippedNamed(*report, QStringLiteral("text.jpg"))->reason.code, ErrorCode::FormatUnknown);
    QCOMPARE(skippedNamed(*report, QStringLiteral("cut.jpg"))->reason.code, ErrorCode::FileTruncated);
}

void TestImportPhotos::theSameBytesAreOnePhoto()
{
    const Workbench bench;
    bench.addPhoto(QStringLiteral("photos/a.jpg"), 1);
    bench.addPhoto(QStringLiteral("photos/b.jpg"), 1);
    auto catalogue = bench.createCatalogue();
    const auto report = import(catalogue, requestFor({bench.path(QStringLiteral("photos"))}));
    QVERIFY(report.ok());
    QCOMPARE(report->photos, 1);
    QCOMPARE(report->skipped.size(), std::size_t{1});
    QVERIFY(report->skipped.front().path.endsWith(QStringLiteral("b.jpg")));
    QCOMPARE(report->skipped.front().reason.code, ErrorCode::AlreadyExists);
    QVERIFY(QString::fromStdString(report->skipped.front().reason.args.at(1)).endsWith(QStringLiteral("a.jpg")));
}

void TestImportPhotos::aMovedPhotoIsFoundAgain()
{
    const Workbench bench;
    const auto before = bench.addPhoto(QStringLiteral("before/a.jpg"), 1);
    auto catalogue = bench.createCatalogue();
    QVERIFY(import(catalogue, requestFor({before})).ok());
    QDir().mkpath(QString::fromStdString(bench.path(QStringLiteral("after")).string()));
    const auto after = bench.path(QStringLiteral("after")) / "a.jpg";
    fs::rename(before, after);
    const auto report = import(catalogue, requestFor({bench.path(QStringLiteral("after"))}));
    QVERIFY(report.ok());
    QCOMPARE(report->photos, 0);
    QCOMPARE(report->moved, 1);
    QCOMPARE(catalogue.resolve(photoNamed(catalogue, QStringLiteral("a.jpg")).path), after);
}

void TestImportPhotos::importingAgainChangesNothing()
{
    const Workbench bench;
    bench.addPhoto(QStringLiteral("photos/a.jpg"), 1);
    bench.addPhoto(QStringLiteral("photos/b.jpg"), 2);
    auto catalogue = bench.createCatalogue();
    ImportRequest request;
    request.paths = {bench.path(QStringLiteral("photos"))};
    request.labels = bench.addFile(QStringLiteral("labels.csv"), "Image,Id\na.jpg,w_1\nb.jpg,w_1\n");
    QVERIFY(import(catalogue, request).ok());
    const auto again = import(catalogue, request);
    QVERIFY(again.ok());
    QCOMPARE(again->photos, 0);
    QCOMPARE(again->known, 2);
    QCOMPARE(again->labelled, 0);
    QVERIFY(again->skipped.empty());
    QVERIFY(again->conflicts.empty());
    QVERIFY(!again->continued);
}

void TestImportPhotos::copiesPhotosIntoTheCatalogue()
{
    const Workbench bench;
    const auto original = bench.addPhoto(QStringLiteral("photos/a.jpg"), 1);
    auto catalogue = bench.createCatalogue();
    ImportRequest copying = requestFor({original});
    copying.copy = true;
    QVERIFY(import(catalogue, copying).ok());
    const auto photo = photoNamed(catalogue, QStringLiteral("a.jpg"));
    QVERIFY(photo.copied);
    QVERIFY(!photo.path.startsWith(QLatin1Char('/')));
    QCOMPARE(fs::file_size(catalogue.resolve(photo.path)), fs::file_size(original));
}

void TestImportPhotos::aCopyIsNeverTakenForALeftover()
{
    const Workbench bench;
    const auto odd = bench.addPhoto(QStringLiteral("photos/IMG_1.jpg.partial"), 1);
    const auto other = bench.addPhoto(QStringLiteral("photos/b.jpg"), 2);
    auto catalogue = bench.createCatalogue();
    ImportRequest copying = requestFor({odd});
    copying.copy = true;
    QVERIFY(import(catalogue, copying).ok());
    copying.paths = {other};
    QVERIFY(import(catalogue, copying).ok());
    const auto copy = catalogue.resolve(photoNamed(catalogue, QStringLiteral("IMG_1.jpg.partial")).path);
    QVERIFY2(fs::exists(copy), copy.c_str());
    QCOMPARE(fs::file_size(copy), fs::file_size(odd));
}

void TestImportPhotos::whatAKilledImportLeftOfACopyIsWrittenAnew()
{
    const Workbench bench;
    const auto original = bench.addPhoto(QStringLiteral("photos/a.jpg"), 1);
    auto catalogue = bench.createCatalogue();
    const std::string content = readFile(original).value();
    const QString sha256 = sha256Of({reinterpret_cast<const std::uint8_t *>(content.data()), content.size()});
    const fs::path target = catalogue.photosFolder() / sha256.left(2).toStdString() / (sha256.toStdString() + ".jpg");
    fs::create_directories(target.parent_path());
    QVERIFY(writeFileAtomically(target, std::string(content.size(), '\0')).ok());
    ImportRequest copying = requestFor({original});
    copying.copy = true;
    QVERIFY(import(catalogue, copying).ok());
    QCOMPARE(catalogue.resolve(photoNamed(catalogue, QStringLiteral("a.jpg")).path), target);
    QVERIFY(readFile(target).value() == content);
}

void TestImportPhotos::contradictingLabelsAreReported()
{
    const Workbench bench;
    bench.addPhoto(QStringLiteral("photos/a.jpg"), 1);
    auto catalogue = bench.createCatalogue();
    ImportRequest request;
    request.paths = {bench.path(QStringLiteral("photos"))};
    request.labels = bench.addFile(QStringLiteral("one.csv"), "Image,Id\na.jpg,w_1\n");
    QVERIFY(import(catalogue, request).ok());
    request.labels = bench.addFile(QStringLiteral("two.csv"), "Image,Id\na.jpg,w_2\n");
    const auto kept = import(catalogue, request);
    QVERIFY(kept.ok());
    QCOMPARE(kept->conflicts.size(), std::size_t{1});
    QCOMPARE(kept->conflicts.front().existingCode, QStringLiteral("w_1"));
    request.conflicts = catalogue::ConflictPolicy::Overwrite;
    QVERIFY(import(catalogue, request).ok());
    const auto individual = annotationOf(catalogue, QStringLiteral("a.jpg")).individual;
    QCOMPARE(catalogue::IndividualStore(catalogue).get(individual)->code, QStringLiteral("w_2"));
}

void TestImportPhotos::severalBoxesAreSeveralAnimals()
{
    const Workbench bench;
    bench.addPhoto(QStringLiteral("photos/two.jpg"), 1);
    auto catalogue = bench.createCatalogue();
    ImportRequest request;
    request.paths = {bench.path(QStringLiteral("photos"))};
    request.boxes = bench.addFile(QStringLiteral("boxes.csv"),
                                  "Image,x0_px,y0_px,x1_px,y1_px\ntwo.jpg,0,0,20,20\ntwo.jpg,30,0,90,60\n");
    request.labels = bench.addFile(QStringLiteral("labels.csv"), "Image,Id\ntwo.jpg,w_1\n");
    const auto report = import(catalogue, request);
    QVERIFY(report.ok());
    QCOMPARE(report->annotations, 2);
    const auto photo = photoNamed(catalogue, QStringLiteral("two.jpg"));
    const auto annotations = catalogue::AnnotationStore(catalogue).ofPhoto(photo.id).value();
    QCOMPARE(annotations.size(), std::size_t{2});
    for (const catalogue::Annotation &annotation : annotations)
        QCOMPARE(annotation.state == catalogue::IdentityState::Identified, annotation.box.widthPx == 60);
}

void TestImportPhotos::boxesOutsideThePhotoAreIgnoredAloud()
{
    const Workbench bench;
    bench.addPhoto(QStringLiteral("photos/a.jpg"), 1);
    auto catalogue = bench.createCatalogue();
    ImportRequest request;
    request.paths = {bench.path(QStringLiteral("photos"))};
    request.boxes =
        bench.addFile(QStringLiteral("boxes.csv"), "Image,x0_px,y0_px,x1_px,y1_px\na.jpg,500,500,600,600\n");
    std::vector<Error> warnings;
    jobs::WorkContext context;
    context.warn = [&](const Error &what) { warnings.push_back(what); };
    const auto report = import(catalogue, request, context);
    QVERIFY(report.ok());
    QCOMPARE(report->photos, 1);
    QCOMPARE(warnings.size(), std::size_t{1});
    QCOMPARE(warnings.front().code, ErrorCode::InvalidArgument);
    QVERIFY(annotationOf(catalogue, QStringLiteral("a.jpg")).boxSource != catalogue::BoxSource::Table);
}

void TestImportPhotos::aCancelledImportIsContinued()
{
    constexpr int photoCount = 200;
    const Workbench bench;
    QByteArray labels = "Image,Id\n";
    for (int i = 0; i < photoCount; ++i) {
        const QString name = QStringLiteral("%1.jpg").arg(i, 3, 10, QLatin1Char('0'));
        bench.addPhoto(QStringLiteral("photos/") + name, static_cast<std::uint64_t>(i) + 1);
        labels += name.toUtf8() + ",w_" + QByteArray::number(i % 7) + '\n';
    }
    auto catalogue = bench.createCatalogue();
    ImportRequest request;
    request.paths = {bench.path(QStringLiteral("photos"))};
    request.labels = bench.addFile(QStringLiteral("labels.csv"), labels);

    std::stop_source stopper;
    jobs::WorkContext context;
    context.stop = stopper.get_token();
    context.progress = [&](const Progress &progress) {
        if (progress.stage == "importing" && progress.done > 0)
            stopper.request_stop();
    };
    const auto cancelled = import(catalogue, request, context);
    QVERIFY(!cancelled.ok());
    QCOMPARE(cancelled.error().code, ErrorCode::Cancelled);
    const auto there = catalogue::PhotoStore(catalogue).count().value();
    QVERIFY(there > 0 && there < photoCount);
    QVERIFY(interruptedImport(catalogue).value().has_value());

    const auto continued = import(catalogue, *interruptedImport(catalogue).value());
    QVERIFY(continued.ok());
    QVERIFY(continued->continued);
    QCOMPARE(continued->photos, photoCount);
    QCOMPARE(continued->individuals, 7);
    QCOMPARE(catalogue::PhotoStore(catalogue).count().value(), photoCount);
    QVERIFY(continued->skipped.empty());
    QVERIFY(!interruptedImport(catalogue).value().has_value());
}

void TestImportPhotos::tablesThatAreWrongStopBeforeAnythingIsImported()
{
    const Workbench bench;
    bench.addPhoto(QStringLiteral("photos/a.jpg"), 1);
    auto catalogue = bench.createCatalogue();
    ImportRequest request;
    request.paths = {bench.path(QStringLiteral("photos"))};
    request.labels = bench.addFile(QStringLiteral("labels.csv"), "Picture,Name\na.jpg,w_1\n");
    QCOMPARE(import(catalogue, request).error().code, ErrorCode::CsvInvalid);
    QCOMPARE(catalogue::PhotoStore(catalogue).count().value(), 0);
    QCOMPARE(import(catalogue, requestFor({bench.path(QStringLiteral("nowhere"))})).error().code,
             ErrorCode::FileNotFound);
    QDir().mkpath(QString::fromStdString(bench.path(QStringLiteral("hollow")).string()));
    QCOMPARE(import(catalogue, requestFor({bench.path(QStringLiteral("hollow"))})).error().code,
             ErrorCode::NothingToDo);
}

void TestImportPhotos::photosJoinEncountersByTimeAndPlace()
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

void TestImportPhotos::photosInBetweenMakeEncountersOne()
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

void TestImportPhotos::encountersDoNotDependOnTheOrderOfImport()
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

void TestImportPhotos::partedEncountersStayApart()
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

void TestImportPhotos::partedEncountersStayApartAfterOtherMerges()
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

void TestImportPhotos::partedEncountersStayApartWithinOneImport()
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

void TestImportPhotos::aPhotoTellsAnEncounterItsPosition()
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

void TestImportPhotos::photosWithoutTimeGetNoEncounter()
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

void TestImportPhotos::nearDuplicatesAreLinkedWithoutChains()
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

void TestImportPhotos::scansSortedAndLeavesCataloguesOut()
{
    const Workbench bench;
    bench.addPhoto(QStringLiteral("in/b.jpg"), 1);
    bench.addPhoto(QStringLiteral("in/a.jpg"), 2);
    bench.addPhoto(QStringLiteral("in/.hidden/c.jpg"), 3);
    bench.addPhoto(QStringLiteral("in/x.flukeprint/thumbnails/d.jpg"), 4);
    const std::vector<fs::path> paths{bench.path(QStringLiteral("in")), bench.path(QStringLiteral("in")) / "a.jpg"};
    const auto items = scanPhotos(paths, {}, {});
    QVERIFY(items.ok());
    QCOMPARE(items->size(), std::size_t{2});
    QVERIFY(items->front().path.endsWith(QStringLiteral("a.jpg")));
    QVERIFY(items->front().byteSize > 0 && items->front().modifiedAtMs > 0);
}

void TestImportPhotos::whatIsNoUsableFileIsListed()
{
    const Workbench bench;
    bench.addPhoto(QStringLiteral("in/good.jpg"), 1);
    fs::create_symlink("nowhere.jpg", bench.path(QStringLiteral("in/dangling.jpg")));
    fs::create_symlink("nowhere.txt", bench.path(QStringLiteral("in/dangling.txt")));
    QCOMPARE(::mkfifo(bench.path(QStringLiteral("in/pipe.jpg")).c_str(), 0600), 0);
    const auto icon = imaging::encodePng(imaging::Image(31, 200)).value();
    bench.addFile(QStringLiteral("in/icon.png"), {reinterpret_cast<const char *>(icon.data()), static_cast<qsizetype>(icon.size())});
    auto catalogue = bench.createCatalogue();
    const auto report = import(catalogue, requestFor({bench.path(QStringLiteral("in"))}));
    QVERIFY2(report.ok(), report.ok() ? "" : report.error().debugText().c_str());
    QCOMPARE(report->photos, 1);
    QCOMPARE(report->skipped.size(), std::size_t{3});
    QCOMPARE(skippedNamed(*report, QStringLiteral("dangling.jpg"))->reason.code, ErrorCode::FileNotFound);
    QCOMPARE(skippedNamed(*report, QStringLiteral("pipe.jpg"))->reason.code, ErrorCode::FileUnreadable);
    QCOMPARE(skippedNamed(*report, QStringLiteral("icon.png"))->reason.code, ErrorCode::ImageTooSmall);
    bench.addPhoto(QStringLiteral("more/b.jpg"), 2);
    const auto more = import(catalogue, requestFor({bench.path(QStringLiteral("gone.jpg")), bench.path(QStringLiteral("more"))}));
    QVERIFY2(more.ok(), more.ok() ? "" : more.error().debugText().c_str());
    QCOMPARE(more->photos, 1);
    QCOMPARE(skippedNamed(*more, QStringLiteral("gone.jpg"))->reason.code, ErrorCode::FileNotFound);
}

void TestImportPhotos::foldersThatMayNotBeReadAreListed()
{
    const Workbench bench;
    bench.addPhoto(QStringLiteral("in/open/a.jpg"), 1);
    bench.addPhoto(QStringLiteral("in/shut/b.jpg"), 2);
    const fs::path shut = bench.path(QStringLiteral("in/shut"));
    fs::permissions(shut, fs::perms::none);
    // root may read everything: look with the eyes of somebody else
    const bool isRoot = ::geteuid() == 0;
    for (const char *folder : {".", "in", "in/open"})
        fs::permissions(bench.path(QString::fromLatin1(folder)), fs::perms(0755));
    if (isRoot)
        QCOMPARE(::seteuid(65534), 0);
    const std::vector<fs::path> paths{bench.path(QStringLiteral("in"))};
    const auto items = scanPhotos(paths, {}, {});
    const auto alone = scanPhotos(std::span(&shut, 1), {}, {});
    if (isRoot)
        QCOMPARE(::seteuid(0), 0);
    fs::permissions(shut, fs::perms::owner_all);
    QVERIFY2(items.ok(), items.ok() ? "" : items.error().debugText().c_str());
    QCOMPARE(items->size(), std::size_t{2});
    QVERIFY(items->front().path.endsWith(QStringLiteral("a.jpg")) && !items->front().reason);
    QVERIFY(items->back().path.endsWith(QStringLiteral("shut")));
    QCOMPARE(items->back().reason->code, ErrorCode::FileUnreadable);
    QCOMPARE(alone.error().code, ErrorCode::FileUnreadable);
}

/// More photos than go into one transaction.
void TestImportPhotos::anImportIsTakenBackAsOneBatch()
{
    const Workbench bench;
    QByteArray labels = "Image,Id\n";
    for (int i = 0; i < 70; ++i) {
        const QString name = QStringLiteral("%1.jpg").arg(i, 3, 10, QLatin1Char('0'));
        bench.addPhoto(QStringLiteral("photos/") + name, static_cast<std::uint64_t>(i) + 1);
        labels += name.toLatin1() + ",w_" + QByteArray::number(i % 7) + '\n';
    }
    auto catalogue = bench.createCatalogue();
    ImportRequest request = requestFor({bench.path(QStringLiteral("photos"))});
    request.labels = bench.addFile(QStringLiteral("labels.csv"), labels);
    const auto report = import(catalogue, request);
    QVERIFY(report.ok());
    QCOMPARE(report->labelled, 70);
    QVERIFY(report->batch > 0);
    const auto undone = undoLabels(catalogue, report->batch, QStringLiteral("tester"));
    QVERIFY2(undone.ok(), undone.ok() ? "" : undone.error().debugText().c_str());
    QCOMPARE(undone->count, 70);
    QCOMPARE(catalogue::AnnotationStore(catalogue).counts()->identified, 0);
    QCOMPARE(undoLabels(catalogue, report->batch).error().code, ErrorCode::NothingToDo);
    QCOMPARE(undoLabels(catalogue, 9999).error().code, ErrorCode::NotFound);
}

void TestImportPhotos::anImportJobReportsThroughTheQueue()
{
    const Workbench bench;
    bench.addPhoto(QStringLiteral("photos/a.jpg"), 1);
    const auto catalogue = bench.createCatalogue();
    jobs::JobQueue queue;
    std::int64_t photos = -1;
    auto job = makeImportJob(catalogue, requestFor({bench.path(QStringLiteral("photos"))}),
                             [&](const Result<ImportReport> &report) { photos = report.ok() ? report->photos : -2; });
    QVERIFY(job.ok());
    const jobs::JobKey key = queue.add(std::move(*job));
    QTRY_COMPARE(queue.status(key)->state, jobs::JobState::Finished);
    QCOMPARE(photos, 1);
    QVERIFY(!makeImportJob(catalogue, {}, {}).ok());
}

QTEST_GUILESS_MAIN(TestImportPhotos)
#include "tst_import_photos.moc"
