#include "core/base/partial_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace flukeprint {

namespace fs = std::filesystem;

namespace {

// Ten seconds in all: whoever writes the same file may have a large photo to bring to a slow disk.
constexpr int mostTries = 2000;
constexpr useconds_t pauseUs = 5000;

/// A file that was removed or got its name between opening and locking it is not the one under `path` any more.
bool isAt(int descriptor, const fs::path &path)
{
    struct stat opened{};
    struct stat named{};
    return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev
        && opened.st_ino == named.st_ino;
}

/// False: somebody looks for abandoned files just now, or writes the very same one.
bool takeMark(int descriptor, const fs::path &path)
{
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        return isAt(descriptor, path);
    return errno != EWOULDBLOCK && errno != EINTR; // a file system without locks
}

/// The descriptor; -1 and closed where that fails.
int emptied(int descriptor)
{
    // What is no file, such as a device, cannot be cut and need not be.
    if (::ftruncate(descriptor, 0) == 0 || errno == EINVAL)
        return descriptor;
    const int code = errno;
    ::close(descriptor);
    errno = code;
    return -1;
}

bool removeIfAbandoned(const fs::path &path)
{
    const int descriptor = takeIfAbandoned(path);
    if (descriptor < 0)
        return false;
    const bool removed = ::unlink(path.c_str()) == 0;
    ::close(descriptor);
    return removed;
}

/// Also without the number that tells threads apart which write the same file: "a.jpg.1234567.partial".
std::string withoutPartialEnd(std::string name)
{
    if (!name.ends_with(partialSuffix) || name.size() == partialSuffix.size())
        return name;
    name.resize(name.size() - partialSuffix.size());
    const std::size_t letter = name.find_last_not_of("0123456789");
    constexpr std::size_t shortestNumber = 6;
    if (letter != std::string::npos && letter > 0 && name[letter] == '.' && name.size() - letter > shortestNumber)
        name.resize(letter);
    return name;
}

template<typename Iterator>
std::size_t removeIn(const fs::path &folder)
{
    std::size_t removed = 0;
    std::error_code problem;
    const auto options = fs::directory_options::skip_permission_denied;
    for (auto entry = Iterator(folder, options, problem); !problem && entry != Iterator(); entry.increment(problem)) {
        std::error_code ignored;
        if (entry->path().native().ends_with(partialSuffix) && entry->is_regular_file(ignored) && removeIfAbandoned(entry->path()))
            ++removed;
    }
    return removed;
}

} // namespace

int openPartial(const fs::path &path)
{
    for (int tries = 0;; ++tries) {
        // Emptied only once it is ours: until then these may be the bytes of another writer.
        const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (descriptor < 0)
            return descriptor;
        if (takeMark(descriptor, path))
            return emptied(descriptor);
        ::close(descriptor);
        if (tries == mostTries) {
            errno = EBUSY;
            return -1;
        }
        ::usleep(pauseUs);
    }
}

int takeIfAbandoned(const fs::path &path)
{
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor >= 0 && (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 || !isAt(descriptor, path))) {
        ::close(descriptor);
        return -1;
    }
    return descriptor;
}

std::size_t removeAbandonedPartials(const fs::path &folder, Depth depth)
{
    return depth == Depth::Tree ? removeIn<fs::recursive_directory_iterator>(folder) : removeIn<fs::directory_iterator>(folder);
}

std::string finalPath(const fs::path &path)
{
    fs::path whole;
    for (const fs::path &part : path)
        whole /= withoutPartialEnd(part.string());
    return whole.string();
}

} // namespace flukeprint
