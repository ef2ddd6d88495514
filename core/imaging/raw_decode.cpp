#include "core/imaging/raw_decode.h"

#include "core/imaging/jpeg_codec.h"
#include "core/imaging/jpeg_scale.h"
#include "core/imaging/orientation.h"

#include <libraw/libraw.h>

#include <algorithm>
#include <memory>
#include <new>
#include <optional>

namespace flukeprint::imaging {

namespace {

constexpr int smallestPreviewPx = 1024;

using MemoryImage = std::unique_ptr<libraw_processed_image_t, decltype(&LibRaw::dcraw_clear_mem)>;

Error rawError(int code, std::string_view name)
{
    const std::string detail = libraw_strerror(code);
    switch (code) {
    case LIBRAW_FILE_UNSUPPORTED:
    case LIBRAW_REQUEST_FOR_NONEXISTENT_IMAGE:
    case LIBRAW_NO_THUMBNAIL:
    case LIBRAW_UNSUPPORTED_THUMBNAIL:
        return Error(ErrorCode::FormatUnsupported, {std::string(name), "raw"}, detail);
    case LIBRAW_UNSUFFICIENT_MEMORY:
    case LIBRAW_TOO_BIG:
        return Error(ErrorCode::OutOfMemory, {"cpu", std::string(name)}, detail);
    case LIBRAW_IO_ERROR:
    case LIBRAW_INPUT_CLOSED:
        return Error(ErrorCode::FileTruncated, {std::string(name)}, detail);
    default:
        return Error(ErrorCode::DataDamaged, {std::string(name), "raw data"}, detail);
    }
}

int orientationOfFlip(int flip)
{
    switch (flip) {
    case 3:
        return 3;
    case 5:
        return 8;
    case 6:
        return 6;
    default:
        return 1;
    }
}

Result<void> openRaw(LibRaw &raw, Bytes bytes, std::string_view name)
{
    raw.set_dataerror_handler([](auto...) {}, nullptr); // the default prints to stderr
    // LibRaw's signature lacks the const; it only reads.
    const int code = raw.open_buffer(const_cast<std::uint8_t *>(bytes.data()), bytes.size());
    if (code != LIBRAW_SUCCESS)
        return rawError(code, name);
    const auto &sizes = raw.imgdata.sizes;
    return checkSize(sizes.raw_width / 2, sizes.raw_height / 2, name);
}

struct Preview
{
    Bytes bytes; // owned by the LibRaw object
    PhotoHeader header; // as stored
};

std::optional<Preview> findPreview(LibRaw &raw, std::string_view name)
{
    if (raw.unpack_thumb() != LIBRAW_SUCCESS || raw.imgdata.thumbnail.tformat != LIBRAW_THUMBNAIL_JPEG)
        return std::nullopt;
    const auto &thumbnail = raw.imgdata.thumbnail;
    Preview preview{Bytes(reinterpret_cast<const std::uint8_t *>(thumbnail.thumb), thumbnail.tlength), {}};
    const auto header = probeJpeg(preview.bytes, name);
    if (!header || !checkSize(header->widthPx, header->heightPx, name))
        return std::nullopt;
    if (std::max(header->widthPx, header->heightPx) < smallestPreviewPx)
        return std::nullopt;
    preview.header = *header;
    preview.header.kind = FileKind::Raw;
    if (preview.header.orientation == 1)
        preview.header.orientation = orientationOfFlip(raw.imgdata.sizes.flip);
    return preview;
}

PhotoHeader uprightRawHeader(PhotoHeader header)
{
    if (swapsSides(header.orientation))
        std::swap(header.widthPx, header.heightPx);
    return header;
}

void askForHalfSize(LibRaw &raw)
{
    raw.imgdata.params.half_size = 1;
    raw.imgdata.params.use_camera_wb = 1;
    raw.imgdata.params.output_bps = 8;
}

Result<DecodedPhoto> develop(LibRaw &raw, std::string_view name)
{
    askForHalfSize(raw);
    if (const int code = raw.unpack(); code != LIBRAW_SUCCESS)
        return rawError(code, name);
    if (const int code = raw.dcraw_process(); code != LIBRAW_SUCCESS)
        return rawError(code, name);
    int code = LIBRAW_SUCCESS;
    const MemoryImage developed(raw.dcraw_make_mem_image(&code), &LibRaw::dcraw_clear_mem);
    if (!developed)
        return rawError(code, name);
    if (developed->type != LIBRAW_IMAGE_BITMAP || developed->bits != 8
        || (developed->colors != 3 && developed->colors != 1))
        return photoError(ErrorCode::FormatUnsupported, name, "raw");
    DecodedPhoto photo;
    photo.image = Image(developed->width, developed->height);
    const int step = developed->colors;
    for (std::size_t i = 0; i < photo.image.pixels.size(); ++i)
        photo.image.pixels[i] = developed->data[step == 3 ? i : i / Image::channels];
    photo.header.kind = FileKind::Raw;
    photo.header.widthPx = photo.image.width;
    photo.header.heightPx = photo.image.height;
    photo.header.orientation = orientationOfFlip(raw.imgdata.sizes.flip);
    return photo;
}

/// LibRaw reports most trouble by codes, but its readers may still throw.
template <typename Work> auto guarded(std::string_view name, Work work) -> decltype(work())
{
    try {
        return work();
    } catch (const std::bad_alloc &) {
        return Error(ErrorCode::OutOfMemory, {"cpu", std::string(name)});
    } catch (const std::exception &exception) {
        return Error(ErrorCode::DataDamaged, {std::string(name), "raw data"}, exception.what());
    } catch (...) {
        return photoError(ErrorCode::DataDamaged, name, "raw data");
    }
}

} // namespace

Result<PhotoHeader> probeRaw(Bytes bytes, std::string_view name)
{
    return guarded(name, [&]() -> Result<PhotoHeader> {
        const auto raw = std::make_unique<LibRaw>();
        if (const auto opened = openRaw(*raw, bytes, name); !opened)
            return opened.error();
        if (const auto preview = findPreview(*raw, name))
            return uprightRawHeader(preview->header);
        askForHalfSize(*raw);
        if (const int code = raw->adjust_sizes_info_only(); code != LIBRAW_SUCCESS)
            return rawError(code, name);
        PhotoHeader header;
        header.kind = FileKind::Raw;
        header.widthPx = raw->imgdata.sizes.iwidth;
        header.heightPx = raw->imgdata.sizes.iheight;
        header.orientation = orientationOfFlip(raw->imgdata.sizes.flip);
        return header;
    });
}

Result<DecodedPhoto> decodeRaw(Bytes bytes, std::string_view name, double minScale)
{
    return guarded(name, [&]() -> Result<DecodedPhoto> {
        const auto raw = std::make_unique<LibRaw>();
        if (const auto opened = openRaw(*raw, bytes, name); !opened)
            return opened.error();
        const auto preview = findPreview(*raw, name);
        if (!preview)
            return develop(*raw, name);
        const int eighths = eighthsFor(minScale);
        auto image = decodeJpeg(preview->bytes, name, eighths);
        if (!image)
            return image.error();
        DecodedPhoto photo;
        photo.header = uprightRawHeader(preview->header);
        photo.image = makeUpright(std::move(*image), preview->header.orientation);
        photo.scale = eighths / 8.0;
        return photo;
    });
}

} // namespace flukeprint::imaging
