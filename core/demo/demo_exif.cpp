#include "core/demo/demo_exif.h"

#include <exiv2/exiv2.hpp>

#include <cmath>
#include <cstdio>
#include <mutex>
#include <string>

namespace flukeprint::demo {

namespace {

struct DemoCamera
{
    const char *model;
    const char *lens;
};

constexpr DemoCamera cameras[] = {
    {"Synthetic 7", "Demo 100-400mm F4.5-5.6"},
    {"Synthetic 500", "Demo 200-500mm F5.6"},
    {"Synthetic R4", "Demo 150-600mm F5-6.3"},
};

std::string exifTime(const PlannedPhoto &photo, const PlannedEncounter &encounter)
{
    char text[32];
    std::snprintf(text, sizeof text, "%04d:%02d:%02d %02d:%02d:%02d", encounter.year, encounter.month, encounter.day,
                  photo.second / 3600, photo.second / 60 % 60, photo.second % 60);
    return text;
}

/// Degrees, minutes and hundredths of seconds as EXIF's three rationals.
std::string exifAngle(double degrees)
{
    const long hundredths = std::lround(std::abs(degrees) * 360'000);
    char text[64];
    std::snprintf(text, sizeof text, "%ld/1 %ld/1 %ld/100", hundredths / 360'000, hundredths / 6'000 % 60,
                  hundredths % 6'000);
    return text;
}

Exiv2::ExifData cameraData(const PlannedPhoto &photo, const PlannedEncounter &encounter)
{
    const DemoCamera &camera = cameras[static_cast<std::size_t>(encounter.cameraIndex)];
    Exiv2::ExifData exif;
    exif["Exif.Image.Make"] = "Flukeprint";
    exif["Exif.Image.Model"] = std::string("Flukeprint ") + camera.model;
    exif["Exif.Image.ImageDescription"] = "Synthetic humpback whale fluke";
    exif["Exif.Image.Orientation"] = static_cast<std::uint16_t>(1);
    exif["Exif.Image.DateTime"] = exifTime(photo, encounter);
    exif["Exif.Photo.DateTimeOriginal"] = exifTime(photo, encounter);
    exif.add(Exiv2::ExifKey(0x9011, "Photo"), Exiv2::AsciiValue("-04:00").clone().get()); // OffsetTimeOriginal
    exif["Exif.Photo.LensModel"] = camera.lens;
    exif["Exif.GPSInfo.GPSVersionID"] = "2 3 0 0";
    exif["Exif.GPSInfo.GPSLatitudeRef"] = encounter.latitudeDeg < 0 ? "S" : "N";
    exif["Exif.GPSInfo.GPSLatitude"] = exifAngle(encounter.latitudeDeg);
    exif["Exif.GPSInfo.GPSLongitudeRef"] = encounter.longitudeDeg < 0 ? "W" : "E";
    exif["Exif.GPSInfo.GPSLongitude"] = exifAngle(encounter.longitudeDeg);
    return exif;
}

void lockXmp(void *mutex, bool lock)
{
    auto *xmpMutex = static_cast<std::recursive_mutex *>(mutex);
    if (lock)
        xmpMutex->lock();
    else
        xmpMutex->unlock();
}

} // namespace

Result<std::vector<std::uint8_t>> withCameraData(const std::vector<std::uint8_t> &jpeg, const PlannedPhoto &photo,
                                                 const PlannedEncounter &encounter)
{
    static std::recursive_mutex xmpMutex;
    static const bool initialised = Exiv2::XmpParser::initialize(lockXmp, &xmpMutex);
    static_cast<void>(initialised);
    try {
        const auto file = Exiv2::ImageFactory::open(jpeg.data(), static_cast<long>(jpeg.size()));
        file->setExifData(cameraData(photo, encounter));
        file->writeMetadata();
        Exiv2::BasicIo &io = file->io();
        if (io.open() != 0)
            return Error(ErrorCode::Internal, {"EXIF"}, photo.fileName);
        const Exiv2::DataBuf buffer = io.read(static_cast<long>(io.size()));
        return std::vector<std::uint8_t>(buffer.pData_, buffer.pData_ + buffer.size_);
    } catch (const std::exception &exception) {
        return Error(ErrorCode::Internal, {"EXIF"}, exception.what());
    }
}

} // namespace flukeprint::demo
