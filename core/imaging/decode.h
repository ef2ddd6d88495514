#pragma once

#include "core/base/result.h"
#include "core/imaging/image.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace flukeprint::imaging {

/// Everything here is thread-safe and never throws an exception of OpenCV, LibRaw or libjpeg.
/// `name` is only what errors carry as their path argument.

enum class FileKind { Jpeg, Png, Tiff, Raw };

/// Larger pictures are refused with ImageTooLarge before any memory for their pixels is taken.
constexpr int maxImageSidePx = 16'384;
constexpr std::int64_t maxImagePixels = 200'000'000;

/// Pictures with a shorter side show nothing that identifies an animal: icons, mostly. `prepare` refuses them with ImageTooSmall.
constexpr int minPhotoSidePx = 32;

/// What the first bytes say. Width and height are those of the upright picture (orientation applied).
/// For a camera's raw file they are those of the picture that `decode` gives: its embedded preview where that is large
/// (>= 1,024 px), else the half-size development.
struct PhotoHeader
{
    FileKind kind = FileKind::Jpeg;
    int widthPx = 0;
    int heightPx = 0;
    int orientation = 1; ///< EXIF 1..8, as found in the file
};

struct DecodeOptions
{
    /// The decoded picture is at least this share of the full size (0..1]. A JPEG is reduced while decoding, to
    /// 1/2, 1/4 or 1/8; the other kinds come in full size. 1 is full size.
    double minScale = 1.0;
};

struct DecodedPhoto
{
    PhotoHeader header;
    Image image; ///< upright
    double scale = 1.0; ///< image px = photo px * scale
};

/// The file's bytes. Looks at the first ones before reading on, so that a huge file of another kind costs nothing.
/// Errors: FileNotFound, FileUnreadable, FileEmpty, FormatUnknown.
Result<std::vector<std::uint8_t>> readPhotoFile(const std::filesystem::path &path);

/// Kind and size without decoding.
/// Errors: FileEmpty, FormatUnknown, FormatUnsupported, FileTruncated, DataDamaged, ImageTooLarge.
Result<PhotoHeader> probe(std::span<const std::uint8_t> bytes, std::string_view name);

/// JPEG (grey, YCbCr, RGB, CMYK, YCCK), PNG and TIFF (8 and 16 bit, grey, palette, alpha dropped), and raw camera files
/// through LibRaw. A JPEG or PNG that ends too early is FileTruncated, never a picture with a grey rest.
/// Errors: those of `probe`.
Result<DecodedPhoto> decode(std::span<const std::uint8_t> bytes, std::string_view name,
                            const DecodeOptions &options = {});

/// readPhotoFile and decode.
Result<DecodedPhoto> decodeFile(const std::filesystem::path &path, const DecodeOptions &options = {});

/// The share of full size that gives a long side of `longSidePx`, at most 1: for DecodeOptions::minScale.
[[nodiscard]] double scaleForLongSide(const PhotoHeader &header, int longSidePx);

/// `quality` 1..100. Errors: InvalidArgument (empty picture).
Result<std::vector<std::uint8_t>> encodeJpeg(const Image &image, int quality = 88);

/// Lossless, for chips and test pictures. Errors: InvalidArgument (empty picture).
Result<std::vector<std::uint8_t>> encodePng(const Image &image);

} // namespace flukeprint::imaging
