#include "core/workflows/demo.h"

#include "core/base/atomic_file.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/model_store.h"
#include "core/workflows/identify.h"
#include "core/workflows/models/model_registry.h"
#include "core/workflows/pausing.h"
#include "core/workflows/training/embed_catalogue.h"

namespace flukeprint::workflows {

namespace fs = std::filesystem;

namespace {

constexpr const char *drawingFolder = "demo"; ///< inside the catalogue
constexpr const char *unfinishedSuffix = ".unfinished";

/// What the mark holds: an unfinished demo goes on only as it was begun.
std::string markOf(const DemoRequest &request)
{
    return std::to_string(request.photos.individuals) + ' ' + std::to_string(request.photos.photosPerIndividual) + ' '
        + std::to_string(request.photos.seed) + ' ' + std::to_string(request.photos.unidentifiedShare) + '\n';
}

/// Goes on with what the mark says is unfinished; else makes a new one, marked.
Result<catalogue::Catalogue> openOrCreate(const fs::path &folder, const fs::path &mark, const DemoRequest &request)
{
    std::error_code ignored;
    const bool begun = fs::exists(folder / "catalogue.sqlite", ignored);
    if (begun && readFile(mark).valueOr({}) == markOf(request))
        return catalogue::Catalogue::open(folder);
    // Before the catalogue, so that it never stands there without its mark; never beside a catalogue that was there before.
    if (!begun) {
        if (const Result<void> marked = writeFileAtomically(mark, markOf(request)); !marked)
            return marked.error();
    }
    auto created = catalogue::Catalogue::create(folder);
    if (!created && !begun)
        fs::remove(mark, ignored);
    return created;
}

/// How many were embedded; 0 with a warning if that was not possible.
Result<std::int64_t> embedDemo(catalogue::Catalogue &catalogue, const jobs::WorkContext &context)
{
    const auto model = catalogue::ModelStore(catalogue).active();
    if (!model && model.error().code == ErrorCode::ModelMissing)
        return std::int64_t {0};
    if (!model)
        return model.error();
    const auto embedded = embedCatalogue(catalogue, model->id, context);
    if (embedded) {
        const auto proposed = proposeCandidates(catalogue, false, context);
        return proposed ? Result<std::int64_t>(embedded->embedded) : proposed.error();
    }
    if (embedded.error().code == ErrorCode::Cancelled)
        return embedded.error();
    if (context.warn)
        context.warn(embedded.error());
    return std::int64_t {0};
}

} // namespace

Result<DemoReport> createDemo(const fs::path &target, const DemoRequest &request, const jobs::WorkContext &context)
{
    const bool isCatalogue = target.extension() == ".flukeprint";
    const fs::path folder = isCatalogue ? target : target / "demo.flukeprint";
    std::error_code ignored;
    if (!isCatalogue)
        fs::create_directories(target, ignored);
    const fs::path mark = folder.string() + unfinishedSuffix;
    auto catalogue = openOrCreate(folder, mark, request);
    if (!catalogue)
        return catalogue.error();
    auto report = fillDemo(*catalogue, isCatalogue ? target / drawingFolder : target, request, context);
    if (report)
        fs::remove(mark, ignored);
    return report;
}

Result<DemoReport> fillDemo(catalogue::Catalogue &catalogue, const fs::path &drawing, const DemoRequest &request,
                            const jobs::WorkContext &context)
{
    const auto drawn = demo::writeDemoPhotos(drawing, request.photos, context.stop, pausingProgress(context));
    if (!drawn)
        return drawn.error();
    DemoReport report;
    report.catalogue = catalogue.folder();
    report.unidentified = drawn->unidentified;
    report.encounters = drawn->encounters;
    const auto adopted = adoptShippedModels(catalogue);
    if (!adopted)
        return adopted.error();

    ImportRequest import;
    import.paths = {drawn->photosFolder};
    import.labels = drawn->labelsCsv;
    import.boxes = drawn->boxesCsv;
    auto imported = importPhotos(catalogue, import, context);
    if (!imported)
        return imported.error();
    report.imported = std::move(*imported);
    if (!request.embed)
        return report;
    const auto embedded = embedDemo(catalogue, context);
    if (!embedded)
        return embedded.error();
    report.embedded = *embedded;
    return report;
}

std::unique_ptr<jobs::ThreadJob> makeDemoJob(const catalogue::Catalogue &catalogue, const DemoRequest &request,
                                             std::function<void(const Result<DemoReport> &)> ready)
{
    jobs::JobTraits traits;
    traits.title = {"demo", {catalogue.folder().string()}};
    traits.lane = jobs::JobLane::Catalogue;
    traits.canPause = true;
    traits.canRestart = true;
    const auto work = [&catalogue, request](const jobs::WorkContext &context) -> Result<DemoReport> {
        auto connection = catalogue.openConnection();
        if (!connection)
            return connection.error();
        return fillDemo(*connection, connection->folder() / drawingFolder, request, context);
    };
    return jobs::makeThreadJob<DemoReport>(std::move(traits), work, std::move(ready));
}

} // namespace flukeprint::workflows
