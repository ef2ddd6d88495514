#include "core/workflows/localiser/localiser_sheet.h"

#include "core/base/atomic_file.h"
#include "core/catalogue/exchange/tables.h"
#include "core/imaging/decode.h"
#include "core/imaging/photo_sheet.h"
#include "core/workflows/import/photo_scan.h"
#include "core/workflows/localiser/localiser_items.h"
#include "core/workflows/training/background_worker.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string_view>

namespace flukeprint::workflows {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::uint8_t, 3> foundColour{255, 140, 0};
constexpr std::array<std::uint8_t, 3> doubtfulColour{150, 150, 150};
constexpr std::array<std::uint8_t, 3> givenColour{255, 255, 255};

struct ReadPhoto
{
    fs::path path;
    imaging::DecodedPhoto photo;
};

Result<std::vector<ReadPhoto>> readPhotos(const std::vector<fs::path> &paths, const jobs::WorkContext &context)
{
    constexpr int decodedSidePx = 640;
    const auto files = scanPhotos(paths, context.progress, context.stop);
    if (!files)
        return files.error();
    std::vector<ReadPhoto> photos;
    for (const catalogue::ImportItem &file : *files) {
        if (context.stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        const fs::path path = file.path.toStdString();
        auto photo = localiser::decodeReduced(path, decodedSidePx);
        if (photo)
            photos.push_back({path, std::move(*photo)});
        else if (context.warn)
            context.warn(photo.error());
        if (context.progress)
            context.progress({"reading", static_cast<std::int64_t>(photos.size()), static_cast<std::int64_t>(files->size()), {}});
    }
    if (photos.empty())
        return Error(ErrorCode::NothingToDo, {"photos"});
    return photos;
}

using GivenBoxes = std::multimap<QString, std::array<double, 4>>; ///< by file name; corners in px of the photo

Result<GivenBoxes> readGiven(const fs::path &table)
{
    GivenBoxes given;
    if (table.empty())
        return given;
    const auto rows = catalogue::exchange::readBoxes(table);
    if (!rows)
        return rows.error();
    for (const auto &row : *rows)
        given.emplace(row.image, localiser::cornersOf(row.box, 1, 1));
    return given;
}

imaging::SheetTile tileOf(const ReadPhoto &read, const GivenBoxes &given, LocaliserSheetRow &row)
{
    const auto width = static_cast<double>(read.photo.header.widthPx), height = static_cast<double>(read.photo.header.heightPx);
    const LocatedFluke &found = row.found;
    imaging::SheetTile tile;
    tile.photo = read.photo.image;
    const auto [first, last] = given.equal_range(QString::fromStdString(read.path.filename().string()));
    for (auto box = first; box != last; ++box) {
        const auto &[left, top, right, bottom] = box->second;
        tile.boxes.push_back({imaging::Box::fromCorners(left, top, right, bottom).scaled(read.photo.scale), givenColour});
        const double overlap = localiser::overlapOf({found.left, found.top, found.right, found.bottom},
                                                    {left / width, top / height, right / width, bottom / height});
        row.overlap = std::max(row.overlap.value_or(0), overlap);
    }
    const imaging::Box box = imaging::Box::fromCorners(found.left * width, found.top * height, found.right * width, found.bottom * height);
    tile.boxes.push_back({box.scaled(read.photo.scale), found.isFluke ? foundColour : doubtfulColour});
    char numbers[64];
    std::snprintf(numbers, sizeof numbers, "%s %.3f", found.isFluke ? "fluke" : "none", found.presence);
    tile.caption = numbers;
    if (row.overlap) {
        std::snprintf(numbers, sizeof numbers, "  IoU %.2f", *row.overlap);
        tile.caption += numbers;
    }
    tile.caption += "  " + read.path.filename().string();
    return tile;
}

Result<void> writePicture(const fs::path &path, const imaging::Image &picture)
{
    const auto jpeg = imaging::encodeJpeg(picture);
    if (!jpeg)
        return jpeg.error();
    return writeFileAtomically(path, std::string_view(reinterpret_cast<const char *>(jpeg->data()), jpeg->size()));
}

} // namespace

Result<std::vector<LocaliserSheetRow>> writeLocaliserSheet(const LocaliserSheetRequest &request, const jobs::WorkContext &context,
                                                           const jobs::WorkerOptions &worker)
{
    const auto given = readGiven(request.boxes);
    if (!given)
        return given.error();
    const auto photos = readPhotos(request.photos, context);
    if (!photos)
        return photos.error();
    std::vector<std::vector<std::uint8_t>> pixels;
    for (const ReadPhoto &read : *photos) {
        auto squashed = squashedForLocator(read.photo.image);
        if (!squashed)
            return squashed.error();
        pixels.push_back(std::move(*squashed));
    }
    jobs::WorkerProcess program(inBackground(worker));
    const auto found = FlukeLocator(request.model, program).locate(pixels, context.stop);
    if (!found)
        return found.error();
    std::vector<LocaliserSheetRow> rows;
    std::vector<imaging::SheetTile> tiles;
    for (std::size_t i = 0; i < photos->size(); ++i) {
        rows.push_back({(*photos)[i].path, (*found)[i], std::nullopt});
        tiles.push_back(tileOf((*photos)[i], *given, rows.back()));
    }
    imaging::SheetOptions options;
    options.columns = request.columns;
    const auto sheet = imaging::photoSheet(tiles, options);
    if (!sheet)
        return sheet.error();
    if (const auto written = writePicture(request.output, *sheet); !written)
        return written.error();
    return rows;
}

} // namespace flukeprint::workflows
