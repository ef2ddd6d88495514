#include "core/imaging/jpeg_codec.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <jerror.h>
#include <jpeglib.h>
#include <memory>
#include <string>

namespace flukeprint::imaging {

namespace {

/// A hostile progressive file can carry thousands of scans, each of which costs a pass over the whole picture.
constexpr int maxScans = 200;

struct ErrorState
{
    jpeg_error_mgr manager{}; // first, so that libjpeg's pointer to it is also ours
    std::jmp_buf jump{};
    bool endedEarly = false;
    bool corrupt = false;
    int fatalCode = 0;
    char text[JMSG_LENGTH_MAX] = {};
};

ErrorState &stateOf(j_common_ptr info)
{
    return *reinterpret_cast<ErrorState *>(info->err);
}

[[noreturn]] void leave(j_common_ptr info)
{
    ErrorState &state = stateOf(info);
    state.fatalCode = info->err->msg_code;
    info->err->format_message(info, state.text);
    std::longjmp(state.jump, 1);
}

void noteMessage(j_common_ptr info, int level)
{
    if (level >= 0)
        return;
    ErrorState &state = stateOf(info);
    switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
        state.endedEarly = true;
        break;
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_BOGUS_PROGRESSION:
        state.corrupt = true;
        break;
    default: // such as bytes between markers, which many cameras write
        break;
    }
}

void beSilent(j_common_ptr) { }

void limitScans(j_common_ptr info)
{
    if (info->is_decompressor != 0 && reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > maxScans) {
        info->err->msg_code = JERR_BAD_PROGRESSION;
        leave(info);
    }
}

void install(ErrorState &state)
{
    jpeg_std_error(&state.manager);
    state.manager.error_exit = leave;
    state.manager.emit_message = noteMessage;
    state.manager.output_message = beSilent;
}

struct Decoder
{
    ErrorState state;
    jpeg_progress_mgr progress{};
    jpeg_decompress_struct info{};
    std::vector<std::uint8_t> inkRow; // one CMYK row

    Decoder()
    {
        install(state);
        info.err = &state.manager;
    }
    Decoder(const Decoder &) = delete;
    Decoder &operator=(const Decoder &) = delete;
    ~Decoder() { jpeg_destroy_decompress(&info); }
};

/// Adobe writes CMYK inverted (255 = no ink); files without its marker mean it the other way round.
void inkToRgb(const std::uint8_t *ink, std::uint8_t *rgb, int width, bool inverted)
{
    for (int x = 0; x < width; ++x, ink += 4, rgb += 3) {
        for (int c = 0; c < 3; ++c) {
            const int light = inverted ? ink[c] : 255 - ink[c];
            const int key = inverted ? ink[3] : 255 - ink[3];
            rgb[c] = static_cast<std::uint8_t>((light * key + 127) / 255);
        }
    }
}

void readRows(Decoder &decoder, Image &image)
{
    jpeg_decompress_struct &info = decoder.info;
    const bool ink = info.out_color_space == JCS_CMYK;
    while (info.output_scanline < info.output_height) {
        std::uint8_t *target = image.row(static_cast<int>(info.output_scanline));
        JSAMPROW row = ink ? decoder.inkRow.data() : target;
        jpeg_read_scanlines(&info, &row, 1);
        if (ink)
            inkToRgb(row, target, image.width, info.saw_Adobe_marker != 0);
    }
}

/// Returns false after a fatal error. libjpeg leaves by longjmp, so nothing here may own anything.
bool runDecoder(Decoder &decoder, Bytes bytes, int eighths, Image &image)
{
    if (setjmp(decoder.state.jump) != 0)
        return false;
    jpeg_decompress_struct &info = decoder.info;
    jpeg_create_decompress(&info);
    decoder.progress.progress_monitor = limitScans;
    info.progress = &decoder.progress;
    jpeg_mem_src(&info, bytes.data(), bytes.size());
    jpeg_read_header(&info, TRUE);
    const bool ink = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    info.out_color_space = ink ? JCS_CMYK : JCS_RGB;
    info.scale_num = static_cast<unsigned>(eighths);
    info.scale_denom = 8;
    // Interpolated chroma is lost on a reduced picture anyway.
    info.do_fancy_upsampling = eighths == 8 ? TRUE : FALSE;
    jpeg_start_decompress(&info);
    image.width = static_cast<int>(info.output_width);
    image.height = static_cast<int>(info.output_height);
    image.pixels.resize(image.stride() * info.output_height);
    if (ink)
        decoder.inkRow.resize(std::size_t{info.output_width} * 4);
    readRows(decoder, image);
    jpeg_finish_decompress(&info);
    return true;
}

ErrorCode codeOf(const ErrorState &state)
{
    if (state.endedEarly || state.fatalCode == JERR_INPUT_EOF || state.fatalCode == JERR_INPUT_EMPTY)
        return ErrorCode::FileTruncated;
    switch (state.fatalCode) {
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_NOT_COMPILED:
        return ErrorCode::FormatUnsupported;
    default:
        return ErrorCode::DataDamaged;
    }
}

struct Encoder
{
    ErrorState state;
    jpeg_compress_struct info{};
    unsigned char *buffer = nullptr;
    unsigned long size = 0;

    Encoder()
    {
        install(state);
        info.err = &state.manager;
    }
    Encoder(const Encoder &) = delete;
    Encoder &operator=(const Encoder &) = delete;
    ~Encoder()
    {
        jpeg_destroy_compress(&info);
        std::free(buffer); // libjpeg's memory destination hands out malloc'ed memory
    }
};

bool runEncoder(Encoder &encoder, const Image &image, int quality)
{
    if (setjmp(encoder.state.jump) != 0)
        return false;
    jpeg_compress_struct &info = encoder.info;
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &encoder.buffer, &encoder.size);
    info.image_width = static_cast<JDIMENSION>(image.width);
    info.image_height = static_cast<JDIMENSION>(image.height);
    info.input_components = Image::channels;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        auto *row = const_cast<JSAMPROW>(image.row(static_cast<int>(info.next_scanline)));
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    return true;
}

} // namespace

Result<Image> decodeJpeg(Bytes bytes, std::string_view name, int eighths)
{
    const auto decoder = std::make_unique<Decoder>();
    Image image;
    const bool finished = runDecoder(*decoder, bytes, eighths, image);
    const ErrorState &state = decoder->state;
    if (finished && !state.endedEarly && !state.corrupt)
        return image;
    Error error(codeOf(state), {std::string(name)}, state.text);
    if (error.code == ErrorCode::FormatUnsupported)
        error.args.emplace_back("JPEG");
    if (error.code == ErrorCode::DataDamaged)
        error.args.emplace_back("JPEG data");
    return error;
}

Result<std::vector<std::uint8_t>> compressJpeg(const Image &image, int quality)
{
    if (image.isEmpty())
        return Error(ErrorCode::InvalidArgument, {"image", "0 x 0", "at least 1 x 1"});
    if (quality < 1 || quality > 100)
        return Error(ErrorCode::InvalidArgument, {"quality", std::to_string(quality), "1..100"});
    const auto encoder = std::make_unique<Encoder>();
    if (!runEncoder(*encoder, image, quality))
        return Error(ErrorCode::Internal, {"JPEG encoding"}, encoder->state.text);
    return std::vector<std::uint8_t>(encoder->buffer, encoder->buffer + encoder->size);
}

} // namespace flukeprint::imaging
