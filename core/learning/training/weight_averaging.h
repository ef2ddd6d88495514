#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace flukeprint::learning {

struct WeightAveragingOptions
{
    enum class Kind {
        Exponential, ///< average = decay * average + (1 - decay) * weights after every step
        Stochastic, ///< the plain mean of the weights after every step that counts
    };

    Kind kind = Kind::Exponential;
    double decay = 0.999; ///< Exponential; early on min(decay, (1 + n) / (10 + n)), or the start weights would linger
};

/// Weights averaged over the course of a run, which generalise better than the last ones: exponentially (Polyak and
/// Juditsky, 1992) or stochastically (SWA; Izmailov et al., UAI 2018, arXiv:1803.05407). A plain value but for the
/// tensors, which the caller owns: one number is all of its state for a checkpoint.
class WeightAverager
{
public:
    using Tensors = std::vector<std::pair<std::string, torch::Tensor>>;

    explicit WeightAverager(const WeightAveragingOptions &options)
        : m_options(options)
    {
    }

    /// Call after every step. `current` and `averages`: the same tensors in the same order. Whole numbers are copied.
    /// `counts`: whether the step is one for SWA's mean. Up to the first that is, the averages follow the weights.
    void update(const Tensors &current, const Tensors &averages, bool counts = true);

    std::int64_t averaged = 0; ///< updates that count in the average

private:
    /// Share of the new weights in the average.
    [[nodiscard]] double shareOfNext(bool counts);

    WeightAveragingOptions m_options;
};

/// Averaged weights need norm statistics of their own: those of the single networks fit none of it. Replaces every
/// `running_mean` and `running_var` under `network` by its mean over the batches, each with equal weight (as
/// torch.optim.swa_utils.update_bn does); `num_batches_tracked` stays. `nextBatch` runs one forward pass of `network` in train mode without
/// gradients, and returns false once no batch is left. `momentum` is that of all norms. The network's mode is restored;
/// without a single batch, or when a pass throws, its statistics are too. Networks whose norms are frozen keep theirs.
/// Returns the number of batches.
std::int64_t refreshNormStatistics(torch::nn::Module &network, const std::function<bool()> &nextBatch,
                                   double momentum = 0.1);

} // namespace flukeprint::learning
