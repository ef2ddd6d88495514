#pragma once

#include "core/base/result.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace flukeprint::chips {

/// The 64 bytes that open a chip pack and an embedding file; little endian, like every machine that we build for.
struct PackedHeader
{
    static constexpr std::uint32_t currentVersion = 1;

    std::array<char, 8> magic{};
    std::uint32_t version = currentVersion;
    std::uint32_t widthOrDimension = 0;
    std::uint32_t height = 0;
    std::uint32_t channels = 0;
    std::uint64_t count = 0;
    std::array<std::uint8_t, 32> reserved{};
};
static_assert(sizeof(PackedHeader) == 64);

[[nodiscard]] inline PackedHeader makeHeader(std::string_view magic)
{
    PackedHeader header;
    std::memcpy(header.magic.data(), magic.data(), header.magic.size());
    return header;
}

/// Checks magic and version of a header read from `path`.
[[nodiscard]] inline Result<void> checkHeader(const PackedHeader &header, std::string_view magic,
                                              const std::filesystem::path &path)
{
    if (std::memcmp(header.magic.data(), magic.data(), header.magic.size()) != 0)
        return Error(ErrorCode::FormatUnknown, {path.string()});
    if (header.version > PackedHeader::currentVersion)
        return Error(ErrorCode::VersionTooNew, {path.string(), std::to_string(header.version),
                                                std::to_string(PackedHeader::currentVersion)});
    return {};
}

} // namespace flukeprint::chips
