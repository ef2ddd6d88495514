#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace flukeprint {

/// Ending of files that are still being written; they get their name when they are whole.
inline constexpr std::string_view partialSuffix = ".partial";

/// Opens `path` for writing, empty, and marks it as being written as long as the descriptor is open: a mark that dies with the process,
/// so that `removeAbandonedPartials` can tell. Waits up to ten seconds for another writer of the same path, in this process or another;
/// so that the next finds its own file, a writer renames or removes the file before it closes the descriptor. -1 with errno set where it
/// cannot be opened; EBUSY: somebody still writes it.
[[nodiscard]] int openPartial(const std::filesystem::path &path);

/// Takes the mark of a file that `openPartial` made in a process that is gone: a descriptor for the caller to close. -1: somebody writes
/// it, it has just got another name, or it cannot be opened.
[[nodiscard]] int takeIfAbandoned(const std::filesystem::path &path);

enum class Depth { Folder, Tree };

/// Removes the files ending with ".partial" that no living process is writing: what a killed one left. Returns how many. What cannot be
/// removed stays.
std::size_t removeAbandonedPartials(const std::filesystem::path &folder, Depth depth);

/// The place that the file, or the folder it lies in, has once it is whole: what a person is told while it is still being written.
[[nodiscard]] std::string finalPath(const std::filesystem::path &path);

} // namespace flukeprint
