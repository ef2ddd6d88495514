#include "core/workflows/training/run_checkpoint.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

namespace flukeprint::workflows {

std::optional<std::int64_t> newestCheckpoint(const std::filesystem::path &folder)
{
    constexpr std::string_view prefix = "checkpoint-";
    constexpr std::string_view suffix = ".safetensors";
    std::optional<std::int64_t> newest;
    std::error_code ignored;
    for (const auto &entry : std::filesystem::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(prefix) || !name.ends_with(suffix))
            continue;
        std::int64_t step = -1;
        const char *end = name.data() + name.size() - suffix.size();
        const auto parsed = std::from_chars(name.data() + prefix.size(), end, step);
        if (parsed.ec == std::errc{} && parsed.ptr == end
            && std::filesystem::exists(folder / ("optimizer-" + std::to_string(step) + std::string(suffix))))
            newest = std::max(newest.value_or(step), step);
    }
    return newest;
}

} // namespace flukeprint::workflows
