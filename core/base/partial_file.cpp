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

constexpr int mostTries = 10;
constexpr useconds_t pauseUs = 1000;

/// A file that was removed between opening and locking it would be written for nobody.
bool isStillThere(int descriptor)
{
    struct stat status{};
    return ::fstat(descriptor, &status) == 0 && status.st_nlink > 0;
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
        const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (descriptor < 0)
            return descriptor;
        const bool marked = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
        const bool noLocksHere = !marked && errno != EWOULDBLOCK;
        // Else somebody looks for abandoned files just now, or writes the very same one.
        if ((marked && isStillThere(descriptor)) || noLocksHere || tries == mostTries)
            return descriptor;
        ::close(descriptor);
        ::usleep(pauseUs);
    }
}

int takeIfAbandoned(const fs::path &path)
{
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        ::close(descriptor);
        return -1;
    }
    return descriptor;
}

std::size_t removeAbandonedPartials(const fs::path &folder, Depth depth)
{
    return depth == Depth::Tree ? removeIn<fs::recursive_directory_iterator>(folder) : removeIn<fs::directory_iterator>(folder);
}

} // namespace flukeprint
