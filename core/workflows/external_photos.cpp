#include "core/workflows/external_photos.h"

#include "core/catalogue/catalogue.h"
#include "core/chips/chip_pack.h"
#include "core/chips/embedding_file.h"
#include "core/imaging/chip.h"
#include "core/imaging/prepare.h"
#include "core/jobs/worker_call.h"
#include "core/workflows/localiser/fluke_locator.h"
#include "core/workflows/scratch_folder.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
#include <thread>

namespace flukeprint::workflows {

namespace {

constexpr std::size_t photosPerCall = 256; // some 100 MB of chips and overviews
constexpr int overviewSidePx = 384;

using ChipBytes = std::vector<std::uint8_t>;

/// A photo on its way: its chip at the guessed box, and what a better box needs.
struct CutPhoto
{
    ChipBytes chip;
    std::optional<UnplacedPhoto> unplaced;
};

CutPhoto cutChip(ExternalPhoto &photo, chips::ChipShape shape, bool locate)
{
    const auto fail = [&photo](const Error &error) {
        photo.error = error;
        return CutPhoto();
    };
    const auto bytes = imaging::readPhotoFile(photo.path);
    if (!bytes)
        return fail(bytes.error());
    imaging::PrepareOptions options;
    options.overviewSidePx = overviewSidePx;
    options.chipShape = shape;
    options.box = photo.box;
    auto prepared = imaging::prepare(*bytes, photo.path.string(), options);
    if (!prepared)
        return fail(prepared.error());
    CutPhoto cut{std::move(prepared->chip), std::nullopt};
    if (locate && !photo.box) {
        if (auto squashed = squashedForLocator(prepared->overview))
            cut.unplaced = UnplacedPhoto{std::move(prepared->overview), prepared->overviewScale, std::move(*squashed)};
    }
    photo.box = prepared->box;
    return cut;
}

/// The chip of a fluke that is small in its photo.
Result<ChipBytes> cutFromPhoto(const ExternalPhoto &photo, chips::ChipShape shape)
{
    const auto bytes = imaging::readPhotoFile(photo.path);
    if (!bytes)
        return bytes.error();
    auto chips = imaging::decodeChips(*bytes, photo.path.string(), std::span(&*photo.box, 1), shape);
    if (!chips)
        return chips.error();
    return std::move(chips->front());
}

/// `work` for 0..count-1 on all cores.
void onAllCores(std::size_t count, const std::stop_token &stop, const std::function<void(std::size_t)> &work)
{
    std::atomic<std::size_t> next = 0;
    const auto share = [&] {
        for (std::size_t i = next++; i < count && !stop.stop_requested(); i = next++)
            work(i);
    };
    std::vector<std::jthread> helpers;
    const std::size_t threads = std::min<std::size_t>(std::max(1U, std::thread::hardware_concurrency()), count);
    for (std::size_t i = 1; i < threads; ++i)
        helpers.emplace_back(share);
    share();
}

std::vector<CutPhoto> cutChips(std::span<ExternalPhoto> photos, chips::ChipShape shape, bool locate, const std::stop_token &stop)
{
    std::vector<CutPhoto> cuts(photos.size());
    onAllCores(photos.size(), stop, [&](std::size_t i) { cuts[i] = cutChip(photos[i], shape, locate); });
    return cuts;
}

/// One chunk: cut, pack, embed. `AnnotationId` in the pack is the place in `photos`, from 1.
class ChunkCall
{
public:
    ChunkCall(const catalogue::Catalogue &catalogue, const catalogue::Model &model, jobs::WorkerProcess &worker,
              const jobs::WorkContext &context, const ExternalOptions &options, const ScratchFolder &folder)
        : m_model(model)
        , m_worker(worker)
        , m_context(context)
    {
        m_job.modelPath = catalogue.resolve(model.file).string();
        m_job.packPath = folder.filePath(QStringLiteral("chips.fpc")).toStdString();
        m_job.outputPath = folder.filePath(QStringLiteral("chips.fpe")).toStdString();
        m_job.device = options.device;
        m_job.threads = options.threads;
    }

    Result<void> run(std::span<ExternalPhoto> photos)
    {
        const auto packed = pack(photos);
        if (!packed)
            return packed.error();
        if (*packed == 0)
            return {};
        jobs::WorkerListener listener;
        listener.onWarning = m_context.warn;
        const auto answer = jobs::callWorker(m_worker, m_job, m_context.stop, listener, m_context.pause);
        if (!answer)
            return answer.error();
        const auto table = chips::readEmbeddings(m_job.outputPath);
        if (!table)
            return table.error();
        if (table->dimension != static_cast<std::uint32_t>(m_model.dimension))
            return Error(ErrorCode::ModelIncompatible, {m_model.name.toStdString(), "embeddings of another dimension"});
        for (std::size_t i = 0; i < table->count(); ++i) {
            const auto row = table->row(i);
            photos[static_cast<std::size_t>(table->ids[i].value) - 1].vector.assign(row.begin(), row.end());
        }
        return {};
    }

private:
    Result<std::size_t> pack(std::span<ExternalPhoto> photos)
    {
        const chips::ChipShape shape {static_cast<std::uint32_t>(m_model.inputWidthPx),
                                      static_cast<std::uint32_t>(m_model.inputHeightPx), 3};
        const auto localiser = shippedLocaliser();
        std::vector<CutPhoto> cut = cutChips(photos, shape, localiser.has_value(), m_context.stop);
        if (m_context.stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        if (localiser) {
            if (const Result<void> placed = place(photos, cut, *localiser, shape); !placed)
                return placed.error();
        }
        auto writer = chips::ChipPackWriter::create(m_job.packPath, shape);
        if (!writer)
            return writer.error();
        for (std::size_t i = 0; i < cut.size(); ++i) {
            if (cut[i].chip.empty())
                continue;
            const Result<void> written = writer->append(AnnotationId(static_cast<std::int64_t>(i) + 1), cut[i].chip);
            if (!written)
                return written.error();
        }
        const std::size_t count = writer->count();
        const Result<void> finished = writer->finish();
        if (!finished)
            return finished.error();
        return count;
    }

    /// Puts the localiser's boxes in the place of the guesses; if its worker fails, with a warning, the guesses stay.
    Result<void> place(std::span<ExternalPhoto> photos, std::vector<CutPhoto> &cut, const std::filesystem::path &localiser,
                       chips::ChipShape shape)
    {
        std::vector<std::size_t> open;
        std::vector<std::vector<std::uint8_t>> squashed;
        for (std::size_t i = 0; i < cut.size(); ++i) {
            if (!cut[i].unplaced)
                continue;
            open.push_back(i);
            squashed.push_back(std::move(cut[i].unplaced->squashed));
        }
        const auto found = FlukeLocator(localiser, m_worker).locate(squashed, m_context.stop, m_job.device, m_job.threads);
        if (!found && found.error().code == ErrorCode::Cancelled)
            return found.error();
        if (!found) {
            if (m_context.warn)
                m_context.warn(localiserFailure(found.error()));
            return {};
        }
        // Flukes that are small in their photos are cut from the photo itself, which is decoded once more.
        onAllCores(open.size(), m_context.stop, [&](std::size_t k) {
            ExternalPhoto &photo = photos[open[k]];
            CutPhoto &own = cut[open[k]];
            auto placed = placeFluke(*own.unplaced, (*found)[k], shape);
            if (!placed)
                return;
            photo.box = placed->box;
            own.chip = std::move(placed->chip);
            if (!own.chip.empty())
                return;
            if (auto chip = cutFromPhoto(photo, shape))
                own.chip = std::move(*chip);
            else
                photo.error = chip.error();
        });
        if (m_context.stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        return {};
    }

    const catalogue::Model &m_model;
    jobs::WorkerProcess &m_worker;
    const jobs::WorkContext &m_context;
    protocol::EmbedJob m_job;
};

} // namespace

Result<void> embedPhotoFiles(const catalogue::Catalogue &catalogue, const catalogue::Model &model,
                             std::span<ExternalPhoto> photos, jobs::WorkerProcess &worker, const jobs::WorkContext &context,
                             const ExternalOptions &options)
{
    if (photos.empty())
        return {};
    const std::filesystem::path modelPath = catalogue.resolve(model.file);
    if (!std::filesystem::exists(modelPath))
        return Error(ErrorCode::FileNotFound, {modelPath.string()});
    const ScratchFolder folder;
    if (!folder.isValid())
        return Error(ErrorCode::FileUnwritable, {folder.path().toStdString(), folder.errorString().toStdString()});
    ChunkCall call(catalogue, model, worker, context, options, folder);
    for (std::size_t from = 0; from < photos.size(); from += photosPerCall) {
        const auto chunk = photos.subspan(from, std::min(photosPerCall, photos.size() - from));
        const Result<void> embedded = call.run(chunk);
        if (!embedded)
            return embedded;
        if (context.progress) {
            const auto done = static_cast<std::int64_t>(from + chunk.size());
            context.progress({"embedding", done, static_cast<std::int64_t>(photos.size()), {}});
        }
    }
    return {};
}

} // namespace flukeprint::workflows
