#include "core/workflows/external_photos.h"

#include "core/catalogue/catalogue.h"
#include "core/chips/chip_pack.h"
#include "core/chips/embedding_file.h"
#include "core/imaging/prepare.h"
#include "core/jobs/worker_call.h"

#include <QTemporaryDir>

#include <algorithm>
#include <atomic>
#include <thread>

namespace flukeprint::workflows {

namespace {

constexpr std::size_t photosPerCall = 512; // some 50 MB of chips

using ChipBytes = std::vector<std::uint8_t>;

ChipBytes cutChip(ExternalPhoto &photo, chips::ChipShape shape)
{
    const auto bytes = imaging::readPhotoFile(photo.path);
    if (!bytes) {
        photo.error = bytes.error();
        return {};
    }
    imaging::PrepareOptions options;
    options.chipShape = shape;
    options.box = photo.box;
    auto prepared = imaging::prepare(*bytes, photo.path.string(), options);
    if (!prepared) {
        photo.error = prepared.error();
        return {};
    }
    photo.box = prepared->box;
    return std::move(prepared->chip);
}

std::vector<ChipBytes> cutChips(std::span<ExternalPhoto> photos, chips::ChipShape shape, const std::stop_token &stop)
{
    std::vector<ChipBytes> chips(photos.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t i = next++; i < photos.size() && !stop.stop_requested(); i = next++)
            chips[i] = cutChip(photos[i], shape);
    };
    std::vector<std::jthread> helpers;
    const std::size_t threads = std::min<std::size_t>(std::max(1U, std::thread::hardware_concurrency()), photos.size());
    for (std::size_t i = 1; i < threads; ++i)
        helpers.emplace_back(work);
    work();
    return chips;
}

/// One chunk: cut, pack, embed. `AnnotationId` in the pack is the place in `photos`, from 1.
class ChunkCall
{
public:
    ChunkCall(const catalogue::Catalogue &catalogue, const catalogue::Model &model, jobs::WorkerProcess &worker,
              const jobs::WorkContext &context, const ExternalOptions &options, const QTemporaryDir &folder)
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
        const std::vector<ChipBytes> cut = cutChips(photos, shape, m_context.stop);
        if (m_context.stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        auto writer = chips::ChipPackWriter::create(m_job.packPath, shape);
        if (!writer)
            return writer.error();
        for (std::size_t i = 0; i < cut.size(); ++i) {
            if (cut[i].empty())
                continue;
            const Result<void> written = writer->append(AnnotationId(static_cast<std::int64_t>(i) + 1), cut[i]);
            if (!written)
                return written.error();
        }
        const std::size_t count = writer->count();
        const Result<void> finished = writer->finish();
        if (!finished)
            return finished.error();
        return count;
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
    const QTemporaryDir folder;
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
