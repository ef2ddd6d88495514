#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace flukeprint::chips {

/// Size of every chip of a pack. Bytes of a chip: heightPx rows of widthPx pixels of `channels` interleaved 8-bit values (RGB, or grey).
struct ChipShape
{
    std::uint32_t widthPx = 0;
    std::uint32_t heightPx = 0;
    std::uint32_t channels = 3;

    [[nodiscard]] std::size_t byteCount() const { return std::size_t{widthPx} * heightPx * channels; }
    friend bool operator==(const ChipShape &, const ChipShape &) = default;
};

/// Writes a chip pack `.fpc`: 64-byte header (magic "FPCHIPS1", version, width, height, channels, count; little endian), then
/// the raw chips, then one int64 annotation id a chip. Bytes go to PATH.partial; `finish` renames. Not thread-safe.
/// Destroying an unfinished writer removes what it wrote.
class ChipPackWriter
{
public:
    /// Errors: InvalidArgument (a side of 0 or over 4096, channels not 1 or 3), FileUnwritable, DiskFull.
    static Result<ChipPackWriter> create(const std::filesystem::path &path, ChipShape shape);
    ChipPackWriter(ChipPackWriter &&) noexcept;
    ChipPackWriter &operator=(ChipPackWriter &&) noexcept;
    ~ChipPackWriter();

    /// `pixels` must hold exactly shape.byteCount() bytes (InvalidArgument otherwise). Errors: DiskFull, FileUnwritable.
    Result<void> append(AnnotationId id, std::span<const std::uint8_t> pixels);
    Result<void> finish();
    [[nodiscard]] std::size_t count() const;

private:
    struct State;
    explicit ChipPackWriter(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// Reads a chip pack through a memory map. Thread-safe once opened; spans live as long as the reader.
class ChipPackReader
{
public:
    /// Errors: FileNotFound, FileUnreadable, FileTruncated, DataDamaged, VersionTooNew.
    static Result<ChipPackReader> open(const std::filesystem::path &path);
    ChipPackReader(ChipPackReader &&) noexcept;
    ChipPackReader &operator=(ChipPackReader &&) noexcept;
    ~ChipPackReader();

    [[nodiscard]] ChipShape shape() const;
    [[nodiscard]] std::size_t count() const;
    /// The pixels of chip `index` (0..count-1).
    [[nodiscard]] std::span<const std::uint8_t> chip(std::size_t index) const;
    [[nodiscard]] AnnotationId id(std::size_t index) const;
    /// Asks the system to bring the whole file into memory, in the background. For files that fit.
    void readAhead() const;
    /// Position of an annotation; the last one where an id stands twice.
    [[nodiscard]] std::optional<std::size_t> find(AnnotationId id) const;

private:
    struct State;
    explicit ChipPackReader(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

} // namespace flukeprint::chips
