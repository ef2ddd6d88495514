#include "core/catalogue/exchange/tables.h"
#include "core/demo/demo_photos.h"
#include "core/workflows/box_conversion.h"
#include "core/workflows/external_photos.h"
#include "core/workflows/localiser/fluke_locator.h"
#include "core/workflows/localiser/localiser_sheet.h"
#include "core/workflows/localiser/localiser_training.h"
#include "core/workflows/models/model_registry.h"
#include "tests/workflows/workbench.h"

#include <QTest>

#include <map>

using namespace flukeprint;
using namespace flukeprint::workflows;

namespace fs = std::filesystem;

/// The localiser that ships, asked through a real worker.
class TestFlukeLocator : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { qunsetenv("FLUKEPRINT_LOCALISER"); }
    void importsPutTheBoxAroundTheFluke();
    void photosWithoutAFlukeKeepTheirFrameAndAreCounted();
    void aFileOutsideIsCutAsItsImportWouldBe();
    void aBrokenLocaliserIsAWarningAndTheImportGoesOn();
    void aSheetShowsEveryPhotoWithItsBox();
    void aSheetOfNothingIsRefused();
    void realFlukesAreFoundAndOtherPhotosDoubted();
};

namespace {

double overlapOf(const catalogue::RotatedBox &a, const catalogue::RotatedBox &b)
{
    const double width = std::min(a.centreXPx + a.widthPx / 2, b.centreXPx + b.widthPx / 2)
        - std::max(a.centreXPx - a.widthPx / 2, b.centreXPx - b.widthPx / 2);
    const double height = std::min(a.centreYPx + a.heightPx / 2, b.centreYPx + b.heightPx / 2)
        - std::max(a.centreYPx - a.heightPx / 2, b.centreYPx - b.heightPx / 2);
    if (width <= 0 || height <= 0)
        return 0;
    return width * height / (a.widthPx * a.heightPx + b.widthPx * b.heightPx - width * height);
}

Result<ImportReport> import(catalogue::Catalogue &catalogue, const fs::path &folder, const jobs::WorkContext &context = {})
{
    ImportRequest request;
    request.paths = {folder};
    request.threads = 2;
    request.who = QStringLiteral("tester");
    return importPhotos(catalogue, request, context);
}

} // namespace

void TestFlukeLocator::importsPutTheBoxAroundTheFluke()
{
    const Workbench bench;
    demo::DemoOptions options;
    options.individuals = 8;
    options.photosPerIndividual = 3;
    const auto drawn = demo::writeDemoPhotos(bench.path("demo"), options);
    QVERIFY(drawn.ok());
    std::map<QString, catalogue::RotatedBox> boxes;
    const auto rows = catalogue::exchange::readBoxes(drawn->boxesCsv);
    for (const auto &row : *rows)
        boxes[row.image] = row.box;
    auto catalogue = bench.createCatalogue();
    QVERIFY(shippedLocaliser());
    std::vector<Error> warnings;
    jobs::WorkContext context;
    context.warn = [&](const Error &what) { warnings.push_back(what); };
    const auto report = import(catalogue, drawn->photosFolder, context);
    QVERIFY(warnings.empty()); // no fall-back
    QVERIFY2(report.ok(), report.ok() ? "" : report.error().debugText().c_str());
    double sum = 0;
    int automatic = 0, count = 0;
    catalogue::AnnotationStore annotations(catalogue);
    catalogue::PhotoStore photos(catalogue);
    for (std::int64_t id = 1; id <= report->annotations; ++id) {
        const auto annotation = annotations.get(AnnotationId(id));
        QVERIFY(annotation.ok());
        const auto photo = photos.get(annotation->photo);
        sum += overlapOf(annotation->box, boxes.at(photo->fileName));
        automatic += annotation->boxSource == catalogue::BoxSource::Automatic ? 1 : 0;
        ++count;
    }
    qInfo("mean overlap with %d drawn flukes: %.3f, %d found", count, sum / count, automatic);
    QVERIFY(sum / count > 0.75);
    QCOMPARE(automatic + report->withoutFluke, count);
    QVERIFY(automatic * 10 >= count * 9);
}

void TestFlukeLocator::photosWithoutAFlukeKeepTheirFrameAndAreCounted()
{
    const Workbench bench;
    imaging::Image grey(640, 480);
    std::fill(grey.pixels.begin(), grey.pixels.end(), std::uint8_t{128});
    const auto bytes = imaging::encodeJpeg(grey).value();
    bench.addFile("photos/grey.jpg", {reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size())});
    auto catalogue = bench.createCatalogue();
    const auto report = import(catalogue, bench.path("photos"));
    QVERIFY(report.ok());
    QCOMPARE(report->photos, 1);
    QCOMPARE(report->withoutFluke, 1);
    QCOMPARE(report->filesWithoutFluke.size(), std::size_t{1});
    const auto annotation = catalogue::AnnotationStore(catalogue).get(AnnotationId(1));
    QCOMPARE(annotation->boxSource, catalogue::BoxSource::Frame);
    QCOMPARE(annotation->box.widthPx, 640.0);
}

void TestFlukeLocator::aFileOutsideIsCutAsItsImportWouldBe()
{
    const Workbench bench;
    demo::DemoOptions options;
    options.individuals = 2;
    options.photosPerIndividual = 2;
    const auto drawn = demo::writeDemoPhotos(bench.path("demo"), options);
    QVERIFY(drawn.ok());
    auto catalogue = bench.createCatalogue();
    QVERIFY(adoptShippedModels(catalogue).ok());
    const auto model = catalogue::ModelStore(catalogue).active();
    QVERIFY(model.ok());
    QVERIFY(import(catalogue, drawn->photosFolder).ok());
    std::vector<ExternalPhoto> photos(2);
    const auto first = catalogue::PhotoStore(catalogue).get(PhotoId(1));
    photos[0].path = catalogue.resolve(first->path);
    photos[1].path = bench.addFile("broken.jpg", "no photo");
    jobs::WorkerProcess worker;
    const auto embedded = embedPhotoFiles(catalogue, *model, photos, worker, {});
    QVERIFY2(embedded.ok(), embedded.ok() ? "" : embedded.error().debugText().c_str());
    QVERIFY(photos[1].error && photos[1].vector.empty());
    QVERIFY(!photos[0].error);
    QCOMPARE(static_cast<int>(photos[0].vector.size()), model->dimension);
    const auto annotation = catalogue::AnnotationStore(catalogue).ofPhoto(PhotoId(1));
    QCOMPARE(annotation->front().boxSource, catalogue::BoxSource::Automatic);
    const imaging::Box imported = imagingBox(annotation->front().box);
    QVERIFY(photos[0].box);
    // One photo alone and among others are summed in another order.
    constexpr double tolerancePx = 0.01;
    const QString difference = QStringLiteral("%1 px in the centre, %2 px in the width")
                                   .arg(photos[0].box->centreX - imported.centreX)
                                   .arg(photos[0].box->width - imported.width);
    QVERIFY2(std::abs(photos[0].box->centreX - imported.centreX) < tolerancePx && std::abs(photos[0].box->width - imported.width) < tolerancePx,
             qPrintable(difference));
}

void TestFlukeLocator::aBrokenLocaliserIsAWarningAndTheImportGoesOn()
{
    const Workbench bench;
    qputenv("FLUKEPRINT_LOCALISER", QByteArray::fromStdString(bench.addFile("broken.safetensors", "no weights").string()));
    for (int i = 0; i < 70; ++i) // more than one transaction
        bench.addPhoto(QStringLiteral("photos/%1.jpg").arg(i), static_cast<std::uint64_t>(i));
    auto catalogue = bench.createCatalogue();
    std::vector<Error> warnings;
    jobs::WorkContext context;
    context.warn = [&](const Error &what) { warnings.push_back(what); };
    const auto report = import(catalogue, bench.path("photos"), context);
    QVERIFY(report.ok());
    QCOMPARE(report->photos, 70);
    QCOMPARE(report->withoutFluke, 0);
    QCOMPARE(report->guessedBoxes, 70);
    QCOMPARE(warnings.size(), std::size_t{1});
    QCOMPARE(warnings.front().code, ErrorCode::JobFailed);
    QCOMPARE(warnings.front().args.front(), std::string("localiser"));
}

void TestFlukeLocator::aSheetShowsEveryPhotoWithItsBox()
{
    const Workbench bench;
    demo::DemoOptions options;
    options.individuals = 3;
    options.photosPerIndividual = 1;
    options.unidentifiedShare = 0;
    const auto drawn = demo::writeDemoPhotos(bench.path("demo"), options);
    QVERIFY(drawn.ok());
    const fs::path broken = bench.addFile("broken.jpg", "no photo");
    std::vector<Error> warnings;
    jobs::WorkContext context;
    context.warn = [&](const Error &what) { warnings.push_back(what); };
    const LocaliserSheetRequest request{*shippedLocaliser(), {drawn->photosFolder, broken}, drawn->boxesCsv, bench.path("sheet.jpg"), 2};
    const auto rows = writeLocaliserSheet(request, context);
    QVERIFY2(rows.ok(), rows.ok() ? "" : rows.error().debugText().c_str());
    QCOMPARE(static_cast<int>(rows->size()), drawn->photos);
    QCOMPARE(warnings.size(), std::size_t{1});
    double sum = 0;
    for (const LocaliserSheetRow &row : *rows) {
        QVERIFY(row.found.isFluke);
        QVERIFY(row.overlap.has_value());
        sum += *row.overlap;
    }
    QVERIFY(sum / static_cast<double>(rows->size()) > 0.7);
    const auto sheet = imaging::decodeFile(request.output);
    QVERIFY(sheet.ok());
    int orange = 0;
    for (std::size_t i = 0; i < sheet->image.pixels.size(); i += 3) {
        const auto *pixel = sheet->image.pixels.data() + i;
        orange += pixel[0] > 220 && pixel[1] > 100 && pixel[1] < 180 && pixel[2] < 70 ? 1 : 0;
    }
    QVERIFY2(orange > 300, std::to_string(orange).c_str());
}

void TestFlukeLocator::aSheetOfNothingIsRefused()
{
    const Workbench bench;
    const fs::path broken = bench.addFile("broken.jpg", "no photo");
    const LocaliserSheetRequest request{*shippedLocaliser(), {broken}, {}, bench.path("sheet.jpg"), 5};
    QCOMPARE(writeLocaliserSheet(request, {}).error().code, ErrorCode::NothingToDo);
    QVERIFY(!fs::exists(request.output));
}

void TestFlukeLocator::realFlukesAreFoundAndOtherPhotosDoubted()
{
    const fs::path data = fs::path(FLUKEPRINT_SHARED_DATA_DIR) / "data";
    if (!fs::exists(data / "flukes_full/boxes.csv"))
        QSKIP("no real photos on this machine");
    LocaliserPhotos photos{data / "flukes_full/photos", data / "flukes_full/boxes.csv", {}, {data / "not_flukes"}, {}};
    const auto report = evaluateLocaliser(*shippedLocaliser(), photos, {});
    QVERIFY2(report.ok(), report.ok() ? "" : report.error().debugText().c_str());
    qInfo("overlap %.3f on %d full-size photos, %.2f kept; %.2f of other photos mistaken", report->overlap,
          static_cast<int>(report->boxes), report->kept, report->mistaken);
    QVERIFY(report->overlap > 0.7);
    QVERIFY(report->overlap > report->wholeFrameOverlap);
    QVERIFY(report->kept >= 0.9);
    QVERIFY(report->mistaken <= 0.05);
}

QTEST_GUILESS_MAIN(TestFlukeLocator)
#include "tst_fluke_locator.moc"
