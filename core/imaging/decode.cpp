#include "core/imaging/decode.h"

#include "core/imaging/jpeg_codec.h"
#include "core/imaging/jpeg_scale.h"
#include "core/imaging/opencv_bridge.h"
#include "core/imaging/orientation.h"
#include "core/imaging/photo_probe.h"
#include "core/imaging/raw_decode.h"

#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace flukeprint::imaging {

namespace fs = std::filesystem;

namespace {

/// Owns a file descriptor.
class OpenFile
{
public:
    explicit OpenFile(const fs::path &path)
        : m_descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC))
    {
    }
    OpenFile(const OpenFile &) = delete;
    OpenFile &operator=(const OpenFile &) = delete;
    ~OpenFile()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    [[nodiscard]] int descriptor() const { return m_descriptor; }

    /// Fills as much of `target` as the file still has; -1 and errno on failure.
    ssize_t read(std::span<std::uint8_t> target) const
    {
        std::size_t done = 0;
        while (done < target.size()) {
            const ssize_t got = ::read(m_descriptor, target.data() + done, target.size() - done);
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0)
                return -1;
            if (got == 0)
                break;
            done += static_cast<std::size_t>(got);
        }
        return static_cast<ssize_t>(done);
    }

private:
    int m_descriptor;
};

Error unreadable(const fs::path &path, int code)
{
    return Error(ErrorCode::FileUnreadable, {path.string(), std::generic_category().message(code)});
}

Error unknownFormat(Bytes bytes, std::string_view name)
{
    const std::string_view known = unsupportedFormat(bytes);
    return known.empty() ? photoError(ErrorCode::FormatUnknown, name)
                         : photoError(ErrorCode::FormatUnsupported, name, known);
}

/// Header as stored, for the kinds that are turned upright after decoding.
Result<PhotoHeader> probeStored(Bytes bytes, std::string_view name)
{
    if (bytes.empty())
        return photoError(ErrorCode::FileEmpty, name);
    const auto kind = sniff(bytes);
    if (!kind)
        return unknownFormat(bytes, name);
    auto header = [&]() -> Result<PhotoHeader> {
        switch (*kind) {
        case FileKind::Jpeg:
            return probeJpeg(bytes, name);
        case FileKind::Png:
            return probePng(bytes, name);
        case FileKind::Raw:
            return probeRaw(bytes, name);
        case FileKind::Tiff:
            break;
        }
        if (isRawTiff(bytes)) {
            // An editor's TIFF may look like a raw file; only LibRaw can tell.
            if (auto raw = probeRaw(bytes, name); raw || raw.error().code != ErrorCode::FormatUnsupported)
                return raw;
        }
        return probeTiff(bytes, name);
    }();
    if (!header)
        return header;
    if (const auto size = checkSize(header->widthPx, header->heightPx, name); !size)
        return size.error();
    return header;
}

PhotoHeader uprightHeader(PhotoHeader header)
{
    if (header.kind != FileKind::Raw && swapsSides(header.orientation))
        std::swap(header.widthPx, header.heightPx);
    return header;
}

/// Whatever depth and channels OpenCV found, as RGB of 8 bit.
Image toRgb(cv::Mat decoded)
{
    if (decoded.depth() == CV_16U)
        decoded.convertTo(decoded, CV_8U, 1.0 / 257.0);
    Image image(decoded.cols, decoded.rows);
    cv::Mat target = viewOf(image);
    switch (decoded.channels()) {
    case 1:
        cv::cvtColor(decoded, target, cv::COLOR_GRAY2RGB);
        break;
    case 4:
        cv::cvtColor(decoded, target, cv::COLOR_BGRA2RGB);
        break;
    default:
        cv::cvtColor(decoded, target, cv::COLOR_BGR2RGB);
    }
    return image;
}

Result<Image> decodeWithOpenCv(Bytes bytes, std::string_view name, int flags)
{
    // What it would print is in the error that we return.
    static const auto formerLevel = cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    static_cast<void>(formerLevel);
    try {
        const cv::Mat input(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<std::uint8_t *>(bytes.data()));
        cv::Mat decoded = cv::imdecode(input, flags);
        if (decoded.empty())
            return photoError(ErrorCode::DataDamaged, name, "pixels");
        if ((decoded.depth() != CV_8U && decoded.depth() != CV_16U) || decoded.channels() == 2)
            return photoError(ErrorCode::FormatUnsupported, name, "pixel type");
        return toRgb(decoded);
    } catch (const cv::Exception &exception) {
        return Error(ErrorCode::DataDamaged, {std::string(name), "pixels"}, exception.what());
    } catch (const std::bad_alloc &) {
        return Error(ErrorCode::OutOfMemory, {"cpu", std::string(name)});
    }
}

Result<Image> decodePixels(Bytes bytes, const PhotoHeader &header, std::string_view name, int eighths)
{
    if (header.kind == FileKind::Jpeg)
        return decodeJpeg(bytes, name, eighths);
    if (header.kind == FileKind::Png) {
        if (const auto complete = checkPngComplete(bytes, name); !complete)
            return complete.error();
        return decodeWithOpenCv(bytes, name, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
    }
    if (const auto complete = checkTiffComplete(bytes, name); !complete)
        return complete.error();
    return decodeWithOpenCv(bytes, name, cv::IMREAD_UNCHANGED);
}

} // namespace

Result<std::vector<std::uint8_t>> readPhotoFile(const fs::path &path)
{
    const OpenFile file(path);
    if (file.descriptor() < 0)
        return errno == ENOENT ? Error(ErrorCode::FileNotFound, {path.string()}) : unreadable(path, errno);
    struct stat status
    {
    };
    if (::fstat(file.descriptor(), &status) != 0)
        return unreadable(path, errno);
    if (!S_ISREG(status.st_mode))
        return unreadable(path, S_ISDIR(status.st_mode) ? EISDIR : EINVAL);
    if (status.st_size == 0)
        return Error(ErrorCode::FileEmpty, {path.string()});
    std::array<std::uint8_t, 32> head{};
    const ssize_t headSize = file.read(head);
    if (headSize < 0)
        return unreadable(path, errno);
    const Bytes seen(head.data(), static_cast<std::size_t>(headSize));
    if (!sniff(seen))
        return unknownFormat(seen, path.string());
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(std::max<off_t>(status.st_size, headSize)));
    std::copy(seen.begin(), seen.end(), bytes.begin());
    const ssize_t rest = file.read(std::span(bytes).subspan(seen.size()));
    if (rest < 0)
        return unreadable(path, errno);
    bytes.resize(seen.size() + static_cast<std::size_t>(rest));
    return bytes;
}

Result<PhotoHeader> probe(Bytes bytes, std::string_view name)
{
    auto header = probeStored(bytes, name);
    if (!header)
        return header;
    return uprightHeader(*header);
}

Result<DecodedPhoto> decode(Bytes bytes, std::string_view name, const DecodeOptions &options)
{
    if (!(options.minScale > 0 && options.minScale <= 1))
        return Error(ErrorCode::InvalidArgument, {"minScale", std::to_string(options.minScale), "0..1"});
    const auto header = probeStored(bytes, name);
    if (!header)
        return header.error();
    if (header->kind == FileKind::Raw)
        return decodeRaw(bytes, name, options.minScale);
    const int eighths = header->kind == FileKind::Jpeg ? eighthsFor(options.minScale) : 8;
    auto image = decodePixels(bytes, *header, name, eighths);
    if (!image)
        return image.error();
    DecodedPhoto photo;
    photo.header = uprightHeader(*header);
    photo.scale = eighths / 8.0;
    // OpenCV's TIFF reader turns the picture by itself.
    const int orientation = header->kind == FileKind::Tiff ? 1 : header->orientation;
    photo.image = makeUpright(std::move(*image), orientation);
    return photo;
}

Result<DecodedPhoto> decodeFile(const fs::path &path, const DecodeOptions &options)
{
    const auto bytes = readPhotoFile(path);
    if (!bytes)
        return bytes.error();
    return decode(*bytes, path.string(), options);
}

double scaleForLongSide(const PhotoHeader &header, int longSidePx)
{
    const int longest = std::max(header.widthPx, header.heightPx);
    return longest <= longSidePx || longSidePx <= 0 ? 1.0 : static_cast<double>(longSidePx) / longest;
}

Result<std::vector<std::uint8_t>> encodeJpeg(const Image &image, int quality)
{
    return compressJpeg(image, quality);
}

Result<std::vector<std::uint8_t>> encodePng(const Image &image)
{
    if (image.isEmpty())
        return Error(ErrorCode::InvalidArgument, {"image", "0 x 0", "at least 1 x 1"});
    try {
        cv::Mat reordered;
        cv::cvtColor(viewOf(image), reordered, cv::COLOR_RGB2BGR);
        std::vector<std::uint8_t> bytes;
        if (!cv::imencode(".png", reordered, bytes))
            return Error(ErrorCode::Internal, {"PNG encoding"});
        return bytes;
    } catch (const cv::Exception &exception) {
        return Error(ErrorCode::Internal, {"PNG encoding"}, exception.what());
    }
}

} // namespace flukeprint::imaging
