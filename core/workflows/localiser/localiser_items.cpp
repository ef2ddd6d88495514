#include "core/workflows/localiser/localiser_items.h"

#include "core/catalogue/exchange/tables.h"
#include "core/imaging/decode.h"
#include "core/workflows/import/photo_scan.h"
#include "core/workflows/localiser/fluke_locator.h"

#include <map>

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

Result<std::vector<Item>> otherItems(const LocaliserPhotos &photos, const jobs::WorkContext &context)
{
    std::vector<Item> list;
    if (photos.others.empty())
        return list;
    const auto files = scanPhotos(photos.others, {}, context.stop);
    if (!files)
        return files.error();
    for (const catalogue::ImportItem &file : *files)
        list.push_back({file.path.toStdString(), Part::Train, false, std::nullopt, {}});
    return list;
}

std::array<double, 4> cornersOf(const catalogue::RotatedBox &box, double widthPx, double heightPx)
{
    return {(box.centreXPx - box.widthPx / 2) / widthPx, (box.centreYPx - box.heightPx / 2) / heightPx,
            (box.centreXPx + box.widthPx / 2) / widthPx, (box.centreYPx + box.heightPx / 2) / heightPx};
}

Result<ReadItem> readItem(const Item &item, bool withFinder)
{
    const auto bytes = imaging::readPhotoFile(item.path);
    if (!bytes)
        return bytes.error();
    const auto header = imaging::probe(*bytes, item.path.string());
    if (!header)
        return header.error();
    constexpr int decodedSidePx = 512;
    const auto photo = imaging::decode(*bytes, item.path.string(), {imaging::scaleForLongSide(*header, decodedSidePx)});
    if (!photo)
        return photo.error();
    ReadItem read;
    auto pixels = squashedForLocator(photo->image);
    if (!pixels)
        return pixels.error();
    read.pixels = std::move(*pixels);
    if (item.box)
        read.corners = cornersOf(*item.box, header->widthPx, header->heightPx);
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
    const auto others = otherItems(photos, context);
    if (!others)
        return others.error();
    items->insert(items->end(), others->begin(), others->end());
    return items;
}

} // namespace flukeprint::workflows::localiser
