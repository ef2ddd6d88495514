#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace flukeprint::imaging {

/// Tags that the room asks for (TIFF 6.0, DNG 1.6, EXIF 2.32).
enum class TiffTag : std::uint16_t {
    NewSubfileType = 254,
    ImageWidth = 256,
    ImageLength = 257,
    BitsPerSample = 258,
    Photometric = 262,
    StripOffsets = 273,
    Orientation = 274,
    StripByteCounts = 279,
    TileOffsets = 324,
    TileByteCounts = 325,
    DngVersion = 50706,
};

/// The first directory of TIFF bytes, which is also how EXIF is stored. Only integers are read; every access is checked
/// against the bytes, so damaged files give nullopt. The bytes must outlive it.
class TiffDirectory
{
public:
    /// nullopt where the bytes are no classic TIFF or the directory lies outside them.
    static std::optional<TiffDirectory> read(std::span<const std::uint8_t> bytes);

    [[nodiscard]] bool has(TiffTag tag) const { return find(tag).has_value(); }
    /// Number of values of a tag; 0 where it is absent.
    [[nodiscard]] std::size_t count(TiffTag tag) const;
    /// Value `index` of a tag of type BYTE, SHORT or LONG.
    [[nodiscard]] std::optional<std::uint32_t> value(TiffTag tag, std::size_t index = 0) const;

private:
    struct Entry
    {
        std::uint16_t type = 0;
        std::uint32_t count = 0;
        std::size_t valueOffset = 0;
    };

    TiffDirectory(std::span<const std::uint8_t> bytes, bool littleEndian)
        : m_bytes(bytes)
        , m_littleEndian(littleEndian)
    {
    }
    [[nodiscard]] std::optional<std::uint32_t> integer(std::size_t offset, std::size_t size) const;
    [[nodiscard]] std::optional<Entry> find(TiffTag tag) const;

    std::span<const std::uint8_t> m_bytes;
    bool m_littleEndian = true;
    std::size_t m_firstEntry = 0;
    std::size_t m_entryCount = 0;
};

/// EXIF orientation 1..8 of a directory; 1 where it is absent or impossible.
[[nodiscard]] int orientationOf(const std::optional<TiffDirectory> &directory);

} // namespace flukeprint::imaging
