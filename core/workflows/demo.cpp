#include "core/workflows/demo.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/model_store.h"
#include "core/workflows/identify.h"
#include "core/workflows/models/model_registry.h"
#include "core/workflows/training/embed_catalogue.h"

namespace flukeprint::workflows {

namespace fs = std::filesystem;

namespace {

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
    DemoReport report;
    report.catalogue = isCatalogue ? target : target / "demo.flukeprint";
    std::error_code ignored;
    if (!isCatalogue)
        fs::create_directories(target, ignored);
    auto catalogue = catalogue::Catalogue::create(report.catalogue);
    if (!catalogue)
        return catalogue.error();
    const auto drawn = demo::writeDemoPhotos(isCatalogue ? target / "demo" : target, request.photos, context.stop,
                                             context.progress);
    if (!drawn)
        return drawn.error();
    report.unidentified = drawn->unidentified;
    report.encounters = drawn->encounters;
    const auto adopted = adoptShippedModels(*catalogue);
    if (!adopted)
        return adopted.error();

    ImportRequest import;
    import.paths = {drawn->photosFolder};
    import.labels = drawn->labelsCsv;
    import.boxes = drawn->boxesCsv;
    auto imported = importPhotos(*catalogue, import, context);
    if (!imported)
        return imported.error();
    report.imported = std::move(*imported);
    if (!request.embed)
        return report;
    const auto embedded = embedDemo(*catalogue, context);
    if (!embedded)
        return embedded.error();
    report.embedded = *embedded;
    return report;
}

} // namespace flukeprint::workflows
