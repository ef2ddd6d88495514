#include "app/cli/catalogue_access.h"

#include "core/jobs/run_ingest.h"
#include "core/workflows/models/model_registry.h"

namespace flukeprint::cli {

Result<catalogue::Catalogue> openForWriting(const std::filesystem::path &folder)
{
    auto catalogue = catalogue::Catalogue::open(folder);
    if (!catalogue)
        return catalogue;
    const auto recovered = jobs::recoverRuns(*catalogue);
    if (!recovered)
        return recovered.error();
    const auto adopted = workflows::adoptShippedModels(*catalogue);
    if (!adopted)
        return adopted.error();
    return catalogue;
}

Result<catalogue::Catalogue> openForUse(const std::filesystem::path &folder)
{
    auto catalogue = openForWriting(folder);
    if (catalogue)
        return catalogue;
    const ErrorCode code = catalogue.error().code;
    if (code != ErrorCode::CatalogueLocked && code != ErrorCode::CatalogueReadOnly)
        return catalogue;
    return catalogue::Catalogue::open(folder, catalogue::Access::ReadOnly);
}

Result<catalogue::Catalogue> openForReading(const std::filesystem::path &folder)
{
    auto catalogue = catalogue::Catalogue::open(folder, catalogue::Access::ReadOnly);
    if (catalogue || catalogue.error().code != ErrorCode::FormatUnsupported)
        return catalogue;
    return openForWriting(folder);
}

} // namespace flukeprint::cli
