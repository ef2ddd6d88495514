#pragma once

#include "core/base/result.h"
#include "core/learning/networks/blocks.h"
#include "core/learning/networks/network_options.h"

#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Networks that turn chips into embeddings. Not thread-safe: one thread at a time per network.
namespace flukeprint::learning {

/// Colour weighed to grey (ITU-R BT.601): `photos` with three values in dimension `channels`, the result with one.
[[nodiscard]] torch::Tensor greyOf(const torch::Tensor &photos, std::int64_t channels);

/// Photos to feature map: float [N, inputChannels, H, W], normalised, to [N, channels(), h, w].
class Trunk : public torch::nn::Module
{
public:
    virtual torch::Tensor forward(torch::Tensor images) = 0;
    [[nodiscard]] virtual std::int64_t channels() const = 0;
    /// Every norm that takes the whole output of one convolution, with that convolution, in the order of the forward
    /// pass: what evaluation can fold.
    [[nodiscard]] virtual std::vector<std::pair<torch::nn::Conv2dImpl *, NormImpl *>> convolutionNormPairs() = 0;
    /// Every norm, also those that no convolution can take up, in the order of the forward pass.
    [[nodiscard]] virtual std::vector<NormImpl *> norms();
    /// Of every norm. From 0 on, a trunk may get tensors that its folded norms did not need.
    virtual void setNormEpsilon(double epsilon);
};

/// What one forward pass gives; N photos.
struct Features
{
    torch::Tensor map; ///< [N, C, h, w]
    torch::Tensor pooled; ///< [N, C]
    torch::Tensor feature; ///< [N, D] before the neck: for triplet losses
    torch::Tensor
        neck; ///< [N, D] after the neck (the same tensor without one): for ArcFace, and for retrieval once normalised
};

/// Pooling, dense layers and neck behind a trunk.
class HeadImpl : public torch::nn::Module
{
public:
    HeadImpl(std::int64_t channels, const NetworkOptions &options);
    /// Fills pooled, feature and neck from the map. Pooling and everything after it run in float32 under autocast too.
    Features forward(torch::Tensor map);
    /// The same behind the pooling, which must have been this head's: `pooled` [N, C]; the map stays undefined.
    Features forwardPooled(torch::Tensor pooled);
    /// The pooled map, [N, C], float32.
    [[nodiscard]] torch::Tensor pool(const torch::Tensor &map) const;

private:

    NetworkOptions m_options;
    torch::Tensor m_power; ///< GeM's p, [1]
    torch::nn::Sequential m_dense{nullptr};
    torch::nn::BatchNorm1d m_neck{nullptr};
};
TORCH_MODULE(Head);

class EmbeddingNetworkImpl : public torch::nn::Module
{
public:
    EmbeddingNetworkImpl(std::shared_ptr<Trunk> trunk, NetworkOptions options);

    /// Photos: float [N, 3, H, W] or [N, 1, H, W], normalised, of a size that `checkInputSize` allows; colour is
    /// weighed to grey for a network of one input channel, grey is spread over three for one of three.
    Features forward(torch::Tensor images);
    /// The same with a trunk that gets no gradient: photos pass it some at a time, so that a large batch needs little memory.
    Features forwardFrozen(torch::Tensor images);
    /// The trunk's output alone, [N, trunk().channels(), h, w].
    torch::Tensor map(torch::Tensor images);
    /// The neck's output, L2-normalised where the options say so: [N, dimension()].
    [[nodiscard]] torch::Tensor embeddingOf(const Features &features) const;
    /// embeddingOf(forward(images)), float32.
    torch::Tensor embed(torch::Tensor images);

    [[nodiscard]] const NetworkOptions &options() const { return m_options; }
    /// Width of `neck`: options().dimension, or the trunk's channels where that is 0.
    [[nodiscard]] std::int64_t dimension() const { return m_dimension; }
    [[nodiscard]] Trunk &trunk() { return *m_trunk; }
    [[nodiscard]] HeadImpl &head() { return *m_head; }
    [[nodiscard]] std::vector<torch::Tensor> trunkParameters() const { return m_trunk->parameters(); }
    [[nodiscard]] std::vector<torch::Tensor> headParameters() const { return m_head->parameters(); }
    /// Every batch norm of the trunk, in the order of the forward pass.
    [[nodiscard]] std::vector<NormImpl *> trunkNorms() { return m_trunk->norms(); }
    /// The trunk's norms keep their running statistics, and do not use the batch's, while `frozen` in train() mode as
    /// well.
    void freezeNorms(bool frozen);
    void train(bool on = true) override;

    /// Of every norm of the trunk.
    void setNormEpsilon(double epsilon);

private:
    NetworkOptions m_options;
    std::int64_t m_dimension = 0;
    std::shared_ptr<Trunk> m_trunk;
    Head m_head{nullptr};
    bool m_normsFrozen = false;
};
TORCH_MODULE(EmbeddingNetwork);

/// A network with freshly initialised weights (He for convolutions, LibTorch's default for dense layers) drawn from
/// torch's global generator: seed it first. In train mode, float32, on the CPU. Errors: those of checkOptions.
Result<EmbeddingNetwork> makeNetwork(const NetworkOptions &options);

/// The names under which tensors stand in model files, with the tensors themselves (parameters and buffers, shared
/// storage): the trunk's under torchvision's names, the head's under `head.`; sorted by name.
[[nodiscard]] std::vector<std::pair<std::string, torch::Tensor>> namedTensors(EmbeddingNetwork &network);

/// A copy for evaluation on the same device whose batch norms are folded into the convolutions before them where there
/// is one (`Trunk::convolutionNormPairs`); same function up to rounding.
[[nodiscard]] EmbeddingNetwork foldedForInference(EmbeddingNetwork &network);
/// Folds the norms of a trunk in eval() mode for good: it can no longer be trained, nor its weights be saved.
void foldNorms(Trunk &trunk);
/// Independent copy: same tensors' values, own storage.
[[nodiscard]] EmbeddingNetwork copyNetwork(EmbeddingNetwork &network);

} // namespace flukeprint::learning
