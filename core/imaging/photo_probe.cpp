#include "core/imaging/photo_probe.h"

#include "core/imaging/metadata.h"
#include "core/imaging/tiff_directory.h"

#include <array>
#include <string>

namespace flukeprint::imaging {

namespace {

using namespace std::string_view_literals;

bool startsWith(Bytes bytes, std::string_view magic, std::size_t offset = 0)
{
    if (bytes.size() < offset + magic.size())
        return false;
    for (std::size_t i = 0; i < magic.size(); ++i) {
        if (bytes[offset + i] != static_cast<std::uint8_t>(magic[i]))
            return false;
    }
    return true;
}

std::uint32_t bigEndian(Bytes bytes, std::size_t offset, std::size_t size)
{
    std::uint32_t result = 0;
    for (std::size_t i = 0; i < size; ++i)
        result = result << 8 | bytes[offset + i];
    return result;
}

bool isStartOfFrame(std::uint8_t marker)
{
    // C0..CF without DHT (C4), JPG (C8) and DAC (CC): ITU T.81, table B.1.
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

bool hasNoLength(std::uint8_t marker)
{
    return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
}

constexpr std::size_t pngSignatureSize = 8;
constexpr std::size_t pngChunkFrame = 12; // length, type and checksum

} // namespace

Error photoError(ErrorCode code, std::string_view name)
{
    return Error(code, {std::string(name)});
}

Error photoError(ErrorCode code, std::string_view name, std::string_view what)
{
    return Error(code, {std::string(name), std::string(what)});
}

std::optional<FileKind> sniff(Bytes bytes)
{
    if (startsWith(bytes, "\xFF\xD8\xFF"sv))
        return FileKind::Jpeg;
    if (startsWith(bytes, "\x89PNG\r\n\x1A\n"sv))
        return FileKind::Png;
    if (startsWith(bytes, "II\x2A\0"sv) || startsWith(bytes, "MM\0\x2A"sv))
        return FileKind::Tiff;
    const std::array rawMagics{"FUJIFILMCCD-RAW"sv, "IIU\0"sv, "IIRO"sv, "IIRS"sv, "MMOR"sv, "FOVb"sv};
    for (const std::string_view magic : rawMagics) {
        if (startsWith(bytes, magic))
            return FileKind::Raw;
    }
    if (startsWith(bytes, "ftypcrx "sv, 4))
        return FileKind::Raw;
    return std::nullopt;
}

std::string_view unsupportedFormat(Bytes bytes)
{
    if (startsWith(bytes, "GIF8"sv))
        return "GIF";
    if (startsWith(bytes, "RIFF"sv) && startsWith(bytes, "WEBP"sv, 8))
        return "WebP";
    if (startsWith(bytes, "ftyphei"sv, 4) || startsWith(bytes, "ftypmif1"sv, 4))
        return "HEIF";
    if (startsWith(bytes, "ftypavif"sv, 4))
        return "AVIF";
    if (startsWith(bytes, "\0\0\0\x0CjP  "sv))
        return "JPEG 2000";
    if (startsWith(bytes, "II\x2B\0"sv) || startsWith(bytes, "MM\0\x2B"sv))
        return "BigTIFF";
    if (startsWith(bytes, "BM"sv) && bytes.size() > 18 && bytes[14] >= 12 && bytes[15] == 0 && bytes[16] == 0)
        return "BMP";
    return {};
}

bool isRawTiff(Bytes bytes)
{
    if (startsWith(bytes, "CR\x02"sv, 8))
        return true;
    const auto directory = TiffDirectory::read(bytes);
    if (!directory)
        return false;
    constexpr std::uint32_t reducedResolution = 1;
    constexpr std::uint32_t colourFilterArray = 32803;
    return directory->has(TiffTag::DngVersion)
        || (directory->value(TiffTag::NewSubfileType).value_or(0) & reducedResolution) != 0
        || directory->value(TiffTag::Photometric) == colourFilterArray;
}

Result<void> checkSize(std::int64_t widthPx, std::int64_t heightPx, std::string_view name)
{
    if (widthPx <= 0 || heightPx <= 0)
        return photoError(ErrorCode::DataDamaged, name, "size");
    if (widthPx > maxImageSidePx || heightPx > maxImageSidePx || widthPx * heightPx > maxImagePixels)
        return Error(ErrorCode::ImageTooLarge, {std::string(name), std::to_string(widthPx), std::to_string(heightPx)});
    return {};
}

Result<PhotoHeader> probeJpeg(Bytes bytes, std::string_view name)
{
    PhotoHeader header;
    header.kind = FileKind::Jpeg;
    std::size_t at = 2;
    while (at + 4 <= bytes.size()) {
        if (bytes[at] != 0xFF) {
            ++at;
            continue;
        }
        const std::uint8_t marker = bytes[at + 1];
        if (marker == 0xFF || marker == 0x00 || hasNoLength(marker)) {
            at += marker == 0xFF ? 1 : 2;
            continue;
        }
        if (marker == 0xD9 || marker == 0xDA)
            return photoError(ErrorCode::DataDamaged, name, "frame header");
        const std::size_t length = bigEndian(bytes, at + 2, 2);
        if (isStartOfFrame(marker) && at + 9 <= bytes.size()) {
            header.heightPx = static_cast<int>(bigEndian(bytes, at + 5, 2));
            header.widthPx = static_cast<int>(bigEndian(bytes, at + 7, 2));
            return header;
        }
        if (marker == 0xE1 && startsWith(bytes, "Exif\0\0"sv, at + 4) && at + 2 + length <= bytes.size() && length > 8)
            header.orientation = orientationOf(TiffDirectory::read(bytes.subspan(at + 10, length - 8)));
        at += 2 + length;
    }
    return photoError(ErrorCode::FileTruncated, name);
}

Result<PhotoHeader> probePng(Bytes bytes, std::string_view name)
{
    if (bytes.size() < pngSignatureSize + pngChunkFrame + 13)
        return photoError(ErrorCode::FileTruncated, name);
    if (!startsWith(bytes, "IHDR"sv, 12))
        return photoError(ErrorCode::DataDamaged, name, "IHDR");
    PhotoHeader header;
    header.kind = FileKind::Png;
    const std::uint32_t width = bigEndian(bytes, 16, 4);
    const std::uint32_t height = bigEndian(bytes, 20, 4);
    if (const auto size = checkSize(width, height, name); !size)
        return size.error();
    header.widthPx = static_cast<int>(width);
    header.heightPx = static_cast<int>(height);
    bool mayHoldProfile = false;
    for (std::size_t at = pngSignatureSize; at + pngChunkFrame <= bytes.size();) {
        const std::size_t length = bigEndian(bytes, at, 4);
        mayHoldProfile |= (startsWith(bytes, "zTXt"sv, at + 4) && startsWith(bytes, "Raw profile"sv, at + 8));
        if (startsWith(bytes, "eXIf"sv, at + 4) && length <= bytes.size() - at - pngChunkFrame) {
            header.orientation = orientationOf(TiffDirectory::read(bytes.subspan(at + 8, length)));
            return header;
        }
        at += pngChunkFrame + length;
    }
    // Before PNG had a chunk for EXIF, ImageMagick and Exiv2 packed it into compressed text.
    if (mayHoldProfile)
        header.orientation = readMetadata(bytes).orientation;
    return header;
}

Result<void> checkPngComplete(Bytes bytes, std::string_view name)
{
    for (std::size_t at = pngSignatureSize; at + pngChunkFrame <= bytes.size();) {
        const std::size_t length = bigEndian(bytes, at, 4);
        if (startsWith(bytes, "IEND"sv, at + 4))
            return {};
        at += pngChunkFrame + length;
    }
    return photoError(ErrorCode::FileTruncated, name);
}

Result<PhotoHeader> probeTiff(Bytes bytes, std::string_view name)
{
    const auto directory = TiffDirectory::read(bytes);
    if (!directory)
        return photoError(ErrorCode::FileTruncated, name);
    const std::int64_t width = directory->value(TiffTag::ImageWidth).value_or(0);
    const std::int64_t height = directory->value(TiffTag::ImageLength).value_or(0);
    if (const auto size = checkSize(width, height, name); !size)
        return size.error();
    const std::uint32_t bits = directory->value(TiffTag::BitsPerSample).value_or(1);
    if (bits != 1 && bits != 4 && bits != 8 && bits != 16)
        return photoError(ErrorCode::FormatUnsupported, name, "TIFF, " + std::to_string(bits) + " bit");
    PhotoHeader header;
    header.kind = FileKind::Tiff;
    header.widthPx = static_cast<int>(width);
    header.heightPx = static_cast<int>(height);
    header.orientation = orientationOf(directory);
    return header;
}

Result<void> checkTiffComplete(Bytes bytes, std::string_view name)
{
    const auto directory = TiffDirectory::read(bytes);
    if (!directory)
        return photoError(ErrorCode::FileTruncated, name);
    const bool tiled = directory->has(TiffTag::TileOffsets);
    const TiffTag offsets = tiled ? TiffTag::TileOffsets : TiffTag::StripOffsets;
    const TiffTag sizes = tiled ? TiffTag::TileByteCounts : TiffTag::StripByteCounts;
    for (std::size_t i = 0; i < directory->count(offsets); ++i) {
        const auto offset = directory->value(offsets, i);
        const auto size = directory->value(sizes, i);
        if (!offset || !size || std::uint64_t{*offset} + *size > bytes.size())
            return photoError(ErrorCode::FileTruncated, name);
    }
    return {};
}

} // namespace flukeprint::imaging
