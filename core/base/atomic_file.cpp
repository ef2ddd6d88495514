#include "core/base/atomic_file.h"

#include "core/base/partial_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace flukeprint {

namespace fs = std::filesystem;

namespace {

Error systemError(const fs::path &path, int code)
{
    if (code == ENOSPC || code == EDQUOT)
        return Error(ErrorCode::DiskFull, {path.string()});
    return Error(ErrorCode::FileUnwritable, {path.string(), std::generic_category().message(code)});
}

/// Owns the descriptor and the partial file until `commit`.
class PartialFile
{
public:
    explicit PartialFile(fs::path target)
        : m_target(std::move(target))
        , m_partial(m_target.string() + std::string(partialSuffix))
        , m_descriptor(openPartial(m_partial))
        , m_error(m_descriptor < 0 ? errno : 0)
    {
    }
    PartialFile(const PartialFile &) = delete;
    PartialFile &operator=(const PartialFile &) = delete;
    ~PartialFile()
    {
        // Without a descriptor the file is another writer's.
        if (m_descriptor < 0)
            return;
        if (!m_committed)
            ::unlink(m_partial.c_str());
        ::close(m_descriptor);
    }

    bool write(const void *data, std::size_t size)
    {
        const char *cursor = static_cast<const char *>(data);
        while (m_error == 0 && size > 0) {
            const ssize_t written = ::write(m_descriptor, cursor, size);
            if (written < 0 && errno == EINTR)
                continue;
            if (written < 0) {
                m_error = errno;
                break;
            }
            cursor += written;
            size -= static_cast<std::size_t>(written);
        }
        return m_error == 0;
    }

    Result<void> commit()
    {
        if (m_error == 0 && ::fsync(m_descriptor) != 0)
            m_error = errno;
        if (m_error == 0 && ::rename(m_partial.c_str(), m_target.c_str()) != 0)
            m_error = errno;
        if (m_error != 0)
            return systemError(m_target, m_error);
        m_committed = true;
        return {};
    }

    [[nodiscard]] int error() const { return m_error; }

private:
    fs::path m_target;
    fs::path m_partial;
    int m_descriptor;
    int m_error;
    bool m_committed = false;
};

} // namespace

Result<void> writeFileAtomically(const fs::path &path, const std::function<Result<void>(const ByteSink &)> &produce)
{
    PartialFile file(path);
    if (file.error() != 0)
        return systemError(path, file.error());
    const Result<void> produced = produce([&file](const void *data, std::size_t size) { return file.write(data, size); });
    if (file.error() != 0)
        return systemError(path, file.error());
    if (!produced)
        return produced;
    return file.commit();
}

Result<void> writeFileAtomically(const fs::path &path, std::string_view content)
{
    return writeFileAtomically(path, [content](const ByteSink &sink) -> Result<void> {
        sink(content.data(), content.size());
        return {};
    });
}

Result<std::string> readFile(const fs::path &path)
{
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT)
        return Error(ErrorCode::FileNotFound, {path.string()});
    std::string content;
    char buffer[1 << 16];
    ssize_t got = descriptor < 0 ? -1 : 0;
    while (descriptor >= 0 && (got = ::read(descriptor, buffer, sizeof buffer)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        content.append(buffer, static_cast<std::size_t>(got));
    }
    const int code = errno;
    if (descriptor >= 0)
        ::close(descriptor);
    if (got < 0)
        return Error(ErrorCode::FileUnreadable, {path.string(), std::generic_category().message(code)});
    return content;
}

} // namespace flukeprint
