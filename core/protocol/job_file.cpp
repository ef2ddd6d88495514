#include "core/protocol/job_file.h"

#include "core/base/atomic_file.h"
#include "core/protocol/job_codec.h"

namespace flukeprint::protocol {

Result<void> writeJobFile(const std::filesystem::path &path, const JobSpec &job)
{
    return writeFileAtomically(path, jobToJson(job).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

Result<JobSpec> readJobFile(const std::filesystem::path &path)
{
    const Result<std::string> content = readFile(path);
    if (!content)
        return content.error();
    try {
        return jobFromJson(nlohmann::json::parse(*content));
    } catch (const nlohmann::json::exception &problem) {
        return Error(ErrorCode::DataDamaged, {path.string(), "no job"}, problem.what());
    }
}

} // namespace flukeprint::protocol
