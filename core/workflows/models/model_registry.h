#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"
#include "core/jobs/worker_process.h"

#include <QString>
#include <QStringList>

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

/// Models of a catalogue: files in its models/ folder with a row each. Listing is ModelStore::list; promoting is requestActivation
/// (core/workflows/training/promote.h).
namespace flukeprint::workflows {

struct ModelImportOptions
{
    std::string name; ///< empty: from the file's name; made free with a number if taken
    /// For weights without our own metadata: "mobilenet_v2" or "resnet18" under torchvision's names; empty: ours, or guessed.
    std::string architecture;
    jobs::WorkerOptions worker;
};

/// What a file of weights is, as the worker sees it.
struct ModelInspection
{
    QString architecture;
    int dimension = 0;
    int inputWidthPx = 0;
    int inputHeightPx = 0;
    QString preset; ///< empty: weights of others
    QStringList missing; ///< tensors that the architecture has and the file lacks: with any it cannot be used
    QStringList leftOver; ///< tensors of the file that the architecture has no place for (a classifier, say)
};

/// Looks at a file without importing it. Blocks, like callWorker. Errors: FileNotFound, FormatUnsupported, FormatUnknown, DataDamaged,
/// TensorInvalid, ModelIncompatible (an architecture that we do not have), Cancelled, those of the worker.
Result<ModelInspection> inspectModel(const std::filesystem::path &file, const ModelImportOptions &options, const std::stop_token &stop);

struct ImportedModel
{
    ModelId id;
    QStringList leftOver; ///< see ModelInspection
};

/// Checks a .safetensors file with the worker, copies it into models/ and registers it; the first model of a catalogue serves at once.
/// Other formats are refused without being opened further (FormatUnsupported: .pt, .pth, .onnx and the like execute code or need
/// other software). Blocks, like callWorker: use a background thread with its own connection, or the command line's main
/// thread. Errors: FileNotFound, FormatUnsupported, FormatUnknown, DataDamaged, TensorInvalid, ModelIncompatible (what does not
/// fit), Cancelled, those of the worker and of the store. Nothing is left behind after an error.
Result<ImportedModel> importModel(catalogue::Catalogue &catalogue, const std::filesystem::path &file,
                            const ModelImportOptions &options, const std::stop_token &stop);

/// Copies the model's file, atomically. Errors: NotFound, FileNotFound, AlreadyExists (`target` exists and not `overwrite`),
/// DiskFull, FileUnwritable.
Result<void> exportModel(catalogue::Catalogue &catalogue, ModelId model, const std::filesystem::path &target,
                         bool overwrite = false);

/// Row, embeddings and file. Errors: NotFound, InvalidArgument (the active model).
Result<void> removeModel(catalogue::Catalogue &catalogue, ModelId model);

/// The .safetensors files that came with the program, by name: of the folder FLUKEPRINT_MODELS if that is set, else of the first
/// of these that has any: ../share/flukeprint/models beside the program, the source tree's resources/models.
[[nodiscard]] std::vector<std::filesystem::path> shippedModels();

/// Registers the shipped models that the catalogue has never had (by name); the first becomes active in a catalogue without models.
/// Reads only the files' headers, so that a new catalogue needs no worker; the files are copied, so that a catalogue stays
/// whole when the program is updated. Call after creating or opening a catalogue for writing; cheap when there is nothing to do.
/// Returns the new ones. Errors: DataDamaged (a shipped file), DiskFull, FileUnwritable, those of the store.
Result<std::vector<ModelId>> adoptShippedModels(catalogue::Catalogue &catalogue);

} // namespace flukeprint::workflows
