#include "core/chips/chip_pack.h"

#include "core/base/partial_file.h"
#include "core/chips/packed_header.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <unordered_map>

namespace flukeprint::chips {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view packMagic = "FPCHIPS1";
constexpr std::uint32_t maxSidePx = 4096;

Error writeError(const fs::path &path)
{
    if (errno == ENOSPC || errno == EDQUOT)
        return Error(ErrorCode::DiskFull, {path.string()});
    return Error(ErrorCode::FileUnwritable, {path.string(), std::generic_category().message(errno)});
}

bool isSensible(const ChipShape &shape)
{
    return shape.widthPx > 0 && shape.widthPx <= maxSidePx && shape.heightPx > 0 && shape.heightPx <= maxSidePx
        && (shape.channels == 1 || shape.channels == 3);
}

} // namespace

struct ChipPackWriter::State
{
    fs::path path;
    fs::path partialPath;
    ChipShape shape;
    std::FILE *file = nullptr;
    std::vector<std::int64_t> ids;

    ~State()
    {
        if (file != nullptr) {
            ::unlink(partialPath.c_str());
            std::fclose(file);
        }
    }
    bool write(const void *data, std::size_t size) const
    {
        // An empty pack has an index of no bytes at no address, which fwrite must not be given.
        return size == 0 || std::fwrite(data, 1, size, file) == size;
    }
};

ChipPackWriter::ChipPackWriter(std::unique_ptr<State> state)
    : m_state(std::move(state))
{
}
ChipPackWriter::ChipPackWriter(ChipPackWriter &&) noexcept = default;
ChipPackWriter &ChipPackWriter::operator=(ChipPackWriter &&) noexcept = default;
ChipPackWriter::~ChipPackWriter() = default;

Result<ChipPackWriter> ChipPackWriter::create(const fs::path &path, ChipShape shape)
{
    if (!isSensible(shape))
        return Error(ErrorCode::InvalidArgument, {"chip shape", std::to_string(shape.widthPx) + "x" + std::to_string(shape.heightPx),
                                                  "1 to 4096 px a side, 1 or 3 channels"});
    auto state = std::make_unique<State>();
    state->path = path;
    state->partialPath = path.string() + std::string(partialSuffix);
    state->shape = shape;
    const int descriptor = openPartial(state->partialPath);
    if (descriptor < 0)
        return writeError(path);
    state->file = ::fdopen(descriptor, "wb");
    if (state->file == nullptr) {
        const Error error = writeError(path);
        ::unlink(state->partialPath.c_str());
        ::close(descriptor);
        return error;
    }
    const PackedHeader blank;
    if (!state->write(&blank, sizeof blank))
        return writeError(path);
    return ChipPackWriter(std::move(state));
}

Result<void> ChipPackWriter::append(AnnotationId id, std::span<const std::uint8_t> pixels)
{
    if (pixels.size() != m_state->shape.byteCount())
        return Error(ErrorCode::InvalidArgument, {"chip bytes", std::to_string(pixels.size()), std::to_string(m_state->shape.byteCount())});
    if (!m_state->write(pixels.data(), pixels.size()))
        return writeError(m_state->path);
    m_state->ids.push_back(id.value);
    return {};
}

Result<void> ChipPackWriter::finish()
{
    State &state = *m_state;
    PackedHeader header = makeHeader(packMagic);
    header.widthOrDimension = state.shape.widthPx;
    header.height = state.shape.heightPx;
    header.channels = state.shape.channels;
    header.count = state.ids.size();
    const bool written = state.write(state.ids.data(), state.ids.size() * sizeof(std::int64_t))
        && std::fseek(state.file, 0, SEEK_SET) == 0 && state.write(&header, sizeof header)
        && std::fflush(state.file) == 0 && ::fsync(::fileno(state.file)) == 0;
    if (!written || ::rename(state.partialPath.c_str(), state.path.c_str()) != 0)
        return writeError(state.path);
    std::fclose(std::exchange(state.file, nullptr));
    return {};
}

std::size_t ChipPackWriter::count() const { return m_state->ids.size(); }

struct ChipPackReader::State
{
    ChipShape shape;
    std::size_t count = 0;
    const std::uint8_t *map = nullptr;
    std::size_t mapSize = 0;
    std::vector<std::int64_t> ids;
    std::unordered_map<std::int64_t, std::size_t> positions;

    ~State()
    {
        if (map != nullptr)
            ::munmap(const_cast<std::uint8_t *>(map), mapSize);
    }
};

namespace {

struct FileMap
{
    const std::uint8_t *data = nullptr;
    std::size_t size = 0;
};

Result<FileMap> mapFile(const fs::path &path)
{
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT)
        return Error(ErrorCode::FileNotFound, {path.string()});
    struct stat status{};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
        const Error error(ErrorCode::FileUnreadable, {path.string(), std::generic_category().message(errno)});
        if (descriptor >= 0)
            ::close(descriptor);
        return error;
    }
    FileMap map{nullptr, static_cast<std::size_t>(status.st_size)};
    void *address = map.size >= sizeof(PackedHeader) ? ::mmap(nullptr, map.size, PROT_READ, MAP_PRIVATE, descriptor, 0) : nullptr;
    ::close(descriptor);
    if (address == nullptr)
        return Error(map.size == 0 ? ErrorCode::FileEmpty : ErrorCode::FileTruncated, {path.string()});
    if (address == MAP_FAILED)
        return Error(ErrorCode::FileUnreadable, {path.string(), std::generic_category().message(errno)});
    map.data = static_cast<const std::uint8_t *>(address);
    return map;
}

} // namespace

ChipPackReader::ChipPackReader(std::unique_ptr<State> state)
    : m_state(std::move(state))
{
}
ChipPackReader::ChipPackReader(ChipPackReader &&) noexcept = default;
ChipPackReader &ChipPackReader::operator=(ChipPackReader &&) noexcept = default;
ChipPackReader::~ChipPackReader() = default;

Result<ChipPackReader> ChipPackReader::open(const fs::path &path)
{
    const Result<FileMap> map = mapFile(path);
    if (!map)
        return map.error();
    auto state = std::make_unique<State>();
    state->map = map->data;
    state->mapSize = map->size;
    PackedHeader header;
    std::memcpy(&header, state->map, sizeof header);
    if (const Result<void> checked = checkHeader(header, packMagic, path); !checked)
        return checked.error();
    state->shape = {header.widthOrDimension, header.height, header.channels};
    if (!isSensible(state->shape))
        return Error(ErrorCode::DataDamaged, {path.string(), "chip shape"});
    const std::size_t perChip = state->shape.byteCount() + sizeof(std::int64_t);
    const std::size_t room = state->mapSize - sizeof header;
    if (header.count > room / perChip)
        return Error(ErrorCode::FileTruncated, {path.string()});
    if (header.count * perChip != room)
        return Error(ErrorCode::DataDamaged, {path.string(), "trailing bytes"});
    state->count = header.count;
    state->ids.resize(state->count);
    if (state->count > 0) {
        std::memcpy(state->ids.data(), state->map + sizeof header + state->count * state->shape.byteCount(),
                    state->count * sizeof(std::int64_t));
    }
    state->positions.reserve(state->count);
    for (std::size_t i = 0; i < state->count; ++i)
        state->positions[state->ids[i]] = i;
    return ChipPackReader(std::move(state));
}

ChipShape ChipPackReader::shape() const { return m_state->shape; }
std::size_t ChipPackReader::count() const { return m_state->count; }

void ChipPackReader::readAhead() const
{
    // Advice: where the system does not take it, pages come one by one as before.
    (void)::madvise(const_cast<std::uint8_t *>(m_state->map), m_state->mapSize, MADV_WILLNEED);
}

std::span<const std::uint8_t> ChipPackReader::chip(std::size_t index) const
{
    const std::size_t bytes = m_state->shape.byteCount();
    return {m_state->map + sizeof(PackedHeader) + index * bytes, bytes};
}

AnnotationId ChipPackReader::id(std::size_t index) const { return AnnotationId(m_state->ids[index]); }

std::optional<std::size_t> ChipPackReader::find(AnnotationId id) const
{
    const auto found = m_state->positions.find(id.value);
    return found == m_state->positions.end() ? std::nullopt : std::optional(found->second);
}

} // namespace flukeprint::chips
