#pragma once

#include "core/learning/model/safetensors.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// The JSON header of a safetensors file.
namespace flukeprint::learning {

inline constexpr std::string_view metadataKey = "__metadata__";

struct SafetensorsHeader
{
    std::vector<TensorEntry> tensors; ///< sorted by name
    std::map<std::string, std::string> metadata;
};

/// Checks everything against `dataBytes`, the file's bytes after the header. `path` is for errors only.
/// Errors: DataDamaged, FileTruncated, TensorInvalid.
Result<SafetensorsHeader> parseSafetensorsHeader(const std::string &text, std::uint64_t dataBytes,
                                                 const std::string &path);

/// Offsets follow the order of `tensors`; padded with spaces to a multiple of 8. Errors: InvalidArgument (a string that
/// is not UTF-8).
Result<std::string> formatSafetensorsHeader(const std::vector<TensorToWrite> &tensors,
                                            const std::map<std::string, std::string> &metadata);

} // namespace flukeprint::learning
