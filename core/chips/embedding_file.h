#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace flukeprint::chips {

/// Embeddings of one model, as the worker hands them over: `vectors` is row-major, ids.size() rows of `dimension` floats.
struct EmbeddingTable
{
    std::uint32_t dimension = 0;
    std::vector<AnnotationId> ids;
    std::vector<float> vectors;

    [[nodiscard]] std::size_t count() const { return ids.size(); }
    [[nodiscard]] std::span<const float> row(std::size_t index) const
    {
        return std::span(vectors).subspan(index * dimension, dimension);
    }
};

/// Embedding file `.fpe`: 64-byte header (magic "FPEMBED1", version, dimension, count; little endian), float32 rows, int64 ids.
/// Written atomically. Errors: InvalidArgument, DiskFull, FileUnwritable.
Result<void> writeEmbeddings(const std::filesystem::path &path, const EmbeddingTable &table);
/// Errors: FileNotFound, FileUnreadable, FileTruncated, DataDamaged, VersionTooNew.
Result<EmbeddingTable> readEmbeddings(const std::filesystem::path &path);

} // namespace flukeprint::chips
