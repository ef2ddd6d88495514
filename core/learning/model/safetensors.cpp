#include "core/learning/model/safetensors.h"

#include "core/base/atomic_file.h"
#include "core/learning/model/safetensors_header.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace flukeprint::learning {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

namespace {

constexpr std::size_t lengthBytes = sizeof(std::uint64_t);

class Descriptor
{
public:
    explicit Descriptor(int descriptor)
        : m_descriptor(descriptor)
    {
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    ~Descriptor()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    [[nodiscard]] int get() const { return m_descriptor; }

private:
    int m_descriptor;
};

Result<void> readExactly(int descriptor, const std::string &path, std::uint64_t position, void *destination,
                         std::uint64_t size)
{
    char *cursor = static_cast<char *>(destination);
    while (size > 0) {
        const ssize_t got = ::pread(descriptor, cursor, size, static_cast<off_t>(position));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return Error(ErrorCode::FileUnreadable, {path, std::generic_category().message(errno)});
        if (got == 0)
            return Error(ErrorCode::FileTruncated, {path});
        cursor += got;
        position += static_cast<std::uint64_t>(got);
        size -= static_cast<std::uint64_t>(got);
    }
    return {};
}

} // namespace

struct SafetensorsReader::State
{
    explicit State(int fileDescriptor)
        : descriptor(fileDescriptor)
    {
    }
    Descriptor descriptor;
    std::string path;
    std::uint64_t dataStart = 0;
    SafetensorsHeader header;
};

SafetensorsReader::SafetensorsReader(std::unique_ptr<State> state)
    : m_state(std::move(state))
{
}
SafetensorsReader::SafetensorsReader(SafetensorsReader &&) noexcept = default;
SafetensorsReader &SafetensorsReader::operator=(SafetensorsReader &&) noexcept = default;
SafetensorsReader::~SafetensorsReader() = default;

Result<SafetensorsReader> SafetensorsReader::open(const std::filesystem::path &path)
{
    auto state = std::make_unique<State>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    state->path = path.string();
    const int descriptor = state->descriptor.get();
    struct stat status
    {
    };
    if (descriptor < 0 && errno == ENOENT)
        return Error(ErrorCode::FileNotFound, {state->path});
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0)
        return Error(ErrorCode::FileUnreadable, {state->path, std::generic_category().message(errno)});
    if (!S_ISREG(status.st_mode))
        return Error(ErrorCode::FileUnreadable, {state->path, "not a regular file"});
    const auto fileBytes = static_cast<std::uint64_t>(status.st_size);
    if (fileBytes == 0)
        return Error(ErrorCode::FileEmpty, {state->path});
    if (fileBytes < lengthBytes)
        return Error(ErrorCode::FileTruncated, {state->path});

    std::uint64_t headerBytes = 0;
    if (Result<void> got = readExactly(descriptor, state->path, 0, &headerBytes, lengthBytes); !got)
        return got.error();
    if (headerBytes > maximumHeaderBytes)
        return Error(ErrorCode::DataDamaged, {state->path, "header of " + std::to_string(headerBytes) + " bytes"});
    if (headerBytes > fileBytes - lengthBytes)
        return Error(ErrorCode::FileTruncated, {state->path});
    std::string text(headerBytes, '\0');
    if (Result<void> got = readExactly(descriptor, state->path, lengthBytes, text.data(), headerBytes); !got)
        return got.error();
    state->dataStart = lengthBytes + headerBytes;
    Result<SafetensorsHeader> header = parseSafetensorsHeader(text, fileBytes - state->dataStart, state->path);
    if (!header)
        return header.error();
    state->header = std::move(header).value();
    return SafetensorsReader(std::move(state));
}

const std::vector<TensorEntry> &SafetensorsReader::tensors() const
{
    return m_state->header.tensors;
}
const std::map<std::string, std::string> &SafetensorsReader::metadata() const
{
    return m_state->header.metadata;
}

const TensorEntry *SafetensorsReader::find(const std::string &name) const
{
    const std::vector<TensorEntry> &entries = m_state->header.tensors;
    const auto found =
        std::lower_bound(entries.begin(), entries.end(), name,
                         [](const TensorEntry &entry, const std::string &key) { return entry.name < key; });
    return found != entries.end() && found->name == name ? &*found : nullptr;
}

Result<void> SafetensorsReader::read(const TensorEntry &entry, std::span<std::byte> destination) const
{
    if (destination.size() != entry.byteCount)
        return Error(ErrorCode::InvalidArgument,
                     {"destination", std::to_string(destination.size()), std::to_string(entry.byteCount)});
    return readExactly(m_state->descriptor.get(), m_state->path, m_state->dataStart + entry.offset, destination.data(),
                       destination.size());
}

Result<void> writeSafetensors(const std::filesystem::path &path, std::vector<TensorToWrite> tensors,
                              const std::map<std::string, std::string> &metadata)
{
    std::sort(tensors.begin(), tensors.end(), [](const TensorToWrite &a, const TensorToWrite &b) {
        const std::size_t sizeA = tensorTypeSize(a.type);
        const std::size_t sizeB = tensorTypeSize(b.type);
        return sizeA != sizeB ? sizeA > sizeB : a.name < b.name;
    });
    std::set<std::string> names;
    for (const TensorToWrite &tensor : tensors) {
        TensorEntry entry{tensor.name, tensor.type, tensor.shape, 0, 0};
        if (tensor.name.empty() || tensor.name == metadataKey || !names.insert(tensor.name).second)
            return Error(ErrorCode::InvalidArgument, {"tensor name", tensor.name, "unique and not empty"});
        const auto elements = static_cast<std::uint64_t>(entry.elementCount());
        if (tensor.data.size() != elements * tensorTypeSize(tensor.type))
            return Error(ErrorCode::InvalidArgument,
                         {tensor.name, std::to_string(tensor.data.size()), "size of its shape"});
    }
    Result<std::string> header = formatSafetensorsHeader(tensors, metadata);
    if (!header)
        return header.error();
    return writeFileAtomically(path, [&](const ByteSink &sink) -> Result<void> {
        const std::uint64_t headerBytes = header->size();
        bool written = sink(&headerBytes, sizeof headerBytes) && sink(header->data(), header->size());
        for (const TensorToWrite &tensor : tensors)
            written = written && sink(tensor.data.data(), tensor.data.size());
        return {};
    });
}

} // namespace flukeprint::learning
