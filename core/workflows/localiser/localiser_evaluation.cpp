#include "core/base/random.h"
#include "core/workflows/localiser/fluke_locator.h"
#include "core/workflows/localiser/localiser_items.h"
#include "core/workflows/localiser/localiser_training.h"
#include "core/workflows/training/background_worker.h"

#include <algorithm>
#include <array>
#include <map>

namespace flukeprint::workflows {

using namespace localiser;

namespace {

double meanOf(const std::vector<double> &values)
{
    double sum = 0;
    for (const double value : values)
        sum += value;
    return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

/// Percentile bootstrap over individuals, whose photos resemble each other; a photo of nobody known stands for itself.
void setInterval(const std::map<QString, std::vector<double>> &overlapsOf, LocaliserReport &report)
{
    constexpr int resamples = 1000;
    std::vector<std::pair<double, double>> individuals; // sum and number
    for (const auto &[individual, overlaps] : overlapsOf) {
        individuals.emplace_back(0.0, static_cast<double>(overlaps.size()));
        for (const double overlap : overlaps)
            individuals.back().first += overlap;
    }
    if (individuals.empty())
        return;
    Random random(1, "localiser-bootstrap");
    std::vector<double> means;
    for (int i = 0; i < resamples; ++i) {
        double sum = 0, count = 0;
        for (std::size_t k = 0; k < individuals.size(); ++k) {
            const auto &[own, photos] = individuals[random.below(individuals.size())];
            sum += own;
            count += photos;
        }
        means.push_back(sum / count);
    }
    std::sort(means.begin(), means.end());
    report.overlapLow = means[resamples * 25 / 1000];
    report.overlapHigh = means[resamples * 975 / 1000 - 1];
}

/// Adds up what one photo after the other says of a localiser.
struct Tally
{
    std::vector<double> overlaps, wholeFrames, finders;
    std::map<QString, std::vector<double>> overlapsOf; ///< by individual
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
        const QString alone = QStringLiteral("\n%1").arg(overlaps.size());
        overlapsOf[item.individual.isEmpty() ? alone : item.individual].push_back(overlaps.back());
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
        setInterval(overlapsOf, report);
        return report;
    }
};

} // namespace

Result<LocaliserReport> evaluateLocaliser(const std::filesystem::path &model, const LocaliserPhotos &photos,
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
