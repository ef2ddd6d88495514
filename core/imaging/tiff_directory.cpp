#include "core/imaging/tiff_directory.h"

namespace flukeprint::imaging {

namespace {

constexpr std::size_t entrySize = 12;

std::size_t sizeOfType(std::uint16_t type)
{
    switch (type) {
    case 1:
        return 1;
    case 3:
        return 2;
    case 4:
        return 4;
    default:
        return 0;
    }
}

} // namespace

std::optional<TiffDirectory> TiffDirectory::read(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < 8)
        return std::nullopt;
    const bool little = bytes[0] == 'I' && bytes[1] == 'I';
    if (!little && !(bytes[0] == 'M' && bytes[1] == 'M'))
        return std::nullopt;
    TiffDirectory directory(bytes, little);
    const auto start = directory.integer(4, 4);
    const auto count = start ? directory.integer(*start, 2) : std::nullopt;
    if (!count || *start + 2 + std::size_t{*count} * entrySize > bytes.size())
        return std::nullopt;
    directory.m_firstEntry = std::size_t{*start} + 2;
    directory.m_entryCount = *count;
    return directory;
}

std::optional<std::uint32_t> TiffDirectory::integer(std::size_t offset, std::size_t size) const
{
    if (offset > m_bytes.size() || size > m_bytes.size() - offset)
        return std::nullopt;
    std::uint32_t result = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t shift = 8 * (m_littleEndian ? i : size - 1 - i);
        result |= std::uint32_t{m_bytes[offset + i]} << shift;
    }
    return result;
}

std::optional<TiffDirectory::Entry> TiffDirectory::find(TiffTag tag) const
{
    for (std::size_t i = 0; i < m_entryCount; ++i) {
        const std::size_t at = m_firstEntry + i * entrySize;
        if (integer(at, 2) != static_cast<std::uint32_t>(tag))
            continue;
        Entry entry;
        entry.type = static_cast<std::uint16_t>(integer(at + 2, 2).value_or(0));
        entry.count = integer(at + 4, 4).value_or(0);
        const std::uint64_t size = std::uint64_t{entry.count} * sizeOfType(entry.type);
        entry.valueOffset = size <= 4 ? at + 8 : integer(at + 8, 4).value_or(0);
        return entry;
    }
    return std::nullopt;
}

std::size_t TiffDirectory::count(TiffTag tag) const
{
    const auto entry = find(tag);
    return entry ? entry->count : 0;
}

std::optional<std::uint32_t> TiffDirectory::value(TiffTag tag, std::size_t index) const
{
    const auto entry = find(tag);
    if (!entry || index >= entry->count)
        return std::nullopt;
    const std::size_t size = sizeOfType(entry->type);
    return size == 0 ? std::nullopt : integer(entry->valueOffset + index * size, size);
}

int orientationOf(const std::optional<TiffDirectory> &directory)
{
    if (!directory)
        return 1;
    const std::uint32_t orientation = directory->value(TiffTag::Orientation).value_or(1);
    return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
}

} // namespace flukeprint::imaging
