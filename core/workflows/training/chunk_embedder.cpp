#include "core/workflows/training/chunk_embedder.h"

#include "core/catalogue/catalogue.h"
#include "core/chips/embedding_file.h"
#include "core/jobs/worker_call.h"
#include "core/workflows/training/run_pack.h"

#include <algorithm>
#include <filesystem>
#include <map>

namespace flukeprint::workflows {

ChunkEmbedder::ChunkEmbedder(catalogue::Catalogue &catalogue, catalogue::Model model, jobs::WorkerProcess &worker,
                             const jobs::WorkContext &context, const EmbedOptions &options)
    : m_catalogue(catalogue)
    , m_model(std::move(model))
    , m_worker(worker)
    , m_context(context)
    , m_options(options)
    , m_store(catalogue)
{
}

Result<void> ChunkEmbedder::embed(std::span<const catalogue::EmbeddingKey> keys)
{
    if (keys.empty())
        return {};
    const std::filesystem::path modelPath = m_catalogue.resolve(m_model.file);
    if (!std::filesystem::exists(modelPath))
        return Error(ErrorCode::FileNotFound, {modelPath.string()});
    if (!m_folder.isValid())
        return Error(ErrorCode::FileUnwritable, {m_folder.path().toStdString(), m_folder.errorString().toStdString()});
    m_total += static_cast<std::int64_t>(keys.size());
    std::vector<AnnotationId> ids;
    ids.reserve(keys.size());
    for (const catalogue::EmbeddingKey &key : keys)
        ids.push_back(key.annotation);
    const std::size_t chunkSize = std::max<std::size_t>(1, m_options.chunkSize);
    for (std::size_t from = 0; from < ids.size(); from += chunkSize) {
        tell(0);
        const auto chunk = std::span(ids).subspan(from, std::min(chunkSize, ids.size() - from));
        if (const auto embedded = embedChunk(chunk); !embedded)
            return embedded.error();
        m_done += static_cast<std::int64_t>(chunk.size());
    }
    tell(0);
    return {};
}

Result<void> ChunkEmbedder::embedMissing()
{
    const auto dropped = m_store.dropUnusable(m_model.id, m_context.stop);
    if (!dropped)
        return dropped.error();
    for (const QString &fileName : *dropped) {
        if (m_context.warn)
            m_context.warn(Error(ErrorCode::DataDamaged, {"the embedding of " + fileName.toStdString(), "it is computed anew"}));
    }
    while (true) {
        auto keys = m_store.missing(m_model.id);
        if (!keys)
            return keys.error();
        std::erase_if(*keys, [this](const catalogue::EmbeddingKey &key) { return m_leftOut.contains(key.annotation); });
        if (keys->empty())
            return {};
        if (const auto embedded = embed(*keys); !embedded)
            return embedded.error();
    }
}

Result<void> ChunkEmbedder::embedChunk(std::span<const AnnotationId> annotations)
{
    const std::filesystem::path packPath = m_folder.filePath(QStringLiteral("chips.fpc")).toStdString();
    const chips::ChipShape shape{static_cast<std::uint32_t>(m_model.inputWidthPx),
                                 static_cast<std::uint32_t>(m_model.inputHeightPx), 3};
    jobs::WorkContext packing = m_context;
    packing.progress = {}; // cutting is a small part of the work; the bar counts embeddings
    const auto packed = writeChipPack(m_catalogue, annotations, shape, packPath, packing);
    if (!packed && packed.error().code == ErrorCode::NothingToDo) {
        noteLeftOut(annotations, {});
        return {};
    }
    if (!packed)
        return packed.error();
    noteLeftOut(annotations, packed->annotations);
    std::vector<catalogue::EmbeddingKey> keys;
    keys.reserve(packed->annotations.size());
    for (std::size_t i = 0; i < packed->annotations.size(); ++i)
        keys.push_back({packed->annotations[i], packed->boxRevisions[i]});
    return callAndStore(packPath, keys);
}

Result<void> ChunkEmbedder::callAndStore(const std::filesystem::path &packPath,
                                         const std::vector<catalogue::EmbeddingKey> &keys)
{
    protocol::EmbedJob job;
    job.modelPath = m_catalogue.resolve(m_model.file).string();
    job.packPath = packPath.string();
    job.outputPath = m_folder.filePath(QStringLiteral("chips.fpe")).toStdString();
    job.device = m_options.device;
    job.batchSize = m_options.batchSize;
    job.threads = m_options.threads;
    jobs::WorkerListener listener;
    listener.onProgress = [this](const protocol::ProgressMessage &message) { tell(message.done); };
    listener.onWarning = m_context.warn;
    const auto answer = jobs::callWorker(m_worker, job, m_context.stop, listener, m_context.pause);
    if (!answer)
        return answer.error();
    const auto table = chips::readEmbeddings(job.outputPath);
    if (!table)
        return table.error();
    const bool sameOrder = std::ranges::equal(table->ids, keys, {}, {}, &catalogue::EmbeddingKey::annotation);
    if (!sameOrder || table->dimension != static_cast<std::uint32_t>(m_model.dimension)) {
        return Error(ErrorCode::ModelIncompatible,
                     {m_model.name.toStdString(), "embeddings of another number or dimension than asked for"});
    }
    const auto stored = m_store.put(m_model.id, keys, table->vectors);
    if (!stored)
        return stored.error();
    m_summary.embedded += *stored;
    return {};
}

void ChunkEmbedder::noteLeftOut(std::span<const AnnotationId> wanted, const std::vector<AnnotationId> &packed)
{
    const std::set<AnnotationId> there(packed.begin(), packed.end());
    for (const AnnotationId annotation : wanted) {
        if (!there.contains(annotation) && m_leftOut.insert(annotation).second)
            ++m_summary.leftOut;
    }
}

void ChunkEmbedder::tell(std::int64_t doneInChunk)
{
    if (m_context.progress)
        m_context.progress({"embedding", m_done + doneInChunk, m_total, {}});
}

} // namespace flukeprint::workflows
