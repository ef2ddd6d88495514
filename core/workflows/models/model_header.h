#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <QHash>
#include <QSet>
#include <QString>

#include <filesystem>

namespace flukeprint::workflows {

using ModelHeader = QHash<QString, QString>;

/// The `__metadata__` of a .safetensors file; nothing else of it is looked at, and nothing in it is executed. Empty where the file has
/// none. Errors: FileNotFound, FileUnreadable, FileEmpty, FileTruncated, FormatUnknown (path, "model": no safetensors header), DataDamaged.
Result<ModelHeader> readModelHeader(const std::filesystem::path &path);

/// The names of the tensors in such a file; the same errors.
Result<QSet<QString>> readTensorNames(const std::filesystem::path &path);

/// Whether it is the header of a model that embeds by itself: one that our own worker wrote.
[[nodiscard]] bool isOwnModel(const ModelHeader &header);

/// The registry row that the header describes; name, file and run are left empty. Errors: DataDamaged (a value is missing or out of
/// range), VersionTooNew. `path` is for errors only.
Result<catalogue::Model> modelRecord(const ModelHeader &header, const std::filesystem::path &path);

/// Whether the file is whole: each tensor of the size that its shape and type say, and all of them there. Errors: those of
/// readModelHeader; FileTruncated; DataDamaged.
Result<void> checkModelFile(const std::filesystem::path &path);

/// Key of a model's metadata in the catalogue: SHA-256 of its file, lower-case hex, as it was registered.
inline const QString fileHashKey = QStringLiteral("file_sha256");
/// Errors: FileNotFound, FileUnreadable.
Result<QString> fileSha256(const std::filesystem::path &path);

} // namespace flukeprint::workflows
