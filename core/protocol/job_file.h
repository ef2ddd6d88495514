#pragma once

#include "core/base/result.h"
#include "core/protocol/jobs.h"

#include <filesystem>

namespace flukeprint::protocol {

/// A job as a file, for workers that are started by a launcher and not by a host. Errors: those of writeFileAtomically.
Result<void> writeJobFile(const std::filesystem::path &path, const JobSpec &job);
/// Errors: FileNotFound, FileUnreadable, DataDamaged (not JSON, or no job).
Result<JobSpec> readJobFile(const std::filesystem::path &path);

} // namespace flukeprint::protocol
