#include "tests/imaging/test_files.h"

#include <QBuffer>
#include <QImage>

#include <exiv2/exiv2.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <jpeglib.h>

namespace flukeprint::testfiles {

using imaging::Image;

Image gradient(int width, int height)
{
    Image image(width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            std::uint8_t *pixel = image.row(y) + 3 * x;
            pixel[0] = static_cast<std::uint8_t>(255 * x / width);
            pixel[1] = static_cast<std::uint8_t>(255 * y / height);
            pixel[2] = (x / 16 + y / 16) % 2 != 0 ? 200 : 50;
        }
    }
    return image;
}

Bytes withExif(const Bytes &photo, const Exif &exif)
{
    auto file = Exiv2::ImageFactory::open(photo.data(), static_cast<long>(photo.size()));
    file->readMetadata();
    if (exif.orientation != 0)
        file->exifData()["Exif.Image.Orientation"] = static_cast<std::uint16_t>(exif.orientation);
    for (const auto &[key, value] : exif.values)
        file->exifData()[key] = value;
    file->writeMetadata();
    auto &io = file->io();
    io.open();
    const Exiv2::DataBuf buffer = io.read(io.size());
    return Bytes(buffer.pData_, buffer.pData_ + buffer.size_);
}

namespace {

Bytes compress(const Image &image, bool cmyk, bool progressive)
{
    jpeg_compress_struct info{};
    jpeg_error_mgr errors{};
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    unsigned char *memory = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &memory, &size);
    info.image_width = static_cast<JDIMENSION>(image.width);
    info.image_height = static_cast<JDIMENSION>(image.height);
    info.input_components = cmyk ? 4 : 3;
    info.in_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, 95, TRUE);
    info.write_Adobe_marker = cmyk ? TRUE : FALSE;
    if (progressive)
        jpeg_simple_progression(&info);
    jpeg_start_compress(&info, TRUE);
    Bytes line(static_cast<std::size_t>(image.width) * 4, 255);
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            for (int c = 0; c < 3; ++c)
                line[static_cast<std::size_t>(x * (cmyk ? 4 : 3) + c)] = image.row(y)[3 * x + c];
        }
        JSAMPROW row = line.data();
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    Bytes bytes(memory, memory + size);
    jpeg_destroy_compress(&info);
    std::free(memory);
    return bytes;
}

/// Little TIFF writer: collects directory entries, then lays out header, directory, values, data.
class TiffWriter
{
public:
    explicit TiffWriter(bool bigEndian)
        : m_bigEndian(bigEndian)
    {
    }

    void number(Bytes &target, std::uint32_t value, int size) const
    {
        for (int i = 0; i < size; ++i)
            target.push_back(static_cast<std::uint8_t>(value >> (8 * (m_bigEndian ? size - 1 - i : i))));
    }
    /// type: 1 BYTE, 2 ASCII, 3 SHORT, 4 LONG, 5 RATIONAL (two numbers), 10 SRATIONAL
    void tag(int id, int type, const std::vector<std::uint32_t> &values)
    {
        static constexpr std::array sizes{0, 1, 1, 2, 4, 4, 0, 0, 0, 0, 4};
        Bytes data;
        for (const std::uint32_t value : values)
            number(data, value, sizes[static_cast<std::size_t>(type)]);
        const std::size_t count = type == 5 || type == 10 ? values.size() / 2 : values.size();
        m_entries[id] = {type, static_cast<std::uint32_t>(count), data};
    }
    void text(int id, const std::string &value)
    {
        std::vector<std::uint32_t> characters(value.begin(), value.end());
        characters.push_back(0);
        tag(id, 2, characters);
    }
    /// `offsetTag` gets the place of `data`, which follows the directory. More bytes may stand behind it.
    [[nodiscard]] Bytes finish(int offsetTag, const Bytes &data, std::size_t base, bool withHeader)
    {
        const std::size_t head = withHeader ? 8 : 0;
        tag(offsetTag, 4, {0});
        const std::size_t valuesAt = base + head + 2 + 12 * m_entries.size() + 4;
        std::size_t dataAt = valuesAt;
        for (const auto &[id, entry] : m_entries)
            dataAt += entry.data.size() > 4 ? entry.data.size() + entry.data.size() % 2 : 0;
        tag(offsetTag, 4, {static_cast<std::uint32_t>(dataAt)});
        Bytes file;
        if (withHeader) {
            file = m_bigEndian ? Bytes{'M', 'M', 0, 42} : Bytes{'I', 'I', 42, 0};
            number(file, 8, 4);
        }
        Bytes values;
        number(file, static_cast<std::uint32_t>(m_entries.size()), 2);
        for (const auto &[id, entry] : m_entries) {
            number(file, static_cast<std::uint32_t>(id), 2);
            number(file, static_cast<std::uint32_t>(entry.type), 2);
            number(file, entry.count, 4);
            Bytes inLine = entry.data;
            if (entry.data.size() > 4) {
                inLine.clear();
                number(inLine, static_cast<std::uint32_t>(valuesAt + values.size()), 4);
                values.insert(values.end(), entry.data.begin(), entry.data.end());
                if (values.size() % 2 != 0)
                    values.push_back(0);
            }
            inLine.resize(4);
            file.insert(file.end(), inLine.begin(), inLine.end());
        }
        number(file, 0, 4);
        file.insert(file.end(), values.begin(), values.end());
        file.insert(file.end(), data.begin(), data.end());
        return file;
    }

private:
    struct Entry
    {
        int type;
        std::uint32_t count;
        Bytes data;
    };
    bool m_bigEndian;
    std::map<int, Entry> m_entries;
};

/// Quarter of the samples of an RGGB mosaic are red and blue, half green.
int mosaicChannel(int x, int y)
{
    return x % 2 + y % 2;
}

} // namespace

Bytes cmykJpeg(const Image &image)
{
    return compress(image, true, false);
}
Bytes progressiveJpeg(const Image &image)
{
    return compress(image, false, true);
}

Bytes png(const Image &image, bool deep)
{
    const QImage view(image.pixels.data(), image.width, image.height, static_cast<qsizetype>(image.stride()),
                      QImage::Format_RGB888);
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    const QImage written = deep ? view.convertToFormat(QImage::Format_RGBA64) : view;
    written.save(&buffer, "PNG");
    return Bytes(bytes.begin(), bytes.end());
}

Bytes tiff(const Image &image, const TiffOptions &options)
{
    TiffWriter writer(options.bigEndian);
    Bytes data;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            for (int c = 0; c < options.channels; ++c) {
                const std::uint32_t value = c < 3 ? image.row(y)[3 * x + c] : 255;
                writer.number(data, options.bits == 16 ? value * 257 : value, options.bits / 8);
            }
        }
    }
    const auto channels = static_cast<std::uint32_t>(options.channels);
    writer.tag(256, 4, {static_cast<std::uint32_t>(image.width)});
    writer.tag(257, 4, {static_cast<std::uint32_t>(image.height)});
    writer.tag(258, 3, std::vector<std::uint32_t>(channels, static_cast<std::uint32_t>(options.bits)));
    writer.tag(259, 3, {1});
    writer.tag(262, 3, {channels == 1 ? 1U : 2U});
    writer.tag(274, 3, {static_cast<std::uint32_t>(options.orientation)});
    writer.tag(277, 3, {channels});
    writer.tag(278, 4, {static_cast<std::uint32_t>(image.height)});
    writer.tag(279, 4, {static_cast<std::uint32_t>(data.size())});
    if (channels == 4)
        writer.tag(338, 3, {2});
    return writer.finish(273, data, 0, true);
}

Bytes dng(const Image &image, const DngOptions &options)
{
    TiffWriter mosaic(false);
    Bytes samples;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x)
            mosaic.number(samples, 16U * image.row(y)[3 * x + mosaicChannel(x, y)], 2);
    }
    const auto common = [&](TiffWriter &writer, int width, int height, std::uint32_t size) {
        writer.tag(256, 4, {static_cast<std::uint32_t>(width)});
        writer.tag(257, 4, {static_cast<std::uint32_t>(height)});
        writer.tag(278, 4, {static_cast<std::uint32_t>(height)});
        writer.tag(279, 4, {size});
    };
    TiffWriter writer(false);
    const bool hasPreview = !options.preview.empty();
    TiffWriter &raw = hasPreview ? mosaic : writer;
    common(raw, image.width, image.height, static_cast<std::uint32_t>(samples.size()));
    raw.tag(254, 4, {0});
    raw.tag(258, 3, {16});
    raw.tag(259, 3, {1});
    raw.tag(262, 3, {32803});
    raw.tag(277, 3, {1});
    raw.tag(33421, 3, {2, 2});
    raw.tag(33422, 1, {0, 1, 1, 2});
    raw.tag(50717, 4, {4095});
    writer.tag(274, 3, {static_cast<std::uint32_t>(options.orientation)});
    writer.text(271, "Flukeprint");
    writer.text(272, "Test camera");
    writer.tag(50706, 1, {1, 4, 0, 0});
    writer.text(50708, "Flukeprint test camera");
    writer.tag(50721, 10, {1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1});
    writer.tag(50728, 5, {1, 1, 1, 1, 1, 1});
    writer.tag(50778, 3, {21});
    if (!hasPreview)
        return writer.finish(273, samples, 0, true);
    common(writer, 1200, 800, static_cast<std::uint32_t>(options.preview.size()));
    writer.tag(254, 4, {1});
    writer.tag(258, 3, {8, 8, 8});
    writer.tag(259, 3, {7});
    writer.tag(262, 3, {6});
    writer.tag(277, 3, {3});
    writer.tag(330, 4, {0});
    Bytes preview = options.preview;
    preview.resize(preview.size() + preview.size() % 2);
    const std::size_t mosaicAt = writer.finish(273, preview, 0, true).size();
    writer.tag(330, 4, {static_cast<std::uint32_t>(mosaicAt)});
    Bytes file = writer.finish(273, preview, 0, true);
    const Bytes second = mosaic.finish(273, samples, mosaicAt, false);
    file.insert(file.end(), second.begin(), second.end());
    return file;
}

} // namespace flukeprint::testfiles
