#include "core/learning/training/run_log.h"

#include "core/base/atomic_file.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace flukeprint::learning {

namespace {

Error systemError(const std::filesystem::path &path, int code)
{
    if (code == ENOSPC || code == EDQUOT)
        return Error(ErrorCode::DiskFull, {path.string()});
    return Error(ErrorCode::FileUnwritable, {path.string(), std::generic_category().message(code)});
}

} // namespace

LineFile::~LineFile()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

Result<void> LineFile::open(const std::filesystem::path &path)
{
    m_path = path;
    m_descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    return m_descriptor < 0 ? Result<void>(systemError(path, errno)) : Result<void>();
}

Result<void> LineFile::append(std::string_view line)
{
    const std::string text = std::string(line) + "\n";
    const off_t before = ::lseek(m_descriptor, 0, SEEK_END);
    std::size_t written = 0;
    while (written < text.size()) {
        const ssize_t count = ::write(m_descriptor, text.data() + written, text.size() - written);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            const int code = errno;
            if (before >= 0 && ::ftruncate(m_descriptor, before) != 0)
                return systemError(m_path, code);
            return systemError(m_path, code);
        }
        written += static_cast<std::size_t>(count);
    }
    return {};
}

Result<void> cutToLines(const std::filesystem::path &path, std::int64_t lines)
{
    Result<std::string> content = readFile(path);
    if (!content && content.error().code == ErrorCode::FileNotFound)
        content = std::string();
    if (!content)
        return content.error();
    std::size_t end = 0;
    for (std::int64_t line = 0; line < lines; ++line) {
        const std::size_t found = content->find('\n', end);
        if (found == std::string::npos)
            return Error(ErrorCode::DataDamaged, {path.string(), "fewer lines than the checkpoint knows"});
        end = found + 1;
    }
    if (end == content->size())
        return {};
    return writeFileAtomically(path, std::string_view(*content).substr(0, end));
}

} // namespace flukeprint::learning
