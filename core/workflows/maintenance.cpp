#include "core/workflows/maintenance.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/exchange/export.h"
#include "core/workflows/pausing.h"

namespace flukeprint::workflows {

namespace {

jobs::JobTraits traitsOf(std::string code, std::vector<std::string> args = {})
{
    jobs::JobTraits traits;
    traits.title = {std::move(code), std::move(args)};
    traits.canPause = true;
    traits.canRestart = true;
    return traits;
}

/// Runs `work` with a connection of the job's thread.
template<typename T>
std::function<Result<T>(const jobs::WorkContext &)>
withConnection(const catalogue::Catalogue &catalogue,
               std::function<Result<T>(catalogue::Catalogue &, const jobs::WorkContext &)> work)
{
    return [&catalogue, work = std::move(work)](const jobs::WorkContext &context) -> Result<T> {
        auto connection = catalogue.openReader();
        if (!connection)
            return connection.error();
        return work(*connection, context);
    };
}

} // namespace

std::unique_ptr<jobs::ThreadJob> makeVerifyJob(const catalogue::Catalogue &catalogue,
                                               std::function<void(const Result<catalogue::IntegrityReport> &)> ready)
{
    const auto work = [](catalogue::Catalogue &connection, const jobs::WorkContext &context) {
        return verifyCatalogue(connection, true, context);
    };
    return jobs::makeThreadJob<catalogue::IntegrityReport>(
        traitsOf("verify"), withConnection<catalogue::IntegrityReport>(catalogue, work), std::move(ready));
}

std::unique_ptr<jobs::ThreadJob> makeRepairJob(const std::filesystem::path &folder, std::function<void(const Result<RepairOutcome> &)> ready)
{
    const auto work = [folder](const jobs::WorkContext &context) -> Result<RepairOutcome> {
        auto catalogue = catalogue::Catalogue::open(folder);
        if (!catalogue)
            return catalogue.error();
        return repairCatalogue(*catalogue, true, context);
    };
    return jobs::makeThreadJob<RepairOutcome>(traitsOf("repair"), work, std::move(ready));
}

std::unique_ptr<jobs::ThreadJob> makeBackupJob(const catalogue::Catalogue &catalogue, const std::filesystem::path &target,
                                               const catalogue::BackupOptions &options,
                                               std::function<void(const Result<catalogue::BackupReport> &)> ready)
{
    const auto work = [target, options](catalogue::Catalogue &connection, const jobs::WorkContext &context) {
        return catalogue::backUp(connection, target, options, pausingProgress(context), context.stop);
    };
    return jobs::makeThreadJob<catalogue::BackupReport>(traitsOf("backup", {target.string()}),
                                                        withConnection<catalogue::BackupReport>(catalogue, work),
                                                        std::move(ready));
}

std::unique_ptr<jobs::ThreadJob> makeExportJob(const catalogue::Catalogue &catalogue, const QString &format,
                                               const std::filesystem::path &target,
                                               std::function<void(const Result<std::int64_t> &)> ready)
{
    const auto work = [format, target](catalogue::Catalogue &connection, const jobs::WorkContext &context) {
        return catalogue::exchange::exportCatalogue(connection, format, target, pausingProgress(context), context.stop);
    };
    return jobs::makeThreadJob<std::int64_t>(traitsOf("export", {format.toStdString()}),
                                             withConnection<std::int64_t>(catalogue, work), std::move(ready));
}

} // namespace flukeprint::workflows
