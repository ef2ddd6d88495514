// Photos per second of one core's time for what an import does with a photo (decode, EXIF, box, overview, hash,
// quality, chip), against OpenCV's plain decoding as the peer in the same run. Usage: imaging_bench PHOTO... [--repeat
// N]
#include "core/imaging/decode.h"
#include "core/imaging/metadata.h"
#include "core/imaging/prepare.h"

#include <opencv2/core/utility.hpp>
#include <opencv2/imgcodecs.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

namespace {

using namespace flukeprint;
using Bytes = std::vector<std::uint8_t>;

/// CPU time of this thread, so that whatever else the machine does hardly matters.
double threadSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double photosPerSecond(const std::vector<Bytes> &photos, int repeat, const std::function<bool(const Bytes &)> &work)
{
    const double start = threadSeconds();
    int done = 0;
    for (int round = 0; round < repeat; ++round) {
        for (const Bytes &bytes : photos)
            done += work(bytes) ? 1 : 0;
    }
    return done / (threadSeconds() - start);
}

} // namespace

int main(int argc, char **argv)
{
    int repeat = 5;
    std::vector<Bytes> photos;
    for (int i = 1; i < argc; ++i) {
        if (std::string(argv[i]) == "--repeat" && i + 1 < argc) {
            repeat = std::atoi(argv[++i]);
            continue;
        }
        const auto bytes = imaging::readPhotoFile(argv[i]);
        if (!bytes) {
            std::fprintf(stderr, "%s\n", bytes.error().debugText().c_str());
            return 3;
        }
        photos.push_back(*bytes);
    }
    if (photos.empty()) {
        std::fprintf(stderr, "usage: imaging_bench PHOTO... [--repeat N]\n");
        return 2;
    }
    cv::setNumThreads(1);
    const double peer = photosPerSecond(
        photos, repeat, [](const Bytes &bytes) { return !cv::imdecode(bytes, cv::IMREAD_COLOR).empty(); });
    const double full =
        photosPerSecond(photos, repeat, [](const Bytes &bytes) { return imaging::decode(bytes, "bench").ok(); });
    const double half =
        photosPerSecond(photos, repeat, [](const Bytes &bytes) { return imaging::decode(bytes, "bench", {0.5}).ok(); });
    const double metadata = photosPerSecond(
        photos, repeat, [](const Bytes &bytes) { return imaging::readMetadata(bytes).orientation > 0; });
    const double import = photosPerSecond(photos, repeat, [](const Bytes &bytes) {
        const auto photo = imaging::prepare(bytes, "bench");
        return photo.ok() && imaging::encodeJpeg(photo->overview).ok();
    });
    std::printf("photos %zu, repeat %d, one core\n", photos.size(), repeat);
    std::printf("cv::imdecode, full size    %8.1f photos/s\n", peer);
    std::printf("decode, full size          %8.1f photos/s  %.2fx\n", full, full / peer);
    std::printf("decode, half size          %8.1f photos/s  %.2fx\n", half, half / peer);
    std::printf("metadata                   %8.1f photos/s\n", metadata);
    std::printf("prepare + overview JPEG    %8.1f photos/s  %.2fx\n", import, import / peer);
    return 0;
}
