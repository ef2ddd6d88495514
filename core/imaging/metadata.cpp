#include "core/imaging/metadata.h"

#include "core/imaging/orientation.h"

#include <exiv2/exiv2.hpp>

#include <cctype>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <string_view>
#include <utility>

namespace flukeprint::imaging {

namespace {

void lockXmp(void *mutex, bool lock)
{
    auto *xmpMutex = static_cast<std::recursive_mutex *>(mutex);
    if (lock)
        xmpMutex->lock();
    else
        xmpMutex->unlock();
}

/// Exiv2's XMP toolkit has global state: it must be initialised once, with a lock, before threads use it.
void initialiseExiv2()
{
    static std::recursive_mutex xmpMutex;
    static const bool initialised = [] {
        Exiv2::LogMsg::setLevel(Exiv2::LogMsg::mute);
        return Exiv2::XmpParser::initialize(lockXmp, &xmpMutex);
    }();
    static_cast<void>(initialised);
}

/// Without control characters (some cameras pad with zeros) and without space at the ends.
std::string cleaned(std::string_view raw)
{
    std::string text;
    for (const char c : raw) {
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F)
            text += c;
    }
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string::npos)
        return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string textOf(const Exiv2::ExifData &exif, const char *key)
{
    const auto found = exif.findKey(Exiv2::ExifKey(key));
    return found == exif.end() ? std::string() : cleaned(found->toString());
}

std::string textOf(const Exiv2::ExifData &exif, std::uint16_t tag, const char *group)
{
    const auto found = exif.findKey(Exiv2::ExifKey(tag, group));
    return found == exif.end() ? std::string() : cleaned(found->toString());
}

bool isCalendarTime(int year, int month, int day, int hour, int minute, int second)
{
    constexpr int daysOfMonth[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return year >= 1826 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth[month - 1]
        && hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60;
}

/// "2017:06:13 09:41:22" (EXIF) or "2017-06-13T09:41:22-04:00" (XMP) as ISO; empty where it is no time.
std::string isoTime(const std::string &raw)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (std::sscanf(raw.c_str(), "%4d%*1[:-]%2d%*1[:-]%2d%*1[ T]%2d:%2d:%2d", &year, &month, &day, &hour, &minute,
                    &second)
            < 5
        || !isCalendarTime(year, month, day, hour, minute, second))
        return {};
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, hour, minute, second);
    return text;
}

/// "+HH:MM", "-HH:MM" or "Z" as "+HH:MM"; empty where it is none.
std::string isoOffset(const std::string &raw)
{
    if (raw == "Z")
        return "+00:00";
    int hours = 0, minutes = 0;
    char sign = 0;
    if (std::sscanf(raw.c_str(), "%c%2d:%2d", &sign, &hours, &minutes) != 3 || (sign != '+' && sign != '-')
        || hours > 14 || minutes > 59 || hours < 0 || minutes < 0)
        return {};
    char text[16];
    std::snprintf(text, sizeof text, "%c%02d:%02d", sign, hours, minutes);
    return text;
}

std::string takenAtOf(const Exiv2::ExifData &exif, const Exiv2::XmpData &xmp)
{
    constexpr std::uint16_t offsetTime = 0x9010;
    constexpr std::uint16_t offsetTimeOriginal = 0x9011;
    constexpr std::uint16_t offsetTimeDigitized = 0x9012;
    const std::pair<const char *, std::uint16_t> sources[] = {
        {"Exif.Photo.DateTimeOriginal", offsetTimeOriginal},
        {"Exif.Photo.DateTimeDigitized", offsetTimeDigitized},
        {"Exif.Image.DateTime", offsetTime},
    };
    for (const auto &[key, offsetTag] : sources) {
        const std::string time = isoTime(textOf(exif, key));
        if (!time.empty())
            return time + isoOffset(textOf(exif, offsetTag, "Photo"));
    }
    for (const char *key : {"Xmp.exif.DateTimeOriginal", "Xmp.photoshop.DateCreated", "Xmp.xmp.CreateDate"}) {
        const auto found = xmp.findKey(Exiv2::XmpKey(key));
        const std::string raw = found == xmp.end() ? std::string() : cleaned(found->toString());
        const std::string time = isoTime(raw);
        if (!time.empty())
            return time + isoOffset(raw.size() > 19 ? raw.substr(raw.find_first_of("Z+-", 19)) : std::string());
    }
    return {};
}

/// Degrees, minutes, seconds as three rationals; nullopt where one has no value.
std::optional<double> degreesOf(const Exiv2::ExifData &exif, const char *key, const char *referenceKey, char negative,
                                double limit)
{
    const auto found = exif.findKey(Exiv2::ExifKey(key));
    if (found == exif.end() || found->count() == 0)
        return std::nullopt;
    double degrees = 0;
    double unit = 1;
    for (long i = 0; i < std::min<long>(3, static_cast<long>(found->count())); ++i, unit /= 60) {
        const Exiv2::Rational part = found->toRational(i);
        if (part.second == 0 && part.first == 0 && i > 0)
            continue; // "0/0" seconds: some phones leave the finer parts out this way
        if (part.second == 0)
            return std::nullopt;
        degrees += unit * part.first / part.second;
    }
    if (!std::isfinite(degrees) || std::abs(degrees) > limit)
        return std::nullopt;
    const std::string reference = textOf(exif, referenceKey);
    return !reference.empty() && std::toupper(static_cast<unsigned char>(reference.front())) == negative ? -degrees
                                                                                                         : degrees;
}

/// "43,39.5N" or "43,39,30N": XMP's way of writing a coordinate.
std::optional<double> xmpDegrees(const Exiv2::XmpData &xmp, const char *key, double limit)
{
    const auto found = xmp.findKey(Exiv2::XmpKey(key));
    if (found == xmp.end())
        return std::nullopt;
    const std::string text = cleaned(found->toString());
    double degrees = 0, minutes = 0, seconds = 0;
    if (text.empty() || std::sscanf(text.c_str(), "%lf,%lf,%lf", &degrees, &minutes, &seconds) < 2)
        return std::nullopt;
    double value = degrees + minutes / 60 + seconds / 3600;
    if (text.back() == 'S' || text.back() == 'W')
        value = -value;
    return std::isfinite(value) && std::abs(value) <= limit ? std::optional(value) : std::nullopt;
}

void readPlace(const Exiv2::ExifData &exif, const Exiv2::XmpData &xmp, PhotoMetadata &metadata)
{
    auto latitude = degreesOf(exif, "Exif.GPSInfo.GPSLatitude", "Exif.GPSInfo.GPSLatitudeRef", 'S', 90);
    auto longitude = degreesOf(exif, "Exif.GPSInfo.GPSLongitude", "Exif.GPSInfo.GPSLongitudeRef", 'W', 180);
    if (!latitude || !longitude) {
        latitude = xmpDegrees(xmp, "Xmp.exif.GPSLatitude", 90);
        longitude = xmpDegrees(xmp, "Xmp.exif.GPSLongitude", 180);
    }
    // Receivers without a fix write 0, 0; no whale has been photographed at that very point.
    if (!latitude || !longitude || (*latitude == 0 && *longitude == 0))
        return;
    metadata.latitudeDeg = latitude;
    metadata.longitudeDeg = longitude;
}

std::string cameraOf(const Exiv2::ExifData &exif)
{
    const std::string make = textOf(exif, "Exif.Image.Make");
    const std::string model = textOf(exif, "Exif.Image.Model");
    const std::string firstWord = make.substr(0, make.find(' '));
    if (make.empty() || model.compare(0, firstWord.size(), firstWord) == 0)
        return model.empty() ? make : model;
    return model.empty() ? make : make + " " + model;
}

std::string lensOf(const Exiv2::ExifData &exif)
{
    constexpr std::uint16_t lensModel = 0xA434;
    std::string lens = textOf(exif, lensModel, "Photo");
    if (!lens.empty())
        return lens;
    const auto found = Exiv2::lensName(exif); // Exiv2's table of maker notes
    return found == exif.end() ? std::string() : cleaned(found->print(&exif));
}

/// A broken value of one kind must not cost the others.
template <typename Work> void attempt(Work work)
{
    try {
        work();
    } catch (const std::exception &) { // NOLINT(bugprone-empty-catch): broken metadata is empty metadata
    }
}

} // namespace

PhotoMetadata readMetadata(std::span<const std::uint8_t> bytes)
{
    PhotoMetadata metadata;
    attempt([&] {
        initialiseExiv2();
        const auto image = Exiv2::ImageFactory::open(bytes.data(), static_cast<long>(bytes.size()));
        image->readMetadata();
        const Exiv2::ExifData &exif = image->exifData();
        const Exiv2::XmpData &xmp = image->xmpData();
        attempt([&] {
            const auto found = exif.findKey(Exiv2::ExifKey("Exif.Image.Orientation"));
            const long orientation = found == exif.end() || found->count() == 0 ? 1 : found->toLong();
            metadata.orientation = orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
        });
        metadata.widthPx = image->pixelWidth();
        metadata.heightPx = image->pixelHeight();
        if (swapsSides(metadata.orientation))
            std::swap(metadata.widthPx, metadata.heightPx);
        attempt([&] { metadata.takenAt = takenAtOf(exif, xmp); });
        attempt([&] { readPlace(exif, xmp, metadata); });
        attempt([&] { metadata.camera = cameraOf(exif); });
        attempt([&] { metadata.lens = lensOf(exif); });
    });
    return metadata;
}

} // namespace flukeprint::imaging
