#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace flukeprint::workflows {

/// The step of the newest checkpoint in a run's folder that is there whole; nullopt: none, so that resuming begins the run anew. Thread-safe.
[[nodiscard]] std::optional<std::int64_t> newestCheckpoint(const std::filesystem::path &folder);

} // namespace flukeprint::workflows
