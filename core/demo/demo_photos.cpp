#include "core/demo/demo_photos.h"

#include "core/base/atomic_file.h"
#include "core/demo/demo_exif.h"
#include "core/demo/demo_plan.h"
#include "core/demo/fluke_painter.h"
#include "core/imaging/decode.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace flukeprint::demo {

namespace fs = std::filesystem;

namespace {

Result<void> check(const DemoOptions &options)
{
    const auto bad = [](const char *name, const std::string &value, const char *allowed) {
        return Error(ErrorCode::InvalidArgument, {name, value, allowed});
    };
    if (options.individuals < 1 || options.individuals > 5000)
        return bad("individuals", std::to_string(options.individuals), "1..5000");
    if (options.photosPerIndividual < 1 || options.photosPerIndividual > 200)
        return bad("photosPerIndividual", std::to_string(options.photosPerIndividual), "1..200");
    if (!(options.unidentifiedShare >= 0 && options.unidentifiedShare <= 0.9))
        return bad("unidentifiedShare", std::to_string(options.unidentifiedShare), "0..0.9");
    return {};
}

/// Draws a plan's photos whale by whale on several threads.
class PhotoWriter
{
public:
    PhotoWriter(const DemoPlan &plan, fs::path folder, const std::stop_token &stop, const ProgressFn &progress)
        : m_plan(plan)
        , m_folder(std::move(folder))
        , m_stop(stop)
        , m_progress(progress)
        , m_boxes(plan.photos.size())
        , m_photosOfWhale(plan.whaleSeeds.size())
    {
        for (std::size_t i = 0; i < plan.photos.size(); ++i)
            m_photosOfWhale[static_cast<std::size_t>(plan.photos[i].whale)].push_back(i);
    }

    Result<void> run()
    {
        {
            const unsigned count = std::clamp(std::thread::hardware_concurrency(), 1U, 16U);
            std::vector<std::jthread> threads;
            for (unsigned i = 1; i < count; ++i)
                threads.emplace_back([this] { work(); });
            work();
        }
        if (m_error)
            return *m_error;
        if (m_stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        return {};
    }

    [[nodiscard]] const std::vector<imaging::Box> &boxes() const { return m_boxes; }

private:
    void work()
    {
        for (;;) {
            const std::size_t whale = m_nextWhale++;
            if (whale >= m_plan.whaleSeeds.size())
                return;
            const FlukePainter painter(makeGenome(m_plan.whaleSeeds[whale]));
            for (const std::size_t index : m_photosOfWhale[whale]) {
                if (m_failed || m_stop.stop_requested())
                    return;
                report(index, writePhoto(painter, index));
            }
        }
    }

    Result<void> writePhoto(const FlukePainter &painter, std::size_t index)
    {
        const PlannedPhoto &photo = m_plan.photos[index];
        const PaintedPhoto painted = painter.paint(photo.scene);
        m_boxes[index] = painted.box;
        const auto jpeg = imaging::encodeJpeg(painted.image, photo.scene.camera.jpegQuality);
        if (!jpeg)
            return jpeg.error();
        const auto file = withCameraData(*jpeg, photo, m_plan.encounters[static_cast<std::size_t>(photo.encounter)]);
        if (!file)
            return file.error();
        return writeFileAtomically(m_folder / photo.fileName,
                                   std::string_view(reinterpret_cast<const char *>(file->data()), file->size()));
    }

    void report(std::size_t index, const Result<void> &written)
    {
        const std::lock_guard lock(m_mutex);
        if (!written) {
            m_failed = true;
            if (!m_error)
                m_error = written.error();
            return;
        }
        ++m_done;
        if (m_progress)
            m_progress(
                {"drawing", m_done, static_cast<std::int64_t>(m_plan.photos.size()), m_plan.photos[index].fileName});
    }

    const DemoPlan &m_plan;
    const fs::path m_folder;
    const std::stop_token m_stop;
    const ProgressFn &m_progress;
    std::vector<imaging::Box> m_boxes; // each thread writes its own whales' places
    std::vector<std::vector<std::size_t>> m_photosOfWhale;
    std::atomic<std::size_t> m_nextWhale = 0;
    std::atomic<bool> m_failed = false;
    std::mutex m_mutex;
    std::optional<Error> m_error;
    std::int64_t m_done = 0;
};

std::string labelsTable(const DemoPlan &plan)
{
    std::string table = "Image,Id,encounter\n";
    for (const PlannedPhoto &photo : plan.photos) {
        const PlannedEncounter &encounter = plan.encounters[static_cast<std::size_t>(photo.encounter)];
        table += photo.fileName + "," + photo.label + "," + encounter.name + "\n";
    }
    return table;
}

std::string boxesTable(const DemoPlan &plan, const std::vector<imaging::Box> &boxes)
{
    std::string table = "Image,x0_px,y0_px,x1_px,y1_px\n";
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        const imaging::Box &box = boxes[i];
        char numbers[128];
        std::snprintf(numbers, sizeof numbers, ",%.1f,%.1f,%.1f,%.1f\n", box.centreX - box.width / 2,
                      box.centreY - box.height / 2, box.centreX + box.width / 2, box.centreY + box.height / 2);
        table += plan.photos[i].fileName + numbers;
    }
    return table;
}

DemoSummary summarise(const DemoPlan &plan, const fs::path &directory)
{
    DemoSummary summary;
    std::set<std::string> names;
    std::set<int> met;
    for (const PlannedPhoto &photo : plan.photos) {
        met.insert(photo.encounter);
        if (photo.label == "new_whale")
            ++summary.unidentified;
        else
            names.insert(photo.label);
    }
    summary.photos = static_cast<int>(plan.photos.size());
    summary.individuals = static_cast<int>(names.size());
    summary.encounters = static_cast<int>(met.size());
    summary.photosFolder = directory / "photos";
    summary.labelsCsv = directory / "labels.csv";
    summary.boxesCsv = directory / "boxes.csv";
    return summary;
}

} // namespace

Result<DemoSummary> writeDemoPhotos(const fs::path &directory, const DemoOptions &options, const std::stop_token &stop,
                                    const ProgressFn &progress)
{
    if (const auto valid = check(options); !valid)
        return valid.error();
    const DemoPlan plan = planDemo(options);
    const DemoSummary summary = summarise(plan, directory);
    std::error_code failure;
    fs::create_directories(summary.photosFolder, failure);
    if (failure)
        return Error(ErrorCode::FileUnwritable, {summary.photosFolder.string(), failure.message()});
    PhotoWriter writer(plan, summary.photosFolder, stop, progress);
    if (const auto written = writer.run(); !written)
        return written.error();
    if (const auto written = writeFileAtomically(summary.labelsCsv, labelsTable(plan)); !written)
        return written.error();
    if (const auto written = writeFileAtomically(summary.boxesCsv, boxesTable(plan, writer.boxes())); !written)
        return written.error();
    return summary;
}

} // namespace flukeprint::demo
