#include "core/workflows/localiser/localiser_items.h"

#include "core/catalogue/exchange/tables.h"
#include "core/demo/demo_photos.h"
#include "core/demo/sea_sights.h"
#include "core/imaging/decode.h"
#include "core/workflows/import/photo_scan.h"
#include "core/workflows/localiser/fluke_locator.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

namespace flukeprint::workflows::localiser {

namespace fs = std::filesystem;

namespace {

Part partOf(const QString &role)
{
    if (role == QStringLiteral("train"))
        return Part::Train;
    return role == QStringLiteral("validation") ? Part::Validation : Part::Test;
}

double areaOf(const catalogue::RotatedBox &box) { return box.widthPx * box.heightPx; }

Result<std::vector<Item>> flukeItems(const LocaliserPhotos &photos)
{
    constexpr int heldOutEvery = 5;
    const auto boxes = catalogue::exchange::readBoxes(photos.boxes);
    if (!boxes)
        return boxes.error();
    std::map<QString, Item> items;
    if (!photos.split.empty()) {
        const auto rows = catalogue::exchange::readSplit(photos.split);
        if (!rows)
            return rows.error();
        for (const auto &row : *rows)
            items[row.image] = {photos.folder / row.image.toStdString(), partOf(row.role), true, std::nullopt, row.id};
    }
    int number = 0;
    for (const catalogue::exchange::BoxRow &row : *boxes) {
        const bool isNew = !items.contains(row.image);
        Item &item = items[row.image];
        if (isNew) {
            const Part part = !photos.split.empty() ? Part::Test : ++number % heldOutEvery == 0 ? Part::Validation : Part::Train;
            item = {photos.folder / row.image.toStdString(), part, true, std::nullopt, {}};
        }
        if (!item.box || areaOf(*item.box) < areaOf(row.box))
            item.box = row.box;
    }
    std::vector<Item> list;
    for (auto &[image, item] : items)
        list.push_back(std::move(item));
    return list;
}

Result<std::vector<Item>> otherItems(const std::vector<fs::path> &folders, Part part, const jobs::WorkContext &context)
{
    std::vector<Item> list;
    constexpr std::size_t mostOfAFolder = 2000;
    for (const fs::path &folder : folders) {
        const auto files = scanPhotos(std::span(&folder, 1), {}, context.stop);
        if (!files)
            return files.error();
        const std::size_t count = std::min(files->size(), mostOfAFolder);
        for (std::size_t i = 0; i < count; ++i)
            list.push_back({(*files)[i * files->size() / count].path.toStdString(), part, false, std::nullopt, {}});
    }
    return list;
}

Result<ReadItem> readItem(const Item &item, bool withFinder)
{
    constexpr int decodedSidePx = 512;
    const auto photo = decodeReduced(item.path, decodedSidePx);
    if (!photo)
        return photo.error();
    ReadItem read;
    auto pixels = squashedForLocator(photo->image);
    if (!pixels)
        return pixels.error();
    read.pixels = std::move(*pixels);
    if (item.box)
        read.corners = cornersOf(*item.box, photo->header.widthPx, photo->header.heightPx);
    if (withFinder) {
        read.finding = imaging::findFluke(photo->image);
        if (read.finding) {
            imaging::Box &box = read.finding->box;
            box = {box.centreX / photo->image.width, box.centreY / photo->image.height, box.width / photo->image.width,
                   box.height / photo->image.height, 0};
        }
    }
    return read;
}

} // namespace

std::array<double, 4> cornersOf(const catalogue::RotatedBox &box, double widthPx, double heightPx)
{
    return {(box.centreXPx - box.widthPx / 2) / widthPx, (box.centreYPx - box.heightPx / 2) / heightPx,
            (box.centreXPx + box.widthPx / 2) / widthPx, (box.centreYPx + box.heightPx / 2) / heightPx};
}

double overlapOf(const std::array<double, 4> &a, const std::array<double, 4> &b)
{
    const double width = std::min(a[2], b[2]) - std::max(a[0], b[0]);
    const double height = std::min(a[3], b[3]) - std::max(a[1], b[1]);
    if (width <= 0 || height <= 0)
        return 0;
    const auto area = [](const std::array<double, 4> &box) { return (box[2] - box[0]) * (box[3] - box[1]); };
    return width * height / (area(a) + area(b) - width * height);
}

Result<imaging::DecodedPhoto> decodeReduced(const fs::path &path, int sidePx)
{
    const auto bytes = imaging::readPhotoFile(path);
    if (!bytes)
        return bytes.error();
    const auto header = imaging::probe(*bytes, path.string());
    if (!header)
        return header.error();
    return imaging::decode(*bytes, path.string(), {imaging::scaleForLongSide(*header, sidePx)});
}

Result<void> readAll(const std::vector<Item> &items, const jobs::WorkContext &context, bool withFinder,
                     const std::function<Result<void>(const Item &, ReadItem)> &take)
{
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (context.stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        auto read = readItem(items[i], withFinder);
        if (!read) {
            if (context.warn)
                context.warn(read.error());
            continue;
        }
        if (const auto taken = take(items[i], std::move(*read)); !taken)
            return taken;
        if (context.progress)
            context.progress({"reading", static_cast<std::int64_t>(i + 1), static_cast<std::int64_t>(items.size()), {}});
    }
    return {};
}

Result<std::vector<Item>> allItems(const LocaliserPhotos &photos, const jobs::WorkContext &context)
{
    auto items = flukeItems(photos);
    if (!items)
        return items;
    for (const auto &[folders, part] : {std::pair(photos.others, Part::Train), std::pair(photos.heldOutOthers, Part::Validation)}) {
        const auto others = otherItems(folders, part, context);
        if (!others)
            return others.error();
        items->insert(items->end(), others->begin(), others->end());
    }
    return items;
}

Result<std::vector<Item>> syntheticItems(const fs::path &folder, int count, std::uint64_t seed, const jobs::WorkContext &context)
{
    demo::DemoOptions options;
    options.individuals = count;
    options.photosPerIndividual = 1;
    options.unidentifiedShare = 0;
    options.seed = seed;
    const auto flukes = demo::writeDemoPhotos(folder / "flukes", options, context.stop, context.progress);
    if (!flukes)
        return flukes.error();
    const fs::path sights = folder / "sights";
    if (const auto written = demo::writeSights(sights, count, seed, context.stop, context.progress); !written)
        return written.error();
    const auto boxes = catalogue::exchange::readBoxes(flukes->boxesCsv);
    if (!boxes)
        return boxes.error();
    std::vector<Item> items;
    for (const auto &row : *boxes)
        items.push_back({flukes->photosFolder / row.image.toStdString(), Part::Train, true, row.box, {}});
    const auto others = otherItems({sights}, Part::Train, context);
    if (!others)
        return others.error();
    items.insert(items.end(), others->begin(), others->end());
    return items;
}

} // namespace flukeprint::workflows::localiser
