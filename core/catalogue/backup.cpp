#include "core/catalogue/backup.h"

#include "core/base/partial_file.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/catalogue_files.h"
#include "core/catalogue/database.h"
#include "core/catalogue/records.h"

#include <cerrno>
#include <system_error>
#include <vector>

namespace flukeprint::catalogue {

namespace fs = std::filesystem;

namespace {

Error fileError(const fs::path &path, const std::error_code &code)
{
    if (code == std::errc::no_space_on_device || code.value() == EDQUOT)
        return Error(ErrorCode::DiskFull, {path.string()});
    return Error(ErrorCode::FileUnwritable, {path.string(), code.message()});
}

/// Removes what was built unless it was finished.
class PartialFolder
{
public:
    explicit PartialFolder(const fs::path &target)
        : m_target(target)
        , m_path(target.string() + ".partial")
    {
    }
    ~PartialFolder()
    {
        std::error_code ignored;
        if (!m_finished)
            fs::remove_all(m_path, ignored);
    }
    PartialFolder(const PartialFolder &) = delete;
    PartialFolder &operator=(const PartialFolder &) = delete;

    Result<void> make()
    {
        std::error_code failed;
        fs::remove_all(m_path, failed); // of a backup that was killed
        for (const char *name :
             {thumbnailsFolderName, chipsFolderName, modelsFolderName, runsFolderName, backupsFolderName}) {
            fs::create_directories(m_path / name, failed);
            if (failed)
                return fileError(m_path / name, failed);
        }
        return {};
    }

    Result<void> finish()
    {
        std::error_code failed;
        fs::rename(m_path, m_target, failed);
        if (failed)
            return fileError(m_target, failed);
        m_finished = true;
        return {};
    }

    [[nodiscard]] const fs::path &path() const { return m_path; }

private:
    fs::path m_target;
    fs::path m_path;
    bool m_finished = false;
};

struct CopyJob
{
    fs::path from;
    fs::path to;
};

void collect(const fs::path &from, const fs::path &to, std::vector<CopyJob> &jobs)
{
    std::error_code failed;
    fs::recursive_directory_iterator entries(from, fs::directory_options::skip_permission_denied, failed);
    // a folder that vanishes while it is being listed ends the listing: what is gone cannot be backed up
    for (; !failed && entries != fs::recursive_directory_iterator(); entries.increment(failed)) {
        std::error_code unknown;
        const bool partial = entries->path().extension() == ".partial";
        if (!partial && entries->is_regular_file(unknown))
            jobs.push_back({entries->path(), to / entries->path().lexically_relative(from)});
    }
}

Result<void> copyAll(const std::vector<CopyJob> &jobs, BackupReport &report, const ProgressFn &progress,
                     const std::stop_token &stop)
{
    const auto total = static_cast<std::int64_t>(jobs.size());
    std::int64_t done = 0;
    for (const CopyJob &job : jobs) {
        if (stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        std::error_code failed;
        fs::create_directories(job.to.parent_path(), failed);
        if (failed)
            return fileError(job.to, failed);
        fs::copy_file(job.from, job.to, failed);
        const bool vanished = failed && !fs::exists(job.from);
        if (failed && !vanished)
            return fileError(job.to, failed);
        if (!vanished) {
            ++report.files;
            report.bytes += static_cast<std::int64_t>(fs::file_size(job.to, failed));
        }
        if (progress)
            progress({"copying", ++done, total, job.from.filename().string()});
    }
    return {};
}

} // namespace

Result<void> backUpDatabase(Catalogue &catalogue, const fs::path &file)
{
    std::error_code failed;
    if (fs::exists(file, failed))
        return Error(ErrorCode::AlreadyExists, {"file", file.string()});
    return catalogue.database().copyInto(file);
}

Result<fs::path> keepCopy(Database &database, const fs::path &folder, const std::string &why)
{
    const fs::path backups = folder / backupsFolderName;
    std::error_code failed;
    fs::create_directories(backups, failed);
    if (failed)
        return fileError(backups, failed);
    const std::string moment = utcNow().remove(QLatin1Char('-')).remove(QLatin1Char(':')).toStdString();
    const fs::path copy = backups / ("before-" + why + "-" + moment + ".sqlite");
    const fs::path partial = copy.string() + std::string(partialSuffix);
    if (const Result<void> done = database.copyInto(partial); !done) {
        fs::remove(partial, failed); // half a copy would only fill the disk further
        return done.error();
    }
    fs::rename(partial, copy, failed);
    if (failed)
        return fileError(copy, failed);
    return copy;
}

Result<BackupReport> backUp(Catalogue &catalogue, const fs::path &target, const BackupOptions &options,
                            const ProgressFn &progress, std::stop_token stop)
{
    const fs::path absolute = fs::absolute(target).lexically_normal();
    std::error_code failed;
    if (fs::exists(absolute, failed))
        return Error(ErrorCode::AlreadyExists, {"folder", absolute.string()});
    const fs::path relative = absolute.lexically_relative(catalogue.folder());
    if (!relative.empty() && *relative.begin() != "..")
        return Error(ErrorCode::InvalidArgument, {"target", absolute.string(), "outside the catalogue"});
    PartialFolder partial(absolute);
    if (const Result<void> made = partial.make(); !made)
        return made.error();
    if (progress)
        progress({"database", 0, 0, {}});
    const fs::path database = partial.path() / databaseFileName;
    if (const Result<void> saved = backUpDatabase(catalogue, database); !saved)
        return saved.error();
    // after the database: files it names are in place before they are named, so none of them can be missed
    std::vector<CopyJob> jobs;
    collect(catalogue.modelsFolder(), partial.path() / modelsFolderName, jobs);
    collect(catalogue.thumbnailsFolder(), partial.path() / thumbnailsFolderName, jobs);
    if (options.runs)
        collect(catalogue.runsFolder(), partial.path() / runsFolderName, jobs);
    if (options.copiedPhotos)
        collect(catalogue.photosFolder(), partial.path() / photosFolderName, jobs);
    BackupReport report{absolute, 1, static_cast<std::int64_t>(fs::file_size(database, failed))};
    if (const Result<void> copied = copyAll(jobs, report, progress, stop); !copied)
        return copied.error();
    if (const Result<void> finished = partial.finish(); !finished)
        return finished.error();
    return report;
}

} // namespace flukeprint::catalogue
