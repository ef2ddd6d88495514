#pragma once

#include "core/base/result.h"
#include "core/learning/model/tensor_file.h"
#include "core/learning/networks/trunks.h"

#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// The network that finds the fluke of a photo, before a chip is cut.
namespace flukeprint::learning {

/// Everything that decides the network's function.
struct LocaliserOptions
{
    bool tensorflowPadding = false; ///< of the trunk, see NetworkOptions
    double normEpsilon = 1e-5; ///< of the trunk's norms; 0 where they were folded
};

struct Locations
{
    torch::Tensor corners; ///< [N, 4] left, top, right, bottom as shares of the photo's sides, 0..1; nothing forces left < right
    torch::Tensor presence; ///< [N] logit that there is a fluke at all
};

/// Overlap of upright boxes, intersection over union: [N, 4] corners each, to [N].
[[nodiscard]] torch::Tensor overlaps(const torch::Tensor &a, const torch::Tensor &b);

/// MobileNetV2 up to its 96 channels at stride 16, then a small regression of the four sides; beside it the trunk's next block, whose
/// pooled 160 channels a hidden layer turns into a logit of presence. 0.9 million weights. Photos are squashed to a square, whatever
/// their shape. Not thread-safe.
class LocaliserNetworkImpl : public torch::nn::Module
{
public:
    /// Side of the square that photos are squashed to, px.
    static constexpr std::int64_t inputSidePx = 128;

    explicit LocaliserNetworkImpl(const LocaliserOptions &options);

    /// `images`: float [N, 3, inputSidePx, inputSidePx], RGB, (x - 127.5) / 127.5.
    Locations forward(const torch::Tensor &images);

    [[nodiscard]] Trunk &trunk() { return *m_trunk; }

private:
    std::shared_ptr<TwoScaleTrunk> m_trunk;
    torch::nn::Conv2d m_reduce{nullptr};
    torch::nn::BatchNorm2d m_reduceNorm{nullptr};
    torch::nn::Linear m_hidden{nullptr};
    torch::nn::Dropout m_dropout{nullptr};
    torch::nn::Linear m_corners{nullptr};
    torch::nn::Linear m_presenceHidden{nullptr};
    torch::nn::Linear m_presence{nullptr};
};
TORCH_MODULE(LocaliserNetwork);

/// The tensors by the names under which they stand in files: the trunk's are torchvision's, `localiser.*` the others. Shared storage.
[[nodiscard]] std::vector<std::pair<std::string, torch::Tensor>> namedTensors(LocaliserNetwork &network);

/// What a localiser's file says besides its weights.
struct LocaliserInfo
{
    LocaliserOptions options;
    double threshold = 0.5; ///< presence, as a probability, from which on there is a fluke
    std::string metricsJson = "{}"; ///< what its training measured on photos that it never saw
    std::map<std::string, std::string> other; ///< further metadata: source of the start weights, licence
};

struct LoadedLocaliser
{
    LocaliserInfo info;
    LocaliserNetwork network{nullptr}; ///< eval mode, on the CPU, float32
};

/// Half precision, atomic. Errors: DiskFull, FileUnwritable, TensorInvalid.
Result<void> saveLocaliser(const std::filesystem::path &path, const LocaliserInfo &info, LocaliserNetwork &network);
/// Errors: those of readTensorFile; ModelIncompatible (no localiser, one of an older version), VersionTooNew, TensorInvalid (names the
/// tensor that is missing, too many, or of another shape).
Result<LoadedLocaliser> loadLocaliser(const std::filesystem::path &path);

/// The trunk's weights from a MobileNetV2 file, by name; what else the file holds is left alone. Errors: those of readTensorFile,
/// TensorInvalid.
Result<void> takeTrunkWeights(LocaliserNetwork &network, const TensorFile &file);

} // namespace flukeprint::learning
