#include "core/workflows/training/run_pack.h"

#include "core/catalogue/annotation_store.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/chip_cache.h"
#include "core/catalogue/photo_store.h"
#include "core/imaging/chip.h"
#include "core/imaging/decode.h"
#include "core/workflows/box_conversion.h"

#include <atomic>
#include <map>
#include <optional>
#include <thread>

namespace flukeprint::workflows {

namespace {

using ChipBytes = std::vector<std::uint8_t>;

/// Annotations handled together: enough work for every core, little enough memory.
constexpr std::size_t blockSize = 128;

/// One chip to be: where it comes from, and what came of it.
struct ChipTask
{
    AnnotationId annotation;
    int boxRevision = 1;
    imaging::Box box;
    std::filesystem::path photoPath;
    std::optional<Result<ChipBytes>> chip;
};

/// Chips of the catalogue's own packs, at their annotations' current boxes.
class CachedChips
{
public:
    CachedChips(catalogue::Catalogue &catalogue, chips::ChipShape shape)
        : m_catalogue(catalogue)
        , m_shape(shape)
        , m_cache(catalogue, static_cast<int>(shape.widthPx), static_cast<int>(shape.heightPx))
    {
    }

    Result<void> load(std::span<const AnnotationId> annotations)
    {
        m_places.clear();
        if (m_shape.channels != 3)
            return {};
        const auto places = m_cache.findMany(annotations);
        if (!places)
            return places.error();
        for (const catalogue::ChipPlace &place : *places)
            m_places.emplace(place.annotation, place);
        return {};
    }

    std::optional<ChipBytes> find(AnnotationId annotation)
    {
        const auto place = m_places.find(annotation);
        if (place == m_places.end())
            return std::nullopt;
        const chips::ChipPackReader *pack = open(place->second.packFile);
        const auto index = static_cast<std::size_t>(place->second.index);
        if (!pack || index >= pack->count() || pack->id(index) != annotation)
            return std::nullopt;
        const auto pixels = pack->chip(index);
        return ChipBytes(pixels.begin(), pixels.end());
    }

private:
    /// Null for a pack that is gone, damaged or of another size: a cache may be wrong, the photo is right.
    const chips::ChipPackReader *open(const QString &packFile)
    {
        auto found = m_packs.find(packFile);
        if (found == m_packs.end()) {
            auto opened = chips::ChipPackReader::open(m_catalogue.resolve(packFile));
            std::optional<chips::ChipPackReader> pack;
            if (opened && opened->shape() == m_shape)
                pack.emplace(std::move(opened).value());
            found = m_packs.emplace(packFile, std::move(pack)).first;
        }
        return found->second ? &*found->second : nullptr;
    }

    catalogue::Catalogue &m_catalogue;
    chips::ChipShape m_shape;
    catalogue::ChipCache m_cache;
    std::map<AnnotationId, catalogue::ChipPlace> m_places;
    std::map<QString, std::optional<chips::ChipPackReader>> m_packs;
};

Result<ChipBytes> cutChip(const ChipTask &task, chips::ChipShape shape)
{
    const auto bytes = imaging::readPhotoFile(task.photoPath);
    if (!bytes)
        return bytes.error();
    auto chips = imaging::decodeChips(*bytes, task.photoPath.string(), std::span(&task.box, 1), shape);
    if (!chips)
        return chips.error();
    return std::move(chips->front());
}

void cutMissing(std::vector<ChipTask> &tasks, chips::ChipShape shape, const std::stop_token &stop)
{
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t i = next++; i < tasks.size() && !stop.stop_requested(); i = next++) {
            if (!tasks[i].chip)
                tasks[i].chip.emplace(cutChip(tasks[i], shape));
        }
    };
    const std::size_t helpers = std::min<std::size_t>(std::max(1U, std::thread::hardware_concurrency()), tasks.size());
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < helpers; ++i)
        threads.emplace_back(work);
    work();
}

class PackJob
{
public:
    PackJob(catalogue::Catalogue &catalogue, chips::ChipShape shape, const jobs::WorkContext &context)
        : m_catalogue(catalogue)
        , m_shape(shape)
        , m_context(context)
        , m_annotations(catalogue)
        , m_photos(catalogue)
        , m_cached(catalogue, shape)
    {
    }

    Result<void> addBlock(std::span<const AnnotationId> ids, chips::ChipPackWriter &writer)
    {
        auto tasks = makeTasks(ids);
        if (!tasks)
            return tasks.error();
        cutMissing(*tasks, m_shape, m_context.stop);
        if (m_context.stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        for (const ChipTask &task : *tasks) {
            if (const auto added = addChip(task, writer); !added)
                return added.error();
        }
        return {};
    }

    PackReport report;

private:
    Result<std::vector<ChipTask>> makeTasks(std::span<const AnnotationId> ids)
    {
        const auto annotations = m_annotations.getMany(ids);
        if (!annotations)
            return annotations.error();
        if (const auto loaded = m_cached.load(ids); !loaded)
            return loaded.error();
        std::vector<ChipTask> tasks;
        for (const catalogue::Annotation &annotation : *annotations) {
            ChipTask task{annotation.id, annotation.boxRevision, imagingBox(annotation.box), {}, {}};
            if (auto chip = m_cached.find(annotation.id)) {
                task.chip.emplace(std::move(*chip));
            } else {
                const auto photo = m_photos.get(annotation.photo);
                if (!photo)
                    return photo.error();
                task.photoPath = m_catalogue.resolve(photo->path);
            }
            tasks.push_back(std::move(task));
        }
        return tasks;
    }

    Result<void> addChip(const ChipTask &task, chips::ChipPackWriter &writer)
    {
        const Result<ChipBytes> &chip = *task.chip;
        if (!chip) {
            ++report.leftOut;
            if (m_context.warn)
                m_context.warn(chip.error());
            return {};
        }
        report.annotations.push_back(task.annotation);
        report.boxRevisions.push_back(task.boxRevision);
        return writer.append(task.annotation, *chip);
    }

    catalogue::Catalogue &m_catalogue;
    chips::ChipShape m_shape;
    const jobs::WorkContext &m_context;
    catalogue::AnnotationStore m_annotations;
    catalogue::PhotoStore m_photos;
    CachedChips m_cached;
};

} // namespace

Result<PackReport> writeChipPack(catalogue::Catalogue &catalogue, std::span<const AnnotationId> annotations,
                                 chips::ChipShape shape, const std::filesystem::path &packPath,
                                 const jobs::WorkContext &context)
{
    auto writer = chips::ChipPackWriter::create(packPath, shape);
    if (!writer)
        return writer.error();
    PackJob job(catalogue, shape, context);
    const auto tell = [&](std::size_t done) {
        if (context.progress)
            context.progress(
                {"packing", static_cast<std::int64_t>(done), static_cast<std::int64_t>(annotations.size()), {}});
    };
    for (std::size_t from = 0; from < annotations.size(); from += blockSize) {
        if (context.pause)
            context.pause->waitWhilePaused(context.stop);
        tell(from);
        const auto block = annotations.subspan(from, std::min(blockSize, annotations.size() - from));
        if (const auto added = job.addBlock(block, *writer); !added)
            return added.error();
    }
    if (job.report.annotations.empty())
        return Error(ErrorCode::NothingToDo, {"photos"});
    if (const auto finished = writer->finish(); !finished)
        return finished.error();
    tell(annotations.size());
    return std::move(job.report);
}

} // namespace flukeprint::workflows
