#pragma once

#include "core/base/result.h"
#include "core/learning/networks/network.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// Model files: `.safetensors` whose metadata says everything that embedding with them needs.
namespace flukeprint::learning {

/// Of channel values scaled to 0..1: (x - mean) / deviation.
struct Normalisation
{
    std::array<double, 3> mean{0.5, 0.5, 0.5};
    std::array<double, 3> deviation{0.5, 0.5, 0.5};
    bool whiteFrame = false; ///< before that the photo's grey goes to channel 0, and the other two become white

    [[nodiscard]] static Normalisation minusOneToOne() { return {}; }
    /// (byte - 128) / 128, of TensorFlow's pre-activation ResNets.
    [[nodiscard]] static Normalisation around128();
    /// torchvision's, of its ImageNet weights.
    [[nodiscard]] static Normalisation imageNet();
    friend bool operator==(const Normalisation &, const Normalisation &) = default;
};

enum class TestTime {
    Plain, ///< the embedding of the photo
    Mirror, ///< [e(photo), e(mirrored photo)] / sqrt 2: squared distances are the mean of both
};

struct ModelInfo
{
    std::string preset; ///< empty for adopted foreign weights
    NetworkOptions network;
    std::int32_t inputWidthPx = 256;
    std::int32_t inputHeightPx = 128;
    Normalisation normalisation;
    TestTime testTime = TestTime::Plain;
    bool ranksCentroids = false; ///< an individual's distance is that to the mean of its photos, not to the nearest
    std::string snapshotHash; ///< of the training data; empty if foreign
    std::string metricsJson = "{}"; ///< a JSON object, as the trainer measured
    std::string calibrationJson = "{}"; ///< a JSON object; empty object: not calibrated
    std::string created; ///< ISO 8601, UTC
    std::map<std::string, std::string> other; ///< further metadata (licence, source), kept as it is
};

struct LoadedModel
{
    ModelInfo info;
    EmbeddingNetwork network{nullptr}; ///< eval mode, float32, on the CPU
    std::vector<std::string> unexpected; ///< tensors of the file that the network has no place for (a classifier, say)
    std::vector<std::string> missing; ///< tensors of the network that the file lacks; only listModel lets there be any

    /// Length of an embedding: the network's dimension, twice that with TestTime::Mirror.
    [[nodiscard]] std::int64_t embeddingDimension() const;
};

/// Opens our models, and torchvision or timm weights of a known architecture: `architecture` names it, else the
/// metadata or the tensors' names tell. Foreign weights give pooled features (dimension 0, average pooling, no neck).
/// Errors: those of SafetensorsReader; ModelIncompatible (an architecture that we do not have, options or an input size
/// that it cannot take; missing tensors, all named in `detail`); TensorInvalid (another shape or kind of number, a value
/// that is not finite); VersionTooNew; DataDamaged (metadata).
Result<LoadedModel> loadModel(const std::filesystem::path &path, const std::string &architecture = {});

/// The same for a file that may lack tensors: `missing` names them, and the network has drawn their values at random.
Result<LoadedModel> listModel(const std::filesystem::path &path, const std::string &architecture = {});

/// Only the metadata and the tensors' names are read; the same errors. For our own files alone.
Result<ModelInfo> readModelInfo(const std::filesystem::path &path);

/// Writes a model that `loadModel` opens again; `half` stores weights as float16. `beside`: further tensors for the
/// file, which `loadModel` lists as unexpected. Atomic. Errors: those of writeTensorFile.
Result<void> saveModel(const std::filesystem::path &path, const ModelInfo &info, EmbeddingNetwork &network,
                       bool half = true, const std::map<std::string, torch::Tensor> &beside = {});

struct TensorMismatch
{
    std::vector<std::string> missing;
    std::vector<std::string> unexpected;
};

/// Copies the tensors of `path` into a network of any mode and device, by name: how training starts from a model or
/// from ImageNet weights. `withHead` false: the network keeps its own head (listed in missing), and the file's is listed in
/// unexpected. Errors: as loadModel.
Result<TensorMismatch> loadWeights(EmbeddingNetwork &network, const std::filesystem::path &path, bool withHead = true);

} // namespace flukeprint::learning
