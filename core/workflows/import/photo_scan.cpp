#include "core/workflows/import/photo_scan.h"

#include "core/workflows/import_photos.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <string_view>
#include <system_error>

namespace flukeprint::workflows {

namespace fs = std::filesystem;

namespace {

constexpr auto photoSuffixes = std::to_array<std::string_view>({
    ".jpg", ".jpeg", ".jpe", ".png", ".tif", ".tiff", ".dng", ".cr2", ".cr3",
    ".nef", ".arw",  ".orf", ".rw2", ".raf", ".pef",  ".srw",
});

std::string lowerCase(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

std::int64_t millisecondsSince1970(fs::file_time_type time)
{
    const auto system = std::chrono::file_clock::to_sys(time);
    return std::chrono::duration_cast<std::chrono::milliseconds>(system.time_since_epoch()).count();
}

catalogue::ImportItem itemOf(const fs::path &path)
{
    std::error_code ignored;
    catalogue::ImportItem item;
    item.path = QString::fromStdString(path.string());
    const auto modified = fs::last_write_time(path, ignored);
    if (!ignored)
        item.modifiedAtMs = millisecondsSince1970(modified);
    const auto size = fs::file_size(path, ignored);
    if (!ignored)
        item.byteSize = static_cast<std::int64_t>(size);
    return item;
}

bool isHidden(const fs::path &path) { return path.filename().string().starts_with('.'); }

std::string nameOfType(fs::file_type type)
{
    switch (type) {
    case fs::file_type::fifo:
        return "it is a pipe";
    case fs::file_type::socket:
        return "it is a socket";
    case fs::file_type::block:
    case fs::file_type::character:
        return "it is a device";
    default:
        return "it is no file";
    }
}

class Scanner
{
public:
    Scanner(const ProgressFn &progress, const std::stop_token &stop)
        : m_progress(progress)
        , m_stop(stop)
    {
    }

    /// Errors: FileUnreadable (this folder; those inside it become items).
    Result<void> scanFolder(const fs::path &top)
    {
        std::vector<fs::path> waiting{top};
        while (!waiting.empty()) {
            const fs::path folder = std::move(waiting.back());
            waiting.pop_back();
            const std::error_code error = scanOne(folder, waiting);
            if (m_stop.stop_requested())
                return Error(ErrorCode::Cancelled);
            if (!error)
                continue;
            const Error reason(ErrorCode::FileUnreadable, {folder.string(), error.message()});
            if (folder == top)
                return reason;
            addUnusable(folder, reason);
        }
        return {};
    }

    void add(const fs::path &path)
    {
        m_items.push_back(itemOf(path));
        if (m_progress)
            m_progress({.stage = "scanning", .done = static_cast<std::int64_t>(m_items.size()), .total = 0, .item = {}});
    }

    std::vector<catalogue::ImportItem> take()
    {
        // What was named directly is tried, whatever a folder's listing says of it.
        const auto byPath = [](const auto &a, const auto &b) {
            return a.path != b.path ? a.path < b.path : !a.reason && b.reason;
        };
        const auto samePath = [](const auto &a, const auto &b) { return a.path == b.path; };
        std::sort(m_items.begin(), m_items.end(), byPath);
        m_items.erase(std::unique(m_items.begin(), m_items.end(), samePath), m_items.end());
        return std::move(m_items);
    }

    void addFound(const fs::path &path, fs::file_type type)
    {
        if (type == fs::file_type::regular)
            add(path);
        else if (type == fs::file_type::not_found)
            addUnusable(path, Error(ErrorCode::FileNotFound, {path.string()}));
        else
            addUnusable(path, Error(ErrorCode::FileUnreadable, {path.string(), nameOfType(type)}));
    }

private:
    /// One folder; those inside it are added to `folders`.
    std::error_code scanOne(const fs::path &folder, std::vector<fs::path> &folders)
    {
        std::error_code error;
        for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator(); entry.increment(error)) {
            if (m_stop.stop_requested())
                return {};
            std::error_code ignored;
            const fs::path &path = entry->path();
            if (isHidden(path))
                continue;
            const fs::file_type type = entry->status(ignored).type();
            if (type == fs::file_type::directory) {
                if (!entry->is_symlink(ignored) && path.extension() != ".flukeprint")
                    folders.push_back(path);
            } else if (hasPhotoSuffix(path)) {
                addFound(path, type);
            }
        }
        return error;
    }

    void addUnusable(const fs::path &path, const Error &reason)
    {
        catalogue::ImportItem item;
        item.path = QString::fromStdString(path.string());
        item.reason = reason;
        m_items.push_back(std::move(item));
    }

    const ProgressFn &m_progress;
    const std::stop_token &m_stop;
    std::vector<catalogue::ImportItem> m_items;
};

} // namespace

bool hasPhotoSuffix(const fs::path &path)
{
    const std::string suffix = lowerCase(path.extension().string());
    return std::find(photoSuffixes.begin(), photoSuffixes.end(), suffix) != photoSuffixes.end();
}

Result<std::vector<catalogue::ImportItem>> scanPhotos(std::span<const fs::path> paths, const ProgressFn &progress,
                                                      const std::stop_token &stop)
{
    const auto isThere = [](const fs::path &path) {
        std::error_code ignored;
        return fs::exists(fs::status(path, ignored));
    };
    if (!paths.empty() && std::ranges::none_of(paths, isThere))
        return Error(ErrorCode::FileNotFound, {paths.front().string()});
    Scanner scanner(progress, stop);
    for (const fs::path &given : paths) {
        std::error_code error;
        const fs::path path = fs::absolute(given, error).lexically_normal();
        const fs::file_status status = fs::status(path, error);
        if (!fs::exists(status)) {
            scanner.addFound(path, fs::file_type::not_found);
            continue;
        }
        if (!fs::is_directory(status)) {
            scanner.add(path);
            continue;
        }
        const Result<void> scanned = scanner.scanFolder(path);
        if (!scanned)
            return scanned.error();
    }
    return scanner.take();
}

} // namespace flukeprint::workflows
