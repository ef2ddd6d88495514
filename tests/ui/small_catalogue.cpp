#include "tests/ui/small_catalogue.h"

#include "core/catalogue/catalogue.h"
#include "core/demo/demo_photos.h"
#include "core/workflows/import_photos.h"

namespace flukeprint::ui::testing {

Result<SmallCatalogue> drawPhotos(const std::filesystem::path &directory, int individuals, int photosEach)
{
    demo::DemoOptions options;
    options.individuals = individuals;
    options.photosPerIndividual = photosEach;
    options.unidentifiedShare = 0;
    options.seed = 7;
    const auto drawn = demo::writeDemoPhotos(directory / "drawn", options);
    if (!drawn)
        return drawn.error();
    SmallCatalogue made;
    made.folder = directory / "small.flukeprint";
    made.photos = drawn.value().photosFolder;
    made.labels = drawn.value().labelsCsv;
    made.photoCount = drawn.value().photos;
    made.individualCount = drawn.value().individuals;
    return made;
}

Result<SmallCatalogue> makeSmallCatalogue(const std::filesystem::path &directory, int individuals, int photosEach)
{
    auto made = drawPhotos(directory, individuals, photosEach);
    if (!made)
        return made;
    auto catalogue = catalogue::Catalogue::create(made.value().folder);
    if (!catalogue)
        return catalogue.error();
    workflows::ImportRequest request;
    request.paths = {made.value().photos};
    request.labels = made.value().labels;
    request.boxes = directory / "drawn" / "boxes.csv"; // the same boxes whether or not there is a localiser
    request.who = QStringLiteral("tester");
    const auto report = workflows::importPhotos(catalogue.value(), request);
    if (!report)
        return report.error();
    return made;
}

} // namespace flukeprint::ui::testing
