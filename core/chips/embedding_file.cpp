#include "core/chips/embedding_file.h"

#include "core/base/atomic_file.h"
#include "core/chips/packed_header.h"

namespace flukeprint::chips {

namespace {

constexpr std::string_view embeddingMagic = "FPEMBED1";
constexpr std::uint32_t maxDimension = 1U << 16;

} // namespace

Result<void> writeEmbeddings(const std::filesystem::path &path, const EmbeddingTable &table)
{
    if (table.dimension == 0 || table.dimension > maxDimension || table.vectors.size() != table.count() * table.dimension)
        return Error(ErrorCode::InvalidArgument, {"embedding dimension", std::to_string(table.dimension),
                                                  std::to_string(table.vectors.size()) + " values for " + std::to_string(table.count()) + " ids"});
    return writeFileAtomically(path, [&table](const ByteSink &sink) -> Result<void> {
        PackedHeader header = makeHeader(embeddingMagic);
        header.widthOrDimension = table.dimension;
        header.count = table.count();
        static_assert(sizeof(AnnotationId) == sizeof(std::int64_t));
        sink(&header, sizeof header);
        sink(table.vectors.data(), table.vectors.size() * sizeof(float));
        sink(table.ids.data(), table.ids.size() * sizeof(AnnotationId));
        return {};
    });
}

Result<EmbeddingTable> readEmbeddings(const std::filesystem::path &path)
{
    const Result<std::string> content = readFile(path);
    if (!content)
        return content.error();
    PackedHeader header;
    if (content->size() < sizeof header)
        return Error(content->empty() ? ErrorCode::FileEmpty : ErrorCode::FileTruncated, {path.string()});
    std::memcpy(&header, content->data(), sizeof header);
    if (const Result<void> checked = checkHeader(header, embeddingMagic, path); !checked)
        return checked.error();
    if (header.widthOrDimension == 0 || header.widthOrDimension > maxDimension)
        return Error(ErrorCode::DataDamaged, {path.string(), "dimension"});
    EmbeddingTable table;
    table.dimension = header.widthOrDimension;
    const std::size_t rowBytes = table.dimension * sizeof(float);
    const std::size_t room = content->size() - sizeof header;
    if (header.count > room / (rowBytes + sizeof(std::int64_t)))
        return Error(ErrorCode::FileTruncated, {path.string()});
    if (header.count * (rowBytes + sizeof(std::int64_t)) != room)
        return Error(ErrorCode::DataDamaged, {path.string(), "trailing bytes"});
    if (header.count == 0)
        return table;
    table.vectors.resize(header.count * table.dimension);
    table.ids.resize(header.count);
    std::memcpy(table.vectors.data(), content->data() + sizeof header, header.count * rowBytes);
    std::memcpy(table.ids.data(), content->data() + sizeof header + header.count * rowBytes, header.count * sizeof(std::int64_t));
    return table;
}

} // namespace flukeprint::chips
