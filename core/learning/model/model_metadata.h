#pragma once

#include "core/base/result.h"
#include "core/learning/model/model_file.h"
#include "core/learning/model/safetensors.h"

#include <map>
#include <string>
#include <vector>

/// The metadata of model files: our own, and what foreign files say about themselves.
namespace flukeprint::learning {

inline constexpr const char *modelFormat = "flukeprint-model";
inline constexpr int modelFormatVersion = 1;

[[nodiscard]] std::map<std::string, std::string> modelMetadata(const ModelInfo &info);
[[nodiscard]] bool isOwnModel(const std::map<std::string, std::string> &metadata);
/// Errors: VersionTooNew, DataDamaged.
Result<ModelInfo> ownModelInfo(const std::map<std::string, std::string> &metadata, const std::string &path);

/// Weights that others wrote: `architecture` if given, else the metadata's, else what the tensors' names tell; pooled
/// features without a head. Errors: ModelIncompatible.
Result<ModelInfo> foreignModelInfo(const SafetensorsReader &file, const std::string &architecture,
                                   const std::string &path);

} // namespace flukeprint::learning
