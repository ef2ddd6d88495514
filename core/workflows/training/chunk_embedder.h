#pragma once

#include "core/catalogue/records.h"
#include "core/workflows/training/embed_catalogue.h"
#include "core/workflows/scratch_folder.h"


#include <set>
#include <span>
#include <vector>

namespace flukeprint::workflows {

/// Embeds lists of annotations chunk by chunk into the catalogue. For the thread of `catalogue` and `worker`.
class ChunkEmbedder
{
public:
    ChunkEmbedder(catalogue::Catalogue &catalogue, catalogue::Model model, jobs::WorkerProcess &worker,
                  const jobs::WorkContext &context, const EmbedOptions &options);

    /// Each chunk is stored when it is done. `context.progress` counts from what earlier calls did. Errors: as embedCatalogue.
    Result<void> embed(std::span<const catalogue::EmbeddingKey> keys);
    /// Everything that is missing until nothing is, but what had to be left out.
    Result<void> embedMissing();

    [[nodiscard]] const EmbedSummary &summary() const { return m_summary; }
    /// Annotations whose photo could not be read.
    [[nodiscard]] const std::set<AnnotationId> &leftOut() const { return m_leftOut; }

private:
    Result<void> embedChunk(std::span<const AnnotationId> annotations);
    Result<void> callAndStore(const std::filesystem::path &packPath, const std::vector<catalogue::EmbeddingKey> &keys);
    void noteLeftOut(std::span<const AnnotationId> wanted, const std::vector<AnnotationId> &packed);
    void tell(std::int64_t doneInChunk);

    catalogue::Catalogue &m_catalogue;
    catalogue::Model m_model;
    jobs::WorkerProcess &m_worker;
    const jobs::WorkContext &m_context;
    EmbedOptions m_options;
    catalogue::EmbeddingStore m_store;
    ScratchFolder m_folder;
    EmbedSummary m_summary;
    std::set<AnnotationId> m_leftOut;
    std::int64_t m_done = 0;
    std::int64_t m_total = 0;
};

} // namespace flukeprint::workflows
