#include "core/learning/model/tensor_file.h"

#include <torch/torch.h>

#include <array>
#include <new>
#include <optional>

namespace flukeprint::learning {

namespace {

struct TypePair
{
    TensorType stored;
    torch::ScalarType torchType;
};
constexpr auto typePairs = std::to_array<TypePair>({
    {TensorType::Bool, torch::kBool},
    {TensorType::U8, torch::kUInt8},
    {TensorType::I8, torch::kInt8},
    {TensorType::I16, torch::kInt16},
    {TensorType::I32, torch::kInt32},
    {TensorType::I64, torch::kInt64},
    {TensorType::F16, torch::kFloat16},
    {TensorType::BF16, torch::kBFloat16},
    {TensorType::F32, torch::kFloat32},
    {TensorType::F64, torch::kFloat64},
});

torch::ScalarType torchTypeOf(TensorType type)
{
    return typePairs[static_cast<std::size_t>(type)].torchType;
}

std::optional<TensorType> storedTypeOf(torch::ScalarType type)
{
    for (const TypePair &pair : typePairs) {
        if (pair.torchType == type)
            return pair.stored;
    }
    return std::nullopt;
}

bool isWideFloat(torch::ScalarType type)
{
    return type == torch::kFloat32 || type == torch::kFloat64;
}

/// Contiguous on the CPU, in the type to store.
Result<torch::Tensor> storable(const std::string &path, const std::string &name, const torch::Tensor &tensor,
                               bool halveFloats)
{
    torch::Tensor plain = tensor.detach().to(torch::kCPU).contiguous();
    if (halveFloats && plain.dim() >= 2 && isWideFloat(plain.scalar_type())) {
        const torch::Tensor halved = plain.to(torch::kFloat16);
        if (!torch::isfinite(halved).equal(torch::isfinite(plain)))
            return Error(ErrorCode::TensorInvalid, {path, name, "a value too large for float16"});
        plain = halved;
    }
    if (!storedTypeOf(plain.scalar_type()))
        return Error(ErrorCode::TensorInvalid,
                     {path, name, std::string("cannot store ") + toString(plain.scalar_type())});
    return plain;
}

} // namespace

Result<TensorFile> readTensorFile(const std::filesystem::path &path)
try {
    Result<SafetensorsReader> reader = SafetensorsReader::open(path);
    if (!reader)
        return reader.error();
    TensorFile file;
    file.metadata = reader->metadata();
    for (const TensorEntry &entry : reader->tensors()) {
        torch::Tensor tensor = torch::empty(entry.shape, torch::dtype(torchTypeOf(entry.type)));
        if (entry.byteCount > 0) {
            const std::span bytes(static_cast<std::byte *>(tensor.data_ptr()), entry.byteCount);
            if (Result<void> read = reader->read(entry, bytes); !read)
                return read.error();
        }
        file.tensors.emplace(entry.name, std::move(tensor));
    }
    return file;
} catch (const c10::Error &problem) {
    return Error(ErrorCode::OutOfMemory, {"cpu", "reading " + path.string()}, problem.what_without_backtrace());
} catch (const std::bad_alloc &) {
    return Error(ErrorCode::OutOfMemory, {"cpu", "reading " + path.string()});
}

Result<void> writeTensorFile(const std::filesystem::path &path, const NamedTensors &tensors,
                             const std::map<std::string, std::string> &metadata, bool halveFloats)
{
    std::vector<torch::Tensor> kept;
    std::vector<TensorToWrite> entries;
    for (const auto &[name, tensor] : tensors) {
        Result<torch::Tensor> plain = storable(path.string(), name, tensor, halveFloats);
        if (!plain)
            return plain.error();
        const std::span bytes(static_cast<const std::byte *>(plain->data_ptr()), plain->nbytes());
        entries.push_back({name, *storedTypeOf(plain->scalar_type()), plain->sizes().vec(), bytes});
        kept.push_back(std::move(plain).value());
    }
    return writeSafetensors(path, std::move(entries), metadata);
}

} // namespace flukeprint::learning
