#pragma once

#include "core/base/result.h"
#include "core/protocol/messages.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace flukeprint::learning {

/// Appends whole lines to a text file of a run folder. Not thread-safe.
class LineFile
{
public:
    LineFile() = default;
    LineFile(const LineFile &) = delete;
    LineFile &operator=(const LineFile &) = delete;
    ~LineFile();

    /// Creates the file if it is not there. Errors: FileUnwritable, DiskFull.
    Result<void> open(const std::filesystem::path &path);
    /// Adds an end-of-line. A line that did not fit is taken back. Errors: DiskFull, FileUnwritable.
    Result<void> append(std::string_view line);

private:
    std::filesystem::path m_path;
    int m_descriptor = -1;
};

/// Keeps the first `lines` lines of a file; a missing file counts as an empty one. Errors: DataDamaged (there are fewer), those of atomic writing.
Result<void> cutToLines(const std::filesystem::path &path, std::int64_t lines);

} // namespace flukeprint::learning
