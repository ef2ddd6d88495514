#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// The safetensors format (huggingface/safetensors): uint64 header length, JSON header, raw little-endian tensors.
/// Nothing in such a file is ever executed. Free of LibTorch; tensor_file.h converts.
namespace flukeprint::learning {

enum class TensorType { Bool, U8, I8, I16, I32, I64, F16, BF16, F32, F64 };

/// "F32".
[[nodiscard]] std::string tensorTypeName(TensorType type);
[[nodiscard]] std::size_t tensorTypeSize(TensorType type);

struct TensorEntry
{
    std::string name;
    TensorType type = TensorType::F32;
    std::vector<std::int64_t> shape; ///< empty: a scalar
    std::uint64_t offset = 0; ///< from the first byte after the header
    std::uint64_t byteCount = 0; ///< always the product of shape and type's size

    [[nodiscard]] std::int64_t elementCount() const;
};

/// An opened file whose header has been checked whole: every tensor lies inside the file, none overlap, and none leave
/// gaps. Thread-safe for reading.
class SafetensorsReader
{
public:
    static constexpr std::uint64_t maximumHeaderBytes = 100'000'000;

    /// Errors: FileNotFound, FileUnreadable, FileEmpty, FileTruncated, DataDamaged (header), TensorInvalid (names the
    /// tensor).
    static Result<SafetensorsReader> open(const std::filesystem::path &path);
    SafetensorsReader(SafetensorsReader &&) noexcept;
    SafetensorsReader &operator=(SafetensorsReader &&) noexcept;
    ~SafetensorsReader();

    [[nodiscard]] const std::vector<TensorEntry> &tensors() const; ///< sorted by name
    [[nodiscard]] const TensorEntry *
    find(const std::string &name) const; ///< null if absent; lives as long as the reader
    [[nodiscard]] const std::map<std::string, std::string> &metadata() const;
    /// `destination` must hold entry.byteCount bytes. Errors: InvalidArgument, FileTruncated, FileUnreadable.
    Result<void> read(const TensorEntry &entry, std::span<std::byte> destination) const;

private:
    struct State;
    explicit SafetensorsReader(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// One tensor to write; `data` must stay alive until the file is written.
struct TensorToWrite
{
    std::string name;
    TensorType type = TensorType::F32;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> data;
};

/// Writes atomically; tensors are ordered by element size (descending), then name, so that each is aligned.
/// Errors: InvalidArgument (a name twice or empty, data of another size than the shape says), DiskFull, FileUnwritable.
Result<void> writeSafetensors(const std::filesystem::path &path, std::vector<TensorToWrite> tensors,
                              const std::map<std::string, std::string> &metadata);

} // namespace flukeprint::learning
