#pragma once

#include "core/base/result.h"
#include "core/learning/model/safetensors.h"

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>

namespace flukeprint::learning {

using NamedTensors = std::map<std::string, torch::Tensor>;

struct TensorFile
{
    NamedTensors tensors; ///< on the CPU, contiguous, in the file's own types
    std::map<std::string, std::string> metadata;
};

/// Reads all tensors (of every supported type). Errors: those of SafetensorsReader, OutOfMemory.
Result<TensorFile> readTensorFile(const std::filesystem::path &path);

/// Writes tensors from any device and layout, contiguous; `halveFloats` stores float32 and float64 as float16, but for
/// vectors (norms and biases: small in size and large in range). Atomic. Errors: TensorInvalid (a type that the format
/// has not; a value too large for float16), DiskFull, FileUnwritable.
Result<void> writeTensorFile(const std::filesystem::path &path, const NamedTensors &tensors,
                             const std::map<std::string, std::string> &metadata, bool halveFloats = false);

} // namespace flukeprint::learning
