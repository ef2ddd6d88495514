#include "core/base/atomic_file.h"
#include "core/catalogue/chip_cache.h"
#include "core/catalogue/import_log.h"
#include "core/catalogue/individual_store.h"
#include "core/jobs/job_queue.h"
#include "core/workflows/import/photo_scan.h"
#include "core/workflows/import/prepare_file.h"
#include "core/workflows/label.h"
#include "tests/workflows/import_bench.h"

#include <QTest>

#include <numeric>
#include <sys/stat.h>
#include <unistd.h>

using namespace flukeprint;
using namespace flukeprint::workflows;

/// What becomes of files, folders and tables that are imported.
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
    void scansSortedAndLeavesCataloguesOut();
    void whatIsNoUsableFileIsListed();
    void foldersThatMayNotBeReadAreListed();
    void anImportIsTakenBackAsOneBatch();
    void anImportJobReportsThroughTheQueue();
};

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
