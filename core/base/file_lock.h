#pragma once

#include "core/base/result.h"

#include <filesystem>

namespace flukeprint {

/// Exclusive use of something that a file stands for, until destroyed; ends with the process however that ends. Only whoever takes the same
/// lock is kept out. On file systems without locks everybody gets it. Moveable; not thread-safe.
class FileLock
{
public:
    FileLock() = default; ///< holds nothing
    FileLock(const FileLock &) = delete;
    FileLock &operator=(const FileLock &) = delete;
    FileLock(FileLock &&other) noexcept;
    FileLock &operator=(FileLock &&other) noexcept;
    ~FileLock();

    /// `path` is an existing file, which is left as it is. Does not wait. Errors: FileNotFound, FileUnreadable, AlreadyExists {"lock", path}
    /// (somebody holds it, in this process or another).
    static Result<FileLock> take(const std::filesystem::path &path);

private:
    explicit FileLock(int descriptor)
        : m_descriptor(descriptor)
    {
    }

    int m_descriptor = -1;
};

} // namespace flukeprint
