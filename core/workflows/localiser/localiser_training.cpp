#include "core/workflows/localiser/localiser_training.h"

#include "core/base/atomic_file.h"
#include "core/base/random.h"
#include "core/catalogue/exchange/tables.h"
#include "core/imaging/decode.h"
#include "core/imaging/fluke_finder.h"
#include "core/jobs/worker_call.h"
#include "core/workflows/import/photo_scan.h"
#include "core/workflows/localiser/fluke_locator.h"
#include "core/workflows/training/background_worker.h"

#include <QTemporaryDir>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>

namespace flukeprint::workflows {

namespace fs = std::filesystem;

namespace {

enum class Part { Train, Validation, Test };

struct Item
{
    fs::path path;
    Part part = Part::Train;
    bool fluke = true;
    std::optional<catalogue::RotatedBox> box; ///< px of the photo
};

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
            items[row.image] = {photos.folder / row.image.toStdString(), partOf(row.role), true, std::nullopt};
    }
    int number = 0;
    for (const catalogue::exchange::BoxRow &row : *boxes) {
        const bool isNew = !items.contains(row.image);
        Item &item = items[row.image];
        if (isNew) {
            const bool heldOut = photos.split.empty() && ++number % heldOutEvery == 0;
            item = {photos.folder / row.image.toStdString(), heldOut ? Part::Validation : Part::Train, true, std::nullopt};
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
        list.push_back({file.path.toStdString(), Part::Train, false, std::nullopt});
    return list;
}

/// A photo squashed for the localiser, with what is known of it.
struct ReadItem
{
    std::vector<std::uint8_t> pixels;
    std::optional<std::array<double, 4>> corners; ///< shares
    std::optional<imaging::FlukeFinding> finding; ///< by the finder without learning; box as shares of the sides
};

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

void tell(const jobs::WorkContext &context, const char *stage, std::size_t done, std::size_t total)
{
    if (context.progress)
        context.progress({stage, static_cast<std::int64_t>(done), static_cast<std::int64_t>(total), {}});
}

/// Reads one item after the other; those that cannot be read are warned about.
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
        tell(context, "reading", i + 1, items.size());
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

Result<void> writeTrainingData(const LocaliserTrainingRequest &request, const jobs::WorkContext &context,
                               const protocol::TrainLocaliserJob &job)
{
    auto items = allItems(request.photos, context);
    if (!items)
        return items.error();
    std::erase_if(*items, [](const Item &item) { return item.part == Part::Test; });
    auto writer = chips::ChipPackWriter::create(job.packPath, locatorShape);
    if (!writer)
        return writer.error();
    auto targets = nlohmann::json::array();
    const auto take = [&](const Item &item, const ReadItem &read) -> Result<void> {
        const auto id = static_cast<std::int64_t>(targets.size()) + 1;
        nlohmann::json target{{"id", id}, {"fluke", item.fluke}, {"held_out", item.part == Part::Validation}};
        if (read.corners)
            target["box"] = *read.corners;
        targets.push_back(std::move(target));
        return writer->append(AnnotationId(id), read.pixels);
    };
    if (const auto read = readAll(*items, context, false, take); !read)
        return read;
    if (targets.empty())
        return Error(ErrorCode::NothingToDo, {"photos"});
    if (const auto finished = writer->finish(); !finished)
        return finished;
    return writeFileAtomically(job.targetsPath, targets.dump());
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

double meanOf(const std::vector<double> &values)
{
    double sum = 0;
    for (const double value : values)
        sum += value;
    return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

void setInterval(const std::vector<double> &overlaps, LocaliserReport &report)
{
    constexpr int resamples = 1000;
    Random random(1, "localiser-bootstrap");
    std::vector<double> means;
    for (int i = 0; i < resamples && !overlaps.empty(); ++i) {
        double sum = 0;
        for (std::size_t k = 0; k < overlaps.size(); ++k)
            sum += overlaps[random.below(overlaps.size())];
        means.push_back(sum / static_cast<double>(overlaps.size()));
    }
    std::sort(means.begin(), means.end());
    if (means.empty())
        return;
    report.overlapLow = means[resamples * 25 / 1000];
    report.overlapHigh = means[resamples * 975 / 1000 - 1];
}

/// Adds up what one photo after the other says of a localiser.
struct Tally
{
    std::vector<double> overlaps, wholeFrames, finders;
    std::int64_t kept = 0;
    std::int64_t mistaken = 0;
    LocaliserReport report;

    void add(const Item &item, const ReadItem &read, const LocatedFluke &found)
    {
        if (!item.fluke) {
            ++report.others;
            mistaken += found.isFluke ? 1 : 0;
            return;
        }
        ++report.flukes;
        kept += found.isFluke ? 1 : 0;
        if (!read.corners)
            return;
        const std::array<double, 4> frame{0, 0, 1, 1};
        overlaps.push_back(overlapOf({found.left, found.top, found.right, found.bottom}, *read.corners));
        wholeFrames.push_back(overlapOf(frame, *read.corners));
        std::array<double, 4> finder = frame;
        if (read.finding) {
            const imaging::Box &box = read.finding->box;
            finder = {box.centreX - box.width / 2, box.centreY - box.height / 2, box.centreX + box.width / 2,
                      box.centreY + box.height / 2};
        }
        finders.push_back(overlapOf(finder, *read.corners));
    }

    LocaliserReport result()
    {
        const auto share = [](std::int64_t part, std::int64_t whole) {
            return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
        };
        report.boxes = static_cast<std::int64_t>(overlaps.size());
        report.overlap = meanOf(overlaps);
        report.wholeFrameOverlap = meanOf(wholeFrames);
        report.finderOverlap = meanOf(finders);
        report.kept = share(kept, report.flukes);
        report.mistaken = share(mistaken, report.others);
        setInterval(overlaps, report);
        return report;
    }
};

} // namespace

Result<std::string> trainLocaliser(const LocaliserTrainingRequest &request, const jobs::WorkContext &context)
{
    const QTemporaryDir folder;
    if (!folder.isValid())
        return Error(ErrorCode::FileUnwritable, {folder.path().toStdString(), folder.errorString().toStdString()});
    protocol::TrainLocaliserJob job;
    job.packPath = folder.filePath(QStringLiteral("photos.fpc")).toStdString();
    job.targetsPath = folder.filePath(QStringLiteral("targets.json")).toStdString();
    job.startModelPath = request.startModel.string();
    job.outputPath = fs::absolute(request.output).string();
    job.epochs = request.epochs;
    job.seed = request.seed;
    job.device = request.device;
    job.threads = request.threads;
    if (const auto written = writeTrainingData(request, context, job); !written)
        return written.error();
    jobs::WorkerProcess worker(inBackground(request.worker));
    jobs::WorkerListener listener;
    listener.onProgress = [&](const protocol::ProgressMessage &message) {
        tell(context, "training", static_cast<std::size_t>(message.done), static_cast<std::size_t>(message.total));
    };
    listener.onWarning = context.warn;
    const auto answer = jobs::callWorker(worker, job, context.stop, listener, context.pause);
    if (!answer)
        return answer.error();
    return answer->toStdString();
}

Result<LocaliserReport> evaluateLocaliser(const fs::path &model, const LocaliserPhotos &photos,
                                          const jobs::WorkContext &context, const jobs::WorkerOptions &worker)
{
    auto items = allItems(photos, context);
    if (!items)
        return items.error();
    if (!photos.split.empty())
        std::erase_if(*items, [](const Item &item) { return item.fluke && item.part != Part::Test; });
    if (items->empty())
        return Error(ErrorCode::NothingToDo, {"photos"});
    jobs::WorkerProcess program(inBackground(worker));
    FlukeLocator locator(model, program);
    constexpr std::size_t batchSize = 128;
    Tally tally;
    for (std::size_t first = 0; first < items->size(); first += batchSize) {
        const std::vector<Item> batch(items->begin() + static_cast<std::ptrdiff_t>(first),
                                      items->begin() + static_cast<std::ptrdiff_t>(std::min(first + batchSize, items->size())));
        std::vector<std::pair<Item, ReadItem>> reads;
        std::vector<std::vector<std::uint8_t>> pixels;
        const auto take = [&](const Item &item, ReadItem read) -> Result<void> {
            pixels.push_back(std::move(read.pixels));
            reads.emplace_back(item, std::move(read));
            return {};
        };
        if (const auto read = readAll(batch, context, true, take); !read)
            return read.error();
        const auto found = locator.locate(pixels, context.stop);
        if (!found)
            return found.error();
        for (std::size_t i = 0; i < reads.size(); ++i)
            tally.add(reads[i].first, reads[i].second, (*found)[i]);
    }
    return tally.result();
}

} // namespace flukeprint::workflows
